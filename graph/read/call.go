package read

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
)

var callColumns = []column[ent.TaskCall]{
	{taskcall.FieldTaskID, func(c *ent.TaskCall) any { return whole{&c.TaskID} }},
	{taskcall.FieldNodeID, func(c *ent.TaskCall) any { return &c.NodeID }},
	{taskcall.FieldAttempt, func(c *ent.TaskCall) any { return whole{&c.Attempt} }},
	{taskcall.FieldStatus, func(c *ent.TaskCall) any { return (*string)(&c.Status) }},
	{taskcall.FieldCreateTime, func(c *ent.TaskCall) any { return &c.CreateTime }},
	{taskcall.FieldSentAt, func(c *ent.TaskCall) any { return &c.SentAt }},
	{taskcall.FieldExchange, func(c *ent.TaskCall) any { return (*[]byte)(&c.Exchange) }},
	{taskcall.FieldCredentialSource, func(c *ent.TaskCall) any { return &c.CredentialSource }},
	{taskcall.FieldCredentialName, func(c *ent.TaskCall) any { return &c.CredentialName }},
}

// callKey names an execution.
type callKey struct {
	taskID int
	nodeID string
	number int
}

// callList are the calls of an execution, and whose credential the last of them that
// used one was made with.
type callList struct {
	calls        []*model.HTTPCall
	source, name string
}

// show adds the calls to the view of the execution; nil are none.
func (l *callList) show(attempt *model.NodeAttempt) {
	if l == nil {
		return
	}
	attempt.HTTPCalls = l.calls
	if l.source == "" {
		return
	}
	source := model.CredentialSource(l.source)
	attempt.CredentialSource = &source
	if l.name != "" {
		attempt.CredentialName = &l.name
	}
}

// calls loads what was sent, of each execution the latest 100, if it is wanted.
func (r *Reader) calls(ctx context.Context, tasks []int, attempts Want) (map[callKey]*callList, error) {
	if !attempts.Has("httpCalls", "credentialSource", "credentialName") {
		return nil, nil //nolint:nilnil // an empty map to read from
	}
	all := make(map[string]bool, len(callColumns))
	for _, c := range callColumns {
		all[c.name] = true
	}
	names, dest := columnSet(callColumns, all)
	s := r.selectFrom(taskcall.Table, names)
	s.latest(taskcall.Table, "task_id, node_id, attempt", tasks, "status IN ('SENT', 'DONE', 'UNKNOWN')")
	s.add(" ORDER BY task_id, number")
	rows, err := scan(ctx, r.rows, s, dest)
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	found := make(map[callKey]*callList)
	for _, row := range rows {
		key := callKey{row.TaskID, row.NodeID, row.Attempt}
		if found[key] == nil {
			found[key] = &callList{}
		}
		if err := found[key].add(row); err != nil {
			return nil, fmt.Errorf("call of node %s of task %d: %w", row.NodeID, row.TaskID, err)
		}
	}
	return found, nil
}

// add adds a call. One that is DONE and has no exchange was not sent: it was refused here,
// or has read a callback.
func (l *callList) add(row *ent.TaskCall) error {
	if row.CredentialSource != "" {
		l.source, l.name = row.CredentialSource, row.CredentialName
	}
	if row.Status == taskcall.StatusDONE && len(row.Exchange) == 0 {
		return nil
	}
	var call event.Call
	if len(row.Exchange) > 0 {
		if err := json.Unmarshal(row.Exchange, &call); err != nil {
			return fmt.Errorf("decode the exchange: %w", err)
		}
	}
	call.Outcome = string(row.Status)
	if call.SentAt.IsZero() {
		call.SentAt = sentAt(row)
	}
	l.calls = append(l.calls, model.Call(&call))
	return nil
}

func sentAt(row *ent.TaskCall) time.Time {
	if row.SentAt != nil {
		return *row.SentAt
	}
	return row.CreateTime
}
