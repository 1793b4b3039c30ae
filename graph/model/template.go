package model

import (
	"encoding/json"

	"rehearse.dev/ent"
)

// Template is a stored template with the neighbours that were asked for.
type Template struct {
	*ent.Template
	Space           *Space
	Draft           *PipelineVersion
	ReleasedVersion *PipelineVersion
	// Versions holds the pages of versions by the alias of the field that asked.
	Versions map[string]*PipelineVersionConnection
	// Presets are all presets of the template, newest first.
	Presets     []*MockPreset
	MockSchemes []*MockScheme
}

// IsNode marks Template as a Node.
func (Template) IsNode() {}

// EffectiveVersion is what a mock task would use: the draft, else the release.
func (t *Template) EffectiveVersion() *PipelineVersion {
	if t.Draft != nil {
		return t.Draft
	}
	return t.ReleasedVersion
}

func (t *Template) effective() *Snapshot {
	if v := t.EffectiveVersion(); v != nil {
		return v.Snapshot
	}
	return nil
}

// PipelineTree is the tree of the effective version, or nil.
func (t *Template) PipelineTree() json.RawMessage {
	if s := t.effective(); s != nil {
		return s.Document
	}
	return nil
}

// Nodes are the nodes of the effective version.
func (t *Template) Nodes() []*PipelineNode {
	if s := t.effective(); s != nil {
		return s.Nodes()
	}
	return []*PipelineNode{}
}

// Flows are the flows of the effective version.
func (t *Template) Flows() []*PipelineFlow {
	if s := t.effective(); s != nil {
		return s.Flows()
	}
	return []*PipelineFlow{}
}

// InputSchema lists the constants that a user fills in.
func (t *Template) InputSchema() []*InputConstant {
	s := t.effective()
	if s == nil {
		return []*InputConstant{}
	}
	constants := s.Tree.InputSchema()
	views := make([]*InputConstant, len(constants))
	for i, c := range constants {
		views[i] = &InputConstant{
			Key: c.Key, Name: c.Name, Description: c.Description, Type: c.Type, DefaultValue: c.DefaultValue,
			IsRequired: c.IsRequired, Validation: c.Validation, Index: c.Index,
		}
	}
	return views
}

// PipelineVersion is a stored version with the neighbours that were asked for.
type PipelineVersion struct {
	*ent.PipelineVersion
	Snapshot *Snapshot
}

// IsNode marks PipelineVersion as a Node.
func (PipelineVersion) IsNode() {}

// Problems is what is wrong with the version's tree.
func (v *PipelineVersion) Problems() []*PipelineProblem {
	return PipelineProblems(v.Snapshot.Tree.Problems())
}

// MockPreset is a stored preset.
type MockPreset struct{ *ent.MockPreset }

// IsNode marks MockPreset as a Node.
func (MockPreset) IsNode() {}

// PresetsOf are the presets of a node, or all of them, newest first.
func (t *Template) PresetsOf(nodeID *string) []*MockPreset {
	presets := []*MockPreset{}
	for _, p := range t.Presets {
		if nodeID == nil || p.NodeID == *nodeID {
			presets = append(presets, p)
		}
	}
	return presets
}
