package event_test

import (
	"fmt"
	"sync"
	"testing"

	"rehearse.dev/internal/event"
)

// BenchmarkPublish is what a runner pays for those who watch: nothing when nobody
// does, and the waking of whoever waits otherwise.
func BenchmarkPublish(b *testing.B) {
	for _, watchers := range []int{0, 1, 1000} {
		b.Run(fmt.Sprint(watchers), func(b *testing.B) {
			hub, done := event.NewHub(), make(chan struct{})
			var all sync.WaitGroup
			for range watchers {
				w := hub.Watch(1)
				all.Go(func() {
					defer w.Close()
					for {
						select {
						case <-w.Changed():
						case <-done:
							return
						}
					}
				})
			}
			for b.Loop() {
				hub.Publish(1)
			}
			b.StopTimer()
			close(done)
			all.Wait()
		})
	}
}
