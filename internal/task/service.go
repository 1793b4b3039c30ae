// Package task owns mock tasks: it plans and creates them, deletes them and
// records who did what. It owns the transactions; the edges only call it.
//
// A task is planned with the read client, outside any transaction: template,
// version, tree, presets and every check. Only then the write lock is taken, for
// the inserts alone.
package task

import (
	"context"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/template"
)

// Deps are what the service needs; all of it must be set but what says otherwise.
type Deps struct {
	Store *store.Store
	Trees *template.Trees
	Keys  *seal.Keyring
	// Credentials are those of spaces.
	Credentials Credentials
	// CheckVariables evaluates the constants of a tree once and reports what fails.
	CheckVariables func(*flow.Pipeline) []fault.Problem
	// KnownPlugin tells whether a node of this plugin can run, mocked or not.
	// ServedPlugin tells whether it can run unmocked; nil stands for KnownPlugin.
	KnownPlugin, ServedPlugin func(code, version string) bool
	// ServerCredential is what the server itself calls with, nil for nothing;
	// UseServerCredential is what credential.Request calls UseServer.
	ServerCredential    *credential.Pair
	UseServerCredential bool
	// Runs starts tasks that are to be started at once.
	Runs Runs
	// Created is told of each new task, after the commit; nil tells nobody.
	Created func(ctx context.Context)
	// Now is the clock.
	Now func() time.Time
	// NewInstanceID makes 32 random hex digits.
	NewInstanceID func() string
}

// Runs starts tasks; run.Runner does.
type Runs interface {
	// Check tells in which language the gateways of a space's trees speak, and why the
	// tree could not be started. The snapshot is that of the tree, 0 for one that is not stored.
	Check(ctx context.Context, spaceID, snapshotID int, tree *flow.Pipeline) (language string, problems []fault.Problem, err error)
	// Begin takes a task that is about to be made as far as it goes at once, in memory, and
	// notes in its row where it then is. A tree that cannot run is a fault.
	Begin(ctx context.Context, row *ent.Task, mock *ent.TaskMock, language string) (Begun, error)
}

// Begun is how far a task has gone that is not stored yet.
type Begun interface {
	// Write writes the run, with the row of the task.
	Write(ctx context.Context, tx *ent.Tx) error
	// Go lets the task go on, once it is stored.
	Go(ctx context.Context)
}

// Service holds the use cases of tasks. It is safe for concurrent use.
type Service struct{ Deps }

// New makes the service.
func New(deps Deps) *Service { return &Service{deps} }

// Problem codes; the API's UserErrorCode explains them.
const (
	codeRequired          = "REQUIRED"
	codeTooLong           = "TOO_LONG"
	codeWrongType         = "WRONG_TYPE"
	codeNotFound          = "NOT_FOUND"
	codeConflict          = "CONFLICT"
	codeWrongState        = "WRONG_STATE"
	codeInvalidPipeline   = "INVALID_PIPELINE"
	codeInvalidCredential = "INVALID_CREDENTIAL"
	codeUnknownConstant   = "UNKNOWN_CONSTANT"
	codeUnknownPlugin     = "UNKNOWN_PLUGIN"
	codeNoVersion         = "NO_VERSION"
)

func problem(code, message string, path ...string) fault.Problem {
	return fault.Problem{Code: code, Message: message, Path: path}
}
