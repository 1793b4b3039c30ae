package expr

import (
	"math/rand/v2"
	"testing"
	"time"
	"unicode/utf8"
)

func fuzzRenderer() *Renderer {
	return &Renderer{
		Limits: Limits{Steps: 20_000, Bytes: 1 << 18},
		Now:    func() time.Time { return time.Unix(1.7e9, 0).UTC() },
		Random: rand.NewPCG(1, 2),
	}
}

// FuzzRender looks for panics, unbounded results and results that JSON refuses.
func FuzzRender(f *testing.F) {
	for _, text := range append(hostile()[:40], "${n*2}", "${[x for x in l if x]}", "${d['a']|h}", "${(lambda a, *b: b)(1, 2)}", "${re.sub('(a)', r'\\1', s)}",
		"${json.dumps(d, indent=1)}", "${'%5.2f|%(a)s' % d}", "${datetime.datetime(2024,1,1) + datetime.timedelta(1)}", "${l[::-1]}", "${1 < n <= 5}") {
		f.Add(text)
	}
	r := fuzzRenderer()
	f.Fuzz(func(t *testing.T, text string) {
		out, _, err := r.Render(text, testEnv(t))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if s, ok := out.(string); ok && utf8.ValidString(text) && len(s) > 17<<20 {
			t.Fatalf("%q grows to %d bytes", text, len(s))
		}
		if _, err := Encode(out); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		References(text)
	})
}

// FuzzDecide does the same for conditions of all languages.
func FuzzDecide(f *testing.F) {
	for _, text := range []string{`${n} > 3 and "${s}" == "str"`, `(1,2) issuperset (1)`, "((1 == 1) or 2 notin (2,3))", `1.5E3 == "x"`,
		"some x in [1,2], y in [2,3] satisfies x < y", "[{a: 1}][a = 1]", `date and time("2022-01-01T00:00:00+08:00") in [now()..today())`, "${n == 5}",
		`before((1..5], 2)`, `hello world(a: 1, b: 2)`, "5 between 1 and 2 ** 3"} {
		f.Add(text)
	}
	r := fuzzRenderer()
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range []Language{Boolrule, FEEL, MAKO} {
			if d := r.Decide(l, text, testEnv(t)); d.Hit && d.Err != nil {
				t.Fatalf("%s %q: a hit with the error %v", l, text, d.Err)
			}
		}
	})
}

// FuzzPython feeds whole expressions, so that more of them parse.
func FuzzPython(f *testing.F) {
	for _, text := range []string{"n + 1", "[i for i in l for j in d]", "s.center(20, '*')", "'%s' % (l,)", "1 if t else z", "-n ** 2 // 3", "sorted(l, key=lambda x: -1)"} {
		f.Add(text)
	}
	r := fuzzRenderer()
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse(text); err != nil {
			return
		}
		p := &program{root: mustParse(text), known: map[string]bool{}}
		p.names, p.fault = check(p.root)
		for _, name := range p.names {
			p.known[name] = true
		}
		if _, err := r.run(p, testEnv(t), r.Limits.budget()); err != nil && err.Error() == "" {
			t.Fatalf("%q fails without a reason", text)
		}
	})
}

func mustParse(text string) node {
	n, _ := parse(text)
	return n
}
