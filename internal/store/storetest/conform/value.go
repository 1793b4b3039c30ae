package conform

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	"rehearse.dev/ent/task"
	"rehearse.dev/ent/template"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// values come back as they went in, and are compared alike.
var values = map[string]func(*testing.T, pair){
	"TimesKeepTheirMicroseconds":  times,
	"TimesAreComparedAsTimes":     timesInOrder,
	"BytesComeBackAsTheyWere":     rawBytes,
	"EmptyIsNotNull":              emptyIsNotNull,
	"TextsComeBackAsTheyWere":     texts,
	"TextsThatCannotBeKeptAreBad": badTexts,
	"NamesAreOrderedByTheirBytes": names,
	"CaseIsFoldedInASCIIOnly":     folded,
	"JSONAndNumbersComeBack":      jsonAndNumbers,
	"ListsOfManyIDs":              manyIDs,
}

var moments = []time.Time{
	time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	time.Date(2026, 1, 2, 3, 4, 5, 1000, time.UTC),
	time.Date(2026, 1, 2, 3, 4, 5, 500_000_000, time.UTC),
	time.Date(2026, 1, 2, 3, 4, 5, 550_000_000, time.UTC),
	time.Date(2026, 1, 2, 3, 4, 5, 999_999_000, time.UTC),
	time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
	time.Date(2028, 2, 29, 23, 59, 59, 123_456_000, time.UTC),
	time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
}

func addSnapshot(t testing.TB, s *store.Store, digest string, document []byte, at time.Time) {
	t.Helper()
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.Snapshot.Create().SetDigest(digest).SetDocument(document).SetCreateTime(at).Exec(ctx)
	})
	if err != nil {
		t.Fatalf("add %s: %v", digest, err)
	}
}

func times(t *testing.T, p pair) {
	for i, at := range moments {
		digest := fmt.Sprint(i)
		addSnapshot(t, p.a, digest, []byte("{}"), at)
		for reader, s := range p.both() {
			got, err := s.Read.Snapshot.Query().Where(snapshot.Digest(digest), snapshot.CreateTime(at)).Only(t.Context())
			if err != nil {
				t.Errorf("%s finds nothing of %v: %v", reader, at, err)
				continue
			}
			if !got.CreateTime.Equal(at) || got.CreateTime.Location() != time.UTC {
				t.Errorf("%s reads %v for %v", reader, got.CreateTime, at)
			}
		}
	}
}

func timesInOrder(t *testing.T, p pair) {
	for i := range moments { // not in order
		at := moments[(i*3+1)%len(moments)]
		addSnapshot(t, p.a, at.String(), []byte("{}"), at)
	}
	rows, err := p.b.Read.Snapshot.Query().Order(ent.Asc(snapshot.FieldCreateTime)).All(t.Context())
	if err != nil || len(rows) != len(moments) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if !row.CreateTime.Equal(moments[i]) {
			t.Errorf("place %d has %v", i, row.CreateTime)
		}
		earlier, err := p.b.Read.Snapshot.Query().Where(snapshot.CreateTimeLT(moments[i])).Count(t.Context())
		if err != nil || earlier != i {
			t.Errorf("%d are earlier than %v, want %d: %v", earlier, moments[i], i, err)
		}
	}
}

func rawBytes(t *testing.T, p pair) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, document := range map[string][]byte{
		"numbers": []byte(`{"a":1.0,"b":1e2,"c":-0,"d":10000000000000001}`),
		"escapes": []byte(`{"\u00e9":"é \/ \ud83d\ude00 \"","\u0000":"\\"}`),
		"layout":  []byte(" { \"b\" : 1 ,\r\n\t\"a\": [ ] } "),
		"twice":   []byte(`{"a":1,"a":2}`),
		"long":    []byte(`"` + strings.Repeat("é𝄞", 1<<20/6) + `"`),
		"binary":  bytes.Repeat(every, 64),
	} {
		addSnapshot(t, p.a, name, document, moments[0])
		for reader, s := range p.both() {
			row, err := s.Read.Snapshot.Query().Where(snapshot.Digest(name)).Only(t.Context())
			if err != nil || !bytes.Equal(row.Document, document) {
				t.Errorf("%s reads %d bytes of %s, %d went in, %v", reader, len(row.Document), name, len(document), err)
			}
		}
	}
}

