package render

import (
	"strconv"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/graph/scalar"
)

var taskFields = map[string]writer[*model.Task]{
	"id":                  func(b []byte, t *model.Task) []byte { return appendID(b, t.ID) },
	"spaceId":             func(b []byte, t *model.Task) []byte { return appendID(b, t.SpaceID) },
	"scopeType":           func(b []byte, t *model.Task) []byte { return appendTextOrNull(b, t.ScopeType) },
	"scopeValue":          func(b []byte, t *model.Task) []byte { return appendTextOrNull(b, t.ScopeValue) },
	"instanceId":          func(b []byte, t *model.Task) []byte { return appendText(b, t.InstanceID) },
	"templateId":          func(b []byte, t *model.Task) []byte { return appendID(b, t.TemplateID) },
	"name":                func(b []byte, t *model.Task) []byte { return appendText(b, t.Name) },
	"creator":             func(b []byte, t *model.Task) []byte { return appendText(b, t.Creator) },
	"createTime":          func(b []byte, t *model.Task) []byte { return scalar.AppendTime(b, t.CreateTime) },
	"createMethod":        func(b []byte, t *model.Task) []byte { return appendText(b, string(t.Task.CreateMethod)) },
	"triggerMethod":       func(b []byte, t *model.Task) []byte { return appendText(b, string(t.Task.TriggerMethod)) },
	"executor":            func(b []byte, t *model.Task) []byte { return appendText(b, t.Executor) },
	"startTime":           func(b []byte, t *model.Task) []byte { return appendTimeOrNull(b, t.StartTime) },
	"finishTime":          func(b []byte, t *model.Task) []byte { return appendTimeOrNull(b, t.FinishTime) },
	"description":         func(b []byte, t *model.Task) []byte { return appendText(b, t.Description) },
	"isStarted":           func(b []byte, t *model.Task) []byte { return strconv.AppendBool(b, t.IsStarted()) },
	"isFinished":          func(b []byte, t *model.Task) []byte { return strconv.AppendBool(b, t.IsFinished()) },
	"isRevoked":           func(b []byte, t *model.Task) []byte { return strconv.AppendBool(b, t.IsRevoked()) },
	"isDeleted":           func(b []byte, t *model.Task) []byte { return strconv.AppendBool(b, t.IsDeleted) },
	"isExpired":           func(b []byte, t *model.Task) []byte { return strconv.AppendBool(b, t.IsExpired()) },
	"state":               func(b []byte, t *model.Task) []byte { return appendText(b, string(t.Task.State)) },
	"snapshotId":          func(b []byte, t *model.Task) []byte { return appendID(b, t.SnapshotID) },
	"executionSnapshotId": func(b []byte, t *model.Task) []byte { return appendID(b, t.ExecutionSnapshotID) },
	"treeInfoId":          func(b []byte, t *model.Task) []byte { return appendIDOrNull(b, t.TreeInfoID) },
	"extraInfo":           func(b []byte, t *model.Task) []byte { return appendRaw(b, t.ExtraInfo) },
	"parameters":          func(b []byte, t *model.Task) []byte { return appendRaw(b, t.Parameters()) },
}

func taskTable(f *read.Field) writer[*model.Task] {
	switch f.Name {
	case "template":
		return nested(f, templateTable, func(t *model.Task) (*model.Template, bool) {
			return t.Template, t.Template != nil
		}, required)
	case "snapshot":
		return nested(f, snapshotTable, func(t *model.Task) (*model.Snapshot, bool) {
			return t.Snapshot, t.Snapshot != nil
		}, required)
	case "executionSnapshot":
		return nested(f, snapshotTable, func(t *model.Task) (*model.Snapshot, bool) {
			return t.ExecutionSnapshot, t.ExecutionSnapshot != nil
		}, required)
	case "mock":
		return nested(f, mockTable, func(t *model.Task) (*model.TaskMock, bool) {
			return t.Mock, t.Mock != nil && t.Mock.TaskMock != nil
		}, required)
	}
	return taskFields[f.Name]
}

var mockFields = map[string]writer[*model.TaskMock]{
	"nodes":       func(b []byte, m *model.TaskMock) []byte { return appendRaw(b, m.TaskMock.Nodes) },
	"outputs":     func(b []byte, m *model.TaskMock) []byte { return appendRaw(b, m.Outputs) },
	"mockDataIds": func(b []byte, m *model.TaskMock) []byte { return appendRaw(b, m.PresetIds) },
	"failures":    func(b []byte, m *model.TaskMock) []byte { return appendRaw(b, m.Failures) },
}

func mockTable(f *read.Field) writer[*model.TaskMock] { return mockFields[f.Name] }

var snapshotFields = map[string]writer[*model.Snapshot]{
	"id":           func(b []byte, s *model.Snapshot) []byte { return appendID(b, s.ID) },
	"digest":       func(b []byte, s *model.Snapshot) []byte { return appendText(b, s.Digest) },
	"createTime":   func(b []byte, s *model.Snapshot) []byte { return scalar.AppendTime(b, s.CreateTime) },
	"pipelineTree": func(b []byte, s *model.Snapshot) []byte { return appendRaw(b, s.Document) },
}

func snapshotTable(f *read.Field) writer[*model.Snapshot] { return snapshotFields[f.Name] }
