package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const watchEvents = `subscription ($id: ID!, $after: Int!) { taskEvents(taskId: $id, afterSeq: $after) {
  __typename seq time ... on TaskStateEvent { state } ... on NodeStateEvent { nodeId nodeState: state } } }`

// told is an event as a watcher reads it, or errors in its place.
type told struct {
	Data   struct{ TaskEvents toldEvent }
	Errors []struct{ Extensions struct{ Code string } }
}

type toldEvent struct {
	Typename                 string `json:"__typename"`
	Seq                      int
	Time                     time.Time
	State, NodeID, NodeState string
}

// watcher gives one response after the other; the error is errComplete when the
// subscription is over in good order.
type watcher func() (told, error)

var errComplete = errors.New("complete")

// transports are the two ways to watch. The connection ends with ctx; credentials are
// a header and its value.
var transports = map[string]func(ctx context.Context, s *server, credentials [2]string, variables map[string]any) (watcher, error){
	"server-sent events": watchStream, "socket": watchSocket,
}

// watchStream reads server-sent events line by line.
func watchStream(ctx context.Context, s *server, credentials [2]string, variables map[string]any) (watcher, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", strings.NewReader(request(watchEvents, variables)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set(credentials[0], credentials[1])
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // the context bounds it
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = res.Body.Close() }) // was only read
	in := bufio.NewReader(res.Body)
	return func() (told, error) {
		var got told
		for kind := ""; ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return got, err
			}
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case name == "event":
				kind = value
			case name == "data" && kind == "complete":
				return got, errComplete
			case name == "data":
				return got, json.Unmarshal([]byte(value), &got)
			}
		}
	}, nil
}

// watchSocket speaks graphql-transport-ws.
func watchSocket(ctx context.Context, s *server, credentials [2]string, variables map[string]any) (watcher, error) {
	conn, res, err := websocket.Dial(ctx, s.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil, err
	}
	if res.Body != nil {
		_ = res.Body.Close() // the connection is the socket's
	}
	context.AfterFunc(ctx, func() { _ = conn.CloseNow() }) // as if the network was gone
	type message struct {
		ID      string          `json:"id,omitempty"`
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload,omitempty"`
	}
	login, _ := json.Marshal(map[string]string{credentials[0]: credentials[1]}) // plain data
	var first message
	err = errJoin(wsjson.Write(ctx, conn, message{Type: "connection_init", Payload: login}), wsjson.Read(ctx, conn, &first))
	if err != nil || first.Type != "connection_ack" {
		return nil, fmt.Errorf("%+v: %w", first, err)
	}
	err = wsjson.Write(ctx, conn, message{"1", "subscribe", json.RawMessage(request(watchEvents, variables))})
	return func() (told, error) {
		var m message
		var got told
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return got, err
		}
		switch m.Type {
		case "next":
			return got, json.Unmarshal(m.Payload, &got)
		case "complete":
			return got, errComplete
		default:
			return got, fmt.Errorf("a message %s: %s", m.Type, m.Payload)
		}
	}, err
}

// watched makes a task of the nodes in a row.
func watched(t *testing.T, s *server, nodes ...node) string {
	t.Helper()
	ids := []string{"start"}
	for _, n := range nodes {
		ids = append(ids, n.id)
	}
	template := makeTemplate(t, s, firstSpace(t, s), "watched", tree(nodes, nil, path(append(ids, "end")...)...))
	return create(t, s, map[string]any{"input": map[string]any{"templateId": template, "name": "watched", "creator": "ann"}}).ID
}

func begin(t *testing.T, s *server, id string) {
	t.Helper()
	p := query[struct {
		StartTask struct{ UserErrors []userError }
	}](t, s,
		`mutation ($input: StartTaskInput!) { startTask(input: $input) { userErrors { code message field } } }`, map[string]any{"input": map[string]any{"id": id}})
	if len(p.StartTask.UserErrors) > 0 {
		t.Fatal(p)
	}
}

