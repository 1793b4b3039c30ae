package auth

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// CacheTTL is how long a caller is believed without asking the database again.
//
// A front end sends the same header many times a second, and without a cache each
// request would begin with a statement. Five seconds take nearly all of them away
// and are short enough for what the cache does not hear of: servers tell each other of
// revoked tokens, new spaces and settings (Forget), which counts at once then, but a
// signal may be lost, and whoever writes rows by hand tells nobody. Nobody is believed
// past Caller.Expires.
const CacheTTL = 5 * time.Second

// cacheSize bounds the callers that are remembered: a few hundred bytes each.
const cacheSize = 1024

// cache remembers accepted callers by the SHA-256 of what they sent, so no secret
// stays in memory. Refusals are not remembered: guesses must not push callers out.
type cache struct {
	now func() time.Time

	mu      sync.Mutex
	entries *simplelru.LRU[digest, entry]
	// forgotten counts Forget and ForgetAll. An answer that was read before one and
	// arrives after it may lack the new space, and is not kept.
	forgotten int
}

type digest [sha256.Size]byte

type entry struct {
	caller Caller
	until  time.Time
}

func newCache(now func() time.Time) *cache {
	entries, err := simplelru.NewLRU[digest, entry](cacheSize, nil)
	if err != nil {
		panic(err) // refuses nothing but a size below one
	}
	return &cache{now: now, entries: entries}
}

// remember returns the caller of the key, asking load if it is not known.
func (c *cache) remember(key digest, load func() (Caller, error)) (Caller, error) {
	known, forgotten, ok := c.get(key)
	if ok {
		return known, nil
	}
	found, err := load()
	if err != nil {
		return Caller{}, err
	}
	c.put(key, found, forgotten)
	return found, nil
}

func (c *cache) get(key digest) (known Caller, forgotten int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(key)
	if ok && !c.now().Before(e.until) {
		c.entries.Remove(key)
		ok = false
	}
	return e.caller, c.forgotten, ok
}

func (c *cache) put(key digest, found Caller, forgotten int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgotten != forgotten {
		return
	}
	found.Spaces = slices.Clip(found.Spaces)
	until := c.now().Add(CacheTTL)
	if !found.Expires.IsZero() && found.Expires.Before(until) {
		until = found.Expires
	}
	c.entries.Add(key, entry{caller: found, until: until})
}

// clear forgets everybody.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten++
	c.entries.Purge()
}

// forget forgets an application, every token that it has applied for and every token
// for its spaces.
func (c *cache) forget(appID int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten++
	for _, key := range c.entries.Keys() {
		if e, ok := c.entries.Peek(key); ok && (e.caller.AppID == appID || e.caller.OwnerID() == appID) {
			c.entries.Remove(key)
		}
	}
}
