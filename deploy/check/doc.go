// Package check has the tests of the examples beside it: that they are what Docker,
// Compose and Kubernetes take, and that every command, flag and variable in them is one
// of the program's. It is a module of its own, so that what it reads them with is not
// among the dependencies of the program, of which it knows only the binary.
package check
