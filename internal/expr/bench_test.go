package expr

import "testing"

func BenchmarkRender(b *testing.B) {
	env := testEnv(b)
	r := &Renderer{}
	for _, c := range []struct{ name, text string }{
		{"variable", "${n}"}, {"path", "${d['a']['b'][1]}"}, {"insideText", "order ${n} of ${s}"}, {"expression", "${int(n) + 1}"},
		{"comprehension", "${','.join([str(i) for i in l])}"}, {"plain", "no piece at all"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.Render(c.text, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	env := testEnv(b)
	r := &Renderer{}
	for _, c := range []struct {
		lang Language
		text string
	}{{Boolrule, `${n} > 3 and "${s}" == "str"`}, {FEEL, `${n} > 3 and "${s}" = "str"`}, {MAKO, "${n > 3}"}} {
		b.Run(string(c.lang), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := r.Decide(c.lang, c.text, env); !d.Hit {
					b.Fatal(d.Err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile("${','.join([str(i) for i in l if i > 1])}")
	}
}
