package store_test

import (
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

func TestAReplicaThatIsDownKeepsNoServerFromItsStart(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{DSN: storetest.Postgres(t), ReadDSN: "postgres://nobody@127.0.0.1:1/none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	addApp(t, s, "ours")
	if n := countApps(t, s); n != 1 {
		t.Errorf("%d apps at the primary", n)
	}
	behind, _ := s.Replica()
	if _, err := behind.App.Query().Count(t.Context()); err == nil {
		t.Error("the replica that is down has answered")
	}
}

func TestAReplicaIsPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"replica.db", "mysql://host/db", "postgres://host:port/db"} {
		if _, err := store.Open(t.Context(), store.Options{DSN: storetest.Postgres(t), ReadDSN: dsn}); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
