package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRealTreesRun runs trees of real products to their ends, with all activities
// mocked and with none; constants make the timers short.
func TestRealTreesRun(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	space := firstSpace(t, s)
	for name, test := range map[string]struct {
		constants  map[string]any
		activities []string
		entries    int // of the last activity
	}{
		"single-display": {nil, []string{"nf834705dbbb37c59ad114aa37314975"}, 1},
		"loop-with-timers": {
			map[string]any{"${time_list}": "0,1"}, []string{"node413dba1a74e3045da403e3be9cd5", "nodeb268d09815476dd8a37d373b89ff"}, 2,
		},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		template := makeTemplate(t, s, space, name, rawTree(raw))
		for how, mock := range map[string]map[string]any{"mocked": {"nodes": test.activities}, "real": {}} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				if how == "mocked" && test.entries > 1 {
					// A mocked node has its mock outputs only, and the loop asks for how often it was entered.
					mock["outputs"] = map[string]any{test.activities[0]: map[string]any{"_loop": test.entries}}
				}
				input := map[string]any{"templateId": template, "name": how, "creator": "ann", "start": true, "mockData": mock}
				if test.constants != nil {
					input["constants"] = test.constants
				}
				id := create(t, s, map[string]any{"input": input}).ID
				got := finish(t, s, id)
				last := got.Nodes[test.activities[len(test.activities)-1]]
				if len(got.Nodes) < len(test.activities)+2 || last.State != "FINISHED" || last.Entries == 0 || how == "real" && last.Entries != test.entries {
					t.Errorf("ended as %+v", got)
				}
			})
		}
	}
}

// rawTree is a tree as it is in its file.
type rawTree []byte

// MarshalJSON gives the file's bytes.
func (r rawTree) MarshalJSON() ([]byte, error) { return r, nil }

// ended is a finished task: its nodes by id.
type ended struct{ Nodes map[string]endedNode }

type endedNode struct {
	State   string
	Entries int
}

// finish waits until the task has finished.
func finish(t *testing.T, s *server, id string) ended {
	t.Helper()
	tick, limit := time.NewTicker(50*time.Millisecond), time.Now().Add(patience)
	defer tick.Stop()
	for ; ; <-tick.C {
		got := query[struct {
			Task struct {
				State string
				Nodes []struct {
					NodeID, State string
					Attempts      []struct{ Number int }
				}
			}
		}](t, s, `query ($id: ID!) { task(id: $id) { state nodes { nodeId state attempts { number } } } }`, map[string]any{"id": id}).Task
		if got.State == "FINISHED" {
			e := ended{map[string]endedNode{}}
			for _, n := range got.Nodes {
				e.Nodes[n.NodeID] = endedNode{n.State, len(n.Attempts)}
			}
			return e
		}
		if got.State != "RUNNING" || time.Now().After(limit) {
			t.Fatalf("task %s is %+v", id, got)
		}
	}
}
