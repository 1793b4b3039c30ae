package enginetest_test

// pieces is s→m→a→e with typed values from a mock: l d n f t z s.
func pieces(fields ...any) *Tree {
	t := New().Line("s m a e").Echo("a", fields...)
	for _, name := range []string{"l", "d", "n", "f", "t", "z", "s"} {
		t.Bind(name, "m."+name)
	}
	return t
}

const typed = `{"nodes":["m"],"outputs":{"m":{"l":[1,2,{"k":"v"}],"d":{"a":{"b":[10,20]}},"n":5,"f":1.5,"t":true,"z":null,"s":"str"}}}`

var pluginRows = []row{
	{
		name: "092 a timer waits its seconds",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", "1"), want: "a FINISHED\nseconds 0.5",
	},
	{
		name: "092 a past date fails",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", "2020-01-01 00:00:00"), want: "a FAILED\na.out.ex_data *",
	},
	{
		name: "092 a past date passes without the check",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", "2020-01-01 00:00:00", "force_check", false), want: "a FINISHED\nseconds 0",
	},
	{
		name: "092 text that is no time fails",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", "abc"), want: "a FAILED\na.out.ex_data *",
	},
	{
		name: "092 thirty days cost nothing",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", 30*24*60*60), want: "a FINISHED\nseconds 2591999.5",
	},
	{
		name: "092 a date is read in the zone of the installation",
		tree: New().Line("s a e").Activity("a", "sleep_timer", "bk_timing", "2026-01-01 08:00:10"),
		want: "a FINISHED\nseconds 9.5\na.out.timing_time \"2026-01-01 08:00:10+08:00\"",
	},
	assigned("093 String", `x`, "String", "y", "a FINISHED\nb.in.y \"y\""),
	assigned("093 Int on text", `x`, "Int", "5", "a FAILED\nb -"),
	assigned("093 Int", 1, "Int", "5", "b.in.y 5"),
	assigned("093 a boolean passes as Int", true, "Int", "5", "b.in.y 5"),
	assigned("093 Object from JSON", `x`, "Object", "[1,2]", "b.in.y [1,2]"),
	assigned("093 Object from a number", `x`, "Object", "5", "a FAILED"),
	assigned("093 Bool", true, "Bool", "no", "b.in.y false"),
	assigned("093 a reference is no plain variable", `${j}`, "String", "y", "a FAILED"),
	{
		name: "093 without value_type it fails",
		tree: New().Line("s a e").Constant("k", "x").Activity("a", "value_assign@v1.0.0", "bk_assignment_list", []any{map[string]any{"key": "k", "value": "y"}}),
		want: "a FAILED\na.why EXCEPTION",
	},
	{
		name: "093 all assignments or none",
		tree: New().Line("s a e").Constant("k", "x").Activity("a", "value_assign@v1.0.0", "bk_assignment_list", []any{
			map[string]any{"key": "k", "value": "y", "value_type": "String"}, map[string]any{"key": "zz", "value": "y", "value_type": "String"},
		}),
		want: "a FAILED\ncontext.${k} \"x\"",
	},
}

func assigned(name string, present any, kind string, to any, want string) row {
	return row{
		name: name, want: want,
		tree: New().Line("s a b e").Constant("k", present).Constant("j", "J").Echo("b", "y", "${k}").
			Activity("a", "value_assign@v1.0.0", "bk_assignment_list", []any{map[string]any{"key": "k", "value": to, "value_type": kind}}),
	}
}

