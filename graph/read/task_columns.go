package read

import (
	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
)

// taskNeeds is what a field of Task needs beside the columns that every view
// has. Fields that are not listed need nothing or a neighbour.
var taskNeeds = map[string]string{
	"scopeType":           enttask.FieldScopeType,
	"scopeValue":          enttask.FieldScopeValue,
	"instanceId":          enttask.FieldInstanceID,
	"name":                enttask.FieldName,
	"creator":             enttask.FieldCreator,
	"createTime":          enttask.FieldCreateTime,
	"createMethod":        enttask.FieldCreateMethod,
	"triggerMethod":       enttask.FieldTriggerMethod,
	"executor":            enttask.FieldExecutor,
	"startTime":           enttask.FieldStartTime,
	"isStarted":           enttask.FieldStartTime,
	"finishTime":          enttask.FieldFinishTime,
	"description":         enttask.FieldDescription,
	"isFinished":          enttask.FieldState,
	"isRevoked":           enttask.FieldState,
	"isExpired":           enttask.FieldState,
	"state":               enttask.FieldState,
	"isDeleted":           enttask.FieldIsDeleted,
	"templateId":          enttask.FieldTemplateID,
	"template":            enttask.FieldTemplateID,
	"snapshotId":          enttask.FieldSnapshotID,
	"snapshot":            enttask.FieldSnapshotID,
	"executionSnapshotId": enttask.FieldExecutionSnapshotID,
	"executionSnapshot":   enttask.FieldExecutionSnapshotID,
	"parameters":          enttask.FieldExecutionSnapshotID,
	"nodes":               enttask.FieldExecutionSnapshotID,
	"progress":            enttask.FieldExecutionSnapshotID,
	"variables":           enttask.FieldExecutionSnapshotID,
	"variablesCut":        enttask.FieldExecutionSnapshotID,
	"treeInfoId":          enttask.FieldTreeInfoID,
	"extraInfo":           enttask.FieldExtraInfo,
}

// taskColumns are the columns of tasks that the API shows.
var taskColumns = []column[ent.Task]{
	{enttask.FieldID, func(t *ent.Task) any { return whole{&t.ID} }},
	{enttask.FieldSpaceID, func(t *ent.Task) any { return whole{&t.SpaceID} }},
	{enttask.FieldTemplateID, func(t *ent.Task) any { return whole{&t.TemplateID} }},
	{enttask.FieldInstanceID, func(t *ent.Task) any { return &t.InstanceID }},
	{enttask.FieldName, func(t *ent.Task) any { return &t.Name }},
	{enttask.FieldCreator, func(t *ent.Task) any { return &t.Creator }},
	{enttask.FieldCreateTime, func(t *ent.Task) any { return &t.CreateTime }},
	{enttask.FieldDescription, func(t *ent.Task) any { return &t.Description }},
	{enttask.FieldScopeType, func(t *ent.Task) any { return &t.ScopeType }},
	{enttask.FieldScopeValue, func(t *ent.Task) any { return &t.ScopeValue }},
	{enttask.FieldCreateMethod, func(t *ent.Task) any { return (*string)(&t.CreateMethod) }},
	{enttask.FieldTriggerMethod, func(t *ent.Task) any { return (*string)(&t.TriggerMethod) }},
	{enttask.FieldState, func(t *ent.Task) any { return (*string)(&t.State) }},
	{enttask.FieldWasRevoked, func(t *ent.Task) any { return &t.WasRevoked }},
	{enttask.FieldExecutor, func(t *ent.Task) any { return &t.Executor }},
	{enttask.FieldStartTime, func(t *ent.Task) any { return &t.StartTime }},
	{enttask.FieldFinishTime, func(t *ent.Task) any { return &t.FinishTime }},
	{enttask.FieldSnapshotID, func(t *ent.Task) any { return whole{&t.SnapshotID} }},
	{enttask.FieldExecutionSnapshotID, func(t *ent.Task) any { return whole{&t.ExecutionSnapshotID} }},
	{enttask.FieldTreeInfoID, func(t *ent.Task) any { return wholeOrNull{&t.TreeInfoID} }},
	{enttask.FieldExtraInfo, func(t *ent.Task) any { return (*[]byte)(&t.ExtraInfo) }},
	{enttask.FieldIsDeleted, func(t *ent.Task) any { return &t.IsDeleted }},
}