// eachTransport tells a story once for each transport.
func eachTransport(t *testing.T, story func(t *testing.T, s *server, watch func(ctx context.Context, id string, after int, credentials ...string) watcher)) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, t.TempDir(), nil, "--dev")
			story(t, s, func(ctx context.Context, id string, after int, credentials ...string) watcher {
				t.Helper()
				who := [2]string{"X-Bkapi-Authorization", s.header}
				if len(credentials) == 2 {
					who = [2]string(credentials)
				}
				next, err := connect(ctx, s, who, map[string]any{"id": id, "after": after})
				if err != nil {
					t.Fatal(err)
				}
				return next
			})
		})
	}
}

func TestAWatcherThatIsCutOffMissesNothing(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, s *server, watch func(context.Context, string, int, ...string) watcher) {
		id := watched(t, s, sleeping("one"), sleeping("two"))
		first, cut := context.WithTimeout(t.Context(), patience)
		defer cut()
		next := watch(first, id, 0)
		begin(t, s, id)
		var got []toldEvent
		take := func(next watcher) error {
			answer, err := next()
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				t.Fatalf("%+v", answer)
			}
			got = append(got, answer.Data.TaskEvents)
			return nil
		}
		for { // in the middle: the first sleeper runs
			if err := take(next); err != nil {
				t.Fatal(err)
			}
			if e := got[len(got)-1]; e.NodeID == "one" && e.NodeState == "RUNNING" {
				break
			}
		}
		cut()
		second, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		next = watch(second, id, got[len(got)-1].Seq)
		for {
			err := take(next)
			if errors.Is(err, errComplete) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, e := range got {
			if e.Seq != i+1 {
				t.Fatalf("event %d has number %d: %+v", i+1, e.Seq, got)
			}
		}
		stored := query[struct{ Task struct{ LastSeq int } }](t, s, `query ($id: ID!) { task(id: $id) { lastSeq } }`, map[string]any{"id": id}).Task
		if last := got[len(got)-1]; last.State != "FINISHED" || len(got) != stored.LastSeq {
			t.Errorf("%d events of %d, the last is %+v", len(got), stored.LastSeq, last)
		}
	})
}

func TestADrainingServerEndsWhatIsWatched(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, s *server, watch func(context.Context, string, int, ...string) watcher) {
		id := watched(t, s, sleeping("one"), sleeping("two"))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		next := watch(ctx, id, 0)
		begin(t, s, id)
		if _, err := next(); err != nil {
			t.Fatal(err)
		}
		s.signal(t, syscall.SIGTERM)
		for {
			_, err := next()
			if errors.Is(err, errComplete) || ctx.Err() != nil {
				t.Fatalf("ended by %v, want the end of the connection", err)
			}
			if code := websocket.CloseStatus(err); code != -1 && code != websocket.StatusGoingAway {
				t.Errorf("close code %d", code)
			}
			if err != nil {
				break
			}
		}
		if code := s.wait(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

func TestARevokedTokenWatchesNoMore(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, s *server, watch func(context.Context, string, int, ...string) watcher) {
		id := watched(t, s, node{id: "waits", plugin: "pause_node", version: "legacy", inputs: map[string]any{"description": "for ever"}})
		begin(t, s, id)
		token := query[struct {
			ApplyToken struct {
				Token      string
				UserErrors []userError
			}
		}](t, s, `mutation ($input: ApplyTokenInput!) { applyToken(input: $input) { token userErrors { code message field } } }`,
			map[string]any{"input": map[string]any{"resourceType": "TASK", "resourceId": id, "permission": "VIEW", "user": "ann"}}).ApplyToken.Token
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		next := watch(ctx, id, 0, "Authorization", "Bearer "+token)
		for running := false; !running; {
			answer, err := next()
			if err != nil || len(answer.Errors) > 0 {
				t.Fatalf("%+v, %v", answer, err)
			}
			running = answer.Data.TaskEvents.State == "RUNNING"
		}
		query[any](t, s, `mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { userErrors { code } } }`, map[string]any{"input": map[string]any{"token": token}})
		answer, err := next()
		refused := len(answer.Errors) == 1 && answer.Errors[0].Extensions.Code == "UNAUTHENTICATED"
		if ctx.Err() != nil || !refused && websocket.CloseStatus(err) != 4403 {
			t.Errorf("%+v, %v", answer, err)
		}
	})
}