var variableRows = []row{
	{
		name: "096 missing elements leave the text", mock: typed,
		tree: pieces("x", "${l[9]}", "y", "${d['zz']}"), want: "a.in.x \"${l[9]}\"\na.in.y \"${d['zz']}\"",
	},
	{
		name: "097 expressions become text", mock: typed,
		tree: pieces("x", "${l[-1]}", "y", "${n*2}", "z", "${len(l)}"), want: "a.in.x \"{'k': 'v'}\"\na.in.y \"10\"\na.in.z \"3\"",
	},
	{
		name: "098 blanks and neighbours decide", mock: typed,
		tree: pieces("x", "${ n }", "y", "${n} ", "z", "${n}${n}"), want: "a.in.x \"${ n }\"\na.in.y \"5 \"\na.in.z \"55\"",
	},
	{
		name: "099 an unknown name does no harm to its neighbour", mock: typed,
		tree: pieces("x", "${undefined} ${n}"), want: "a.in.x \"${undefined} 5\"",
	},
	{
		name: "100 what the sandbox refuses stays text", mock: typed,
		tree: pieces("a", "${os.getcwd()}", "b", "${open('x')}", "c", "${s.__class__}", "d", "${s.format()}", "f", "${self}", "g", "${type(n)}", "h", "${map}"),
		want: "a.in.a \"${os.getcwd()}\"\na.in.b \"${open('x')}\"\na.in.c \"${s.__class__}\"\na.in.d \"${s.format()}\"\na.in.f \"${self}\"\na.in.g \"${type(n)}\"\na.in.h \"${map}\"",
	},
	{
		name: "101 modules, builtins and conditions work", mock: typed,
		tree: pieces("a", "${json.dumps(d)}", "b", "${re.sub('s','z',s)}", "c", "${os.path.join('a','b')}", "d", "${sorted([3,1])}", "f", "${'a' if t else 'b'}"),
		want: "a.in.a \"{\\\"a\\\": {\\\"b\\\": [10, 20]}}\"\na.in.b \"ztr\"\na.in.c \"a/b\"\na.in.d \"[1, 3]\"\na.in.f \"a\"",
	},
	{
		name: "102 fields without a free name are never rendered", mock: typed,
		tree: pieces("a", "${1/0}", "b", "${True}", "c", "${'<b>'}", "d", "${f'{n}'}", "f", "${{'a':1}}", "g", "${n"),
		want: "a.in.a \"${1/0}\"\na.in.b \"${True}\"\na.in.c \"${'<b>'}\"\na.in.d \"${f'{n}'}\"\na.in.f \"${{'a':1}}\"\na.in.g \"${n\"",
	},
	{
		name: "103 values inside an object are rendered, keys are not",
		tree: New().Line("s a e").Constant("k", "K").Echo("a", "x", map[string]any{"a": []any{"${k}", map[string]any{"b": "<${k}>"}}, "${k}": "key"}),
		want: "a.in.x {\"${k}\":\"key\",\"a\":[\"K\",{\"b\":\"<K>\"}]}",
	},
	{
		name: "106 lazy types",
		tree: New().Line("s a e").Echo("a", "x", "${s}", "y", "${j['a']}", "z", "${t.c[0]}", "w", "${t.flat__c}").
			Constant("s", []any{"a", "b"}, "custom_type", "select").Constant("j", `{"a":[1]}`, "custom_type", "json_variable").
			Constant("t", []any{map[string]any{"c": "1"}, map[string]any{"c": "3"}}, "custom_type", "datatable"),
		want: "a.in.x \"a,b\"\na.in.y [1]\na.in.z \"1\"\na.in.w \"1\\n3\"",
	},
	{
		name: "107 a broken variable that nobody uses does no harm",
		tree: New().Line("s a e").Constant("k", "{bad", "custom_type", "json_variable"), want: "a FINISHED\np FINISHED",
	},
	{
		name: "107 a broken variable among the outputs fails the end event",
		tree: New().Line("s a e").Constant("k", "{bad", "custom_type", "json_variable").Outputs("k"),
		want: "a FINISHED\ne FAILED\ne.out.ex_data -\ne.why HYDRATION\np RUNNING",
	},
	{
		name: "109 a pre-rendered value is fixed once",
		tree: New().Line("s a b e").Constant("k", "${random.random()}", "pre_render_mako", true).Echo("a", "x", "${k}").
			Echo("b", "x", "${k == o}").Bind("o", "a.x"),
		want: "a FINISHED\nb.in.x \"True\"",
	},
	{
		name: "109 another value is made anew at every use",
		tree: New().Line("s a b e").Constant("k", "${random.random()}").Echo("a", "x", "${k}").Echo("b", "x", "${k == o}").Bind("o", "a.x"),
		want: "b.in.x \"False\"",
	},
	{
		name: "110 values of the system", request: `{"system":{"task_id":1}}`,
		tree: New().Line("s a e").Echo("a", "x", "${_system.task_id}", "y", "${_system.nope}"),
		want: "a.in.x \"1\"\na.in.y \"${_system.nope}\"",
	},
	{
		name: "112 an output that is used too early is text, the default is not used",
		tree: New().Line("s b a e").Constant("o", "default", "source_type", "component_outputs", "source_info", map[string]any{"a": []string{"x"}}).
			Echo("b", "y", "${o}").Echo("a", "x", 1),
		want: "b.in.y \"${o}\"\ncontext.${o} 1",
	},
}
