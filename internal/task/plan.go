package task

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/mockscheme"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/mock"
	"rehearse.dev/internal/template"
)

// Plan is what creating a task comes to. Parts that a problem hides are zero.
type Plan struct {
	// VersionID is the version whose tree is used.
	VersionID int
	// Mock is what would be mocked.
	Mock mock.Data
	// NotifyConfig is whom to tell.
	NotifyConfig json.RawMessage
	// Problems are why it is refused; Warnings are odd but allowed.
	Problems, Warnings []fault.Problem

	template    *chosen
	snapshotID  int
	execution   *flow.Pipeline
	unchanged   bool
	credentials map[string]map[string]any
	owners      mock.Owners
}

// ExecutionDigest is the digest of the tree that would run, "" without one.
func (p *Plan) ExecutionDigest() string {
	if p.execution == nil {
		return ""
	}
	return p.execution.Digest()
}

// Execution is the tree that would run, nil without one. It must not be changed.
func (p *Plan) Execution() *flow.Pipeline { return p.execution }

// Home is where a task belongs.
type Home struct {
	SpaceID               int
	ScopeType, ScopeValue *string
}

// Home is where the task would belong: where its template does. It is zero when the
// template was not found.
func (p *Plan) Home() Home {
	if p.template == nil {
		return Home{}
	}
	return Home{SpaceID: p.template.SpaceID, ScopeType: p.template.ScopeType, ScopeValue: p.template.ScopeValue}
}

// Parameters is the value of every constant of the tree that would run, nil
// without one.
func (p *Plan) Parameters() json.RawMessage {
	if p.execution == nil {
		return nil
	}
	return template.Parameters(p.execution)
}

// Preview plans a task and writes nothing. Problems are in the plan; the error
// is for outages, and a fault.CodeForbidden for a caller who sees the template and
// may not make mock tasks of it.
func (s *Service) Preview(ctx context.Context, caller auth.Caller, params CreateParams) (*Plan, error) {
	return s.plan(ctx, caller, params, params.check())
}

// plan finds the tree and checks everything against it; problems are those that
// params.check found.
func (s *Service) plan(ctx context.Context, caller auth.Caller, params CreateParams, problems []fault.Problem) (*Plan, error) {
	p := &Plan{Problems: problems}
	credentials, found := DecodeCredentials(params.Credentials)
	p.credentials = credentials
	p.Problems = append(p.Problems, found...)

	if err := s.chooseTemplate(ctx, caller, params, p); err != nil {
		return nil, err
	}
	request := params.mockRequest()
	if p.template != nil {
		if err := s.loadScheme(ctx, params.Mock.SchemeID, p, &request); err != nil {
			return nil, err
		}
	}
	spec, found := mock.Check(request)
	p.addMock(found)
	if p.snapshotID == 0 {
		return p, nil
	}
	tree, err := s.Trees.Get(ctx, s.Store.Read, p.snapshotID)
	if err != nil {
		return nil, err
	}
	s.applyTree(p, tree, params.Constants)
	mocked := setOf(spec.Nodes)
	if err := s.expand(ctx, p, mocked); err != nil {
		return nil, err
	}
	s.warnOfPlugins(p, mocked)
	presets, err := s.loadPresets(ctx, p.owners, spec.WantedPresets())
	if err != nil {
		return nil, err
	}
	data, found, odd := spec.Resolve(p.execution, presets, p.owners)
	p.Mock = data
	p.addMock(found)
	p.Warnings = append(p.Warnings, under("mockData", odd)...)
	return p, nil
}

