package flow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// sketch makes a tree out of edge lists such as "g > a b"; testdata/README.md has
// the notation.
func sketch(tb testing.TB, text string) []byte {
	tb.Helper()
	type object = map[string]any
	kinds := map[byte]string{
		's': "EmptyStartEvent", 'e': "EmptyEndEvent", 'a': "ServiceActivity", 'x': "ExclusiveGateway",
		'p': "ParallelGateway", 'q': "ConditionalParallelGateway", 'c': "ConvergeGateway",
	}
	nodes := map[string]object{}
	incoming, outgoing := map[string][]string{}, map[string][]string{}
	var names []string
	add := func(name string) {
		if nodes[name] != nil {
			return
		}
		kind, ok := kinds[name[0]]
		if !ok {
			tb.Fatalf("sketch: %q begins with no known kind", name)
		}
		nodes[name] = object{"id": name, "name": name, "type": kind}
		names = append(names, name)
	}
	flows := object{}
	for line := range strings.Lines(text) {
		source, targets, _ := strings.Cut(line, ">")
		source = strings.TrimSpace(source)
		if source == "" {
			continue
		}
		add(source)
		for _, target := range strings.Fields(targets) {
			add(target)
			id := fmt.Sprintf("f%d", len(flows))
			flows[id] = object{"id": id, "source": source, "target": target, "is_default": false}
			outgoing[source] = append(outgoing[source], id)
			incoming[target] = append(incoming[target], id)
		}
	}
	tree := object{"activities": object{}, "gateways": object{}, "flows": flows, "constants": object{}, "outputs": []string{}}
	for _, name := range names {
		n := nodes[name]
		n["incoming"], n["outgoing"] = incoming[name], outgoing[name]
		switch name[0] {
		case 's':
			n["incoming"] = ""
			tree["start_event"] = n
		case 'e':
			n["outgoing"] = ""
			tree["end_event"] = n
		case 'a':
			n["component"] = object{"code": "bk_display", "version": "v1.0", "data": object{}}
			tree["activities"].(object)[name] = n
		default:
			tree["gateways"].(object)[name] = n
		}
	}
	doc, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}
