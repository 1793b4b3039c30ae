package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Numbers of the story of backups.
const (
	backupEvery = 12 // tasks that are made between two backups
	backups     = 2  // while the server runs; one more when it has stopped
)

// TestBackupsOfABusyServerAreWhole takes backups while tasks are made and run. Each
// restores to a server that has every task which was acknowledged before, whole, and
// that makes no call by itself. The last one, after which nothing ran, restores to a
// server that goes on as the first one would have.
func TestBackupsOfABusyServerAreWhole(t *testing.T) {
	t.Parallel()
	b := &backupStory{killStory: killStory{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(killSeed, 3))}}
	b.host = newAPIHost(t, killSeed, map[string]float64{"fickle": 0.3})
	b.prepare()
	taken := b.load()

	calls := b.host.calls()
	under := 0
	for _, one := range taken {
		under += b.restoredIsHeld(one, one.dir)
	}
	if now := b.host.calls(); !maps.Equal(now, calls) {
		t.Errorf("restored servers made calls:\n%v\nbefore:\n%v", now, calls)
	}
	if under == 0 {
		t.Error("no backup was taken while a task was under way, so this shows nothing")
	}

	last := taken[len(taken)-1]
	b.goesOnAsIs(last)
	b.goesOnWhenResumed(taken[0])
}

// backupStory is what the callers of a server know whose database is backed up.
type backupStory struct {
	killStory
	mu    sync.Mutex
	known []*job // acknowledged, in order
}

// taken is a backup, and what was acknowledged before it began.
type taken struct {
	file, dir string
	known     []*job
}

// calls are the calls that came, by node.
func (h *apiHost) calls() map[place]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.triggers)
}

// load lets callers make tasks and takes backups meanwhile, and one of the stopped
// server.
func (b *backupStory) load() []taken {
	b.t.Helper()
	s := b.serve()
	stop := make(chan struct{})
	var group errgroup.Group
	for w := range starters {
		group.Go(func() error {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return nil
				default:
				}
				j := &job{key: fmt.Sprintf("job-%d-%d", w, i), template: b.templates[i%len(b.templates)], atOnce: i%2 == 0}
				if err := b.bring(s, j); err != nil {
					return err
				}
				b.mu.Lock()
				b.known = append(b.known, j)
				b.mu.Unlock()
			}
		})
	}
	var all []taken
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range backups {
		for late := time.Now().Add(patience); len(b.acknowledged()) < (i+1)*backupEvery; <-tick.C {
			if time.Now().After(late) {
				b.t.Fatal("tasks are made too slowly")
			}
		}
		all = append(all, b.backup(i))
	}
	b.refusedInUse(all[0].file)
	close(stop)
	if err := group.Wait(); err != nil {
		b.t.Fatal(err)
	}
	s.stop(b.t)
	return append(all, b.backup(backups))
}

func (b *backupStory) acknowledged() []*job {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[:len(b.known):len(b.known)]
}

