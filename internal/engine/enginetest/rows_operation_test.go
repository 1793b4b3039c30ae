package enginetest_test

var operationRows = []row{
	{
		name: "074 retry is refused for nodes that may not, need not or were not",
		tree: New().Line("s a b c e").Echo("b", "_fail", "no").Set("b", "retryable", false),
		ops:  `[{"op":"retry","node_id":"b"},{"op":"retry","node_id":"a"},{"op":"retry","node_id":"c"},{"op":"retry","node_id":"nobody"}]`,
		want: "ops [false,false,false,false]\nb FAILED\nb.retry 0\nhistories.b 0",
	},
	{
		name: "075 escaped keys of a retry stay as they are",
		tree: New().Line("s a e").Echo("a", "_fail", "no").Constant("k", "K"),
		ops:  `[{"op":"retry","node_id":"a","data":{"x":"${k}","y":"${k}","_escape_render_keys":["y"]}}]`,
		want: "ops [true]\na FINISHED\na.in.x \"K\"\na.in.y \"${k}\"\na.in._escape_render_keys -\na.in._fail -\na.retry 1",
	},
	{
		name: "073 a retry without data keeps the inputs",
		tree: New().Line("s a e").Echo("a", "x", "1", "_fail_until_retry", 1),
		ops:  `[{"op":"retry","node_id":"a"}]`,
		want: "ops [true]\na FINISHED\na.in.x \"1\"\na.retry 1\na.out.ex_data -\nhistories.a 1",
	},
	{
		name: "078 resume, pause and revoke are refused in the wrong state",
		tree: New().Line("s a e"),
		ops:  `[{"op":"resume"},{"op":"pause"},{"op":"revoke"}]`,
		want: "ops [false,false,false]\np FINISHED",
	},
	{
		name: "082 a revoked run cannot be resumed",
		tree: New().Line("s a b e").Activity("a", "pause_node"),
		ops:  `[{"op":"pause"},{"op":"revoke"},{"op":"resume"}]`,
		want: "ops [true,true,false]\np REVOKED\na RUNNING",
	},
	{
		name: "084 a forced failure ends the wait and can be skipped",
		tree: New().Line("s a b e").Activity("a", "test_callback"),
		ops:  `[{"op":"forced_fail","node_id":"a"},{"op":"callback","node_id":"a","data":{}},{"op":"skip","node_id":"a"}]`,
		want: "ops [true,false,true]\na FINISHED\na.skip true\na.out._forced_failed true\nb FINISHED\np FINISHED",
	},
	{
		name: "084 a forced failure says who did it",
		tree: New().Line("s a e").Activity("a", "test_callback"),
		ops:  `[{"op":"forced_fail","node_id":"a","ex_data":"enough"}]`,
		want: "a FAILED\na.out.ex_data \"enough\"\na.why FORCED",
	},
	{
		name: "088 a node that does not wait takes no callback",
		tree: New().Line("s a b e").Activity("b", "test_callback"),
		ops:  `[{"op":"callback","node_id":"a","data":{}},{"op":"callback","node_id":"e","data":{}}]`,
		want: "ops [false,false]",
	},
	{
		name: "090 a node takes callbacks until one says done",
		tree: New().Line("s a e").Activity("a", "test_multi_callback"),
		ops:  `[{"op":"callback","node_id":"a","data":{"n":1}},{"op":"callback","node_id":"a","data":{"n":2}},{"op":"callback","node_id":"a","data":{"done":true}}]`,
		want: "ops [true,true,true]\na FINISHED\na.out.got [{\"n\":1},{\"n\":2},{\"done\":true}]\np FINISHED",
	},
	{
		name: "090 a node that was not told to stop goes on waiting",
		tree: New().Line("s a e").Activity("a", "test_multi_callback"),
		ops:  `[{"op":"callback","node_id":"a","data":{"n":1}},{"op":"callback","node_id":"a","data":{"n":2}}]`,
		want: "ops [true,true]\na RUNNING\na.out.got [{\"n\":1},{\"n\":2}]",
	},
	{
		name: "083 pausing a running callback node wedges it",
		tree: New().Line("s a e").Activity("a", "test_callback"),
		ops:  `[{"op":"pause_node","node_id":"a"},{"op":"callback","node_id":"a","data":{}},{"op":"resume_node","node_id":"a"}]`,
		want: "ops [true,true,true]\na READY\np RUNNING",
	},
	{
		name: "076 the loop form is refused for a node without loop",
		tree: New().Line("s a e").Echo("a", "_fail", "no"),
		ops:  `[{"op":"skip","node_id":"a","loop":true},{"op":"retry","node_id":"a","loop":true}]`,
		want: "ops [false,false]\na FAILED",
	},
	{
		name: "057 chosen flows must be the gateway's",
		tree: New().Line("s g a c e").Line("g b c").Conditional("g", "a: 1 == 2", "b: 1 == 2").Converge("c"),
		ops:  `[{"op":"skip_cpg","node_id":"g","flow_ids":["nope"]},{"op":"skip_cpg","node_id":"g","flow_ids":[]},{"op":"skip_exg","node_id":"g","flow_id":"g__a"},{"op":"skip_cpg","node_id":"g","flow_ids":["g__a","g__b"]}]`,
		want: "ops [false,false,false,true]\ng.skip true\na FINISHED\nb FINISHED\nc FINISHED\np FINISHED",
	},
	{
		name: "091 a node that is to be retried by itself is, as often as the tree says",
		tree: New().Line("s a e").Echo("a", "_fail_until_retry", 2).
			Set("a", "auto_retry", map[string]any{"enable": true, "times": 3, "interval": 4}),
		want: "a FINISHED\na.retry 2\nseconds 8\nhistories.a 2\np FINISHED",
	},
	{
		name: "091 automatic retries end",
		tree: New().Line("s a e").Echo("a", "_fail", "no").
			Set("a", "auto_retry", map[string]any{"enable": true, "times": 2, "interval": 1}),
		want: "a FAILED\na.retry 2\nseconds 2",
	},
	{
		name: "091 a timeout fails a node that is still running",
		tree: New().Line("s a e").Activity("a", "test_poll", "times", "100").
			Set("a", "timeout_config", map[string]any{"enable": true, "seconds": 12, "action": "forced_fail"}),
		want: "a FAILED\na.why TIMEOUT\na.out._forced_failed true\na.out.polls 3\nseconds 12",
	},
	{
		name: "091 a timeout may skip the node",
		tree: New().Line("s a b e").Activity("a", "test_callback").
			Set("a", "timeout_config", map[string]any{"enable": true, "seconds": 60, "action": "forced_fail_and_skip"}),
		want: "a FINISHED\na.skip true\nb FINISHED\np FINISHED\nseconds 60",
	},
	{
		name: "091 a node that ends in time has no timeout",
		tree: New().Line("s a e").Activity("a", "test_poll", "times", "2").
			Set("a", "timeout_config", map[string]any{"enable": true, "seconds": 60, "action": "forced_fail"}),
		want: "a FINISHED\np FINISHED\nseconds 5",
	},
}