// applyTree makes the tree that would run: names cleaned, constants set. The
// tree is only touched when one of the two changes something.
func (s *Service) applyTree(p *Plan, tree *template.Tree, constants json.RawMessage) {
	p.execution = tree.Clean
	for _, found := range tree.Problems() {
		p.addTree(found)
	}
	given := map[string]json.RawMessage{}
	if isObject(constants) {
		// A broken object was reported by CreateParams.check or by the edge.
		_ = json.Unmarshal(constants, &given)
	}
	execution, unknown, err := tree.Clean.Override(given)
	if err != nil {
		for _, found := range faultProblems(err) {
			p.Problems = append(p.Problems, problem(found.Code, found.Message, append([]string{"constants"}, found.Path...)...))
		}
		return
	}
	for _, key := range unknown {
		p.Warnings = append(p.Warnings, problem(codeUnknownConstant,
			fmt.Sprintf("the tree has no constant %s; keys are written as in the tree, such as ${name}", key), "constants", key))
	}
	if execution != tree.Clean && len(tree.Problems()) == 0 {
		for _, found := range s.CheckVariables(execution) {
			found.Path = []string{"constants"}
			found.Sub, found.Code = found.Code, codeInvalidPipeline
			p.Problems = append(p.Problems, found)
		}
	}
	p.execution = execution
	p.unchanged = execution == tree.Pipeline
}

// warnOfPlugins warns of nodes that would fail because nobody knows their plugin, or
// because it only works mocked and they are not, but of none that is never entered.
func (s *Service) warnOfPlugins(p *Plan, mocked map[string]bool) {
	for _, n := range p.execution.Paths() {
		a := n.Node.Activity
		if a == nil || a.Component == nil || a.Refers() != nil || n.Depth > 0 && insideOf(n.Path, mocked) {
			continue
		}
		code, version := a.Component.Code, a.Component.Version
		var why string
		switch {
		case !s.KnownPlugin(code, version):
			why = fmt.Sprintf("no plugin %s of version %s is known", code, version)
		case s.ServedPlugin != nil && !s.ServedPlugin(code, version) && !mocked[n.Path]:
			why = fmt.Sprintf("the plugin %s is not served here; mock the node to give it outputs", code)
		default:
			continue
		}
		p.Warnings = append(p.Warnings, fault.Problem{
			Code: codeUnknownPlugin, NodeID: n.Path, Path: []string{"templateId"},
			Message: fmt.Sprintf("node %s would fail: %s", n.Path, why),
		})
	}
}

func (s *Service) loadScheme(ctx context.Context, id string, p *Plan, request *mock.Request) error {
	if id == "" {
		return nil
	}
	missing := problem(codeNotFound, fmt.Sprintf("the template has no scheme %s", id), "mockData", "schemeId")
	number, err := strconv.Atoi(id)
	if err != nil {
		p.Problems = append(p.Problems, missing)
		return nil
	}
	scheme, err := s.Store.Read.MockScheme.Query().
		Where(mockscheme.ID(number), mockscheme.TemplateID(p.template.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		p.Problems = append(p.Problems, missing)
		return nil
	}
	if err != nil {
		return fmt.Errorf("load scheme %d: %w", number, err)
	}
	request.Scheme = scheme.Presets
	return nil
}

// loadPresets reads presets by id, those of the templates that the tree is made of.
func (s *Service) loadPresets(ctx context.Context, owners mock.Owners, ids []int) (map[int]mock.Preset, error) {
	presets := make(map[int]mock.Preset, len(ids))
	if len(ids) == 0 {
		return presets, nil
	}
	templates := slices.Compact(slices.Sorted(maps.Values(owners)))
	rows, err := s.Store.Read.MockPreset.Query().
		Where(mockpreset.TemplateIDIn(templates...), mockpreset.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load presets of %d templates: %w", len(templates), err)
	}
	for _, row := range rows {
		presets[row.ID] = mock.Preset{TemplateID: row.TemplateID, NodeID: row.NodeID, Outputs: row.Outputs}
	}
	return presets, nil
}

func (p *Plan) addMock(found []fault.Problem) {
	p.Problems = append(p.Problems, under("mockData", found)...)
}

// addTree reports a problem of the stored tree: the caller named the template,
// so that is what the path leads to.
func (p *Plan) addTree(found fault.Problem) {
	found.Sub, found.Code = found.Code, codeInvalidPipeline
	found.Path = []string{"templateId"}
	p.Problems = append(p.Problems, found)
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func under(field string, found []fault.Problem) []fault.Problem {
	for i := range found {
		found[i].Path = append([]string{field}, found[i].Path...)
	}
	return found
}

func faultProblems(err error) []fault.Problem {
	if f := fault.As(err); f != nil {
		return f.Problems
	}
	return []fault.Problem{{Code: "INVALID_VALUE", Message: err.Error()}}
}
