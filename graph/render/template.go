package render

import (
	"strconv"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/graph/scalar"
)

var templateFields = map[string]writer[*model.Template]{
	"id":           func(b []byte, t *model.Template) []byte { return appendID(b, t.ID) },
	"spaceId":      func(b []byte, t *model.Template) []byte { return appendID(b, t.SpaceID) },
	"name":         func(b []byte, t *model.Template) []byte { return appendText(b, t.Name) },
	"description":  func(b []byte, t *model.Template) []byte { return appendText(b, t.Description) },
	"scopeType":    func(b []byte, t *model.Template) []byte { return appendTextOrNull(b, t.ScopeType) },
	"scopeValue":   func(b []byte, t *model.Template) []byte { return appendTextOrNull(b, t.ScopeValue) },
	"notifyConfig": func(b []byte, t *model.Template) []byte { return appendRaw(b, t.NotifyConfig) },
	"isEnabled":    func(b []byte, t *model.Template) []byte { return strconv.AppendBool(b, t.IsEnabled) },
	"creator":      func(b []byte, t *model.Template) []byte { return appendText(b, t.Creator) },
	"updatedBy":    func(b []byte, t *model.Template) []byte { return appendText(b, t.UpdatedBy) },
	"createTime":   func(b []byte, t *model.Template) []byte { return scalar.AppendTime(b, t.CreateTime) },
	"updateTime":   func(b []byte, t *model.Template) []byte { return scalar.AppendTime(b, t.UpdateTime) },
	"pipelineTree": func(b []byte, t *model.Template) []byte { return appendRaw(b, t.PipelineTree()) },
}

func templateTable(f *read.Field) writer[*model.Template] {
	version := func(get func(*model.Template) *model.PipelineVersion) writer[*model.Template] {
		return nested(f, versionTable, func(t *model.Template) (*model.PipelineVersion, bool) {
			v := get(t)
			return v, v != nil
		}, appendNull)
	}
	switch f.Name {
	case "space":
		return nested(f, spaceTable, func(t *model.Template) (*model.Space, bool) { return t.Space, t.Space != nil }, required)
	case "draft":
		return version(func(t *model.Template) *model.PipelineVersion { return t.Draft })
	case "releasedVersion":
		return version(func(t *model.Template) *model.PipelineVersion { return t.ReleasedVersion })
	case "effectiveVersion":
		return version((*model.Template).EffectiveVersion)
	}
	return templateFields[f.Name]
}

var versionFields = map[string]writer[*model.PipelineVersion]{
	"id":          func(b []byte, v *model.PipelineVersion) []byte { return appendID(b, v.ID) },
	"templateId":  func(b []byte, v *model.PipelineVersion) []byte { return appendID(b, v.TemplateID) },
	"version":     func(b []byte, v *model.PipelineVersion) []byte { return appendTextOrNull(b, v.Version) },
	"isDraft":     func(b []byte, v *model.PipelineVersion) []byte { return strconv.AppendBool(b, v.Draft) },
	"description": func(b []byte, v *model.PipelineVersion) []byte { return appendText(b, v.Description) },
	"creator":     func(b []byte, v *model.PipelineVersion) []byte { return appendText(b, v.Creator) },
	"operator":    func(b []byte, v *model.PipelineVersion) []byte { return appendText(b, v.Operator) },
	"createTime":  func(b []byte, v *model.PipelineVersion) []byte { return scalar.AppendTime(b, v.CreateTime) },
	"updateTime":  func(b []byte, v *model.PipelineVersion) []byte { return scalar.AppendTime(b, v.UpdateTime) },
	"snapshotId":  func(b []byte, v *model.PipelineVersion) []byte { return appendID(b, v.SnapshotID) },
}

func versionTable(f *read.Field) writer[*model.PipelineVersion] {
	if f.Name == "snapshot" {
		return nested(f, snapshotTable, func(v *model.PipelineVersion) (*model.Snapshot, bool) {
			return v.Snapshot, v.Snapshot != nil
		}, required)
	}
	return versionFields[f.Name]
}

var spaceFields = map[string]writer[*model.Space]{
	"id":          func(b []byte, s *model.Space) []byte { return appendID(b, s.ID) },
	"name":        func(b []byte, s *model.Space) []byte { return appendText(b, s.Name) },
	"description": func(b []byte, s *model.Space) []byte { return appendText(b, s.Description) },
	"platformUrl": func(b []byte, s *model.Space) []byte { return appendText(b, s.PlatformURL) },
	"creator":     func(b []byte, s *model.Space) []byte { return appendText(b, s.Creator) },
	"createTime":  func(b []byte, s *model.Space) []byte { return scalar.AppendTime(b, s.CreateTime) },
}

func spaceTable(f *read.Field) writer[*model.Space] { return spaceFields[f.Name] }
