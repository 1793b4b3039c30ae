package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/app"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task"
)

// rehearse runs a command line to its end.
func rehearse(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = app.Run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// sealedWorld is a database with two tasks' credentials, three of the space, and the
// demo application's secret, closed again.
type sealedWorld struct{ db, key, header string }

func newSealedWorld(t *testing.T) *sealedWorld {
	t.Helper()
	s := newServer(t)
	w := &sealedWorld{db: s.db, key: filepath.Join(s.dir, "rehearse.key")}
	for _, name := range []string{"N", "M", "L"} {
		s.ours.credential(t, name, "BK_APP", appPair("space-"+name))
	}
	s.ours.configure(t, vars{"apiGatewayCredentialName": "N"})
	id := s.ours.template(t, order(t))
	for range 2 {
		s.ours.create(t, input(id, vars{"credentials": vars{"shop": encode(goodCredential)}}))
	}
	s.ours.create(t, input(id))
	program, err := app.Assemble(t.Context(), w.db, w.key)
	fatal(t, err)
	w.header, err = program.MakeDemo(t.Context())
	fatal(t, err)
	fatal(t, program.Store().Close())
	return w
}

// open assembles the program over the world, and looks whether it opens everything.
func (w *sealedWorld) opens(t *testing.T) app.Assembly {
	t.Helper()
	program, err := app.Assemble(t.Context(), w.db, w.key)
	fatal(t, err)
	t.Cleanup(func() { fatal(t, program.Store().Close()) })
	rows, err := program.Store().Read.Task.Query().Where(enttask.SealedCredentialsNotNil()).All(t.Context())
	fatal(t, err)
	for _, row := range rows {
		plain, err := program.Keys().Open(row.SealedCredentials, task.CredentialContext(row.InstanceID))
		if err != nil || !strings.Contains(string(plain), "s3cr3t-value-7d1") {
			t.Errorf("task %d does not open: %v", row.ID, err)
		}
	}
	credentials, err := program.Store().Read.Credential.Query().All(t.Context())
	fatal(t, err)
	for _, row := range credentials {
		plain, err := program.Keys().Open(row.Sealed, fmt.Appendf(nil, "space.credential:%d:%d", row.SpaceID, row.ID))
		if err != nil || !strings.Contains(string(plain), "s3cr3t of space-"+row.Name) {
			t.Errorf("credential %s does not open: %v", row.Name, err)
		}
	}
	if header, err := program.MakeDemo(t.Context()); err != nil || header != w.header {
		t.Errorf("the demo application's header changed: %v", err)
	}
	if len(rows) != 2 || len(credentials) != 3 {
		t.Errorf("%d tasks, %d credentials", len(rows), len(credentials))
	}
	return program
}

func TestRotateKeySealsEverythingAgain(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t)
	before, err := seal.Load(seal.Source{File: w.key})
	fatal(t, err)
	code, out, errOut := rehearse(t, "rotate-key", "--db", w.db, "--key-file", w.key)
	if code != 0 || errOut != "" {
		t.Fatalf("code %d: %s%s", code, out, errOut)
	}
	for _, want := range []string{"new key ", "credentials of tasks: 2 sealed", "credentials of spaces: 3 sealed", "demo application: 1 sealed"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	program := w.opens(t)
	if program.Keys().Current() == before.Current() || !program.Keys().Knows(before.Current()) {
		t.Errorf("%v after %v", program.Keys(), before)
	}
	// Nothing needs the old key any more.
	if code, out, errOut = rehearse(t, "rotate-key", "--db", w.db, "--key-file", w.key, "--drop-old"); code != 0 || !strings.Contains(out, "1 older keys removed") || !strings.Contains(out, "spaces: 0 sealed") {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
	if last := w.opens(t); last.Keys().Knows(before.Current()) || last.Keys().Current() != program.Keys().Current() {
		t.Errorf("%v is left", last.Keys())
	}
}

// Killed at any moment, a rotation leaves what the keys in place open, and the next
// one goes on with the same key.
func TestRotationThatWasCutShortIsFinished(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t)
	before, err := seal.Load(seal.Source{File: w.key})
	fatal(t, err)
	fatal(t, seal.AddKey(w.key)) // killed before the first row
	half := w.opens(t)
	next := half.Keys().Current()
	if n, err := half.Reseal(t.Context(), before.Current(), 1); n != 2 || err != nil { // killed in the middle
		t.Fatalf("%d, %v", n, err)
	}
	w.opens(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := app.Run(ended, []string{"rotate-key", "--db", w.db, "--key-file", w.key}, &out, &out); code == 0 {
		t.Errorf("a rotation whose context has ended says %s", &out)
	}
	w.opens(t)
	code, text, errOut := rehearse(t, "rotate-key", "--db", w.db, "--key-file", w.key)
	if code != 0 || !strings.Contains(text, next+", which was there") || !strings.Contains(text, "tasks: 1 sealed") || !strings.Contains(text, "spaces: 2 sealed") {
		t.Errorf("code %d: %s%s", code, text, errOut)
	}
	if last := w.opens(t); last.Keys().Current() != next {
		t.Errorf("the key is %v, not %s", last.Keys(), next)
	}
}

func TestAMissingKeyStopsTheStart(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t)
	old, err := seal.Load(seal.Source{File: w.key})
	fatal(t, err)
	kept, err := os.ReadFile(w.key)
	fatal(t, err)
	fatal(t, os.WriteFile(w.key, []byte(hex.EncodeToString(bytes.Repeat([]byte{9}, seal.KeySize))+"\n"), 0o600))
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"rotate-key"}, {"rotate-key", "--drop-old"}} {
		code, out, errOut := rehearse(t, append(args, "--db", w.db, "--key-file", w.key)...)
		for _, want := range []string{"another key", old.Current(), w.key, "REHEARSE_KEY_OLD"} {
			if code != 1 || !strings.Contains(errOut, want) {
				t.Errorf("%v: code %d, no %q in %s%s", args, code, want, out, errOut)
			}
		}
		if strings.Contains(errOut, strings.TrimSpace(string(kept))) {
			t.Error("the message holds a key")
		}
	}
	// The missing key below the new one: everything opens, and a rotation finishes.
	fatal(t, os.WriteFile(w.key, append([]byte(hex.EncodeToString(bytes.Repeat([]byte{9}, seal.KeySize))+"\n"), kept...), 0o600))
	w.opens(t)
	if code, out, errOut := rehearse(t, "rotate-key", "--db", w.db, "--key-file", w.key); code != 0 || !strings.Contains(out, "which was there") {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
}

