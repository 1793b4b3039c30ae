package rest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// node is the node that the contract's examples mock.
const node = "nd7927122ef6310eb309c2c8d3f70c23"

var fence = regexp.MustCompile("(?s)```json\n(.*?)```")

// section is what a document of the contract has under a heading.
func section(t *testing.T, file, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	fatal(t, err)
	_, rest, ok := strings.Cut(string(text), "### "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %s", file, heading)
	}
	if at := strings.Index(rest, "\n### "); at >= 0 {
		rest = rest[:at]
	}
	return rest
}

func examples(t *testing.T, file, heading string) []string {
	t.Helper()
	var list []string
	for _, found := range fence.FindAllStringSubmatch(section(t, file, heading), -1) {
		list = append(list, found[1])
	}
	if len(list) == 0 {
		t.Fatalf("%s has no example under %s", file, heading)
	}
	return list
}

// The contract's own requests, with ids and a caller that exist filled in, through
// a real server. The answers are in testdata/golden, with what changes from run to
// run replaced by what the contract's example has there.
func TestTheContractsExamples(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	template := c.template(t, order(t, "nfetch", node))
	preset := c.preset(t, template, node, `{"callback_data": "from the preset"}`)
	for _, file := range []string{"first.txt", "second.txt"} {
		example := examples(t, file, "返回结果示例")[0]
		for i, request := range examples(t, file, "请求参数示例") {
			name := strings.TrimSuffix(file, ".txt") + "-" + strconv.Itoa(i+1)
			filled := fill(t, request, "4,", strconv.Itoa(template)+",", `"bk_app_code": "xxxx"`, `"bk_app_code": "`+c.code+`"`,
				`"bk_app_secret": "xxxx"`, `"bk_app_secret": "`+c.secret+`"`, `: 1`, `: `+strconv.Itoa(preset))
			r := w.send(t, http.MethodPost, route(c.space), nil, filled)
			if r.status != http.StatusOK || !r.Result {
				t.Fatalf("%s: status %d: %s", name, r.status, r.body)
			}
			for _, secret := range []string{c.secret, "my_secret", "bk_app_code\":\"ours"} {
				if strings.Contains(r.body, secret) || strings.Contains(w.log.String(), secret) {
					t.Errorf("%s: %q is in the answer or the log", name, secret)
				}
			}
			documented(t, file, example, r)
			golden(t, name, calm(t, r.body))
		}
	}
}

