package app

import (
	"fmt"
	"io"
	"net"

	"rehearse.dev/internal/auth"
)

// greet tells a person who has started the server with --dev where it is and how
// to call it.
func greet(out io.Writer, addr net.Addr, header string) {
	_, _ = fmt.Fprintf(out, `Rehearse is at http://%[1]s (playground) and http://%[1]s/graphql.

The demo application calls with this header:
  %[2]s: %[3]s

Try:
  curl -s http://%[1]s/graphql -H 'Content-Type: application/json' \
    -H '%[2]s: %[3]s' \
    -d '{"query": "{ templates { nodes { id name } } }"}'

`, addr, auth.AppHeader, header)
}
