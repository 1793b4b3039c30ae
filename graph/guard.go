package graph

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/graph/limit"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// CostHeader asks for the cost of an operation, as `extensions.cost` of the answer.
const CostHeader = "X-Rehearse-Cost"

// Bounds are how much of the server one request, and one caller, may take. The zero
// value has the default limits and bounds neither time nor rate.
type Bounds struct {
	// Limits are those of one request; nil stands for limit.Defaults.
	Limits *limit.Limits
	// Timeout is how long a query or mutation may take; 0 is no end.
	Timeout time.Duration
	// Rate is how many points of cost a caller may spend each second; 0 is no end.
	Rate float64
	// Burst is how many points a caller may spend at once after a pause; it is never
	// less than the limit of one operation.
	Burst int
	// NoIntrospection refuses questions about the schema and suggests no names.
	NoIntrospection bool
	// Now is the clock of the rate; nil stands for time.Now.
	Now func() time.Time
}

// gate makes the gate that documents pass.
func (b Bounds) gate(schema *ast.Schema) (*limit.Gate, error) {
	limits := limit.Defaults()
	if b.Limits != nil {
		limits = *b.Limits
	}
	return limit.New(schema, limits, !b.NoIntrospection)
}

// guard stands between an operation that is understood and its execution.
type guard struct {
	gate    *limit.Gate
	rates   *limit.Rates // nil when nothing is bounded
	timeout time.Duration
}

func newGuard(gate *limit.Gate, b Bounds) *guard {
	g := &guard{gate: gate, timeout: b.Timeout}
	if b.Rate > 0 {
		now := b.Now
		if now == nil {
			now = time.Now
		}
		g.rates = limit.NewRates(b.Rate, max(b.Burst, gate.Limits().Cost), now)
	}
	return g
}

// weighed is what the guard keeps of an operation that it let pass.
type weighed struct {
	document *document
	cost     int
}

// weighedKey is where an operation keeps it.
const weighedKey = "rehearse.weighed"

// weighedOf is nil for an operation that no guard saw.
func weighedOf(op *graphql.OperationContext) *weighed {
	w, _ := op.Stats.GetExtension(weighedKey).(*weighed)
	return w
}

// admit weighs an operation and lets it pass, or tells how long its caller has to
// wait, which is 0 unless the rate is met.
func (g *guard) admit(ctx context.Context, doc *document, op *graphql.OperationContext) (wait time.Duration, err error) {
	if err := g.gate.Items(op.Variables); err != nil {
		return 0, err
	}
	cost, err := doc.Cost(op.Operation, op.Variables)
	if err != nil {
		return 0, err
	}
	if wait := g.spend(ctx, cost); wait > 0 {
		return wait, fault.Newf(fault.CodeExhausted, "the operation costs %d points, which the caller has spent already: send it again in %d s", cost, seconds(wait))
	}
	op.Stats.SetExtension(weighedKey, &weighed{doc, cost})
	return 0, nil
}

// spend takes points from the caller of the context.
func (g *guard) spend(ctx context.Context, points int) (wait time.Duration) {
	if g.rates == nil {
		return 0
	}
	caller, _ := auth.FromContext(ctx)
	return g.rates.Take(rateKey(caller), points)
}

// rateKey tells callers apart: an application, and each user of its tokens.
func rateKey(c auth.Caller) string {
	if c.Grant == nil {
		return fmt.Sprint("app ", c.AppID)
	}
	return fmt.Sprint("token ", c.AppID, " ", c.Username)
}

// within gives a query or mutation its time. A stream has no end of its own.
func (g *guard) within(ctx context.Context, op *graphql.OperationContext) (context.Context, context.CancelFunc) {
	if g.timeout <= 0 || op.Operation.Operation == ast.Subscription {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, g.timeout, fault.Newf(fault.CodeExhausted,
		"the request took longer than %v; a mutation may have been carried out all the same", g.timeout))
}

// tell adds the cost to a response when the request asks for it.
func (g *guard) tell(op *graphql.OperationContext, response *graphql.Response) {
	w := weighedOf(op)
	if w == nil || response == nil {
		return
	}
	if asked, _ := op.Extensions["cost"].(bool); !asked && op.Headers.Get(CostHeader) != "1" {
		return
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = map[string]any{"requested": w.cost, "limit": g.gate.Limits().Cost}
}

// late reports whether the time of the request is over, and not only its caller gone.
func (g *guard) late(ctx context.Context) bool { return fault.As(context.Cause(ctx)) != nil }

// throttled turns a refusal into one for a caller who has to wait; 0 is nobody.
func throttled(refused *declined, wait time.Duration) *declined {
	if wait == 0 {
		return refused
	}
	refused.status, refused.retry = http.StatusTooManyRequests, wait
	for _, err := range refused.errors {
		err.Extensions["retryAfter"] = seconds(wait)
	}
	return refused
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
