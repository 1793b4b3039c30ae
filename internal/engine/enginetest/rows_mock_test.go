package enginetest_test

// seq is s→a→b→e with the output of a bound to ${o}.
func seq(key string) *Tree { return New().Line("s a b e").Bind("o", "a."+key) }

var mockRows = []row{
	{
		name: "006 outputs of a node that is not mocked are ignored",
		tree: seq("x").Echo("a", "x", "1").Echo("b", "y", "${o}"), mock: `{"nodes":[],"outputs":{"a":{"x":"mock"}}}`,
		want: "b.in.y \"1\"",
	},
	{
		name: "012 mock outputs are not rendered",
		tree: seq("v").Echo("b", "y", "${o}").Constant("k", "K"), mock: `{"nodes":["a"],"outputs":{"a":{"v":"${k}"}}}`,
		want: "b.in.y \"${k}\"",
	},
	{
		name: "013 reserved outputs of a mock are overwritten but ex_data",
		tree: seq("v"), mock: `{"nodes":["a"],"outputs":{"a":{"_result":"zz","_loop":99,"ex_data":"e"}}}`,
		want: "a FINISHED\na.out._result true\na.out._loop 1\na.out.ex_data \"e\"",
	},
	{
		name: "014 mock outputs that are no object fail the node",
		tree: seq("v"), mock: `{"nodes":["a"],"outputs":{"a":[1]}}`,
		want: "a FAILED\na.out.ex_data *\na.why EXCEPTION\nb -\np RUNNING",
	},
	{
		name: "014 mock outputs of null fail a polling node as well",
		tree: New().Line("s a e").Activity("a", "test_poll", "times", "3"), mock: `{"nodes":["a"],"outputs":{"a":null}}`,
		want: "a FAILED\na.out.ex_data *",
	},
	{
		name: "015 a mocked node still needs its inputs",
		tree: New().Line("s a e").Echo("a", "x", "${k}").Constant("k", "{bad", "custom_type", "json_variable"),
		mock: `{"nodes":["a"],"outputs":{"a":{"x":1}}}`,
		want: "a FAILED\na.why HYDRATION\na.in.x \"${k}\"\na.out._result false",
	},
	{
		name: "051 a corrected mock lets the retry pass",
		tree: fork(), mock: `{"nodes":["b"],"fail_nodes":["b"]}`,
		ops:  `[{"op":"mock","mock":{"fail_nodes":[]}},{"op":"retry","node_id":"b"}]`,
		want: "ops [true,true]\na FINISHED\nb FINISHED\nb.retry 1\nc FINISHED\np FINISHED\nhistories.b 1",
	},
	{
		name: "052 skipping the failed branch lets both meet",
		tree: fork(), mock: `{"nodes":["b"],"fail_nodes":["b"]}`, ops: `[{"op":"skip","node_id":"b"}]`,
		want: "ops [true]\nb.skip true\nc FINISHED\np FINISHED",
	},
	{
		name: "063 a mocked node in a loop answers every pass",
		tree: loopTree("3").Bind("z", "a.z").Outputs("z"), mock: `{"nodes":["a"],"outputs":{"a":{"z":7}}}`,
		want: "a.loop 3\na.out.z 7\na.out._loop 3\np.out.${z} 7\nhistories.a 2",
	},
	{
		name: "124 an unknown plugin fails its node, mocked or not",
		tree: New().Line("s g a c e").Line("g b c").Parallel("g").Converge("c").Activity("a", "nobody").Activity("b", "nobody@v9"),
		mock: `{"nodes":["a"],"outputs":{"a":{"x":1}}}`,
		want: "a FAILED\nb FAILED\na.why UNKNOWN_PLUGIN\nb.out.ex_data *\nb.out._result false\np RUNNING",
	},
}

// fork is two branches between g and c.
func fork() *Tree { return New().Line("s g a c e").Line("g b c").Parallel("g").Converge("c") }

// loopTree runs a until its loop has reached the limit.
func loopTree(limit string) *Tree {
	return New().Line("s a x e").Line("x a").Exclusive("x", "a: ${lp} < "+limit, "e: ${lp} >= "+limit).Bind("lp", "a._loop")
}

