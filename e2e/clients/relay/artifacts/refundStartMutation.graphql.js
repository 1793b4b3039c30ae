/**
 * @generated SignedSource<<1dd39adc4c781f40c72c920edfe35e77>>
 * @relayHash 2a37566c74442615aea12e2866bdae7d
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID e873a567b1f6524653a7059bd73a282a9dbc305f7b6348e0b11caad2fb825f67

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "fields": [
          {
            "kind": "Variable",
            "name": "id",
            "variableName": "id"
          }
        ],
        "kind": "ObjectValue",
        "name": "input"
      }
    ],
    "concreteType": "StartTaskPayload",
    "kind": "LinkedField",
    "name": "startTask",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Task",
        "kind": "LinkedField",
        "name": "task",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "state",
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "UserError",
        "kind": "LinkedField",
        "name": "userErrors",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "code",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "message",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "field",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "refundStartMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "refundStartMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "2a37566c74442615aea12e2866bdae7d",
    "id": "e873a567b1f6524653a7059bd73a282a9dbc305f7b6348e0b11caad2fb825f67",
    "metadata": {},
    "name": "refundStartMutation",
    "operationKind": "mutation",
    "text": "mutation refundStartMutation(\n  $id: ID!\n) {\n  startTask(input: {id: $id}) {\n    task {\n      id\n      state\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n"
  }
};
})();

node.hash = "d102ba1a2448fd202a23525306d7c6f1";

export default node;