var refusedRows = []row{
	{
		name: "115 a timeout excludes error_ignorable",
		tree: New().Line("s a e").Set("a", "error_ignorable", true, "timeout_config", map[string]any{"enable": true, "seconds": 5, "action": "forced_fail"}),
		want: "rejected invalid_tree",
	},
	{
		name: "117 a ring of its own is in no stream",
		tree: New().Line("s a e").Line("b c b"),
		want: "rejected stream",
	},
	{
		name: "122 a default branch must be a flow",
		tree: New().Line("s g a e").Exclusive("g", "a: 1 == 1", "nobody: default"),
		want: "rejected invalid_tree",
	},
	{
		name: "123 the web check refuses keys of the system", request: `{"validate_web":true}`,
		tree: New().Line("s a e").Constant("_system.x", "1"), want: "rejected invalid_tree",
	},
	{
		name: "123 the web check refuses a constant that is bound to nothing", request: `{"validate_web":true}`,
		tree: New().Line("s a e").Constant("k", "", "source_type", "component_outputs"), want: "rejected invalid_tree",
	},
	{
		name: "123 the web check refuses a key that is not its own", request: `{"validate_web":true}`,
		tree: New().Line("s a e").Constant("k", "", "key", "${other}"), want: "rejected invalid_tree",
	},
	{
		name: "123 the web check refuses a reference cycle", request: `{"validate_web":true}`,
		tree: New().Line("s a e").Constant("a", "${b}").Constant("b", "x${a}"), want: "rejected invalid_tree",
	},
	{
		name: "125 a constant wins over a space variable", request: `{"space_vars":{"${k}":"space","${sv}":"S"}}`,
		tree: New().Line("s a e").Constant("k", "own").Echo("a", "x", "${k}", "y", "${sv}"),
		want: "a.in.x \"own\"\na.in.y \"S\"\ncontext.${k} \"own\"",
	},
}
