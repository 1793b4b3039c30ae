package transfer_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/internal/store/transfer"
)

// TestServersThatAreAboutToGoAreNotCounted: PostgreSQL ends the connections of a server
// some time after it has stopped.
func TestServersThatAreAboutToGoAreNotCounted(t *testing.T) {
	t.Parallel()
	url := target(t)
	server := func() *pgx.Conn {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		config.RuntimeParams["application_name"] = "rehearse"
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		return conn
	}
	first, second := server(), server()
	if n, err := transfer.Servers(t.Context(), url); n != 2 || err != nil {
		t.Errorf("%d connections, %v", n, err)
	}
	for _, conn := range []*pgx.Conn{first, second} {
		time.AfterFunc(300*time.Millisecond, func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	}
	if n, err := transfer.Servers(t.Context(), url); n != 0 || err != nil {
		t.Errorf("%d connections, %v", n, err)
	}
}
