package token_test

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/spaceconfig"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/token"
)

// world is the real services over a database file, with a clock that tests move.
type world struct {
	*token.Service
	t     *testing.T
	store *store.Store
	auth  *auth.Authenticator
	clock atomic.Int64

	ours, theirs, root auth.Caller
	// space, template and task are ours, the others theirs.
	space, template, task                int
	otherSpace, otherTemplate, otherTask int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: storetest.New(t)}
	w.clock.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	w.auth = auth.New(w.store, w.now)
	tell := relay.New(event.NewHub(), w.auth)
	spaces := space.New(space.Deps{Store: w.store, Now: w.now, Changed: tell.ForgetCallers})
	w.Service = token.New(token.Deps{Store: w.store, Settings: spaces, Now: w.now, Revoked: tell.ForgetCallers})
	w.ours, w.space, w.template, w.task = w.tenant("ours")
	w.theirs, w.otherSpace, w.otherTemplate, w.otherTask = w.tenant("theirs")
	w.root, _, _, _ = w.tenant("root")
	w.root.Superuser = true
	return w
}

func (w *world) now() time.Time { return time.Unix(0, w.clock.Load()).UTC() }

func (w *world) wait(d time.Duration) { w.clock.Add(int64(d)) }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// tenant makes an application with a space, a template and a task.
func (w *world) tenant(code string) (c auth.Caller, spaceID, templateID, taskID int) {
	w.t.Helper()
	db, ctx := w.store.Write, w.t.Context()
	sum := sha256.Sum256([]byte(code))
	app := must[*ent.App](w.t)(db.App.Create().SetCode(code).SetSecretDigest(sum[:]).Save(ctx)).ID
	spaceID = must[*ent.Space](w.t)(db.Space.Create().SetAppID(app).SetName("work").Save(ctx)).ID
	templateID = must[*ent.Template](w.t)(db.Template.Create().SetAppID(app).SetSpaceID(spaceID).
		SetName("orders").SetNotifyConfig([]byte(`{}`)).Save(ctx)).ID
	tree := must[*ent.Snapshot](w.t)(db.Snapshot.Create().SetDigest(code).SetDocument([]byte(`{}`)).Save(ctx)).ID
	taskID = must[*ent.Task](w.t)(db.Task.Create().SetAppID(app).SetSpaceID(spaceID).SetTemplateID(templateID).
		SetInstanceID(code).SetName("try").SetCreator("me").
		SetCreateMethod(enttask.CreateMethodMOCK).SetTriggerMethod(enttask.TriggerMethodAPI).
		SetSnapshotID(tree).SetExecutionSnapshotID(tree).SetExtraInfo([]byte(`{}`)).Save(ctx)).ID
	return auth.Caller{AppID: app, AppCode: code, Spaces: []int{spaceID}}, spaceID, templateID, taskID
}

// set writes a setting of our space as it is stored, and lets callers be read anew.
func (w *world) set(name, value string) {
	w.t.Helper()
	db, ctx := w.store.Write, w.t.Context()
	must[int](w.t)(db.SpaceConfig.Delete().Where(spaceconfig.SpaceID(w.space), spaceconfig.Name(name)).Exec(ctx))
	must[*ent.SpaceConfig](w.t)(db.SpaceConfig.Create().SetSpaceID(w.space).SetName(name).SetValue([]byte(value)).Save(ctx))
	w.auth.Forget(w.ours.AppID)
}

func (w *world) apply(r auth.Resource, id int, p auth.Permission) token.Applied {
	w.t.Helper()
	return must[token.Applied](w.t)(w.Apply(w.t.Context(), w.ours, token.ApplyParams{Resource: r, ResourceID: id, Permission: p, User: "ann"}))
}

func bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}}
}

// call authenticates with a token.
func (w *world) call(token string) (auth.Caller, error) {
	return w.auth.Header(w.t.Context(), bearer(token))
}

func (w *world) works(token string) bool {
	w.t.Helper()
	_, err := w.call(token)
	if err != nil && (fault.CodeOf(err) != fault.CodeUnauthenticated || err.Error() != "the token is unknown, expired or revoked") {
		w.t.Errorf("refused with %q", err)
	}
	return err == nil
}

// problems lists the problems of a refusal as "CODE path", sorted.
func problems(err error) string {
	f := fault.As(err)
	if f == nil {
		return ""
	}
	words := []string{}
	for _, p := range f.Problems {
		words = append(words, p.Code+" "+strings.Join(p.Path, "."))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
