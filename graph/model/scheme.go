package model

import (
	"maps"
	"slices"
	"strconv"

	"rehearse.dev/ent"
)

// MockScheme is a stored scheme.
type MockScheme struct{ *ent.MockScheme }

// IsNode marks MockScheme as a Node.
func (MockScheme) IsNode() {}

// Choices is what the scheme mocks, ordered by node id.
func (s *MockScheme) Choices() []*MockSchemeChoice {
	choices := make([]*MockSchemeChoice, 0, len(s.Presets))
	for _, node := range slices.Sorted(maps.Keys(s.Presets)) {
		choice := &MockSchemeChoice{NodeID: node}
		if id := s.Presets[node]; id != 0 {
			text := strconv.Itoa(id)
			choice.PresetID = &text
		}
		choices = append(choices, choice)
	}
	return choices
}
