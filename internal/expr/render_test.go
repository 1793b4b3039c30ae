package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

func testEnv(t testing.TB) Vars {
	env := Vars{"_loop": int64(2), "_system": &Object{Text: "system", Attrs: DictOf("task_id", "1")},
		"k": &Object{Text: "DataTable with c,d Fields", Attrs: DictOf("c", []any{int64(1), int64(3)}, "flat__c", "1\n3")}}
	d := decoded(t, []byte(`{"l":[1,2,{"k":"v"}],"d":{"a":{"b":[10,20]},"__x":1},"n":5,"f":1.5,"t":true,"z":null,"s":"str","tpl":"${n}","self":9,"12":"digits"}`)).(*Dict)
	for _, key := range d.Keys() {
		env[key], _ = d.Get(key)
	}
	return env
}

func TestRenderTable(t *testing.T) {
	t.Parallel()
	same := "(unchanged)"
	cases := [][2]string{
		{`"${l}"`, `[1,2,{"k":"v"}]`}, {`"${n}"`, `5`}, {`"${f}"`, `1.5`}, {`"${t}"`, `true`}, {`"${z}"`, `null`}, {`"${d}"`, `{"a":{"b":[10,20]},"__x":1}`},
		{`"x${l}"`, `"x[1, 2, {'k': 'v'}]"`}, {`"x${n}"`, `"x5"`}, {`"x${t}"`, `"xTrue"`}, {`"x${z}"`, `"xNone"`}, {`"x${f}"`, `"x1.5"`},
		{`"${l[0]}"`, `1`}, {`"${l[2]['k']}"`, `"v"`}, {`"${d['a']['b'][1]}"`, `20`}, {`"${d[\"a\"]}"`, `{"b":[10,20]}`}, {`"${s[0]}"`, `"s"`},
		{`"${l[9]}"`, same}, {`"${d['zz']}"`, same}, {`"${d['__x']}"`, same}, {`"${l['a']}"`, same},
		{`"${l[-1]}"`, `"{'k': 'v'}"`}, {`"${n*2}"`, `"10"`}, {`"${len(l)}"`, `"3"`}, {`"${l[0]+1}"`, `"2"`},
		{`"${ n }"`, same}, {`"${n }"`, `"5"`}, {`"${n} "`, `"5 "`}, {`"${n}${n}"`, `"55"`}, {`"${undefined} ${n}"`, `"${undefined} 5"`},
		{`"${os.getcwd()}"`, same}, {`"${open('x')}"`, same}, {`"${s.__class__}"`, same}, {`"${s.format()}"`, same}, {`"x${self}"`, same},
		{`"${type(n)}"`, same}, {`"${map}"`, same}, {`"${undefined or 1}"`, same}, {`"${1 if True else undefined}"`, same},
		{`"${json.dumps(d['a'])}"`, `"{\"b\": [10, 20]}"`}, {`"${re.sub('s','z',s)}"`, `"ztr"`}, {`"${os.path.join('a','b')}"`, `"a/b"`},
		{`"${sorted([3,1])}"`, `"[1, 3]"`}, {`"${'a' if t else 'b'}"`, `"a"`}, {`"${1/0}"`, same}, {`"${f'{n}'}"`, same}, {`"${{'a':1}}"`, same}, {`"${n"`, same},
		{`"${_system.task_id}"`, `"1"`}, {`"${_system.nope}"`, same}, {`"${_loop}"`, `2`}, {`"${_loop + 1}"`, `"3"`}, {`"${12}"`, `"digits"`},
		{`"${k.c[0]}"`, `"1"`}, {`"${k.flat__c}"`, `"1\n3"`}, {`"${k}"`, `"DataTable with c,d Fields"`}, {`"v ${k}"`, `"v DataTable with c,d Fields"`},
		{`"${tpl}"`, `"${n}"`}, {`"<${tpl}>"`, `"<${n}>"`}, {`{"a":["${n}",{"b":"<${n}>"}],"${n}":"key"}`, `{"a":[5,{"b":"<5>"}],"${n}":"key"}`},
		{`5.0`, `5.0`}, {`"plain"`, `"plain"`}, {`"$${n}"`, `"$5"`}, {`"${n#}"`, same}, {`"${}"`, same}, {`"${a${n}}"`, `"${a5}"`},
		{`"${n | h}"`, `"5"`}, {`"${'<a&\\'>' | h}"`, `"&lt;a&amp;&#39;&gt;"`}, {`"${'a b/~' | u}"`, `"a+b%2F~"`}, {`"${' x ' | trim,h}"`, `"x"`},
		{`"${'é<€☃' | entity}"`, `"&eacute;&lt;&euro;&#x2603;"`}, {`"${n | n}"`, same}, {`"${s | n}"`, `"str"`}, {`"${n | foo}"`, same}, {`"${s | decode.utf8}"`, `"str"`},
		{`"${(n|2)}"`, `"7"`}, {`"${n\n}"`, `"5"`}, {`"${n\n+1}"`, `"6"`}, {`"${n\n +1}"`, same}, {`"${(n\n +1)}"`, `"6"`}, {`"${n+\n1}"`, same},
		{`"${enumerate(l)}"`, same}, {`"${lambda: 1}"`, same}, {`"${range(3)}"`, `"range(0, 3)"`}, {`"${[x for x in x]}"`, same}, {`"${(lambda a=n: a)()}"`, same},
		{`"${int(s)}"`, same}, {`"${'a', 'b'}"`, same}, {`"${n,}"`, `"5"`}, {`"${9999999999999999999}"`, `"9999999999999999999"`}, {`"${s.upper}"`, same},
	}
	r, env := &Renderer{}, testEnv(t)
	for _, c := range cases {
		want := c[1]
		if want == same {
			want = encoded(t, decoded(t, []byte(c[0])))
		}
		got, _, err := r.Render(decoded(t, []byte(c[0])), env)
		if err != nil {
			t.Fatalf("%s: %v", c[0], err)
		}
		if diff := cmp.Diff(want, encoded(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c[0], diff)
		}
	}
}

