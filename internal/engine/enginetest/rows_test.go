package enginetest_test

import (
	"fmt"
	"testing"
)

// observed tells which cases of the corpus are which rows of the conformance
// table (engine §13). The other rows are tests of their own, see rowsOwn.
var observed = map[int][]string{
	1: {"linear"}, 2: {"mock_ok"}, 3: {"mock_fail"}, 4: {"mock_fail_default_msg"}, 5: {"mock_failnode_not_in_nodes"},
	7: {"mock_poll"}, 8: {"mock_callback_plugin"}, 9: {"mock_poll_fail"}, 10: {"mock_fail_ignored"}, 11: {"mock_missing_output"},
	16: {"exception", "error_ignored_exception"}, 17: {"skip", "fail_outputs_extracted"}, 18: {"ex_first"}, 19: {"ex_both_only"},
	20: {"ex_both_FIRST", "ex_both_FIRST_int"}, 21: {"ex_none", "ex_default"}, 23: {"ex_parse_error_default"},
	24: {"ex_err_second_only"}, 25: {"ex_undefined_var", "ex_undefined_var_eq_self"}, 27: {"ex_int_vs_str"}, 29: {"ex_expr_mako"},
	30: {"ex_mock_output_bool"}, 31: {"ex_mock_output_list_in"}, 32: {"ex_whole_var_cond"}, 33: {"ex_whole_var_cond_str"},
	34: {"ex_quote_in_value"}, 35: {"ex_none_value"}, 37: {"skip_exg", "skip_exg_bad_flow"}, 38: {"skip_gateway_with_skip"},
	39: {"ex_FEEL"}, 41: {"ex_FEEL_nonbool"}, 49: {"par_ok"}, 50: {"par_one_fail"},
	55: {"cpar_both", "cpar_one", "cpar_none", "cpar_default", "cpar_default_unused"}, 56: {"cpar_FIRST_ignored"},
	57: {"cpar_none_skip"}, 58: {"loop3", "loop_history"}, 59: {"loop_limit", "loop_limit_retry"}, 60: {"loop_not_tolerated"},
	61: {"loop_over_par"}, 62: {"loop_fail_ignored"}, 65: {"subprocess"}, 66: {"subprocess_no_render"},
	67: {"subprocess_hide_not_passed"}, 68: {"subprocess_lazy_param"}, 69: {"subprocess_loop_inner_loop"},
	70: {"subprocess_fail", "subprocess_fail_skip_inner", "subprocess_skip_node", "subprocess_retry_inner"},
	72: {"subprocess_bad_id"}, 73: {"retry"}, 76: {"skip_not_skippable", "skip_finished"}, 80: {"revoke_waiting_callback"},
	81: {"revoke_failed"}, 86: {"forced_fail_finished", "forced_fail_ignorable"}, 87: {"callback"},
	88: {"callback_twice", "callback_bad_version"}, 89: {"callback_false"}, 91: {"poll3", "poll_fail", "poll_fail_ignored"},
	94: {"var_types"}, 95: {"var_index"}, 104: {"var_chain"}, 105: {"var_cycle", "var_self"}, 108: {"need_render_false"},
	111: {"outputs_unset"}, 113: {"two_sources"}, 114: {"system_out_of_loop_const"}, 116: {"v_start_end"},
	118: {"v_par_no_conv", "v_par_one_branch_end", "v_par_two_to_conv_then_third"},
	119: {"v_ex_in_par_end", "v_loop_from_par_branch_out", "v_ex_in_par_ok"}, 120: {"v_two_par_one_conv"},
	121: {"v_self_loop", "v_conv_only", "v_missing_condition", "v_ex_to_converge_shared"},
}

// lastRow is the number of rows of the conformance table.
const lastRow = 125

func TestEveryRowOfTheConformanceTableIsTested(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{}
	for _, c := range allCases(t) {
		cases[c.Name] = true
	}
	own := map[int]bool{77: true, 79: true, 83: true, 85: true} // stepping_test.go
	for _, r := range rowsOwn() {
		var number int
		if _, err := fmt.Sscanf(r.name, "%d", &number); err != nil {
			t.Fatalf("%q has no row number", r.name)
		}
		own[number] = true
	}
	for number := 1; number <= lastRow; number++ {
		if len(observed[number]) == 0 && !own[number] {
			t.Errorf("row %d has no test", number)
		}
		for _, name := range observed[number] {
			if !cases[name] {
				t.Errorf("row %d names the case %s, which does not exist", number, name)
			}
		}
	}
}

func rowsOwn() []row {
	var rows []row
	for _, part := range [][]row{mockRows, gatewayRows(), structureRows, operationRows, pluginRows, variableRows, refusedRows, tableRows} {
		rows = append(rows, part...)
	}
	return rows
}

func TestRowsOfTheConformanceTable(t *testing.T) {
	t.Parallel()
	for _, r := range rowsOwn() {
		t.Run(r.name, r.test)
	}
}
