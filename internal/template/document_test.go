package template

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestObject(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 99) + "{}" + strings.Repeat("}", 99)
	for doc, want := range map[string]string{
		`{}`:                         "",
		" {\"a\": 1.0} \n":           "",
		`{"a":{"x":1},"b":{"x":1}}`:  "",
		`{"a":["a","a"],"b":"a"}`:    "",
		`{"a":"\\u0000"}`:            "",
		deep:                         "",
		`{"a":` + deep + `}`:         invalidValue,
		`{"a":1,"a":1}`:              invalidValue,
		`{"a":[{"b":1,"\u0062":2}]}`: invalidValue,
		`{"a":"x\u0000y"}`:           invalidValue,
		`{"\u0000":1}`:               invalidValue,
		`{"a":"\\\u0000"}`:           invalidValue,
		"{\"a\":\"\xff\"}":           invalidValue,
		`[]`:                         wrongType,
		`"x"`:                        wrongType,
		`null`:                       wrongType,
		`1`:                          wrongType,
		`true`:                       wrongType,
		``:                           wrongType,
		`{`:                          wrongType,
		`{} {}`:                      wrongType,
		`"` + strings.Repeat("x", maxDocument) + `"`: tooLong,
	} {
		var f found
		f.object(json.RawMessage(doc), "outputs")
		got := ""
		for _, p := range f.Problems() {
			got += p.Code
		}
		if got != want {
			t.Errorf("%.60q: %q, want %q", doc, got, want)
		}
	}
}

func TestCheckNotifyConfig(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{}`: "",
		`{"notify_type":{},"notify_receivers":{}}`: "",
		`{"notify_type":{"fail":["mail"],"success":[]},"notify_receivers":{"more_receiver":"a,b","receiver_group":["x"]},"notify_format":{"title":"t","content":"c"},"more":1}`: "",
		`{"notify_type":{"fail":"mail","success":[1,"a",null]},"notify_receivers":{"more_receiver":[],"receiver_group":{}}}`: "WRONG_TYPE notify_type.success.0;WRONG_TYPE notify_type.success.2;WRONG_TYPE notify_type.fail;" +
			"WRONG_TYPE notify_receivers.receiver_group;WRONG_TYPE notify_receivers.more_receiver;",
		`{"notify_format":{"title":1,"content":null}}`: "REQUIRED notify_type;REQUIRED notify_receivers;WRONG_TYPE notify_format.title;WRONG_TYPE notify_format.content;",
		`{"notify_type":null,"notify_receivers":"x"}`:  "WRONG_TYPE notify_type;WRONG_TYPE notify_receivers;",
		`[]`:   "WRONG_TYPE ;",
		`null`: "WRONG_TYPE ;",
	} {
		got := ""
		for _, p := range CheckNotifyConfig(json.RawMessage(doc)) {
			got += p.Code + " " + strings.Join(p.Path, ".") + ";"
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", doc, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"": "", "ab": "ab", "abc": "abc", "abcd": "abc", "界é👍x": "界é👍"} {
		if got := cut(s, 3); got != want {
			t.Errorf("cut(%q) = %q", s, got)
		}
	}
}

func TestNaming(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{
		"a":         `the scheme "a"`,
		"a b":       `the schemes "a", "b"`,
		"a b c":     `the schemes "a", "b", "c"`,
		"a b c d e": `the schemes "a", "b", "c" and 2 more`,
	} {
		if got := naming(strings.Fields(names)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
