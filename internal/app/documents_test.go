package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/graph"
	"rehearse.dev/graph/trusted"
	"rehearse.dev/internal/app"
)

const (
	viewer      = `query Viewer { viewer { appCode } }`
	otherViewer = `query Other { viewer { appCode } }`
)

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// manifest has one document, with the id "v".
func manifest(t *testing.T) *trusted.Manifest {
	t.Helper()
	m, err := trusted.Read([]byte(`{"v": "` + viewer + `"}`))
	fatal(t, err)
	return m
}

// byID is a request with members that may be left empty.
func byID(query, documentID, hash string) []byte {
	members := vars{}
	for name, value := range map[string]string{"query": query, "documentId": documentID} {
		if value != "" {
			members[name] = value
		}
	}
	if hash != "" {
		members["extensions"] = vars{"persistedQuery": vars{"version": 1, "sha256Hash": hash}}
	}
	text, _ := json.Marshal(members) // of texts only
	return text
}

func TestDocumentsAreTakenAsTheModeSays(t *testing.T) {
	t.Parallel()
	const (
		fine         = ""
		notFound     = "!PERSISTED_QUERY_NOT_FOUND"
		notSupported = "!PERSISTED_QUERY_NOT_SUPPORTED"
		notInList    = "!PERSISTED_QUERY_NOT_IN_LIST"
		idRequired   = "!PERSISTED_QUERY_ID_REQUIRED"
		invalid      = "!INVALID_INPUT"
	)
	rows := map[string]struct {
		body            []byte
		off, auto, only string
	}{
		"text":                         {byID(viewer, "", ""), fine, fine, idRequired},
		"nothing":                      {byID("", "", ""), invalid, invalid, idRequired},
		"id":                           {byID("", "v", ""), notSupported, fine, fine},
		"hash as id":                   {byID("", "sha256:"+sha(viewer), ""), notSupported, fine, fine},
		"bare hash as id":              {byID("", sha(viewer), ""), notSupported, fine, fine},
		"id and its text":              {byID(viewer, "v", ""), notSupported, fine, fine},
		"id and another text":          {byID(otherViewer, "v", ""), notSupported, notInList, notInList},
		"unknown id":                   {byID("", "w", ""), notSupported, notInList, notInList},
		"persisted, of the manifest":   {byID("", "", sha(viewer)), notSupported, fine, fine},
		"persisted, id of the list":    {byID("", "", "v"), notSupported, fine, fine},
		"persisted, with its text":     {byID(viewer, "", sha(viewer)), fine, fine, fine},
		"persisted, unknown":           {byID("", "", sha("{ other }")), notSupported, notFound, notInList},
		"persisted, new":               {byID(otherViewer, "", sha(otherViewer)), fine, fine, notInList},
		"persisted, of another text":   {byID(otherViewer, "", sha(viewer)), fine, invalid, notInList},
		"persisted, in capitals":       {byID(otherViewer, "", strings.ToUpper(sha(otherViewer))), fine, invalid, notInList},
		"introspection by tools":       {byID("{ __schema { queryType { name } } }", "", ""), fine, fine, idRequired},
		"persisted, of another format": {[]byte(`{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}}`), invalid, invalid, invalid},
		"persisted, no object":         {[]byte(`{"extensions": {"persistedQuery": 5}}`), invalid, invalid, invalid},
		"persisted, null":              {[]byte(`{"query": "` + viewer + `", "extensions": {"persistedQuery": null}}`), fine, fine, idRequired},
	}
	for mode, options := range map[string]graph.Options{
		"off": {Mode: graph.DocumentsOff}, "auto": {Documents: manifest(t)}, "only": {Mode: graph.DocumentsOnly, Documents: manifest(t)},
	} {
		for name, row := range rows {
			want := map[string]string{"off": row.off, "auto": row.auto, "only": row.only}[mode]
			t.Run(mode+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				s.configure(t, options)
				a := s.ours.send(t, row.body)
				if got := strings.Join(topLevel(a), " "); got != want {
					t.Fatalf("%q, want %q: %s", got, want, a.body)
				}
				status := http.StatusOK
				if want == invalid {
					status = http.StatusBadRequest
				}
				if a.status != status || (want == fine) != (a.data != nil) {
					t.Errorf("status %d: %s", a.status, a.body)
				}
			})
		}
	}
}

func TestAPersistedQueryIsKnownOnceItWasValid(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	wrong := `query Wrong { nothing }`
	for text, want := range map[string]string{viewer: "", wrong: "!PERSISTED_QUERY_NOT_FOUND"} {
		first := s.ours.send(t, byID("", "", sha(text)), set("Accept", "application/graphql-response+json"))
		if got := topLevel(first); first.status != http.StatusBadRequest || len(got) != 1 || got[0] != "!PERSISTED_QUERY_NOT_FOUND" ||
			!strings.Contains(string(first.body), `"PersistedQueryNotFound"`) {
			t.Errorf("status %d, %s", first.status, first.body)
		}
		s.ours.send(t, byID(text, "", sha(text)))
		again := s.ours.send(t, nil, getting("extensions", `{"persistedQuery":{"version":1,"sha256Hash":"`+sha(text)+`"}}`), set(preflight, "1"))
		if got := strings.Join(topLevel(again), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestABrokenManifestIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, row := range map[string]struct{ manifest, want string }{
		"grammar":  {`{"fine": "{ __typename }", "bad": "{"}`, "--documents: the document bad is refused"},
		"field":    {`{"bad": "query A { nothing }"}`, "nothing"},
		"name":     {`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "x", "name": "Bad", "type": "query", "body": "query Bad { nothing }"}]}`, "Bad (x)"},
		"no JSON":  {`{`, "--documents: "},
		"no entry": {`{}`, "no documents"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".json")
			fatal(t, os.WriteFile(file, []byte(row.manifest), 0o600))
			var out lines
			code := app.Run(t.Context(), []string{"serve", "--addr", "127.0.0.1:0", "--db", file + ".db", "--documents", file}, &out, &out)
			if code != 2 || !strings.Contains(out.String(), row.want) {
				t.Errorf("exit code %d: %s", code, out.String())
			}
			if _, err := os.Stat(file + ".db"); err == nil {
				t.Error("a database was made before")
			}
		})
	}
	for _, row := range [][]string{{"--documents-mode", "only"}, {"--documents-mode", "off", "--documents", "x"}, {"--documents", "missing.json"}, {"--documents-mode", "some"}} {
		var out lines
		code := app.Run(t.Context(), append([]string{"serve", "--addr", "127.0.0.1:0", "--db", filepath.Join(dir, "x.db")}, row...), &out, &out)
		if code != 2 || !strings.Contains(out.String(), "--documents") {
			t.Errorf("%v: exit code %d: %s", row, code, out.String())
		}
	}
}