func (b *backupStory) backup(i int) taken {
	b.t.Helper()
	one := taken{file: filepath.Join(b.dir, fmt.Sprintf("backup-%d.db", i)), dir: b.t.TempDir(), known: b.acknowledged()}
	r := run(b.t, b.dir, nil, "backup", "--to", one.file)
	if r.code != 0 || !strings.Contains(r.out, "schema") || !strings.Contains(r.out, "keep a copy of rehearse.key") {
		b.t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	return one
}

// refusedInUse tries to restore over the running server.
func (b *backupStory) refusedInUse(file string) {
	b.t.Helper()
	for want, args := range map[string][]string{
		"--force":   {"restore", "--from", file},
		"is in use": {"restore", "--from", file, "--force"},
	} {
		if r := run(b.t, b.dir, nil, args...); r.code != 1 || r.out != "" || !strings.Contains(r.err, want) {
			b.t.Errorf("%q: code %d: %s%s", args, r.code, r.out, r.err)
		}
	}
}

// restore restores a backup into its folder, with the key.
func (b *backupStory) restore(one taken, dir string, args ...string) (said string) {
	b.t.Helper()
	r := run(b.t, dir, nil, append([]string{"restore", "--from", one.file}, args...)...)
	if r.code != 0 || !strings.Contains(r.out, "put key") {
		b.t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	key, err := os.ReadFile(filepath.Join(b.dir, "rehearse.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "rehearse.key"), key, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return r.out
}

func (b *backupStory) serveIn(dir string) *server {
	b.t.Helper()
	return serve(b.t, dir, nil, "--dev", "--allow-host", b.host.address)
}

// restoredIsHeld looks at a restored server until nothing happens there any more, and
// returns how many tasks the restore paused.
func (b *backupStory) restoredIsHeld(one taken, dir string) (paused int) {
	b.t.Helper()
	said := b.restore(one, dir)
	if _, err := fmt.Sscanf(found(b.t, said, `- (\d+ tasks?) under way: paused`), "%d", &paused); err != nil {
		b.t.Fatal(err)
	}
	s := b.serveIn(dir)
	defer s.stop(b.t)
	for _, j := range one.known {
		if got := b.read(s, j.id); got.Name != j.key || j.started && got.State == "CREATED" {
			b.t.Errorf("task %s of %s is %s and %s", j.id, j.key, got.Name, got.State)
		}
	}
	ids := b.ids(s)
	if len(ids) < len(one.known) {
		b.t.Errorf("%d tasks, %d were acknowledged", len(ids), len(one.known))
	}
	b.calm(s, ids)
	for _, id := range ids {
		b.checkWhole(id, b.read(s, id))
	}
	return paused
}

// ids are the tasks of a server.
func (b *backupStory) ids(s *server) (ids []string) {
	b.t.Helper()
	type page struct {
		Tasks struct {
			Nodes    []struct{ ID string }
			PageInfo struct {
				HasNextPage bool
				EndCursor   *string
			}
		}
	}
	var after *string
	for {
		got := query[page](b.t, s, `query ($after: Cursor) { tasks(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"after": after}).Tasks
		for _, n := range got.Nodes {
			ids = append(ids, n.ID)
		}
		if !got.PageInfo.HasNextPage {
			return ids
		}
		after = got.PageInfo.EndCursor
	}
}

// calm waits until nothing runs: what was running when the tasks were paused has ended,
// and no further node has begun.
func (b *backupStory) calm(s *server, ids []string) {
	b.t.Helper()
	limit := time.Now().Add(2 * patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for _, id := range ids {
		for runs := true; runs; <-tick.C {
			got := b.read(s, id)
			runs = got.State == "RUNNING"
			for _, n := range got.Nodes {
				runs = runs || n.State == "RUNNING"
			}
			if runs && time.Now().After(limit) {
				b.t.Fatalf("task %s goes on: %+v", id, got)
			}
		}
	}
}

// checkWhole looks for gaps in the events of a task, and for calls that are told of
// more or less often than they were made.
func (b *backupStory) checkWhole(id string, got ran) {
	b.t.Helper()
	shown := 0
	for _, n := range got.Nodes {
		for _, a := range n.Attempts {
			shown += len(a.HTTPCalls)
			for _, c := range a.HTTPCalls {
				if c.Outcome != "DONE" && c.Outcome != "UNKNOWN" {
					b.t.Errorf("task %s: a call of %s is still %s", id, n.NodeID, c.Outcome)
				}
			}
		}
	}
	b.checkEvents(id, got, shown)
}

// goesOnAsIs restores the backup that nothing ran after: everything goes on to its end,
// and nothing is called twice.
func (b *backupStory) goesOnAsIs(one taken) {
	b.t.Helper()
	dir := b.t.TempDir()
	b.restore(one, dir, "--as-is")
	s := b.serveIn(dir)
	defer s.stop(b.t)
	b.jobs = one.known
	b.settle(s)
	for _, j := range b.jobs {
		got := b.read(s, j.id)
		for _, n := range got.Nodes {
			b.checkNode(j.id, n.NodeID, n.Mocked, n.Attempts)
		}
		b.checkWhole(j.id, got)
	}
}

// goesOnWhenResumed lets a person resume what a restore has paused: all tasks can be
// brought to their ends.
func (b *backupStory) goesOnWhenResumed(one taken) {
	b.t.Helper()
	s := b.serveIn(one.dir)
	defer s.stop(b.t)
	b.jobs = nil
	resumed := 0
	for _, j := range one.known {
		state := b.read(s, j.id).State
		if state == "CREATED" {
			continue
		}
		b.jobs = append(b.jobs, j)
		if state == "FINISHED" {
			continue
		}
		var answer struct {
			ResumeTask struct{ UserErrors []userError }
		}
		err := try(s, `mutation ($input: ResumeTaskInput!) { resumeTask(input: $input) { userErrors { code message field } } }`,
			map[string]any{"id": j.id, "operator": "decider"}, &answer)
		if err != nil || len(answer.ResumeTask.UserErrors) > 0 {
			b.t.Fatalf("resume task %s, which is %s: %+v, %v", j.id, state, answer, err)
		}
		resumed++
	}
	b.settle(s)
	b.t.Logf("%d tasks of %d were resumed", resumed, len(b.jobs))
}

// found is the first submatch of a pattern that must be there.
func found(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s is not in: %s", pattern, text)
	}
	return m[1]
}

// A backup without its key is worth what is not sealed: a server that is given it does
// not start, and says which key it needs.
func TestABackupWithoutItsKeyIsRefusedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, nil, "--dev")
	r := run(t, dir, nil, "backup", "--to", "b.db")
	id := found(t, r.out, `sealed with key (\w{8}), which is not in it`)
	s.stop(t)
	other := t.TempDir()
	r = run(t, other, nil, "restore", "--from", filepath.Join(dir, "b.db"))
	if r.code != 0 || !strings.Contains(r.out, "put key "+id+" in place before you start a server") {
		t.Errorf("code %d: %s%s", r.code, r.out, r.err)
	}
	absent(t, filepath.Join(other, "rehearse.key"))
	r = run(t, other, nil, "serve", "--addr", "127.0.0.1:0")
	if r.code != 1 || !strings.Contains(r.err, id) {
		t.Errorf("code %d: %s%s", r.code, r.out, r.err)
	}
	if mode(t, dir, "b.db") != 0o600 || mode(t, other, "rehearse.db") != 0o600 {
		t.Error("others may read the backup or the restored database")
	}
}
