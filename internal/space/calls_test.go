package space_test

import (
	"encoding/json"
	"testing"

	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
)

func TestForCallsReadsWhatACallNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	w.credential(t, bkApp(id, "good"))
	empty, err := w.ForCalls(t.Context(), id, "", "")
	if err != nil || len(empty.UniformAPI.APIs) != 0 || empty.CredentialName != "" || empty.Credential != nil {
		t.Fatalf("a space without settings: %+v, %v", empty, err)
	}
	if err := w.SetConfig(t.Context(), w.caller, space.ConfigParams{
		SpaceID: id, CredentialName: ptr(json.RawMessage(`{"default": "none", "project_1": "good"}`)),
		UniformAPI: &space.UniformAPIParams{
			APIs:             []space.API{{Key: "k", MetaAPIs: "https://z.example/meta", Headers: json.RawMessage(`{"X-A": "b"}`)}},
			StandardResponse: json.RawMessage(`true`),
		},
	}); err != nil {
		t.Fatal(err)
	}
	for scope, want := range map[[2]string]string{
		{"project", "1"}: "good", {"project", "2"}: "none", {"project", ""}: "none", {"", ""}: "none",
	} {
		ctx, counter := store.WithCounter(t.Context())
		got, err := w.ForCalls(ctx, id, scope[0], scope[1])
		if err != nil || got.CredentialName != want || (got.Credential != nil) != (want == "good") || (got.CredentialReason == "") != (want == "good") {
			t.Errorf("%v: %+v, %v", scope, got, err)
		}
		if !got.UniformAPI.StandardResponse || len(got.UniformAPI.APIs) != 1 || string(got.UniformAPI.APIs[0].Headers) != `{"X-A":"b"}` && string(got.UniformAPI.APIs[0].Headers) != `{"X-A": "b"}` {
			t.Errorf("%+v", got.UniformAPI)
		}
		if n := counter.Statements(); n != 3 {
			t.Errorf("%d statements", n)
		}
	}
}
