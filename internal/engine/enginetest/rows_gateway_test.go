package enginetest_test

import "fmt"

// branch is s→g with a on the first condition and b on the second.
func branch(first, second string) *Tree {
	return New().Line("s g a e").Line("g b e").Exclusive("g", "a: "+first, "b: "+second)
}

// outcome of the first condition alone, with b as the default.
type verdict struct {
	row               int
	language, text    string
	want              string // "hit", "miss" or "error"
	constant, boolean string
}

var verdicts = []verdict{
	{26, "", `"${x}" == "go"`, "hit", "go", ""}, {26, "", `${x} == "go"`, "hit", "go", ""},
	{28, "", `"${x}" == "a\nb"`, "hit", "a\nb", ""},
	{36, "", ``, "error", "", ""},
	{40, "FEEL", `1 = "1"`, "error", "", ""}, {40, "FEEL", `o = 1`, "error", "", ""}, {40, "FEEL", `${o} = true`, "error", "", "o"},
	{42, "MAKO", `${int(x) > 3}`, "hit", "5", ""}, {42, "MAKO", `${x}`, "error", "5", ""},
	{42, "MAKO", `${o}`, "error", "", "o"}, {42, "MAKO", `${o == True}`, "hit", "", "o"},
	{43, "", `1 in (1,2,3)`, "hit", "", ""}, {43, "", `"1" in (1,2)`, "hit", "", ""}, {43, "", `"a" in "abc"`, "hit", "", ""},
	{43, "", `"a" notin ("b","c")`, "hit", "", ""},
	{44, "", `1 == 1.5`, "hit", "", ""}, {44, "", `1.5 == "1"`, "miss", "", ""}, {44, "", `1.0 == "1.0"`, "hit", "", ""},
	{44, "", `"1.0" == 1`, "miss", "", ""},
	{45, "", `1==2 and 1==2 or 2==2`, "miss", "", ""}, {45, "", `1==2 or 1==1 and 2==2`, "hit", "", ""},
	{45, "", `(1==1 or 1==2) and 1==2`, "miss", "", ""},
	{46, "", `not 1 == 2`, "error", "", ""}, {46, "", `true`, "error", "", ""}, {46, "", `1=1`, "error", "", ""},
	{46, "", `() == ()`, "error", "", ""}, {46, "", `[1] == [1]`, "error", "", ""}, {46, "", `trueish == 1`, "error", "", ""},
	{46, "", `a-b == "a-b"`, "error", "", ""}, {46, "", `1E3 == 1000`, "error", "", ""}, {46, "", `1 > "x"`, "error", "", ""},
	{47, "", `*`, "hit", "", ""},
	{48, "", `(1,2) issuperset (1)`, "hit", "", ""}, {48, "", `"abc" issuperset "abc"`, "hit", "", ""},
	{48, "", `(2,1) notissuperset (3)`, "hit", "", ""},
}

var gatewayFacts = map[string]string{
	"hit":   "g FINISHED\na FINISHED\nb -",
	"miss":  "g FINISHED\na -\nb FINISHED",
	"error": "g FAILED\ng.out.ex_data *\ng.out._result -\ng.why CONDITION\na -\nb -",
}

func gatewayRows() []row {
	rows := []row{
		{
			name: "022 a hit wins over the default",
			tree: branch("1==1", "default"), want: gatewayFacts["hit"],
		},
		{
			name: "009 a language nobody knows is boolrule",
			tree: branch("1==1", "default").Language("g", "COBOL"), want: gatewayFacts["hit"],
		},
	}
	for i, v := range verdicts {
		tree := New().Line("s m g a e").Line("g b e").Exclusive("g", "a: "+v.text, "b: default").
			Language("g", v.language).Constant("x", v.constant)
		if v.boolean != "" {
			tree.Bind(v.boolean, "m.o")
		}
		rows = append(rows, row{
			name: fmt.Sprintf("%03d condition %d: %s", v.row, i, v.text),
			tree: tree, mock: `{"nodes":["m"],"outputs":{"m":{"o":true}}}`, want: gatewayFacts[v.want],
		})
	}
	return rows
}
