// Package flow reads, checks and edits web-form pipeline trees: the JSON that a
// canvas saves and that the engine runs. It is pure: no clock, no I/O, and it
// knows neither how a tree is executed nor where it is stored.
//
// # Reading
//
// Parse keeps the document byte for byte and adds a typed view in document
// order. It is strict about JSON and tolerant about content: a draft
// may lack whole sections. Pipeline.Validate says whether a tree may run.
//
// # Digest
//
// Snapshots are content-addressed, so equal trees must share a digest whatever
// wrote them. Digest hashes a canonical form:
//
//   - no insignificant white space;
//   - members of structural objects sorted by their key: the tree itself, its
//     sections, nodes, flows, constants, components, component fields and the
//     small configuration objects of a node;
//   - members of everything else in stored order, because there the order carries
//     meaning (conditions, source_info, component data) or may carry it (values,
//     meta, unknown fields);
//   - strings and numbers as written;
//   - without the id of the outermost tree, which belongs to a task, not to the
//     content (domain §1.9).
//
// RFC 8785 (JCS) is not used: it sorts conditions, whose order decides which
// branch is taken, and rewrites 1.0 as 1, which the engine tells apart.
//
// # Editing
//
// Override and CleanNames replace single values inside the bytes of the document
// and parse the result. Everything else stays as its author wrote it, so that
// fields this package does not know survive.
//
// # Sub-processes
//
// A node inside a sub-process is named by its path, "outer/inner" (Paths, At).
// Inline puts the trees of templates in place of the references to them; ids stay,
// so that only paths are unique in the result.
package flow
