package flow

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// sections are the members that a stored template must have (domain §6.1). The
// events are missed by the structure check already.
var sections = []string{"activities", "gateways", "flows", "constants", "outputs"}

// webProblems makes the checks of a stored template for one tree (engine §3.2).
func webProblems(p *Pipeline) (found problems) {
	for _, section := range sections {
		if !slices.Contains(p.present, section) {
			found.addf(InvalidTree, p.path(section), "", "the tree has no %s", section)
		}
	}
	for _, a := range p.Activities {
		if cleanName(a.Name) == "" {
			found.addf(InvalidTree, p.path("activities", a.ID, "name"), a.ID, "activity %s has no name, or none that is left without the characters < > $ & ' and \"", a.ID)
		}
		webName(p.path("activities", a.ID, "name"), a.ID, a.Name, &found)
		if a.Component != nil {
			for _, f := range a.Component.Inputs {
				webField(p, a, f, &found)
			}
		}
	}
	for _, g := range p.Gateways {
		webName(p.path("gateways", g.ID, "name"), g.ID, g.Name, &found)
		for _, c := range g.Conditions {
			if c.noEvaluate {
				found.addf(InvalidTree, p.path("gateways", g.ID, "conditions", c.FlowID, "evaluate"), g.ID, "condition %s of gateway %s has no expression", brief(c.FlowID), g.ID)
			}
		}
	}
	for _, k := range p.Constants {
		webConstant(p, k, &found)
	}
	for i, key := range p.Outputs {
		if !validKey(key) {
			found.addf(Variable, p.path("outputs", itoa(i)), "", "the output %q is no variable key: %s", brief(key), keyRule)
		}
	}
	return found
}

// webName checks the length of a name as it stands: a tree that went through
// CleanNames has none that is too long.
func webName(path []string, nodeID, name string, found *problems) {
	if n := utf8.RuneCountInString(name); n > maxNameRunes {
		found.addf(InvalidTree, path, nodeID, "the name is %d characters long, more than %d", n, maxNameRunes)
	}
}

func webField(p *Pipeline, a *Activity, f Field, found *problems) {
	for _, part := range []struct {
		name    string
		missing bool
	}{{"hook", f.noHook}, {"value", f.Value == nil}} {
		if part.missing {
			found.addf(InvalidTree, p.path("activities", a.ID, "component", "data", f.Key, part.name), a.ID, "field %q of activity %s has no %s", brief(f.Key), a.ID, part.name)
		}
	}
}

func webConstant(p *Pipeline, k *Constant, found *problems) {
	if !validKey(k.Key) {
		found.addf(Variable, p.path("constants", k.Key), "", "%q is no variable key: %s", brief(k.Key), keyRule)
	}
	if k.inner != k.Key {
		found.addf(Variable, p.path("constants", k.Key, "key"), "", "the key %q differs from the name of the member, %q", brief(k.inner), brief(k.Key))
	}
	if cleanName(k.Name) == "" {
		found.addf(InvalidTree, p.path("constants", k.Key, "name"), "", "variable %s has no name, or none that is left without the characters < > $ & ' and \"", brief(k.Key))
	}
	webName(p.path("constants", k.Key, "name"), "", k.Name, found)
	bound := false
	for _, s := range k.SourceInfo {
		bound = bound || len(s.Keys) > 0
		if p.nodes[s.NodeID] == nil {
			found.addf(Variable, p.path("constants", k.Key, "source_info", s.NodeID), "", "variable %s points at node %q, which does not exist", brief(k.Key), brief(s.NodeID))
		}
	}
	if k.SourceType == "component_outputs" && !bound {
		found.addf(Variable, p.path("constants", k.Key, "source_info"), "", "variable %s is an output but points at none", brief(k.Key))
	}
}

const keyRule = "write ${name} with letters, digits and underscores, not beginning with _env_"

// validKey is ^\$\{(?!_env_|_system\.)[a-zA-Z0-9_]+\}$; a dot cannot match anyway.
func validKey(key string) bool {
	name, ok := strings.CutPrefix(key, "${")
	if !ok {
		return false
	}
	name, ok = strings.CutSuffix(name, "}")
	if !ok || name == "" || strings.HasPrefix(name, "_env_") {
		return false
	}
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
