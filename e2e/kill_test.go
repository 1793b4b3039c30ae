package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Numbers of the story of kills. E2E_KILLS=200 tells its long form and E2E_SEED
// another one.
const (
	fewKills = 25
	newTasks = 5 // for each time that the server runs
	starters = 3 // callers at once
	killSeed = 20261122
)

// TestKilledServersSendNoCallTwice kills the server again and again while it makes,
// starts and runs tasks whose nodes call a host. In the end every task that was
// acknowledged is there, no call was sent twice, what nobody can know is told, and
// every task can be brought to its end.
func TestKilledServersSendNoCallTwice(t *testing.T) {
	t.Parallel()
	kills, seed := number(t, "E2E_KILLS", fewKills), uint64(number(t, "E2E_SEED", killSeed))
	t.Logf("%d kills, seed %d", kills, seed)
	k := &killStory{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 2))}
	k.host = newAPIHost(t, seed, map[string]float64{"fickle": 0.3, "last": 0.1})
	k.prepare()
	began := time.Now()
	for i := range kills {
		k.round(i)
	}
	t.Logf("%d kills took %s", kills, time.Since(began).Round(time.Millisecond))
	s := k.serve()
	k.work(s, len(k.jobs)) // who got no answer asks again
	k.settle(s)
	k.check(s)
	s.stop(t)
}

