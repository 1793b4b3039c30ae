package graph

import (
	"rehearse.dev/graph/trusted"
	"rehearse.dev/internal/telemetry"
)

// Options are what the owner of a server decides about its API. The zero value has no
// trusted documents and takes all others, within the default limits.
type Options struct {
	// Documents are those that clients may send by id.
	Documents *trusted.Manifest
	// Mode says which documents are taken; empty stands for DocumentsAuto.
	Mode DocumentsMode
	// Bounds are how much one request and one caller may take.
	Bounds Bounds
	// Telemetry is told of operations and service calls; nil is none.
	Telemetry *telemetry.Telemetry
}

// DocumentsMode says which documents a server takes.
type DocumentsMode string

// The modes. docs/http.md tells what each answers.
const (
	// DocumentsOff takes texts only.
	DocumentsOff DocumentsMode = "off"
	// DocumentsAuto takes texts, those of the manifest by id, and automatic persisted
	// queries.
	DocumentsAuto DocumentsMode = "auto"
	// DocumentsOnly takes nothing but what the manifest has, by id.
	DocumentsOnly DocumentsMode = "only"
)
