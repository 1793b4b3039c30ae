// Package expr evaluates the texts that a flow carries: the ${…} pieces in
// variables and node inputs, and the conditions of gateways in their three
// languages (boolrule, FEEL, MAKO), with the results of the reference engine
// (engine.md §8 and §9).
//
// The package is pure: it opens nothing, knows no clock and no random source of
// its own (a Renderer is given both), and every evaluation has a budget of
// steps, output, nesting and integer size, so that a hostile text ends with a
// reason instead of hanging its caller. It knows nothing of flows, nodes or
// tasks; whoever renders hands in an Env that finds variables by name.
//
// Values are the Go forms of JSON with two refinements that Python's answers
// depend on: whole numbers and floats stay apart, and objects keep their order.
//
//	nil, bool, int64, *big.Int (beyond int64), float64, string, []any, *Dict, *Object
//
// Kinds that only Python has (tuple, set, range, bytes, dates …) exist during an
// evaluation and leave it as text.
package expr
