package task

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/flow"
)

// Credentials offers what a space's nodes call with; space.Service does.
type Credentials interface {
	// ForUniformAPI returns the name that the space's setting gives for the scope, ""
	// for none, and the credential of that name, nil with the reason when there is
	// none that can be used.
	ForUniformAPI(ctx context.Context, c *ent.Client, spaceID int, scopeType, scopeValue *string) (
		name string, pair *credential.Pair, reason string, err error)
}

// NodeCredential is what a node would call with, without the secret.
type NodeCredential struct {
	// NodeID is the node's id, or its path inside a sub-process.
	NodeID string
	// Source is credential.None when Problem says why there is none.
	Source                 credential.Source
	Name, AppCode, Problem string
	// Skipped says why each credential that comes earlier would not be used.
	Skipped []string
}

// PreviewCredentials tells for every uniform_api node that the plan does not mock
// whose credential it would call with, in document order, inner nodes behind the
// sub-process that holds them. Every sub-process runs in the same task, also one that
// stands for a template, so the task's credentials and scope count for its nodes too
// (the original makes a task of its own without them, domain §7 row 87c).
//
// It takes at most two statements, and none when there is no such node.
func (s *Service) PreviewCredentials(ctx context.Context, p *Plan) ([]NodeCredential, error) {
	if p.template == nil || p.execution == nil {
		return nil, nil
	}
	callers := s.callers(p)
	if len(callers) == 0 {
		return nil, nil
	}
	t := p.template
	name, pair, reason, err := s.Credentials.ForUniformAPI(ctx, s.Store.Read, t.SpaceID, t.ScopeType, t.ScopeValue)
	if err != nil {
		return nil, err
	}
	request := credential.Request{
		Name: name, Task: pairs(p.credentials), Space: pair, SpaceReason: reason,
		Server: s.ServerCredential, UseServer: s.UseServerCredential,
	}
	nodes := make([]NodeCredential, len(callers))
	for i, a := range callers {
		request.Version = a.Component.Version
		nodes[i] = nodeCredential(a, request)
	}
	return nodes, nil
}

// realCaller is a uniform_api node that would run for real, with the constants that
// decide its inputs before the run: those of the outermost tree. What the constants of
// an inner tree are is only known when it runs.
type realCaller struct {
	*flow.Activity
	path      string
	constants []*flow.Constant
}

// callers gathers them; a mocked sub-process runs nothing that is inside.
func (s *Service) callers(p *Plan) (found []realCaller) {
	mocked := setOf(p.Mock.Nodes)
	for _, n := range p.execution.Paths() {
		a := n.Node.Activity
		if a == nil || a.Component == nil || a.Component.Code != credential.Plugin || !s.KnownPlugin(a.Component.Code, a.Component.Version) {
			continue
		}
		if mocked[n.Path] || insideOf(n.Path, mocked) {
			continue
		}
		caller := realCaller{Activity: a, path: n.Path}
		if n.Depth == 0 {
			caller.constants = n.Tree.Constants
		}
		found = append(found, caller)
	}
	return found
}

func nodeCredential(a realCaller, request credential.Request) NodeCredential {
	key, known := a.credentialKey()
	if !known {
		return NodeCredential{NodeID: a.path, Skipped: []string{}, Problem: fmt.Sprintf(
			"the input %s holds a variable, so only a run can tell which credential it asks for", credential.KeyInput)}
	}
	request.Key = key
	r := credential.Resolve(request)
	return NodeCredential{
		NodeID: a.path, Source: r.Source, Name: r.Name, AppCode: r.AppCode, Problem: r.Problem,
		Skipped: append([]string{}, r.Skipped...),
	}
}

// credentialKey reads the input that asks for a credential by name. A constant that
// is a plain text is as good as the text; known is false for all other variables.
// Versions 1 and 2 have no such input.
func (a realCaller) credentialKey() (key string, known bool) {
	c := a.Component
	i := slices.IndexFunc(c.Inputs, func(f flow.Field) bool { return f.Key == credential.KeyInput })
	if i < 0 || c.Version == "v1.0.0" || c.Version == "v2.0.0" {
		return "", true
	}
	if json.Unmarshal(c.Inputs[i].Value, &key) != nil {
		return "", true // no text: as good as not given
	}
	if !strings.Contains(key, "${") {
		return key, true
	}
	for _, k := range a.constants {
		var text string
		if k.Key == key && (k.CustomType == "input" || k.CustomType == "textarea") &&
			json.Unmarshal(k.Value, &text) == nil && !strings.Contains(text, "${") && len(k.SourceInfo) == 0 {
			return text, true
		}
	}
	return "", false
}

// pairs are the task's credentials in the form of the resolution.
func pairs(decoded map[string]map[string]any) map[string]credential.Pair {
	made := make(map[string]credential.Pair, len(decoded))
	for name, members := range decoded {
		code, _ := members[appCodeKey].(string)
		secret, _ := members[appSecretKey].(string)
		made[name] = credential.Pair{AppCode: code, Secret: secret}
	}
	return made
}
