package expr

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostile texts each try to take for ever or to fill the memory.
func hostile() []string {
	return []string{
		"${'9'*10**9}", "${[0]*10**9}", "${10**10**10}", "${9**9**9}", "${1<<10**12}", "${2**32000*2**32000}", "${'%*d' % (10**9, 1)}", "${'%.999999999f' % 1}",
		"${'a'.ljust(10**9)}", "${'a'.zfill(10**9)}", "${'\\t'.expandtabs(10**9)}", "${list(range(10**9))}", "${sum(range(10**12))}",
		"${[x for x in range(10**6) for y in range(10**6)]}", "${len([i for i in range(10**9) if i < 0])}", "${10**9 in [x for x in range(10**9)]}",
		"${10**9 in (x for x in range(10**10))}", "${max(range(10**9))}", "${sorted(range(10**7))}", "${set(range(10**7))}", "${tuple('a'*4000000)}",
		"${(lambda f: f(f))(lambda f: f(f))}", "${(lambda f: f(f) + f(f))(lambda f: f(f) + f(f))}",
		"${[[[[[[[x for x in range(99)] for x in range(99)] for x in range(99)] for x in range(99)] for x in range(99)] for x in range(99)] for x in range(99)]}",
		"${'a'*3000000 + 'b'*3000000}", "${('a'*2000000).replace('a', 'b'*2000000)}", "${','.join(['a'*100000]*10000)}", "${('a,'*1000000).split(',')}",
		"${('a '*1000000).split()}", "${re.sub('a*', 'b'*1000, 'c'*4000)}", "${re.findall('x.*?z|x', 'x'*1000000)}", "${re.match('(a+)+b', 'a'*100000)}",
		"${re.sub('(x+x+)+y', '', 'x'*100000)}", "${re.compile('(' * 500 + ')' * 500)}", "${re.findall('', 'a'*3000000)}", "${re.sub('', 'ab', re.sub('', 'a', 'x'*100000))}",
		"${json.loads('['*100000)}", "${json.loads('[' * 400 + ']' * 400)}", "${json.dumps([0]*100000, indent=64)}", "${int('9'*4000)**9}", "${int('9'*100000)}",
		"${pow(3, 10**4000, 10**4000+1)}", "${10**4000 % 7}", "${str([[[[0]*99]*99]*99]*99)}", "${[[[[0]*99]*99]*99]*99 == [[[[0]*99]*99]*99]*99}",
		"${" + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000) + "}", "${" + strings.Repeat("-", 9000) + "1}", "${" + strings.Repeat("not ", 3000) + "1}",
		"${" + strings.Repeat("1+", 7000) + "1}", "${" + strings.Repeat("[", 3000) + "}", "${x" + strings.Repeat("[0]", 4000) + "}", "${x" + strings.Repeat(".a", 4000) + "}",
		"${" + strings.Repeat("lambda: ", 1500) + "1}", "${" + strings.Repeat("1 if 1 else ", 1000) + "1}", "${" + strings.Repeat("1<", 7000) + "2}",
		"${" + strings.Repeat("2**", 4000) + "2}", "${'" + strings.Repeat("a", 20000) + "'}", "${" + strings.Repeat("1,", 8000) + "}", "${f" + strings.Repeat("()", 5000) + "}",
		strings.Repeat("${", 50000), strings.Repeat("${a", 20000) + "}", strings.Repeat("${1/0}", 2000), manyPieces(),
	}
}

// manyPieces are different pieces that each use up their steps.
func manyPieces() string {
	var b strings.Builder
	for i := range 500 {
		b.WriteString("${sum(range(10**9), " + strconv.Itoa(i) + ")}")
	}
	return b.String()
}

func TestOneCallHasOneBudget(t *testing.T) {
	t.Parallel()
	out, unresolved, err := (&Renderer{}).Render(strings.Repeat("${k}", 5000), Vars{"k": strings.Repeat("x", 1<<20)})
	if err != nil || len(unresolved) != 1 || len(out.(string)) > 17<<20 {
		t.Errorf("%d bytes, %v, %v", len(out.(string)), unresolved, err)
	}
}

func TestHostilePiecesEndInTime(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	for _, text := range hostile() {
		start := time.Now()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := r.Render(text, Vars{}); err != nil {
			t.Errorf("%s: %v", cut(text, 60), err)
		}
		runtime.ReadMemStats(&after)
		took, bytes := time.Since(start), after.TotalAlloc-before.TotalAlloc
		t.Logf("%8s %5d MiB %s", took.Round(time.Millisecond), bytes>>20, cut(text, 60))
		// Generous for a busy machine; without limits these run for hours.
		if took > 10*time.Second {
			t.Errorf("%s took %s", cut(text, 60), took)
		}
	}
}

func TestHostileConditionsEndInTime(t *testing.T) {
	t.Parallel()
	deep := func(open, close string, n int) string {
		return strings.Repeat(open, n) + "1 == 1" + strings.Repeat(close, n)
	}
	r := &Renderer{}
	// The pieces cost the same in every language, so a few of them will do here.
	for _, text := range append(hostile()[:12], deep("(", ")", 50000), deep("[", "]", 50000), strings.Repeat("1 == 1 and ", 50000)+"1 == 1",
		"1 in ("+strings.Repeat("1,", 100000)+"1)", strings.Repeat("((1 == 1) and ", 3000), `matches("`+strings.Repeat("a", 9000)+`", "(a+)+b")`,
		strings.Repeat("not(", 5000), strings.Repeat("x[", 5000), strings.Repeat("some x in [1] satisfies ", 500)+"true", strings.Repeat("{a:", 5000),
		"9 ** 99999999 > 1", strings.Repeat("[[1,2,3][item > ", 100), "1 "+strings.Repeat("< 1 ", 4000), strings.Repeat("a b ", 4000), `"`+strings.Repeat("9", 100000)+`" == 1`) {
		for _, l := range []Language{Boolrule, FEEL, MAKO} {
			start := time.Now()
			r.Decide(l, text, Vars{})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s %s took %s", l, cut(text, 60), took)
			}
		}
	}
}

func TestLimitsCanBeSet(t *testing.T) {
	t.Parallel()
	cases := []struct {
		limits Limits
		piece  string
	}{
		{Limits{Steps: 50}, "${sum(range(100))}"}, {Limits{Bytes: 100}, "${'a'*200}"}, {Limits{Bits: 64}, "${2**100}"},
		{Limits{Depth: 3}, "${(lambda: (lambda: (lambda: (lambda: 1)())())())()}"},
	}
	for _, c := range cases {
		if _, unresolved, _ := (&Renderer{Limits: c.limits}).Render(c.piece, Vars{}); len(unresolved) != 1 || !strings.HasPrefix(unresolved[0].Reason, "limit: ") {
			t.Errorf("%s with %+v: %v", c.piece, c.limits, unresolved)
		}
		if _, unresolved, _ := (&Renderer{}).Render(c.piece, Vars{}); len(unresolved) != 0 {
			t.Errorf("%s with the defaults: %v", c.piece, unresolved)
		}
	}
}
