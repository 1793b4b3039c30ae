/**
 * @generated SignedSource<<1ddf6abc3f29acd1e61f271683c610e8>>
 * @relayHash 3a13e25c933b0ad2cc959c0f2355ae8d
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID e85d59cd5a3c1fa76c92b8637a5cf7d71b329d828c337b56f0e8826984be1974

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
    "concreteType": "MockTaskPreview",
    "kind": "LinkedField",
    "name": "previewMockTask",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "TaskMock",
        "kind": "LinkedField",
        "name": "mock",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "nodes",
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "parameters",
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
    "name": "refundPreviewQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "refundPreviewQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "3a13e25c933b0ad2cc959c0f2355ae8d",
    "id": "e85d59cd5a3c1fa76c92b8637a5cf7d71b329d828c337b56f0e8826984be1974",
    "metadata": {},
    "name": "refundPreviewQuery",
    "operationKind": "query",
    "text": "query refundPreviewQuery(\n  $input: CreateMockTaskInput!\n) {\n  previewMockTask(input: $input) {\n    mock {\n      nodes\n    }\n    parameters\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n"
  }
};
})();

node.hash = "8efce800c251888ffb20c548f2c00ea7";

export default node;
