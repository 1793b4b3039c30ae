// Package web holds what every HTTP surface of the server needs alike: compression
// of answers and leave for pages of other sites.
//
// It must not know what is served, who calls, or GraphQL.
package web
