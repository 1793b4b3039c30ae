/**
 * @generated SignedSource<<9869fcb793d2ee25ba34dac2e73098fd>>
 * @relayHash ca98caecfd1cd70e0c6ed199f6fbfd08
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID 48f239162e77dd8b1bcd442d28a8a0b376b12c12c586bea5327b47575fb8486e

var node = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "afterSeq"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "id"
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "afterSeq",
        "variableName": "afterSeq"
      },
      {
        "kind": "Variable",
        "name": "taskId",
        "variableName": "id"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "taskEvents",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "seq",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "state",
            "storageKey": null
          }
        ],
        "type": "TaskStateEvent",
        "abstractKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "refundEventsSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "refundEventsSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "ca98caecfd1cd70e0c6ed199f6fbfd08",
    "id": "48f239162e77dd8b1bcd442d28a8a0b376b12c12c586bea5327b47575fb8486e",
    "metadata": {},
    "name": "refundEventsSubscription",
    "operationKind": "subscription",
    "text": "subscription refundEventsSubscription(\n  $id: ID!\n  $afterSeq: Int!\n) {\n  taskEvents(taskId: $id, afterSeq: $afterSeq) {\n    __typename\n    seq\n    ... on TaskStateEvent {\n      state\n    }\n  }\n}\n"
  }
};
})();

node.hash = "e2d11b71400a9167a467924e349062db";

export default node;
