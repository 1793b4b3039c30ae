// Package realcall does what a node of a real plugin asks for: it makes the HTTP call
// of a uniform_api or bk_http_request node with the credential that the rules give it,
// reads the answer as the plugin's version does, and says how the node goes on.
//
// It must not know of databases, leases and queues: the runner asks once for each
// effect of the engine and stores what comes back. It keeps nothing between calls, and
// no secret leaves it but inside of the call that it is meant for.
package realcall
