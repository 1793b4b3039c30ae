package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// relisten is the pause between two tries to listen, listenCheck how often a connection
// that is silent is asked whether it is still there.
const (
	relisten    = time.Second
	listenCheck = 5 * time.Second
)

// Notify tells whoever listens on the channel, on any server, once the transaction of
// ctx is committed. On SQLite, where one process serves a file, nobody is told.
func Notify(ctx context.Context, channel, payload string) error {
	if t := running(ctx); t != nil && t.pgx != nil {
		return t.later(ctx, "SELECT pg_notify($1, $2)", channel, payload)
	}
	return nil
}

// Listener hears what Notify tells.
type Listener struct {
	Channel string
	// Heard is called for each payload, Missed each time that it listens again, at first
	// too: what was told before was not heard. Both return soon.
	Heard  func(payload string)
	Missed func()
	Log    *slog.Logger
}

// Listen listens until ctx ends, on a connection of its own that it makes again when
// it breaks. On SQLite it returns at once.
func (s *Store) Listen(ctx context.Context, l Listener) {
	if s.pool == nil {
		return
	}
	for {
		err := s.listen(ctx, l)
		if ctx.Err() != nil {
			return
		}
		l.Log.Warn("listening for the changes of other servers was cut off; it begins again", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(relisten):
		}
	}
}

func (s *Store) listen(ctx context.Context, l Listener) error {
	config := s.pool.Config().ConnConfig
	config.Tracer = nil
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), connecting)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if err := briefly(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{l.Channel}.Sanitize())
		return err
	}); err != nil {
		return err
	}
	l.Missed()
	for {
		waiting, cancel := context.WithTimeout(ctx, listenCheck)
		told, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil:
			l.Heard(told.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded):
			if err := briefly(ctx, conn.Ping); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// briefly runs fn for as long as making a connection may take.
func briefly(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, connecting)
	defer cancel()
	return fn(ctx)
}
