package run

import (
	"encoding/json"
	"fmt"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Limits of what is shown of one object, in bytes of JSON.
const (
	// MaxMember is the largest member that is shown.
	MaxMember = 64 << 10
	// MaxShown is how much of all members is shown, in their order.
	MaxShown = 512 << 10
)

// hidden is the variable that people never see: the engine keeps what it knows of
// the task there.
const hidden = "${_system}"

// window shows members until its room is used up.
type window struct {
	room int
	cut  []string
}

// object writes the members of d that fit; the others are null and in cut, their
// names behind the prefix. A nil d gives nil.
func (w *window) object(prefix string, d *expr.Dict) json.RawMessage {
	if d == nil {
		return nil
	}
	b := []byte{'{'}
	for i := range d.Len() {
		key, v := d.At(i)
		if len(b) > 1 {
			b = append(b, ',')
		}
		name := expr.Str(key)
		quoted, _ := expr.Encode(name) // a text encodes
		b = append(append(b, quoted...), ':')
		b = append(b, w.member(prefix+name, v)...)
	}
	return append(b, '}')
}

func (w *window) member(name string, v any) []byte {
	raw, err := expr.Encode(v)
	if err != nil || len(raw) > MaxMember || len(raw) > w.room {
		w.cut = append(w.cut, name)
		return []byte("null")
	}
	w.room -= len(raw)
	return raw
}

// Data writes the inputs and outputs as JSON objects, nil for those that are not
// there. Members above MaxMember, and what goes beyond MaxShown in all, are null and
// named in cut, such as "outputs.data"; cut is never nil.
func (e *Execution) Data() (inputs, outputs json.RawMessage, cut []string) {
	w := window{room: MaxShown, cut: []string{}}
	inputs = w.object("inputs.", e.Inputs)
	outputs = w.object("outputs.", e.Outputs)
	return inputs, outputs, w.cut
}

// Variables shows the present value of every variable of the outermost tree, by key,
// cut as Data cuts; core is TaskRun's column, empty before the start.
func Variables(plan *engine.Plan, core json.RawMessage) (values json.RawMessage, cut []string, err error) {
	if len(core) == 0 {
		return json.RawMessage("{}"), []string{}, nil
	}
	var state engine.State
	if err := json.Unmarshal(core, &state); err != nil {
		return nil, nil, fmt.Errorf("decode the state of a run: %w", err)
	}
	values, cut = VariablesOf(plan, &state)
	return values, cut, nil
}

// VariablesOf is Variables of a state in memory, which stays as it is.
func VariablesOf(plan *engine.Plan, state *engine.State) (values json.RawMessage, cut []string) {
	all := state.Context(plan, "")
	shown := expr.NewDict(all.Len())
	for i := range all.Len() {
		key, v := all.At(i)
		if name := expr.Str(key); name != hidden {
			shown.Set(name, v)
		}
	}
	w := window{room: MaxShown, cut: []string{}}
	return w.object("", shown), w.cut
}
