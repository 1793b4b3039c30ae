package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/ent/taskrun"
	enttoken "rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/task/run"
)

// restorer is in whose name a restore pauses tasks, and the owner of the calls that it
// takes over.
const restorer = "rehearse restore"

// kept is what a restore found that would have gone on by itself.
type kept struct {
	asIs bool
	// tasks were under way, ready were calls that wait to be sent, sent those that may
	// be on their way, tokens those that were valid.
	tasks, ready, sent, tokens int
}

// keep counts what would go on by itself and, unless the database is to stay as it is,
// holds it. A backup tells what was, and not what happened since: a task that is under
// way in it has gone on, a call that waits in it has been made, and a token that is
// valid in it may have been revoked. So every task under way is paused, which lets no
// further node begin; calls that are open are left to the server as those of a process
// that has gone, so that their outcome is unknown and a person decides; and tokens end.
//
// The services must be those of a database that nobody else uses, and must not be used
// for anything else.
func (s *services) keep(ctx context.Context, asIs bool) (kept, error) {
	k := kept{asIs: asIs}
	s.runs.Stop(ctx) // what an advance asks for is stored and not sent
	if !asIs {
		if err := s.beginOpened(ctx); err != nil {
			return k, err
		}
	}
	under, err := s.store.Read.Task.Query().Where(enttask.StateIn(enttask.StateRUNNING, enttask.StateFAILED)).IDs(ctx)
	if err != nil {
		return k, fmt.Errorf("find the tasks under way: %w", err)
	}
	k.tasks = len(under)
	if !asIs {
		if err := s.pause(ctx, under); err != nil {
			return k, err
		}
	}
	moment := now()
	valid := enttoken.ExpireTimeGT(moment)
	if k.ready, err = s.calls(ctx, taskcall.StatusREADY); err != nil {
		return k, err
	}
	if k.sent, err = s.calls(ctx, taskcall.StatusSENT); err != nil {
		return k, err
	}
	if k.tokens, err = s.store.Read.Token.Query().Where(valid).Count(ctx); err != nil {
		return k, fmt.Errorf("count the tokens: %w", err)
	}
	if asIs {
		return k, nil
	}
	return k, s.store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if err := s.abandon(ctx, tx, moment); err != nil {
			return fmt.Errorf("take the open calls over: %w", err)
		}
		return tx.Token.Update().Where(valid).SetExpireTime(moment).Exec(ctx)
	})
}

func (s *services) calls(ctx context.Context, status taskcall.Status) (int, error) {
	n, err := s.store.Read.TaskCall.Query().Where(taskcall.StatusEQ(status)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count the open calls: %w", err)
	}
	return n, nil
}

// beginOpened takes runs that were made and had not begun, as earlier releases left some, to
// where they can be paused.
func (s *services) beginOpened(ctx context.Context) error {
	ids, err := s.store.Read.TaskRun.Query().
		Where(taskrun.CoreIsNil(), taskrun.HasTaskWith(enttask.StateEQ(enttask.StateRUNNING))).
		Select(taskrun.FieldTaskID).Ints(ctx)
	if err != nil {
		return fmt.Errorf("find the tasks that had not begun: %w", err)
	}
	for _, id := range ids {
		if err := s.runs.Advance(ctx, id); err != nil {
			return fmt.Errorf("begin task %d: %w", id, err)
		}
	}
	return nil
}

func (s *services) pause(ctx context.Context, ids []int) error {
	operator := auth.Caller{Superuser: true, Username: restorer}
	for _, id := range ids {
		_, err := s.runs.Operate(ctx, operator, run.Operation{TaskID: strconv.Itoa(id), Kind: taskoperation.KindPAUSE})
		if err != nil {
			return fmt.Errorf("pause task %d: %w", id, explainProblems(err))
		}
	}
	return nil
}

// abandon makes open calls those of a sender that has gone. When one that was never sent
// would have been at the earliest, it was asked for.
func (s *services) abandon(ctx context.Context, tx *ent.Tx, at time.Time) error {
	query, args := s.store.Builder().Update(taskcall.Table).
		Set(taskcall.FieldStatus, taskcall.StatusSENT).Set(taskcall.FieldOwner, restorer).
		Set(taskcall.FieldLeaseUntil, at.Add(-time.Second)).
		Set(taskcall.FieldSentAt, sql.Expr("COALESCE("+taskcall.FieldSentAt+", "+taskcall.FieldCreateTime+")")).
		Where(sql.In(taskcall.FieldStatus, taskcall.StatusREADY, taskcall.StatusSENT)).Query()
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// tell says what a restore did, a line each.
func (k kept) tell(out io.Writer) error {
	open := k.ready + k.sent
	lines := []string{
		"- " + some(k.tasks, "task") + " under way: paused, since nobody knows what they did after the backup; resumeTask lets one go on",
		"- " + some(open, "call") + " open: each is shown as UNKNOWN, and a person decides whether it was made",
		"- " + some(k.tokens, "token") + " for browsers that had not ended: ended",
	}
	if k.asIs {
		lines = []string{
			"- " + some(k.tasks, "task") + " under way: the server lets them go on",
			"- " + some(k.ready, "call") + " not sent: the server sends them",
			"- " + some(k.sent, "call") + " on their way: each is shown as UNKNOWN, and a person decides whether it was made",
			"- " + some(k.tokens, "token") + " for browsers that had not ended: valid",
		}
	}
	var errs []error
	for _, line := range lines {
		_, err := fmt.Fprintln(out, line)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
