package read

import (
	"rehearse.dev/ent"
	enttemplate "rehearse.dev/ent/template"
)

// templateNeeds is what a field of Template needs beside the columns that
// every view has. Fields that are not listed need nothing or a neighbour.
var templateNeeds = map[string][]string{
	"name":             {enttemplate.FieldName},
	"description":      {enttemplate.FieldDescription},
	"scopeType":        {enttemplate.FieldScopeType},
	"scopeValue":       {enttemplate.FieldScopeValue},
	"notifyConfig":     {enttemplate.FieldNotifyConfig},
	"isEnabled":        {enttemplate.FieldIsEnabled},
	"creator":          {enttemplate.FieldCreator},
	"updatedBy":        {enttemplate.FieldUpdatedBy},
	"createTime":       {enttemplate.FieldCreateTime},
	"updateTime":       {enttemplate.FieldUpdateTime},
	"draft":            {enttemplate.FieldDraftVersionID},
	"releasedVersion":  {enttemplate.FieldReleasedVersionID},
	"effectiveVersion": {enttemplate.FieldDraftVersionID, enttemplate.FieldReleasedVersionID},
	"pipelineTree":     {enttemplate.FieldDraftVersionID, enttemplate.FieldReleasedVersionID},
	"inputSchema":      {enttemplate.FieldDraftVersionID, enttemplate.FieldReleasedVersionID},
	"nodes":            {enttemplate.FieldDraftVersionID, enttemplate.FieldReleasedVersionID},
	"flows":            {enttemplate.FieldDraftVersionID, enttemplate.FieldReleasedVersionID},
}

// templateColumns are the columns of templates that the API shows.
var templateColumns = []column[ent.Template]{
	{enttemplate.FieldID, func(t *ent.Template) any { return whole{&t.ID} }},
	{enttemplate.FieldSpaceID, func(t *ent.Template) any { return whole{&t.SpaceID} }},
	{enttemplate.FieldName, func(t *ent.Template) any { return &t.Name }},
	{enttemplate.FieldDescription, func(t *ent.Template) any { return &t.Description }},
	{enttemplate.FieldScopeType, func(t *ent.Template) any { return &t.ScopeType }},
	{enttemplate.FieldScopeValue, func(t *ent.Template) any { return &t.ScopeValue }},
	{enttemplate.FieldNotifyConfig, func(t *ent.Template) any { return (*[]byte)(&t.NotifyConfig) }},
	{enttemplate.FieldIsEnabled, func(t *ent.Template) any { return &t.IsEnabled }},
	{enttemplate.FieldCreator, func(t *ent.Template) any { return &t.Creator }},
	{enttemplate.FieldUpdatedBy, func(t *ent.Template) any { return &t.UpdatedBy }},
	{enttemplate.FieldCreateTime, func(t *ent.Template) any { return &t.CreateTime }},
	{enttemplate.FieldUpdateTime, func(t *ent.Template) any { return &t.UpdateTime }},
	{enttemplate.FieldDraftVersionID, func(t *ent.Template) any { return wholeOrNull{&t.DraftVersionID} }},
	{enttemplate.FieldReleasedVersionID, func(t *ent.Template) any { return wholeOrNull{&t.ReleasedVersionID} }},
}
