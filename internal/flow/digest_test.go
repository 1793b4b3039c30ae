package flow_test

import (
	"testing"
)

const digestBase = `{"id":"n1","outputs":["${a}","${b}"],"activities":{"a":{"id":"a","component":{"code":"x","data":{"p":{"hook":true,"value":1},"q":{"value":{"m":1,"n":2}}}}},"b":{"id":"b"}},"gateways":{"g":{"conditions":{"f1":{"evaluate":"1","name":"x"},"f2":{"evaluate":"2"}}}},"constants":{"${k}":{"source_info":{"n1":["x"],"n2":["y"]},"value":1,"key":"${k}"}},"line":[{"a":1,"b":2}]}`

func TestDigestIgnores(t *testing.T) {
	t.Parallel()
	want := parse(t, digestBase).Digest()
	for name, doc := range map[string]string{
		"WhiteSpace": " {\n \"id\" : \"n1\" ,\t\"outputs\":[ \"${a}\" , \"${b}\" ],\"activities\":{\"a\":{\"id\":\"a\",\"component\":{\"code\":\"x\",\"data\":{\"p\":{\"hook\":true,\"value\":1},\"q\":{\"value\":{\"m\": 1,\r\n\"n\":2}}}}},\"b\":{\"id\":\"b\"}},\"gateways\":{\"g\":{\"conditions\":{\"f1\":{\"evaluate\":\"1\",\"name\":\"x\"},\"f2\":{\"evaluate\":\"2\"}}}},\"constants\":{\"${k}\":{\"source_info\":{\"n1\":[\"x\"],\"n2\":[\"y\"]},\"value\":1,\"key\":\"${k}\"}},\"line\":[{\"a\":1,\"b\":2}]} ",
		"Order":      `{"line":[{"a":1,"b":2}],"constants":{"${k}":{"key":"${k}","value":1,"source_info":{"n1":["x"],"n2":["y"]}}},"gateways":{"g":{"conditions":{"f1":{"name":"x","evaluate":"1"},"f2":{"evaluate":"2"}}}},"activities":{"b":{"id":"b"},"a":{"component":{"data":{"p":{"value":1,"hook":true},"q":{"value":{"m":1,"n":2}}},"code":"x"},"id":"a"}},"outputs":["${a}","${b}"],"id":"n1"}`,
		"TopID":      `{"id":"another",` + digestBase[len(`{"id":"n1",`):],
		"NoTopID":    `{` + digestBase[len(`{"id":"n1",`):],
	} {
		if got := parse(t, doc).Digest(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestDigestTells(t *testing.T) {
	t.Parallel()
	tests := map[string][2]string{
		"ConditionOrder": {`{"gateways":{"g":{"conditions":{"f1":{},"f2":{}}}}}`, `{"gateways":{"g":{"conditions":{"f2":{},"f1":{}}}}}`},
		"SourceOrder":    {`{"constants":{"${k}":{"source_info":{"a":[],"b":[]}}}}`, `{"constants":{"${k}":{"source_info":{"b":[],"a":[]}}}}`},
		"InputOrder":     {`{"activities":{"a":{"component":{"data":{"p":{},"q":{}}}}}}`, `{"activities":{"a":{"component":{"data":{"q":{},"p":{}}}}}}`},
		"ValueOrder":     {`{"constants":{"${k}":{"value":{"a":1,"b":2}}}}`, `{"constants":{"${k}":{"value":{"b":2,"a":1}}}}`},
		"NumberForm":     {`{"constants":{"${k}":{"value":1}}}`, `{"constants":{"${k}":{"value":1.0}}}`},
		"UnknownField":   {`{"line":[1]}`, `{"line":[2]}`},
		"ListOrder":      {`{"outputs":["${a}","${b}"]}`, `{"outputs":["${b}","${a}"]}`},
		"InnerID":        {`{"activities":{"a":{"pipeline":{"id":"a"}}}}`, `{"activities":{"a":{"pipeline":{"id":"b"}}}}`},
		"NodeID":         {`{"start_event":{"id":"a"}}`, `{"start_event":{"id":"b"}}`},
		"StringSpace":    {`{"start_event":{"name":"a b"}}`, `{"start_event":{"name":"ab"}}`},
	}
	for name, docs := range tests {
		if parse(t, docs[0]).Digest() == parse(t, docs[1]).Digest() {
			t.Errorf("%s: the same digest", name)
		}
	}
}

// TestDigestIsStable pins the value, because stored snapshots are found by it.
func TestDigestIsStable(t *testing.T) {
	t.Parallel()
	const want = "eeb7f6f02986d47f31f8b8a529099720ea48affc45f03065400e879038af306b"
	if got := parse(t, digestBase).Digest(); got != want {
		t.Errorf("digest %s, want %s: every stored snapshot would be stored anew", got, want)
	}
}

func TestDigestOfInnerTreesFollowsTheSameRules(t *testing.T) {
	t.Parallel()
	a := parse(t, `{"activities":{"a":{"type":"SubProcess","pipeline":{"id":"a","outputs":[],"flows":{}}}}}`)
	b := parse(t, `{"activities":{"a":{"pipeline":{"flows":{},"outputs":[], "id":"a"},"type":"SubProcess"}}}`)
	if a.Digest() != b.Digest() {
		t.Error("the outer digests differ")
	}
	inner := a.Activity("a").Pipeline
	if inner.Digest() != b.Activity("a").Pipeline.Digest() {
		t.Error("the inner digests differ")
	}
}
