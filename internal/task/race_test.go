package task_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task"
)

func TestOneKeyMakesOneTaskWhicheverServerIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	made := make([]int, 16)
	for _, err := range together(16, func(i int) error {
		got, err := w.turn(i).CreateMock(t.Context(), w.caller, params(id, "new", "k"))
		made[i] = got.TaskID
		return err
	}) {
		w.must(err)
	}
	if n := w.read().Read.Task.Query().CountX(t.Context()); n != 1 || len(slices.Compact(made)) != 1 || made[0] == 0 {
		t.Errorf("%d tasks; the answers are %d", n, made)
	}
}

func TestTasksOfEqualTreesShareThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	for _, err := range together(12, func(i int) error {
		_, err := w.turn(i).CreateMock(t.Context(), w.caller, params(id, "new", ""))
		return err
	}) {
		w.must(err)
	}
	if n := w.read().Read.Snapshot.Query().CountX(t.Context()); n != 2 { // the template's and the tasks'
		t.Errorf("%d trees", n)
	}
}

// A request that finds its key in the hands of another one waits for how that ends.
func TestAKeyIsFreeAgainWhenItsFirstTaskIsNotMade(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skip("on SQLite the second request does not begin before the first has ended")
	}
	for _, committed := range []bool{false, true} {
		w := newWorld(t)
		id := w.template()
		first, err := w.servers[0].CreateMock(t.Context(), w.caller, params(id, "", ""))
		w.must(err)
		undone := errors.New("undone")
		inside, done := make(chan struct{}), make(chan struct{})
		result := make(chan error, 1)
		go func() {
			result <- w.servers[0].store.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE tasks SET idempotency_key = 'k', request_digest = '' WHERE id = $1", first.TaskID)
				close(inside)
				<-done
				if err == nil && !committed {
					err = undone
				}
				return err
			})
		}()
		<-inside
		second := make(chan error, 1)
		go func() {
			_, err := w.servers[1].CreateMock(t.Context(), w.caller, params(id, "", "k"))
			second <- err
		}()
		w.waiting(1)
		close(done)
		if err := <-result; !committed && !errors.Is(err, undone) || committed && err != nil {
			t.Fatal(err)
		}
		err = <-second
		if committed && !slices.Equal(codes(err), []string{"CONFLICT"}) || !committed && err != nil {
			t.Errorf("committed %t: %v", committed, err)
		}
	}
}

// Who has deleted a template sees all tasks of it that there will ever be.
func TestNoTaskIsMadeOfATemplateThatWasDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		id, seen := w.template(), 0
		count := func() int { return w.read().Read.Task.Query().Where(enttask.TemplateID(id)).CountX(t.Context()) }
		errs := together(9, func(i int) error {
			if i == 8 {
				err := w.servers[1].templates.Delete(t.Context(), w.caller, id)
				seen = count()
				return err
			}
			for {
				if _, err := w.turn(i).CreateMock(t.Context(), w.caller, params(id, "", "")); err != nil {
					return err
				}
			}
		})
		w.must(errs[8])
		for _, err := range errs[:8] {
			if !slices.Equal(codes(err), []string{"NOT_FOUND"}) {
				t.Errorf("%v: %v", err, codes(err))
			}
		}
		if n := count(); n != seen {
			t.Errorf("there were %d tasks when it was deleted, and there are %d", seen, n)
		}
	}
}

func TestATaskIsDeletedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.servers[0].CreateMock(t.Context(), w.caller, params(w.template(), "", ""))
	w.must(err)
	won := 0
	for _, err := range together(6, func(i int) error {
		_, err := w.turn(i).Delete(t.Context(), w.caller, strconv.Itoa(made.TaskID))
		return err
	}) {
		switch {
		case err == nil:
			won++
		case !slices.Equal(codes(err), []string{"NOT_FOUND"}):
			t.Error(err)
		}
	}
	if n := w.read().Read.TaskOperation.Query().Where(taskoperation.KindEQ(taskoperation.KindDELETE)).CountX(t.Context()); won != 1 || n != 1 {
		t.Errorf("%d won, %d records", won, n)
	}
}

// Of a start and a deletion, one wins, and the other says why.
func TestATaskIsStartedOrDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	for round := range 8 {
		made, err := w.servers[0].CreateMock(t.Context(), w.caller, params(id, "", ""))
		w.must(err)
		number := strconv.Itoa(made.TaskID)
		errs := together(2, func(i int) (err error) {
			if i == round%2 {
				_, err = w.servers[0].runs.StartTask(t.Context(), w.caller, number, "")
				return err
			}
			_, err = w.servers[1].Delete(t.Context(), w.caller, number)
			return err
		})
		started, deleted := errs[round%2], errs[1-round%2]
		row := w.read().Read.Task.GetX(t.Context(), made.TaskID)
		// A task that has run to its end may be deleted, too.
		fine := started == nil && (deleted != nil || row.State == enttask.StateFINISHED) || started != nil && deleted == nil
		if !fine || row.IsDeleted != (deleted == nil) || (row.StartTime != nil) != (started == nil) {
			t.Errorf("started: %v, deleted: %v, the task is %s and deleted: %t", started, deleted, row.State, row.IsDeleted)
		}
	}
}

// Rotations, two of them, go on while tasks are made with the new key, and leave nothing
// sealed with the old one.
func TestCredentialsAreSealedAgainWhileTasksAreMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	secret := params(id, "", "")
	secret.Credentials = []byte(`{"k": "eyJia19hcHBfY29kZSI6ImEiLCJia19hcHBfc2VjcmV0IjoicyJ9"}`)
	for range 12 {
		_, err := w.servers[0].CreateMock(t.Context(), w.caller, secret)
		w.must(err)
	}
	keys := ring(t, 2, 1)
	old := ring(t, 1).Current()
	next := [2]*server{newServer(t, w.servers[0].store, keys), newServer(t, w.servers[1].store, keys)}
	sealed := make([]int, 2)
	for _, err := range together(6, func(i int) (err error) {
		for n := 3; i < 2 && n == 3; sealed[i] += n {
			if n, err = next[i].Reseal(t.Context(), old, 3); err != nil {
				return err
			}
		}
		if i >= 2 {
			_, err = next[i%2].CreateMock(t.Context(), w.caller, secret)
		}
		return err
	}) {
		w.must(err)
	}
	rows := w.read().Read.Task.Query().AllX(t.Context())
	for _, row := range rows {
		id, ok := seal.KeyID(row.SealedCredentials)
		_, err := keys.Open(row.SealedCredentials, task.CredentialContext(row.InstanceID))
		if !ok || err != nil || id != keys.Current() || row.KeyID != id {
			t.Errorf("task %d is sealed with %q and says %q: %v", row.ID, id, row.KeyID, err)
		}
	}
	if len(rows) != 16 || sealed[0]+sealed[1] != 12 {
		t.Errorf("%d tasks, %d sealed again", len(rows), sealed)
	}
}