// Tasks of before there was a column for the key's id get it at the start.
func TestTasksOfOldGetTheIdOfTheirKey(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t)
	program := w.opens(t)
	fatal(t, program.Store().InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.Task.Update().ClearKeyID().Exec(ctx)
	}))
	if ids, err := task.SealedBy(t.Context(), program.Store().Read); len(ids) != 0 || err != nil {
		t.Fatalf("%v, %v", ids, err)
	}
	fatal(t, task.LabelKeys(t.Context(), program.Store()))
	if ids, err := task.SealedBy(t.Context(), program.Store().Read); err != nil || fmt.Sprint(ids) != "["+program.Keys().Current()+"]" {
		t.Errorf("%v, %v", ids, err)
	}
	unsealed, err := program.Store().Read.Task.Query().Where(enttask.SealedCredentialsIsNil(), enttask.KeyIDNotNil()).Count(t.Context())
	if unsealed != 0 || err != nil {
		t.Errorf("%d tasks without credentials have a key, %v", unsealed, err)
	}
}

// The keys in use are found by the index, not by looking at every task.
func TestFindingTheKeysWalksAnIndex(t *testing.T) {
	t.Parallel()
	storetest.SQLite(t)
	s := newServer(t)
	for _, query := range []string{
		"SELECT key_id FROM tasks WHERE sealed_credentials IS NOT NULL AND key_id > 'x' ORDER BY key_id LIMIT 1",
		"SELECT id FROM tasks WHERE sealed_credentials IS NOT NULL AND key_id IS NULL LIMIT 500",
		"SELECT key_id FROM credentials WHERE key_id > 'x' ORDER BY key_id LIMIT 1",
	} {
		var id, parent, unused int
		var detail string
		fatal(t, s.beside.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &detail))
		if !strings.Contains(detail, "SEARCH") || !strings.Contains(detail, "key_id") {
			t.Errorf("%s\n%s", query, detail)
		}
	}
}
