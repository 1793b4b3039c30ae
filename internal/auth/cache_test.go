package auth

import (
	"testing"
	"time"
)

func TestAnAnswerFromBeforeForgetIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(func() time.Time { return time.Unix(0, 0) })
	old := Caller{AppID: 1}
	got, err := c.remember(digest{1}, func() (Caller, error) {
		c.forget(1) // a space is made while the database answers
		return old, nil
	})
	if err != nil || got.AppID != 1 {
		t.Fatal(got, err)
	}
	if _, _, ok := c.get(digest{1}); ok {
		t.Error("the old answer was kept")
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(func() time.Time { return time.Unix(0, 0) })
	for i := range 3 * cacheSize {
		c.put(digest{byte(i), byte(i >> 8)}, Caller{AppID: i}, 0)
	}
	if n := c.entries.Len(); n != cacheSize {
		t.Errorf("%d entries", n)
	}
}
