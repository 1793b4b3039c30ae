// Command genqlient plays the whole story with the Go client that genqlient makes from
// documents.graphql, and prints what it saw as JSON. It is run by suite.mjs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/gorilla/websocket"
)

//go:generate go tool genqlient

// patience bounds the whole story.
const patience = time.Minute

// setup is what suite.mjs passes in STORY, as JSON.
type setup struct {
	URL     string            `json:"url"`
	WSURL   string            `json:"wsUrl"`
	Headers map[string]string `json:"headers"`
	Wanted  struct {
		Name      string          `json:"name"`
		Constants json.RawMessage `json:"constants"`
		MockData  MockDataInput   `json:"mockData"`
	} `json:"wanted"`
}

// told is what the story saw, for the judge.
type told struct {
	Who     *WhoViewer                                 `json:"who"`
	Seen    *PreviewPreviewMockTaskMockTaskPreview     `json:"seen"`
	Refused *CreateCreateMockTaskCreateMockTaskPayload `json:"refused"`
	Started *StartStartTaskStartTaskPayload            `json:"started"`
	Events  []event                                    `json:"events"`
	Task    *ResultsTask                               `json:"task"`
}

type event struct {
	Seq   int       `json:"seq"`
	State TaskState `json:"state,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var s setup
	if err := json.Unmarshal([]byte(os.Getenv("STORY")), &s); err != nil {
		return fmt.Errorf("STORY: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	seen, err := play(ctx, &s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(seen)
}

func play(ctx context.Context, s *setup) (*told, error) {
	client := graphql.NewClient(s.URL, caller{s.Headers})
	who, err := Who(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	template, err := find(ctx, client, "refund an order")
	if err != nil {
		return nil, err
	}
	input := CreateMockTaskInput{
		TemplateId: template, Name: s.Wanted.Name, Creator: *who.Viewer.Username,
		Constants: &s.Wanted.Constants, MockData: &s.Wanted.MockData,
	}
	seen, err := Preview(ctx, client, &input)
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	blank := input
	blank.Name = " "
	refused, err := Create(ctx, client, &blank)
	if err != nil {
		return nil, fmt.Errorf("refused create: %w", err)
	}
	made, err := Create(ctx, client, &input)
	if err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	if made.CreateMockTask.Task == nil {
		return nil, fmt.Errorf("create: refused with %v", made.CreateMockTask.UserErrors)
	}
	id := made.CreateMockTask.Task.Id
	watched, failed, err := watch(ctx, s, id)
	if err != nil {
		return nil, err
	}
	started, err := Start(ctx, client, &StartTaskInput{Id: id})
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	events, err := follow(ctx, watched, failed)
	if err != nil {
		return nil, err
	}
	results, err := Results(ctx, client, id)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	return &told{who.Viewer, seen.PreviewMockTask, refused.CreateMockTask, started.StartTask, events, results.Task}, nil
}

// find turns pages of one template until it sees the name.
func find(ctx context.Context, client graphql.Client, name string) (string, error) {
	var after *string
	for {
		page, err := Templates(ctx, client, 1, after)
		if err != nil {
			return "", fmt.Errorf("templates: %w", err)
		}
		for _, t := range page.Templates.Nodes {
			if t.Name == name {
				return t.Id, nil
			}
		}
		if !page.Templates.PageInfo.HasNextPage {
			return "", fmt.Errorf("no template %q", name)
		}
		after = page.Templates.PageInfo.EndCursor
	}
}

// watch subscribes to the task's events. The socket lives as long as the program:
// genqlient cannot close it once the server has completed a subscription.
func watch(ctx context.Context, s *setup, id string) (chan WatchWsResponse, chan error, error) {
	params := make(map[string]any, len(s.Headers))
	for name, value := range s.Headers {
		params[name] = value
	}
	client := graphql.NewClientUsingWebSocket(s.WSURL, dialer{websocket.DefaultDialer}, graphql.WithConnectionParams(params))
	failed, err := client.Start(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("socket: %w", err)
	}
	events, _, err := Watch(ctx, client, id, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("watch: %w", err)
	}
	return events, failed, nil
}

func follow(ctx context.Context, events chan WatchWsResponse, failed chan error) ([]event, error) {
	var all []event
	for {
		select {
		case e, more := <-events:
			if !more {
				return all, nil
			}
			if e.Errors != nil {
				return nil, fmt.Errorf("watch: %w", e.Errors)
			}
			seen := event{Seq: e.Data.TaskEvents.GetSeq()}
			if state, ok := e.Data.TaskEvents.(*WatchTaskEventsTaskStateEvent); ok {
				seen.State = state.State
			}
			all = append(all, seen)
		case err := <-failed:
			return nil, fmt.Errorf("socket: %w", err)
		case <-ctx.Done():
			return nil, fmt.Errorf("watch: %w after %d events", ctx.Err(), len(all))
		}
	}
}

// caller adds the headers that say who calls.
type caller struct{ headers map[string]string }

func (c caller) Do(r *http.Request) (*http.Response, error) {
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	return http.DefaultClient.Do(r)
}

// dialer makes gorilla's dialer one of genqlient's.
type dialer struct{ *websocket.Dialer }

func (d dialer) DialContext(ctx context.Context, url string, header http.Header) (graphql.WSConn, error) {
	conn, response, err := d.Dialer.DialContext(ctx, url, header)
	if response != nil {
		_ = response.Body.Close() // of a refused upgrade
	}
	return conn, err
}
