package rest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"rehearse.dev/internal/task"
)

// timeLayout is RFC 3339 with microseconds and a numeric offset, as the contract's
// examples show it.
const timeLayout = "2006-01-02T15:04:05.000000-07:00"

// data is the contract's data, in its order; the last member is of the original's
// later versions (domain §1.10).
type data struct {
	ID                  int             `json:"id"`
	SpaceID             int             `json:"space_id"`
	ScopeType           *string         `json:"scope_type"`
	ScopeValue          *string         `json:"scope_value"`
	InstanceID          string          `json:"instance_id"`
	TemplateID          int             `json:"template_id"`
	Name                string          `json:"name"`
	Creator             string          `json:"creator"`
	CreateTime          string          `json:"create_time"`
	CreateMethod        string          `json:"create_method"`
	TriggerMethod       string          `json:"trigger_method"`
	Executor            string          `json:"executor"`
	StartTime           *string         `json:"start_time"`
	FinishTime          *string         `json:"finish_time"`
	Description         string          `json:"description"`
	IsStarted           bool            `json:"is_started"`
	IsFinished          bool            `json:"is_finished"`
	IsRevoked           bool            `json:"is_revoked"`
	IsDeleted           bool            `json:"is_deleted"`
	IsExpired           bool            `json:"is_expired"`
	SnapshotID          int             `json:"snapshot_id"`
	ExecutionSnapshotID int             `json:"execution_snapshot_id"`
	TreeInfoID          *int            `json:"tree_info_id"`
	ExtraInfo           extraInfo       `json:"extra_info"`
	Parameters          json.RawMessage `json:"parameters"`
}

// extraInfo is the contract's extra_info. Secrets in it were masked before it was
// stored.
type extraInfo struct {
	NotifyConfig  json.RawMessage `json:"notify_config"`
	CustomContext *customContext  `json:"custom_context,omitempty"`
}

type customContext struct {
	Credentials    json.RawMessage `json:"credentials,omitempty"`
	SpanAttributes json.RawMessage `json:"custom_span_attributes,omitempty"`
}

// newData says a task in the contract's terms.
func newData(r *task.Record) (*data, error) {
	extra, err := newExtraInfo(r.ExtraInfo)
	if err != nil {
		return nil, err
	}
	return &data{
		ID: r.ID, SpaceID: r.SpaceID, ScopeType: r.ScopeType, ScopeValue: r.ScopeValue,
		InstanceID: r.InstanceID, TemplateID: r.TemplateID, Name: r.Name, Creator: r.Creator,
		CreateTime: r.CreateTime.Format(timeLayout), CreateMethod: string(r.CreateMethod),
		TriggerMethod: strings.ToLower(string(r.TriggerMethod)), Executor: r.Executor,
		StartTime: moment(r.StartTime), FinishTime: moment(r.FinishTime), Description: r.Description,
		IsStarted: r.IsStarted(), IsFinished: r.IsFinished(), IsRevoked: r.IsRevoked(),
		IsDeleted: r.IsDeleted, IsExpired: r.IsExpired(),
		SnapshotID: r.SnapshotID, ExecutionSnapshotID: r.ExecutionSnapshotID, TreeInfoID: r.TreeInfoID,
		ExtraInfo: extra, Parameters: r.Parameters,
	}, nil
}

// newExtraInfo turns the names of the stored form, which GraphQL shows, into the
// contract's.
func newExtraInfo(stored json.RawMessage) (extraInfo, error) {
	var own struct {
		NotifyConfig  json.RawMessage `json:"notifyConfig"`
		CustomContext *struct {
			Credentials    json.RawMessage `json:"credentials"`
			SpanAttributes json.RawMessage `json:"customSpanAttributes"`
		} `json:"customContext"`
	}
	if err := json.Unmarshal(stored, &own); err != nil {
		return extraInfo{}, fmt.Errorf("read the extra info of a task: %w", err)
	}
	extra := extraInfo{NotifyConfig: own.NotifyConfig}
	if c := own.CustomContext; c != nil {
		extra.CustomContext = &customContext{Credentials: c.Credentials, SpanAttributes: c.SpanAttributes}
	}
	return extra, nil
}

func moment(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := t.Format(timeLayout)
	return &text
}
