package limit

import (
	"math"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxCallers is how many callers are remembered. One that is forgotten begins anew
// with a full bucket.
const maxCallers = 10_000

// Rates bounds how many points each caller spends over time, with a bucket of tokens
// for each. It is safe for concurrent use.
type Rates struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time
	buckets   *lru.Cache[string, *rate.Limiter]
}

// NewRates allows each caller so many points a second, and that many at once after
// a pause; burst must be the cost limit at least, or else the dearest operation would
// never be allowed.
func NewRates(perSecond float64, burst int, now func() time.Time) *Rates {
	// The size is positive, which is all that New checks.
	buckets, _ := lru.New[string, *rate.Limiter](maxCallers)
	return &Rates{rate.Limit(perSecond), burst, now, buckets}
}

// Take spends points of a caller, who may be any text. It returns 0 when they are
// there; otherwise nothing is spent, and the answer is how long it takes until they
// will be, at least a second.
func (r *Rates) Take(caller string, points int) (wait time.Duration) {
	bucket, ok := r.buckets.Get(caller)
	if !ok {
		bucket = rate.NewLimiter(r.perSecond, r.burst)
		if known, there, _ := r.buckets.PeekOrAdd(caller, bucket); there {
			bucket = known // somebody was faster
		}
	}
	now := r.now()
	if bucket.AllowN(now, points) {
		return 0
	}
	missing := float64(points) - bucket.TokensAt(now)
	seconds := math.Ceil(missing / float64(r.perSecond))
	return time.Duration(max(1, min(seconds, 86400))) * time.Second
}
