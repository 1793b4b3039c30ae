/**
 * @generated SignedSource<<d8ce69454d5ce80bd0fc5ff7b7da094b>>
 * @relayHash 9d5cb2ff43966486165f332d59c67a64
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID 241f7f893a093c7020d2061cb9d1184690bb6284ac718d1cc70126ea1ae3e5b7

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "CreateMockTaskPayload",
    "kind": "LinkedField",
    "name": "createMockTask",
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
    "name": "refundCreateMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "refundCreateMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "9d5cb2ff43966486165f332d59c67a64",
    "id": "241f7f893a093c7020d2061cb9d1184690bb6284ac718d1cc70126ea1ae3e5b7",
    "metadata": {},
    "name": "refundCreateMutation",
    "operationKind": "mutation",
    "text": "mutation refundCreateMutation(\n  $input: CreateMockTaskInput!\n) {\n  createMockTask(input: $input) {\n    task {\n      id\n      state\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n"
  }
};
})();

node.hash = "3b60df4fc8dfa8809d066361d2f6896f";

export default node;