func TestUnresolvedTellsTheReason(t *testing.T) {
	t.Parallel()
	for piece, want := range map[string]string{
		"${gone}": "NameError: name 'gone' is not defined", "${1/0}": "ZeroDivisionError", "${ n }": "SyntaxError: unexpected indent",
		"${n.__class__}": "unsafe: attribute __class__", "${self.x}": "unsafe: name self", "${'a'.format()}": "unsafe: attribute format",
		"${n | evil}": "unsafe: filter evil", "${1 +}": "SyntaxError", "${{}['a']}": "", "${l['a']}": "TypeError", "${d['q']}": "KeyError: 'q'",
		"${9**9**9}": "limit: ", "${random.random()}": "RuntimeError: there is no random source", "${time.time()}": "RuntimeError: there is no clock",
		"${re.sub('(?=a)', '', s)}": "error: the regular expression does not compile", "${time.sleep(9)}": "AttributeError",
	} {
		_, unresolved, err := (&Renderer{}).Render("x"+piece, testEnv(t))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if len(unresolved) != 0 {
				t.Errorf("%s is no piece, yet %v", piece, unresolved)
			}
			continue
		}
		if len(unresolved) != 1 || unresolved[0].Piece != piece || !strings.HasPrefix(unresolved[0].Reason, want) {
			t.Errorf("%s: %v, want the reason %q", piece, unresolved, want)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"${len(x)}": "len x", "${ n }": "n", "${1/0}": "", "${True}": "", "${'a'+'b'}": "", "${x.y.z}": "x", "${a[b]}-${c}": "a b c",
		"${[i for i in k]}": "k", "${[i for i in i]}": "", "${(lambda x: x+y)(z)}": "y z", "${(lambda l: [i for i in l])(k)}": "i k",
		"${lambda a=b: a}": "", "${x | h}": "x", "${x | foo}": "foo x", "${context}": "", "${self}": "self", "${x": "", "${x +}": "", "${print}": "",
		"${(i for i in x if j)}": "j x", "${dict(a=k)}": "dict k", "${a, b}": "a b",
	} {
		if got := strings.Join(References([]any{DictOf("${key}", text)}), " "); got != want {
			t.Errorf("%s refers to %q, want %q", text, got, want)
		}
	}
	if diff := cmp.Diff([]string{"${a}", "${b.c}"}, Pieces("${a}${b.c} ${a} ${} ${x{y} $a")); diff != "" {
		t.Error(diff)
	}
}

