// Package template holds the use cases around flow templates: their one draft and
// their releases, and the presets and schemes of mock data that belong to them.
//
// Every use case is one transaction, which runs beside those of other templates, and
// tells all problems of a request at once: a refusal is a *fault.Error whose problems
// carry a UserErrorCode of the contract and a path relative to the mutation's input,
// and nothing was written. Methods return ids, never entities, because an entity keeps
// the transaction it was read in; callers read again. Plant and Uproot, which make the
// program's own data, write in a transaction of their caller's.
//
// The package knows nothing of GraphQL, HTTP or how a tree is executed.
package template
