package storetest

import (
	"testing"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/store"
)

// Break makes every INSERT, UPDATE or DELETE of a row of a table fail, as a defect of the
// database would, until the returned function is called.
func Break(t testing.TB, s *store.Store, table, kind string) (mend func()) {
	t.Helper()
	breaking := "CREATE TRIGGER broken_" + table + " BEFORE " + kind + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'broken'); END"
	mending := "DROP TRIGGER broken_" + table
	if s.Dialect() == dialect.Postgres {
		function := "broken_" + table + "()"
		breaking = "CREATE FUNCTION " + function + " RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END'; " +
			"CREATE TRIGGER broken_" + table + " BEFORE " + kind + " ON " + table + " FOR EACH ROW EXECUTE FUNCTION " + function
		mending = "DROP FUNCTION " + function + " CASCADE"
	}
	execute(t, s, breaking)
	return func() {
		t.Helper()
		execute(t, s, mending)
	}
}

func execute(t testing.TB, s *store.Store, text string) {
	t.Helper()
	if _, err := s.Write.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
