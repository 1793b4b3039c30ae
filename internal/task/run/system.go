package run

import (
	"encoding/json"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/expr"
)

// System is what ${_system} shows of a task.
type System struct {
	TaskID, SpaceID       int
	Name                  string
	ScopeType, ScopeValue *string
	Executor              string
	Started               time.Time
	// SpanAttributes are the task's customSpanAttributes, empty for none.
	SpanAttributes json.RawMessage
}

// Dict gives the values by the names of the reference (engine §8.6). The reference
// shows the task's credentials there, too; here no expression can reach them.
func (s System) Dict() *expr.Dict {
	d := expr.DictOf(
		"task_id", int64(s.TaskID), "task_name", s.Name, "task_space_id", int64(s.SpaceID),
		"task_scope_type", orNone(s.ScopeType), "task_scope_value", orNone(s.ScopeValue),
		"operator", s.Executor, "executor", s.Executor,
		"task_start_time", s.Started.UTC().Format("2006-01-02 15:04:05"), "is_mock", true,
	)
	if len(s.SpanAttributes) > 0 {
		if v, err := expr.Decode(s.SpanAttributes); err == nil {
			d.Set("custom_span_attributes", v)
		}
	}
	return d
}

func orNone(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// systemOf is System of a stored task that is started, or is about to be.
func systemOf(t *ent.Task) *expr.Dict {
	s := System{
		TaskID: t.ID, SpaceID: t.SpaceID, Name: t.Name, ScopeType: t.ScopeType, ScopeValue: t.ScopeValue,
		Executor: t.Executor, SpanAttributes: spanAttributes(t),
	}
	if t.StartTime != nil {
		s.Started = *t.StartTime
	}
	return s.Dict()
}

// spanAttributes are the customSpanAttributes of a task, nil for none.
func spanAttributes(t *ent.Task) json.RawMessage {
	var extra struct {
		CustomContext struct {
			Attributes json.RawMessage `json:"customSpanAttributes"`
		} `json:"customContext"`
	}
	// The column was written by task.Service in this form.
	_ = json.Unmarshal(t.ExtraInfo, &extra)
	return extra.CustomContext.Attributes
}
