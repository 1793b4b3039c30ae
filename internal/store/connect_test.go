package store_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// doorman is a PostgreSQL that asks everybody for a password and refuses it, repeating
// more than it should.
func doorman(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go refuse(c)
		}
	}()
	return listener.Addr().String()
}

func refuse(c net.Conn) {
	defer func() { _ = c.Close() }()
	server := pgproto3.NewBackend(c, c)
	if _, err := server.ReceiveStartupMessage(); err != nil {
		return
	}
	server.Send(&pgproto3.AuthenticationCleartextPassword{})
	if err := server.Flush(); err != nil {
		return
	}
	if err := server.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
		return
	}
	if _, err := server.Receive(); err != nil {
		return
	}
	server.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "ann"`})
	_ = server.Flush()
}

// silent accepts connections and says nothing.
func silent(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// TestErrorsOfOpeningDoNotShowThePassword tries what people get wrong in a URL.
func TestErrorsOfOpeningDoNotShowThePassword(t *testing.T) {
	t.Parallel()
	const password, encoded = "p4ss/w@rd", "p4ss%2Fw%40rd"
	tests := map[string]struct {
		dsn  string
		want fault.Code
		says string
	}{
		"refused":         {"postgres://ann:" + encoded + "@" + doorman(t) + "/db?sslmode=disable", fault.CodeInternal, "28P01"},
		"in a parameter":  {"postgres://ann@" + doorman(t) + "/db?sslmode=disable&password=" + encoded, fault.CodeInternal, "28P01"},
		"no server":       {"postgres://ann:" + encoded + "@127.0.0.1:1/db?sslmode=disable", fault.CodeInternal, "127.0.0.1"},
		"no TLS":          {"postgres://ann:" + encoded + "@" + doorman(t) + "/db?sslmode=require", fault.CodeInternal, ""},
		"not encoded":     {"postgres://ann:" + password + "@127.0.0.1:1/db", fault.CodeInvalid, ""},
		"not encoded %":   {"postgres://ann:p4ss%ss@127.0.0.1:1/db", fault.CodeInvalid, ""},
		"port no number":  {"postgres://ann:" + encoded + "@127.0.0.1:port/db", fault.CodeInvalid, ""},
		"unknown sslmode": {"postgres://ann:" + encoded + "@127.0.0.1:1/db?sslmode=perhaps", fault.CodeInvalid, ""},
		"no certificate":  {"postgres://ann:" + encoded + "@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=/nowhere", fault.CodeInvalid, ""},
		"other scheme":    {"mysql://ann:" + encoded + "@127.0.0.1:1/db", fault.CodeInvalid, "postgres://"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), far)
			defer cancel()
			file := filepath.Join(t.TempDir(), "x.db")
			for what, err := range map[string]error{
				"open":    openOnly(ctx, store.Options{DSN: test.dsn}),
				"migrate": store.Migrate(ctx, test.dsn, nil),
				"check":   store.CheckSchema(ctx, test.dsn),
			} {
				if err == nil || fault.CodeOf(err) != test.want || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v (%s)", what, err, fault.CodeOf(err))
				}
				if err != nil && strings.Contains(err.Error(), "p4ss") {
					t.Errorf("%s shows the password: %v", what, err)
				}
			}
			if err := openOnly(ctx, store.Options{DSN: file, ReadDSN: test.dsn}); fault.CodeOf(err) != fault.CodeInvalid || strings.Contains(err.Error(), "p4ss") {
				t.Errorf("a replica of a file: %v", err)
			}
			if _, err := os.Stat(file); err == nil {
				t.Error("a file was made")
			}
		})
	}
}

func openOnly(ctx context.Context, o store.Options) error {
	s, err := store.Open(ctx, o)
	if err == nil {
		err = s.Close()
	}
	return err
}

func TestOpeningEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := openOnly(ctx, store.Options{DSN: "postgres://ann@" + silent(t) + "/db?sslmode=disable"}); err == nil {
		t.Error("opened what says nothing")
	}
	if took := time.Since(start); took > far/2 {
		t.Errorf("it took %v", took)
	}
}
