package expr

import (
	"regexp"
	"strings"
)

// What the sandbox refuses before anything runs (engine.md §8.4).
var (
	// reservedNames are Mako's own objects.
	reservedNames = wordSet("self context local parent next caller pageargs UNDEFINED STOP_RENDERING")
	// dangerousAttrs lead from an allowed module to the process.
	dangerousAttrs = wordSet(`os sys subprocess shutil ctypes socket threading builtins modules
		popen popen2 popen3 popen4 system fork forkpty kill
		spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe
		execl execle execlp execlpe execv execve execvp execvpe exec eval
		gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await
		f_back f_builtins f_globals f_locals f_code f_trace tb_frame tb_next
		func_globals func_code func_closure func_builtins format format_map`)
	makoFilters = wordSet("n h x u trim entity unicode str decode")
	safeFilter  = regexp.MustCompile(`^(n|h|x|u|trim|entity|unicode|str|decode\.[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9-][A-Za-z0-9_-]*)*)$`)
)

// check walks an expression and returns its free names, or the reason to refuse
// it.
func check(root node) (names []string, err error) {
	seen := map[string]bool{}
	var visit func(n node, bound map[string]bool)
	visit = func(n node, bound map[string]bool) {
		if err != nil {
			return
		}
		switch n := n.(type) {
		case *nameNode:
			err = checkName(n.name)
			if err == nil && !bound[n.name] && !seen[n.name] {
				seen[n.name] = true
				names = append(names, n.name)
			}
			return
		case *attrNode:
			if strings.HasPrefix(n.name, "_") || dangerousAttrs[n.name] {
				err = unsafef("attribute %s", n.name)
				return
			}
		case *indexNode:
			if c, ok := n.index.(*constNode); ok {
				if s, ok := c.value.(string); ok && strings.HasPrefix(s, "__") {
					err = unsafef("key %s", s)
					return
				}
			}
		case *compNode:
			bound = extend(bound)
			for _, l := range n.loops {
				targets(l.target, bound)
			}
		case *lambdaNode:
			bound = extend(bound)
			for _, name := range n.params {
				bound[name] = true
			}
			if n.rest != "" {
				bound[n.rest] = true
			}
		}
		children(n, func(c node) { visit(c, bound) })
	}
	visit(root, nil)
	return names, err
}

func checkName(name string) error {
	if reservedNames[name] || strings.HasPrefix(name, "__") {
		return unsafef("name %s", name)
	}
	return nil
}

func extend(bound map[string]bool) map[string]bool {
	out := make(map[string]bool, len(bound)+2)
	for name := range bound {
		out[name] = true
	}
	return out
}

func checkFilters(filters []string) error {
	for _, f := range filters {
		if !safeFilter.MatchString(f) {
			return unsafef("filter %s", f)
		}
	}
	return nil
}
