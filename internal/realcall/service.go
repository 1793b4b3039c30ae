package realcall

import (
	"context"
	"fmt"
	"time"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/space"
)

// HTTP makes calls; outbound.Client does. Its errors are *outbound.Error.
type HTTP interface {
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

// Spaces reads what a space gives to calls; space.Service does.
type Spaces interface {
	ForCalls(ctx context.Context, spaceID int, scopeType, scopeValue string) (space.CallSettings, error)
}

// Deps is what calls need from outside. HTTP, Spaces and Now must be set.
type Deps struct {
	HTTP   HTTP
	Spaces Spaces
	// Server is the server's own credential, nil when it has none. UseServer lets
	// versions 2 and later call with it, too (domain §3.2).
	Server    *credential.Pair
	UseServer bool
	// Now is the clock that calls are timed with.
	Now func() time.Time
}

// Service carries calls out. It is safe for concurrent use.
type Service struct{ deps Deps }

// New makes a Service.
func New(d Deps) *Service { return &Service{deps: d} }

// Task is what calls tell and need of the task that the node belongs to.
type Task struct {
	ID, SpaceID, TemplateID int
	// ScopeType and ScopeValue are "" for a task without scope. Operator is the person
	// in whose name nodes call.
	Name, ScopeType, ScopeValue, Operator string
	// Credentials are the task's own by name, opened.
	Credentials map[string]map[string]any
}

// Call is one effect to carry out, and the time of it.
type Call struct {
	Task   Task
	Effect engine.CallPlugin
	At     time.Time
	// Space is what Prepare has read.
	Space space.CallSettings
}

// Exchange is the record of one HTTP call: what was asked, and how it went. There is
// no header, no body and no secret in it.
type Exchange struct {
	Method string
	// URL has the secrets in its query put out of sight and is cut when it is long.
	URL string
	// Status is 0 when no answer came.
	Status   int
	Started  time.Time
	Duration time.Duration
	// RequestBytes and ResponseBytes are the sizes of the bodies.
	RequestBytes, ResponseBytes int
	// Error says why there is no answer that could be read, "" when there is one.
	Error string
}

// CredentialUse says whose credential a call was made with, without the secret.
// Source is one of package credential: TASK, SPACE or SERVER.
type CredentialUse struct{ Source, Name, AppCode string }

// Result is what came of an effect.
type Result struct {
	// Outcome answers the effect; its Outputs are all of this execution so far.
	Outcome engine.Outcome
	// Exchange is nil when nothing was sent: the call was refused, or a callback only
	// had to be read.
	Exchange *Exchange
	// Credential is nil when the call has used none.
	Credential *CredentialUse
}

// Timeouts: of a call whose plugin does not say (domain §3.3), the longest that a node
// may ask for, and what making requests and reading answers may take beside it.
const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 60 * time.Second
	margin         = 5 * time.Second
)

// Prepare reads what the call needs of its space, so that Do reads nothing any more. If
// it fails, nothing was sent, and it may be tried again.
func (s *Service) Prepare(ctx context.Context, c *Call) (err error) {
	if c.Effect.Plugin != plugin.UniformAPI {
		return nil
	}
	if c.Space, err = s.deps.Spaces.ForCalls(ctx, c.Task.SpaceID, c.Task.ScopeType, c.Task.ScopeValue); err != nil {
		return fmt.Errorf("read the settings of space %d: %w", c.Task.SpaceID, err)
	}
	return nil
}

// Do carries a call out that Prepare has prepared. It always has an outcome: whatever
// goes wrong fails the node with a reason. It ends when ctx does; then the outcome says
// that the call was given up, and a runner that is stopping should rather keep the call
// as unknown.
//
// Do sends at most one request and never repeats one. The runner has to see to it that
// an effect reaches Do once; see Repeatable.
func (s *Service) Do(ctx context.Context, c Call) (result Result) {
	j := &job{
		Service: s, ctx: ctx, call: c, effect: &c.Effect,
		inputs: c.Effect.Inputs.Dict, outputs: expr.NewDict(c.Effect.Outputs.Len() + 4),
	}
	for i := range c.Effect.Outputs.Len() {
		key, v := c.Effect.Outputs.At(i)
		j.outputs.Set(expr.Str(key), v)
	}
	j.secrets.ofTask(c.Task.Credentials)
	defer func() {
		if r := recover(); r != nil { // its text may hold anything
			result = j.result(engine.Raisef("the call failed unexpectedly (%T)", r))
		}
	}()
	return j.result(j.run())
}

// Repeatable tells whether an effect may be carried out again when nobody knows
// whether it was: the polls of a uniform_api node only ask, and reading a callback
// calls nobody. Everything else may have done something.
func (s *Service) Repeatable(e *engine.CallPlugin) bool {
	return e.Plugin == plugin.UniformAPI && e.Schedule
}

// Timeout is the longest time that Do may take for the effect, with time to spare for
// what is not the call itself.
func (s *Service) Timeout(e *engine.CallPlugin) time.Duration {
	switch {
	case e.Plugin == plugin.HTTPRequest:
		asked, _ := e.Inputs.Get(plugin.HTTPTimeout)
		timeout, err := seconds(asked, maxTimeout)
		if err != nil {
			return margin
		}
		return timeout + margin
	case e.Plugin == plugin.UniformAPI && e.PluginVersion == firstVersion:
		config, _ := e.Inputs.Get(plugin.UniformConfig)
		members, _ := config.(*expr.Dict)
		asked, _ := members.Get("timeout")
		timeout, err := seconds(asked, defaultTimeout)
		if err != nil {
			return margin
		}
		return timeout + margin
	}
	return defaultTimeout + margin
}

// seconds reads a time to wait: a whole number of either sign, at most maxTimeout.
// Nothing and 0 mean the fallback.
func seconds(v any, fallback time.Duration) (time.Duration, error) {
	if v == nil || v == "" {
		return fallback, nil
	}
	n, err := plugin.Int(v)
	if err != nil {
		return 0, fmt.Errorf("the timeout %s is not a whole number of seconds", cut(expr.Str(v), 40))
	}
	whole, small := n.(int64)
	switch {
	case !small || whole > int64(maxTimeout/time.Second) || whole < -int64(maxTimeout/time.Second):
		return maxTimeout, nil
	case whole == 0:
		return fallback, nil
	case whole < 0:
		whole = -whole
	}
	return time.Duration(whole) * time.Second, nil
}
