/**
 * @generated SignedSource<<db251dec6fba261933988c549e6dd255>>
 * @relayHash 41ea5414f02091ec2091fe19e6af2cca
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID 95cee195e38fb7620971e7f7de59e2b57cdef37342106f39207f6ea9f4c1d5af

var node = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Viewer",
    "kind": "LinkedField",
    "name": "viewer",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "appCode",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "username",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "refundViewerQuery",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "refundViewerQuery",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "41ea5414f02091ec2091fe19e6af2cca",
    "id": "95cee195e38fb7620971e7f7de59e2b57cdef37342106f39207f6ea9f4c1d5af",
    "metadata": {},
    "name": "refundViewerQuery",
    "operationKind": "query",
    "text": "query refundViewerQuery {\n  viewer {\n    appCode\n    username\n  }\n}\n"
  }
};
})();

node.hash = "c1d859cb5abaffdf947260f059c8c25f";

export default node;
