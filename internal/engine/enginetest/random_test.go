package enginetest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// grower makes random block-structured trees: every block has one way in and one
// way out, so that the tree is valid by construction.
type grower struct {
	rand *rand.Rand
	tree *Tree
	// prefix keeps ids of inner trees apart; nodes lists every id.
	prefix string
	serial int
	nodes  *[]string
	depth  int
	// pure leaves out everything that waits, loops or fails.
	pure bool
}

// randomTree grows a tree of some ten to fifty nodes.
func randomTree(r *rand.Rand, pure bool) (*Tree, []string) {
	nodes := []string{"s", "e", "p"}
	g := &grower{rand: r, tree: New(), nodes: &nodes, pure: pure}
	g.tree.Constant("k", "K").Constant("q", "${k}-${o1}").Constant("bad", "${bad}").
		Constant("j", "{bad", "custom_type", "json_variable")
	in, out := g.sequence(4)
	g.tree.Line("s " + in).Line(out + " e")
	return g.tree, nodes
}

func (g *grower) id(kind string) string {
	g.serial++
	id := fmt.Sprintf("%s%s%d", g.prefix, kind, g.serial)
	*g.nodes = append(*g.nodes, id)
	return id
}

// sequence grows blocks one behind the other and returns its first and last node.
func (g *grower) sequence(most int) (in, out string) {
	for range 1 + g.rand.IntN(most) {
		first, last := g.block()
		if in == "" {
			in, out = first, last
			continue
		}
		g.tree.Line(out + " " + first)
		out = last
	}
	return in, out
}

func (g *grower) block() (in, out string) {
	if g.depth >= 3 {
		a := g.activity()
		return a, a
	}
	g.depth++
	defer func() { g.depth-- }()
	kinds := 9
	if g.pure {
		kinds = 7
	}
	switch g.rand.IntN(kinds) {
	case 0, 1:
		return g.split("p", func(id string, _ []string) { g.tree.Parallel(id) })
	case 2:
		return g.split("q", func(id string, targets []string) { g.tree.Conditional(id, g.conditions(targets)...) })
	case 3:
		return g.split("x", func(id string, targets []string) { g.tree.Exclusive(id, g.conditions(targets)...) })
	case 7:
		return g.loop()
	case 8:
		return g.inner()
	default:
		a := g.activity()
		return a, a
	}
}

// split grows two or three branches between a gateway and its converge.
func (g *grower) split(kind string, finish func(id string, targets []string)) (in, out string) {
	in, out = g.id(kind), g.id("c")
	g.tree.node(in)
	var targets []string
	for range 2 + g.rand.IntN(2) {
		first, last := g.sequence(2)
		g.tree.Line(in + " " + first).Line(last + " " + out)
		targets = append(targets, first)
	}
	finish(in, targets)
	g.tree.Converge(out)
	return in, out
}

func (g *grower) conditions(targets []string) []string {
	texts := []string{"1 == 1", "1 == 2", `"${k}" == "K"`, "${o1} == 1"}
	if !g.pure {
		texts = append(texts, "bad bad", "${bad} == 1", "${j} == 1")
	}
	var out []string
	for _, target := range targets {
		out = append(out, target+": "+texts[g.rand.IntN(len(texts))])
	}
	if g.rand.IntN(2) == 0 {
		out[len(out)-1] = targets[len(targets)-1] + ": default"
	}
	return out
}

// loop repeats a sequence through an exclusive gateway behind it.
func (g *grower) loop() (in, out string) {
	in, last := g.sequence(2)
	counter, gate, exit := g.activity(), g.id("x"), g.activity()
	g.tree.Line(last + " " + counter + " " + gate + " " + in).Line(gate + " " + exit)
	name := "lp" + gate
	g.tree.Bind(name, counter+"._loop")
	g.tree.Exclusive(gate, fmt.Sprintf("%s: ${%s} < %d", in, name, 2+g.rand.IntN(3)), exit+": default")
	return in, exit
}

// inner grows a sub-process.
func (g *grower) inner() (in, out string) {
	id := g.id("sub")
	start, end := g.id("is"), g.id("ie")
	sub := &grower{rand: g.rand, tree: Sub(id, start, end), prefix: id + "_", nodes: g.nodes, depth: g.depth, pure: g.pure}
	first, last := sub.sequence(2)
	sub.tree.Line(start + " " + first).Line(last + " " + end)
	sub.tree.Constant("r", "${k}", "show_type", "show").Outputs("r")
	g.tree.Inner(id, sub.tree).Bind("from"+id, id+".${r}")
	return id, id
}

func (g *grower) activity() string {
	id := g.id("a")
	texts := []string{"plain", "${k}", "${q}!", "${o1}", "${len(k)}"}
	if g.pure {
		g.tree.Echo(id, "x", texts[g.rand.IntN(2)])
		return id
	}
	texts = append(texts, "${bad}", "${j}", "${random.random()}")
	x := texts[g.rand.IntN(len(texts))]
	switch g.rand.IntN(14) {
	case 0:
		g.tree.Activity(id, "test_poll", "times", g.rand.IntN(4))
	case 1:
		g.tree.Activity(id, "test_callback")
	case 2:
		g.tree.Activity(id, "test_multi_callback")
	case 3:
		g.tree.Activity(id, "uniform_api@v2.0.0", "x", x)
	case 4:
		g.tree.Activity(id, "sleep_timer", "bk_timing", g.rand.IntN(5))
	case 5:
		g.tree.Activity(id, "nobody")
	case 6:
		g.tree.Echo(id, "_fail", "no", "x", x)
	case 7:
		g.tree.Echo(id, "_raise", "no")
	case 8:
		g.tree.Echo(id, "_fail_until_retry", 1+g.rand.IntN(2))
	default:
		g.tree.Echo(id, "x", x)
	}
	g.settings(id)
	if g.rand.IntN(3) == 0 && !strings.Contains(g.prefix, "_") {
		g.tree.Bind("o"+fmt.Sprint(g.rand.IntN(3)), id+".x")
	}
	return id
}

// settings turns on what an activity can be told.
func (g *grower) settings(id string) {
	switch g.rand.IntN(12) {
	case 0:
		g.tree.Set(id, "error_ignorable", true)
	case 1:
		g.tree.Set(id, "auto_retry", map[string]any{"enable": true, "times": 2, "interval": 1})
	case 2:
		g.tree.Set(id, "timeout_config", map[string]any{"enable": true, "seconds": 3, "action": "forced_fail_and_skip"})
	case 3:
		g.tree.Set(id, "loop_config", map[string]any{
			"enable": true, "loop_times": 3, "fail_skip": g.rand.IntN(2) == 0,
			"retryable": true, "skippable": true, "outputs_key": "${outs}",
		})
	case 4:
		g.tree.Set(id, "skippable", false)
	case 5:
		g.tree.Set(id, "retryable", false)
	}
}