func TestClockAndDice(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CST", 8*3600)
	r := &Renderer{Now: func() time.Time { return time.Date(2024, 2, 29, 23, 5, 6, 789000000, zone) }, Random: counter{}}
	for text, want := range map[string]string{
		"${datetime.datetime.now()}": "2024-02-29 23:05:06.789000", "${datetime.datetime.now().strftime('%Y%m%d%H%M%S')}": "20240229230506",
		"${(datetime.datetime.now() + datetime.timedelta(days=1)).strftime('%Y-%m-%d')}": "2024-03-01", "${datetime.date.today()}": "2024-02-29",
		"${datetime.datetime.utcnow().hour}": "15", "${int(time.time())}": "1709219106", "${time.strftime('%H:%M')}": "23:05",
		"${datetime.datetime.fromtimestamp(0)}": "1970-01-01 08:00:00", "${random.randint(3, 3)}": "3", "${random.choice(['a'])}": "a",
		"${0 <= random.random() < 1}": "True", "${len(random.sample([1,2,3], 2))}": "2", "${datetime.datetime.now().timestamp()}": "1709219106.789",
	} {
		got, unresolved, err := r.Render(text, Vars{})
		if err != nil || got != want {
			t.Errorf("%s gives %v (%v, %v), want %s", text, got, unresolved, err, want)
		}
	}
}

type counter struct{}

func (counter) Uint64() uint64 { return 1 << 40 }

func TestRenderLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	in := DictOf("a", []any{"${n}"})
	before := encoded(t, in)
	if _, _, err := (&Renderer{}).Render(in, Vars{"n": int64(1)}); err != nil {
		t.Fatal(err)
	}
	if after := encoded(t, in); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

func TestMutatingMethodsAnswerButChangeNothing(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	got, _, _ := (&Renderer{}).Render("${l.append(1)} ${l.pop()} ${d.pop('a')} ${d.setdefault('q', 1)} ${l.sort(key=str)} ${len(l)} ${len(d)}", env)
	if want := "None {'k': 'v'} {'b': [10, 20]} 1 None 3 2"; got != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestOneRendererServesManyGoroutines(t *testing.T) {
	t.Parallel()
	r := &Renderer{Now: time.Now, Random: rand.NewPCG(1, 2)}
	var group errgroup.Group
	for i := range 8 {
		group.Go(func() error {
			for range 50 {
				out, _, err := r.Render("${n + 1}${random.randint(1, 1)}${datetime.date.today().year > 2000}", Vars{"n": int64(i)})
				if want := strconv.Itoa(i+1) + "1True"; err != nil || out != want {
					return fmt.Errorf("got %v (%w), want %s", out, err, want)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestValuesSurviveJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"b":1,"a":[5.0,5,1e+16,0.1,-0.0],"":null}`, `99999999999999999999`, `"<&>é\n\"\u0001"`, `[true,false,[]]`, `{}`} {
		if got := encoded(t, decoded(t, []byte(text))); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{``, `{`, `[1,]`, `1 2`, `{"a"}`, `nope`, strings.Repeat("[", 600) + strings.Repeat("]", 600), strings.Repeat("9", 5000)} {
		if v, err := Decode([]byte(text)); err == nil {
			t.Errorf("%s decodes to %v", cut(text, 20), v)
		}
	}
	if _, err := Encode([]any{math.Inf(1)}); err == nil {
		t.Error("infinity must not encode")
	}
	if got := Str(DictOf("a", []any{nil, true, 1e16, "it's", tuple{int64(1)}})); got != `{'a': [None, True, 1e+16, "it's", (1,)]}` {
		t.Errorf("Str gives %s", got)
	}
}
