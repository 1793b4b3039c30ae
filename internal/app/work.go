package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/task/run"
)

// begin lets tasks go on by themselves, on PostgreSQL together with other servers. end
// begins nothing new, waits for what is under way until its context ends, and gives up
// the rest.
func (s *services) begin(ctx context.Context, log *slog.Logger) (end func(context.Context), err error) {
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	var follow sync.WaitGroup
	follow.Go(func() { s.relay.Follow(following, s.store, log) })
	end = func(ctx context.Context) {
		s.runs.Stop(ctx)
		stop()
		follow.Wait()
	}
	if pool := s.store.Pool(); pool != nil {
		d, err := dispatch.New(pool, log, dispatch.Options{ID: s.runs.Owner, Near: run.Near, Now: now})
		if err != nil {
			end(ctx)
			return nil, err
		}
		s.runs.Dispatcher = d
		if err := d.Start(ctx, s.runs.Wake); err != nil {
			end(ctx)
			return nil, fmt.Errorf("the tables of the dispatcher: %w", err)
		}
		alone := end
		end = func(ctx context.Context) {
			if err := d.Stop(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				log.Warn("the dispatcher has not ended in order", "error", err)
			}
			alone(ctx)
		}
	}
	if err := s.runs.Start(ctx); err != nil {
		end(ctx)
		return nil, err
	}
	return end, nil
}
