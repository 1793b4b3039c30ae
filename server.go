// Command rehearse is a GraphQL server that debugs BlueKing flow templates with
// mock tasks.
package main

import (
	"os"

	"rehearse.dev/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr))
}
