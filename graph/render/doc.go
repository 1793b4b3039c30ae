// Package render writes the answers of the common queries (task, tasks,
// template, templates) straight from the views.
//
// gqlgen's generated code makes a context, a few closures and a marshaler for
// every field of every row; on a list that is most of the time. Here a query is
// compiled once into a list of writers and kept with its document. What is not
// compiled (other root fields, fields with arguments, conditions that depend on
// variables) is left to the generated code, which stays the authority: a test
// runs both over the same documents and compares the answers.
package render
