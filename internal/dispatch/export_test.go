package dispatch

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Insert is Wake in a transaction of pgx.
func Insert(ctx context.Context, d *Dispatcher, tx pgx.Tx, taskID int, at time.Time) error {
	return d.insert(ctx, tx, taskID, at)
}

// Ended is closed when River has ended all that it does.
func Ended(d *Dispatcher) <-chan struct{} { return d.client.Stopped() }

// Limited is the log that River writes to.
func Limited(out *slog.Logger, now func() time.Time) *slog.Logger {
	l := newLimited(out, now)
	l.open()
	return slog.New(l)
}