// number is a setting of the story.
func number(t *testing.T, name string, fallback int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// killStory is what the callers of the killed servers know.
type killStory struct {
	t         *testing.T
	dir       string
	host      *apiHost
	random    *rand.Rand
	templates []string
	jobs      []*job

	decided  map[place]int // how often a person retried the node
	skipped  map[place]bool
	unknowns int
}

// job is a task that a caller wants made and started.
type job struct {
	key, template string
	atOnce        bool   // created as started
	id            string // "" until it is acknowledged
	started       bool
}

func (k *killStory) serve() *server {
	k.t.Helper()
	return serve(k.t, k.dir, nil, "--dev", "--allow-host", k.host.address)
}

// prepare makes the templates.
func (k *killStory) prepare() {
	k.t.Helper()
	s := k.serve()
	defer s.stop(k.t)
	k.plant(s)
}

// plant makes the templates: a row, and two with branches at once, of which one polls.
func (k *killStory) plant(s *server) {
	k.t.Helper()
	space := firstSpace(k.t, s)
	setCredential(k.t, s, space)
	h := k.host
	fickle := h.triggering("fickle", "v3.0.0")
	fickle.retries = 2
	row := tree([]node{h.triggering("first", "v3.0.0"), h.triggering("pretended", "v2.0.0"), h.requesting("second"), sleeping("rest"), h.triggering("last", "v2.0.0")},
		nil, path("start", "first", "pretended", "second", "rest", "last", "end")...)
	branches := func(left node) map[string]any {
		pairs := path("start", "first", "fork", left.id, "join", "last", "end")
		pairs = append(pairs, path("fork", "rest", "second", "join")...)
		pairs = append(pairs, path("fork", "pretended", "fickle", "join")...)
		return tree([]node{h.triggering("first", "v3.0.0"), left, sleeping("rest"), h.requesting("second"), h.triggering("pretended", "v3.0.0"), fickle, h.triggering("last", "v3.0.0")},
			map[string]string{"fork": "ParallelGateway", "join": "ConvergeGateway"}, pairs...)
	}
	k.templates = []string{
		makeTemplate(k.t, s, space, "row", row),
		makeTemplate(k.t, s, space, "branches", branches(h.triggering("left", "v2.0.0"))),
		makeTemplate(k.t, s, space, "branches that poll", branches(h.polling("asked", "v3.0.0"))),
	}
}

// round runs the server and kills it at some moment.
func (k *killStory) round(i int) {
	k.t.Helper()
	pause := time.Duration(k.random.IntN(600)) * time.Millisecond
	if i%8 == 7 { // while it starts
		p := start(k.t, k.dir, nil, "serve", "--addr", "127.0.0.1:0", "--dev", "--allow-host", k.host.address)
		time.AfterFunc(pause/4, func() { _ = p.cmd.Process.Signal(syscall.SIGKILL) })
		p.wait(k.t)
		return
	}
	s := k.serve()
	for range newTasks {
		k.jobs = append(k.jobs, &job{
			key: fmt.Sprintf("job-%d", len(k.jobs)), template: k.templates[k.random.IntN(len(k.templates))], atOnce: k.random.IntN(2) == 0,
		})
	}
	time.AfterFunc(pause, func() { _ = s.cmd.Process.Signal(syscall.SIGKILL) })
	k.work(s, 0)
	s.wait(k.t)
}

// work brings all jobs on; an error of the connection ends it, unless everything must
// be answered now.
func (k *killStory) work(s *server, must int) {
	k.t.Helper()
	todo := make(chan *job, len(k.jobs))
	for _, j := range k.jobs {
		if !j.started {
			todo <- j
		}
	}
	close(todo)
	var group errgroup.Group
	for range starters {
		group.Go(func() error {
			for j := range todo {
				if err := k.bring(s, j); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := group.Wait()
	var wrong *wrongAnswerError
	if errors.As(err, &wrong) || err != nil && must > 0 {
		k.t.Fatal(err)
	}
}

// wrongAnswerError is an answer that a server must not give, killed or not.
type wrongAnswerError struct{ text, code string }

func (e *wrongAnswerError) Error() string { return e.text }

// bring makes the task of a job, if that was not acknowledged, and starts it.
func (k *killStory) bring(s *server, j *job) error {
	if err := j.create(s); err != nil || j.started {
		return err
	}
	return j.start(s)
}

// create makes the task of a job, or finds it.
func (j *job) create(s *server) error {
	var made struct {
		CreateMockTask struct {
			Task       *struct{ ID string }
			UserErrors []userError
		}
	}
	err := try(s, `mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code message field } } }`,
		map[string]any{
			"templateId": j.template, "name": j.key, "creator": "story", "idempotencyKey": j.key, "start": j.atOnce,
			"mockData": map[string]any{"nodes": []string{"pretended"}, "outputs": map[string]any{"pretended": map[string]any{"data": "as if"}}},
		}, &made)
	if err != nil {
		return err
	}
	task := made.CreateMockTask.Task
	if task == nil || j.id != "" && j.id != task.ID {
		return &wrongAnswerError{text: fmt.Sprintf("%s, which was task %q, gives %+v", j.key, j.id, made)}
	}
	j.id, j.started = task.ID, j.atOnce
	return nil
}

// start starts the task of a job, unless it is.
func (j *job) start(s *server) error {
	var began struct {
		StartTask struct{ UserErrors []userError }
	}
	if err := try(s, `mutation ($input: StartTaskInput!) { startTask(input: $input) { userErrors { code message field } } }`, map[string]any{"id": j.id}, &began); err != nil {
		return err
	}
	for _, e := range began.StartTask.UserErrors {
		if e.Code != "WRONG_STATE" { // it was started, and the answer was lost
			return &wrongAnswerError{fmt.Sprintf("start of %s: %+v", j.id, e), e.Code}
		}
	}
	j.started = true
	return nil
}

// try sends a mutation with one input; an error of the connection is one of its own.
func try(s *server, document string, input, data any) error {
	return tryWith(s, document, map[string]any{"input": input}, data)
}

// tryWith is try for any variables.
func tryWith(s *server, document string, variables, data any) error {
	a, err := trySend("POST", s.url+"/graphql", request(document, variables),
		"Content-Type", "application/json", "X-Bkapi-Authorization", s.header)
	if err != nil {
		return err
	}
	var body struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.Unmarshal([]byte(a.body), &body) != nil || a.status != 200 || body.Errors != nil || json.Unmarshal(body.Data, data) != nil {
		wrong := &wrongAnswerError{text: fmt.Sprintf("status %d: %s", a.status, a.body)}
		if len(body.Errors) > 0 {
			wrong.code = body.Errors[0].Extensions.Code
		}
		return wrong
	}
	return nil
}
