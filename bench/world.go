package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"

	entapp "rehearse.dev/ent/app"
	"rehearse.dev/internal/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/template"
)

// world is a server with data on a loopback address, and the plain connections of
// the baseline to the same file.
type world struct {
	app       *app.App
	handler   http.Handler
	addr      string
	header    string
	caller    auth.Caller
	templates []int
	firstTask int
	tasks     int
	base      *baseline
	fresh     atomic.Int64 // numbers what must differ over all rounds

	stop []func() error // in the order of the starts
}

// openWorld opens a database, makes the application and so many templates in it, and
// serves nobody yet.
func openWorld(ctx context.Context, db app.Database, templates int) (_ *world, err error) {
	w := &world{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.app, err = app.Open(ctx, db); err != nil {
		return nil, err
	}
	w.stop = append(w.stop, w.app.Close)
	if w.handler, err = w.app.Handler(io.Discard); err != nil {
		return nil, err
	}
	return w, w.makeTemplates(ctx, templates)
}

// newWorld makes a database in dir with so many templates and tasks, and serves
// it. When whole is false, tasks lack the rows that a list does not read.
func newWorld(ctx context.Context, dir string, templates, tasks int, whole bool) (_ *world, err error) {
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.db", tasks))
	w, err := openWorld(ctx, app.Database{DB: path}, templates)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	w.tasks = tasks
	addr, stop, err := serve(ctx, w.handler)
	if err != nil {
		return nil, err
	}
	w.addr, w.stop = addr, append(w.stop, stop)
	if w.base, err = newBaseline(ctx, path); err != nil {
		return nil, err
	}
	w.stop = append(w.stop, w.base.close)
	if err := w.makeTasks(ctx, whole); err != nil {
		return nil, err
	}
	return w, w.base.prepare(ctx)
}

// close stops everything.
func (w *world) close() error {
	var failed []error
	for _, stop := range slices.Backward(w.stop) {
		failed = append(failed, stop())
	}
	return errors.Join(failed...)
}

// request writes a request for the query; JSON variables may be empty.
func (w *world) request(query, variables string) (request, error) {
	body := map[string]any{"query": query}
	if variables != "" {
		body["variables"] = json.RawMessage(variables)
	}
	raw, err := json.Marshal(body)
	return newRequest(w.addr, w.header, raw), err
}

const appCode = "bench"

//go:embed testdata/tree.json
var tree []byte

// makeTemplates makes the application, its space and released templates whose
// trees differ, all of it through the services.
func (w *world) makeTemplates(ctx context.Context, count int) error {
	secret, err := w.app.Spaces.CreateApp(ctx, appCode, false)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]string{"bk_app_code": appCode, "bk_app_secret": secret, "bk_username": "bench"})
	if err != nil {
		return err
	}
	w.header = string(raw)
	w.caller = auth.Caller{AppCode: appCode, Username: "bench"}
	if w.caller.AppID, err = w.app.Store.Read.App.Query().Where(entapp.Code(appCode)).OnlyID(ctx); err != nil {
		return err
	}
	spaceID, err := w.app.Spaces.Create(ctx, w.caller, space.CreateParams{Name: "bench"})
	if err != nil {
		return err
	}
	w.caller.Spaces = []int{spaceID}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(tree, &members); err != nil {
		return err
	}
	for i := range count {
		members["bench"] = json.RawMessage(fmt.Sprint(i))
		document, err := json.Marshal(members)
		if err != nil {
			return err
		}
		id, err := w.release(ctx, fmt.Sprintf("roll build %d out", i), document)
		if err != nil {
			return err
		}
		w.templates = append(w.templates, id)
	}
	return nil
}

// release makes a template with one released version.
func (w *world) release(ctx context.Context, name string, document []byte) (id int, err error) {
	made, err := w.app.Templates.Create(ctx, w.caller, template.CreateParams{
		SpaceID: w.caller.Spaces[0], Name: name, Description: "Builds, deploys and checks.", PipelineTree: document,
	})
	if err != nil {
		return 0, err
	}
	_, err = w.app.Templates.Release(ctx, w.caller, template.ReleaseParams{ID: made.TemplateID})
	return made.TemplateID, err
}

// snapshotOf finds the tree of a template's release.
func snapshotOf(ctx context.Context, db *sql.DB, templateID int) (id int, err error) {
	err = db.QueryRowContext(ctx,
		"SELECT v.snapshot_id FROM templates t JOIN pipeline_versions v ON v.id = t.released_version_id WHERE t.id = ?",
		templateID).Scan(&id)
	return id, err
}