func (s space) task(tx *ent.Tx, id string) *ent.TaskCreate {
	return tx.Task.Create().SetAppID(s.app).SetSpaceID(s.space).SetTemplateID(s.template).
		SetSnapshotID(s.snapshot).SetExecutionSnapshotID(s.snapshot).
		SetInstanceID(id).SetName(id).SetCreator("ann").SetExtraInfo([]byte("{}")).
		SetCreateMethod(task.CreateMethodMOCK).SetTriggerMethod(task.TriggerMethodMANUAL)
}

func emptyIsNotNull(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	err := p.a.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := made.task(tx, "null").Exec(ctx); err != nil {
			return err
		}
		return made.task(tx, "empty").SetRequestDigest([]byte{}).SetIdempotencyKey("").SetScopeType("").SetStartTime(moments[1]).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	for reader, s := range p.both() {
		null, err := s.Read.Task.Query().Where(task.RequestDigestIsNil(), task.IdempotencyKeyIsNil(), task.ScopeTypeIsNil(), task.StartTimeIsNil()).Only(t.Context())
		if err != nil || null.Name != "null" || len(null.RequestDigest) != 0 || null.IdempotencyKey != nil || null.StartTime != nil {
			t.Errorf("%s reads null as %v, %v", reader, null, err)
		}
		empty, err := s.Read.Task.Query().Where(task.RequestDigestNotNil(), task.IdempotencyKey(""), task.ScopeType("")).Only(t.Context())
		if err != nil || empty.Name != "empty" || len(empty.RequestDigest) != 0 || empty.IdempotencyKey == nil || empty.StartTime == nil || !empty.StartTime.Equal(moments[1]) {
			t.Errorf("%s reads empty as %v, %v", reader, empty, err)
		}
	}
}

func jsonAndNumbers(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	presets := map[string]int{"": 0, "n1": 1<<53 + 1, "é \"quoted\"": math.MaxInt64, "back\\slash": -1}
	err := p.a.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := tx.MockScheme.Create().SetTemplateID(made.template).SetName("s").SetPresets(presets).Exec(ctx); err != nil {
			return err
		}
		owner, err := made.task(tx, "t").Save(ctx)
		if err != nil {
			return err
		}
		return tx.TaskRun.Create().SetTaskID(owner.ID).SetFence(math.MaxInt64).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	for reader, s := range p.both() {
		scheme, err := s.Read.MockScheme.Query().Only(t.Context())
		if err != nil || !maps.Equal(scheme.Presets, presets) {
			t.Errorf("%s reads %v, %v", reader, scheme, err)
		}
		run, err := s.Read.TaskRun.Query().Only(t.Context())
		if err != nil || run.Fence != math.MaxInt64 || run.Core != nil || run.WakeAt != nil {
			t.Errorf("%s reads %v, %v", reader, run, err)
		}
	}
}

func manyIDs(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	ids := []int{made.template}
	for len(ids) < 20_000 {
		ids = append(ids, 1<<40+len(ids))
	}
	found, err := p.a.Read.Template.Query().Where(template.IDIn(ids...)).IDs(t.Context())
	if err != nil || !slices.Equal(found, []int{made.template}) {
		t.Errorf("found %v, %v", found, err)
	}
}

// badTexts are stored or refused as what the caller sent, and never our own fault.
func badTexts(t *testing.T, p pair) {
	for name, text := range map[string]string{"NUL": "a\x00b", "no UTF-8": "a\xffb"} {
		for kind, run := range kinds(p.a) {
			err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				return tx.App.Create().SetCode(kind + text).SetSecretDigest([]byte("d")).Exec(ctx)
			})
			if err != nil && fault.CodeOf(err) != fault.CodeInvalid {
				t.Errorf("%s in %s: %v (%s)", name, kind, err, fault.CodeOf(err))
			}
			if err == nil && !slices.Contains(apps(t, p.b), kind+text) {
				t.Errorf("%s in %s was changed to %q", name, kind, apps(t, p.b))
			}
		}
	}
}
