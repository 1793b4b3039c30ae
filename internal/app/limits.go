package app

import (
	"fmt"
	"time"

	"rehearse.dev/graph"
	"rehearse.dev/graph/limit"
)

// Limits are the flags that bound what a request, and a caller, may take. docs/limits.md
// says what each counts.
type Limits struct {
	MaxDocument    int           `default:"262144" placeholder:"BYTES" help:"The longest document in bytes."`
	MaxTokens      int           `default:"10000" placeholder:"N" help:"The most words and signs of a document."`
	MaxDepth       int           `default:"20" placeholder:"N" help:"How deep fields are nested."`
	MaxFields      int           `default:"1000" placeholder:"N" help:"The most fields of a document, fragments spread out."`
	MaxRootFields  int           `default:"50" placeholder:"N" help:"The most fields at the top of an operation."`
	MaxAliases     int           `default:"50" placeholder:"N" help:"The most aliases of a document, fragments spread out."`
	MaxDirectives  int           `default:"50" placeholder:"N" help:"The most directives of a document."`
	MaxItems       int           `default:"1000" placeholder:"N" help:"The longest list that a request sends."`
	MaxCost        int           `default:"20000" placeholder:"POINTS" help:"The most points that an operation costs."`
	RequestTimeout time.Duration `default:"30s" placeholder:"DURATION" help:"How long a query or mutation may take; 0s for no end."`
	RateLimit      float64       `placeholder:"POINTS" help:"The points of cost that a caller may spend each second; 0 for no end."`
	RateBurst      int           `placeholder:"POINTS" help:"The points that a caller may spend at once after a pause; --max-cost if less is given."`
	Introspection  string        `default:"on" enum:"on,off,dev" help:"Whether the schema can be asked for and errors suggest names: on, off, or dev for with --dev only."`
}

// bounds are the flags as the API takes them. Its errors name the flag.
func (l Limits) bounds(dev bool) (graph.Bounds, error) {
	for _, flag := range []struct {
		name  string
		value int
	}{
		{"max-document", l.MaxDocument},
		{"max-tokens", l.MaxTokens},
		{"max-depth", l.MaxDepth},
		{"max-fields", l.MaxFields},
		{"max-root-fields", l.MaxRootFields},
		{"max-cost", l.MaxCost},
	} {
		if flag.value < 1 {
			return graph.Bounds{}, refuse(flag.name, fmt.Errorf("%d leaves nothing that could be asked", flag.value))
		}
	}
	for _, flag := range []struct {
		name  string
		value float64
	}{
		{"max-aliases", float64(l.MaxAliases)},
		{"max-directives", float64(l.MaxDirectives)},
		{"max-items", float64(l.MaxItems)},
		{"request-timeout", l.RequestTimeout.Seconds()},
		{"rate-limit", l.RateLimit},
		{"rate-burst", float64(l.RateBurst)},
	} {
		if !(flag.value >= 0) {
			return graph.Bounds{}, refuse(flag.name, fmt.Errorf("%v is less than nothing", flag.value))
		}
	}
	return graph.Bounds{
		Limits: &limit.Limits{
			Bytes: l.MaxDocument, Tokens: l.MaxTokens, Depth: l.MaxDepth, Fields: l.MaxFields, Roots: l.MaxRootFields,
			Aliases: l.MaxAliases, Directives: l.MaxDirectives, Items: l.MaxItems, Cost: l.MaxCost,
		},
		Timeout: l.RequestTimeout, Rate: l.RateLimit, Burst: l.RateBurst,
		NoIntrospection: l.Introspection == "off" || l.Introspection == "dev" && !dev,
	}, nil
}