var structureRows = []row{
	{
		name: "053 a branch may lead straight to the converge",
		tree: New().Line("s g a c e").Line("g c").Parallel("g").Converge("c"),
		want: "a FINISHED\nc FINISHED\np FINISHED",
	},
	{
		name: "053 one branch is enough",
		tree: New().Line("s g a c e").Parallel("g").Converge("c"),
		want: "a FINISHED\nc FINISHED\nc.loop 1\np FINISHED",
	},
	{
		name: "053 parallel blocks nest",
		tree: New().Line("s g h a d c e").Line("h b d").Line("g f c").Parallel("g").Parallel("h").Converge("d").Converge("c"),
		want: "a FINISHED\nb FINISHED\nd FINISHED\nf FINISHED\nc FINISHED\nd.loop 1\nc.loop 1\np FINISHED",
	},
	{
		name: "054 the inner block meets while the outer one waits for a failed branch",
		tree: New().Line("s g h a d c e").Line("h b d").Line("g f c").Parallel("g").Conditional("h", "a: 1 == 1", "b: 1 == 1").
			Converge("d").Converge("c").Echo("f", "_fail", "no"),
		want: "d FINISHED\nf FAILED\nc -\np RUNNING",
	},
	{
		name: "064 fail_skip counts a failed pass",
		tree: New().Line("s a e").Echo("a", "_fail", "no").Outputs("outs").Set("a", "loop_config",
			map[string]any{"enable": true, "loop_times": 3, "fail_skip": true, "outputs_key": "${outs}"}),
		want: `a FINISHED
			a.ignored true
			a.loop 3
			context.${outs} [{"result":false,"inner_loop":1},{"result":false,"inner_loop":2},{"result":false,"inner_loop":3}]
			p FINISHED`,
	},
	{
		name: "064 what the plugin packs becomes part of each record",
		tree: New().Line("s a e").Echo("a", "outputs", map[string]any{"k": "v"}).Set("a", "loop_config",
			map[string]any{"enable": true, "loop_times": 2, "outputs_key": "${outs}"}),
		want: `context.${outs} [{"k":"v","result":true,"inner_loop":1},{"k":"v","result":true,"inner_loop":2}]`,
	},
	{
		name: "071 the inner scope knows the system's values",
		tree: New().Line("s a e").Inner("a", Sub("a", "i", "j").Line("i x j").Echo("x", "v", "${_system.task_id}")),
		want: "x.in.v \"1\"\np FINISHED",
	},
	{
		name: "070 a sub-process shows as failed while an inner node is",
		tree: New().Line("s a e").Inner("a", Sub("a", "i", "j").Line("i x j").Echo("x", "_fail", "no")),
		ops:  `[{"op":"retry","node_id":"a"},{"op":"retry_subprocess","node_id":"a"},{"op":"retry_subprocess","node_id":"x"}]`,
		want: "a RUNNING\nx FAILED\nops [false,false,false]",
	},
	{
		name: "070 a sub-process whose parameters are broken can be tried again",
		tree: New().Line("s a e").Constant("k", "{bad", "custom_type", "json_variable").
			Inner("a", Sub("a", "i", "j").Line("i x j").Constant("q", "${k}", "show_type", "show")),
		ops:  `[{"op":"retry_subprocess","node_id":"a"}]`,
		want: "a FAILED\na.out.ex_data *\na.retry 1\nhistories.a 1\nops [true]\nx -",
	},
}

var tableRows = []row{
	{
		name: "106 a datatable keeps its columns inside a sub-process",
		tree: New().Line("s a e").Inner("a", Sub("a", "i", "j").Line("i x j").Echo("x", "v", "${t.c[0]}", "w", "${t}").
			Constant("t", []any{map[string]any{"c": "1"}}, "custom_type", "datatable", "show_type", "show")),
		want: "x.in.v \"1\"\nx.in.w \"DataTable with c Fields\"\na.in.${t} \"DataTable with c Fields\"\ncontext.${t_a} \"DataTable with c Fields\"",
	},
	{
		name: "106 a datatable keeps its columns when it is rendered first",
		tree: New().Line("s a e").Echo("a", "v", "${t.flat__c}").
			Constant("t", []any{map[string]any{"c": "1"}, map[string]any{"c": 2}}, "custom_type", "datatable", "pre_render_mako", true),
		want: "a.in.v \"1\\n2\"\ncontext.${t} \"DataTable with c Fields\"",
	},
	{
		name: "072 outputs of a sub-process with a wrong id still flow",
		tree: New().Line("s a b e").Bind("o", "a.${r}").Echo("b", "y", "${o}").
			Inner("a", Sub("other", "i", "j").Line("i x j").Echo("x", "v", 5, "w", "${q}").Bind("r", "x.v").Constant("q", "Q").Outputs("r", "q")),
		want: "x.in.w \"${q}\"\nb.in.y 5\na.out.${r} 5\na.out.${q} \"${q}\"\np FINISHED",
	},
}