func fill(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(text, pairs[i]) != 1 {
			t.Fatalf("the example has %q not once:\n%s", pairs[i], text)
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var row = regexp.MustCompile(`(?m)^\| (\w+) +\| (int|string|bool|dict) +\|`)

// documented checks that an answer has each field that the document lists, with the
// type that it lists, and nothing that is missing from the example beside what
// later versions of the original have added.
func documented(t *testing.T, file, example string, r *reply) {
	t.Helper()
	var whole object
	d := json.NewDecoder(strings.NewReader(example))
	d.UseNumber()
	fatal(t, d.Decode(&whole))
	shown := whole["data"].(object)
	table := row.FindAllStringSubmatch(section(t, file, "返回结果参数说明"), -1)
	if len(table) < 4+22 {
		t.Fatalf("%s: only %d fields were found", file, len(table))
	}
	for _, found := range table[4:] { // behind those of the envelope
		field, kind := found[1], found[2]
		value, there := r.Data[field]
		was := fmt.Sprintf("%T", value)
		null := shown[field] == nil && value == nil
		if want := map[string]string{"int": "json.Number", "string": "string", "bool": "bool", "dict": "map[string]interface {}"}[kind]; !there || was != want && !null {
			t.Errorf("%s: %s is %s, documented as %s", file, field, was, kind)
		}
	}
	for field := range shown {
		if _, there := r.Data[field]; !there {
			t.Errorf("%s: %s is not answered", file, field)
		}
	}
	for field := range r.Data {
		if _, there := shown[field]; !there && field != "trigger_method" && field != "parameters" {
			t.Errorf("%s: %s is answered and not documented", file, field)
		}
	}
	var envelope map[string]json.RawMessage
	fatal(t, json.Unmarshal([]byte(r.body), &envelope))
	if len(envelope) != 4 || string(envelope["code"]) != `"0"` || string(envelope["message"]) != `""` || string(envelope["result"]) != "true" {
		t.Errorf("%s: the envelope is %s", file, r.body)
	}
}

// volatile are the parts of an answer that change from run to run: their form, and
// what stands for them.
var volatile = []struct {
	form *regexp.Regexp
	calm string
}{
	{regexp.MustCompile(`"id":\d+,`), `"id":10,`},
	{regexp.MustCompile(`"space_id":\d+,`), `"space_id":1,`},
	{regexp.MustCompile(`"template_id":\d+,`), `"template_id":4,`},
	{regexp.MustCompile(`"snapshot_id":\d+,`), `"snapshot_id":3,`},
	{regexp.MustCompile(`"execution_snapshot_id":\d+,`), `"execution_snapshot_id":8,`},
	{regexp.MustCompile(`"instance_id":"[0-9a-f]{32}"`), `"instance_id":"6e15e7cf27ab3129878cdd9b95fff006"`},
	{
		regexp.MustCompile(`"create_time":"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}[+-]\d\d:\d\d"`),
		`"create_time":"2023-04-23T21:10:06.826644+08:00"`,
	},
}

// calm makes a successful answer the same in each run.
func calm(t *testing.T, body string) string {
	t.Helper()
	for _, v := range volatile {
		if len(v.form.FindAllString(body, -1)) != 1 {
			t.Errorf("%s does not match once in %s", v.form, body)
		}
		body = v.form.ReplaceAllLiteralString(body, v.calm)
	}
	return body
}

// golden compares JSON with a file, member by member in their order.
func golden(t *testing.T, name, got string) {
	t.Helper()
	var b bytes.Buffer
	fatal(t, json.Indent(&b, []byte(got), "", "  "))
	b.WriteByte('\n')
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		fatal(t, os.MkdirAll(filepath.Dir(path), 0o755))
		fatal(t, os.WriteFile(path, b.Bytes(), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	fatal(t, err)
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s: run with -update and read the difference\ngot:\n%s\nwant:\n%s", path, b.Bytes(), want)
	}
}

// Refusals, too, are answers that callers read.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	template := c.template(t, order(t))
	many := minimal(template, object{
		"name": " ", "creator": []int{1}, "description": nil, "constants": []int{}, "credentials": object{"shop": "!!!!"},
		"mock_data":              object{"nodes": []any{"ghost", "", true}, "outputs": object{"nfetch": "x"}, "mock_data_ids": object{"nfetch": "1"}, "nodez": 1},
		"custom_span_attributes": "x", "label_ids": []int{1},
	})
	text, err := json.Marshal(many)
	fatal(t, err)
	cases := map[string]*reply{
		"refused-many":     w.send(t, http.MethodPost, route(c.space), c.header(), string(text)),
		"refused-template": w.send(t, http.MethodPost, route(c.space), c.header(), `{"template_id": 7, "creator": "me"}`),
		"refused-json":     w.send(t, http.MethodPost, route(c.space), c.header(), `{"template_id": 7,}`),
		"refused-space":    w.send(t, http.MethodPost, route(w.theirs.space), c.header(), string(text)),
		"refused-stranger": w.send(t, http.MethodPost, route(c.space), nil, string(text)),
		"refused-method":   w.send(t, http.MethodGet, route(c.space), c.header(), ""),
		"refused-path":     w.send(t, http.MethodPost, "/apigw/space/1/create_task/", c.header(), "{}"),
	}
	for name, r := range cases {
		golden(t, name, fmt.Sprintf(`{"http status": %d, "answer": %s}`, r.status, strings.ReplaceAll(r.body, strconv.Itoa(c.space), "1")))
	}
}
