package read

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/graph/model"
)

const (
	// tailEvents and tailBytes are how much of the end of a watched task stays in
	// memory; the bytes are those of the stored form.
	tailEvents = 1000
	tailBytes  = 4 << 20
	// pageEvents is how many events one statement reads at most for those who watch,
	// but for the rest of a stored list.
	pageEvents = 500
	// keptPages is how many pages of the past a feed keeps for others who come.
	keptPages = 8
)

// segment is a stored list of events as it is shown.
type segment struct {
	first  int
	events []model.TaskEvent
	bytes  int
}

func (s segment) last() int { return s.first + len(s.events) - 1 }

// tail is the end of the events of a task: those up to last that are not older than
// the limits let it reach back.
type tail struct {
	segments      []segment
	last          int
	events, bytes int
}

// first is the number of the oldest event in memory; last+1 when there is none.
func (t *tail) first() int { return t.last + 1 - t.events }

// add appends what follows and forgets what is old. One segment always stays.
func (t *tail) add(s segment) {
	t.segments = append(t.segments, s)
	t.last, t.events, t.bytes = s.last(), t.events+len(s.events), t.bytes+s.bytes
	drop := 0
	for drop < len(t.segments)-1 && (t.events > tailEvents || t.bytes > tailBytes) {
		t.events -= len(t.segments[drop].events)
		t.bytes -= t.segments[drop].bytes
		drop++
	}
	t.segments = slices.Delete(t.segments, 0, drop)
}

// after returns the rest of the segment that holds the event after the n-th; behind
// tells that it was forgotten. The events must not be changed.
func (t *tail) after(n int) (events []model.TaskEvent, behind bool) {
	switch {
	case n >= t.last:
		return nil, false
	case n+1 < t.first():
		return nil, true
	}
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].last() > n })
	return t.segments[i].events[n+1-t.segments[i].first:], false
}

// batch is what one look at a watched task brings.
type batch struct {
	segments []segment
	state    enttask.State
	// ended tells that nothing will happen to the task any more, more that there are
	// events that were not read.
	ended, more bool
}

// lastSeq is the number of a task's last event, 0 for none.
func (r *Reader) lastSeq(ctx context.Context, taskID int) (int, error) {
	s := r.selectFrom(taskrun.Table, []string{taskrun.FieldLastSeq})
	s.and("task_id = ?", taskID)
	rows, err := scan(ctx, r.rows, s, func(n *int) []any { return []any{whole{n}} })
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return *rows[0], nil
}

// newEvents reads the task's state and a page of what happened after an event, by
// one statement, so that an end is not seen ahead of what led to it.
func (r *Reader) newEvents(ctx context.Context, taskID, after int) (*batch, error) {
	type line struct {
		state   string
		deleted bool
		first   *int
		events  []byte
	}
	s := r.statement()
	s.add("SELECT t.state, t.is_deleted, e.first_seq, e.events FROM tasks AS t "+
		"LEFT JOIN task_events AS e ON e.task_id = t.id AND e.last_seq > ? AND e.first_seq <= ? WHERE t.id = ? ORDER BY e.last_seq",
		after, after+pageEvents, taskID)
	lines, err := scan(ctx, r.rows, s, func(l *line) []any { return []any{&l.state, &l.deleted, wholeOrNull{&l.first}, &l.events} })
	if err != nil {
		return nil, fmt.Errorf("read what is new in task %d: %w", taskID, err)
	}
	if len(lines) == 0 {
		return &batch{ended: true}, nil
	}
	b := &batch{state: enttask.State(lines[0].state)}
	switch b.state {
	case enttask.StateFINISHED, enttask.StateREVOKED, enttask.StateEXPIRED:
		b.ended = true
	default:
		b.ended = lines[0].deleted
	}
	read := 0
	for _, l := range lines {
		if l.first == nil {
			continue
		}
		row := &ent.TaskEvent{TaskID: taskID, FirstSeq: *l.first, Events: l.events}
		events, err := showEvents(row, span{after, maxSeq})
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			b.segments = append(b.segments, segment{max(*l.first, after+1), events, len(l.events)})
			read += len(events)
		}
	}
	b.more = read >= pageEvents
	return b, nil
}

// maxSeq is above every number of an event.
const maxSeq = 1<<31 - 1

// pages are parts of the past that somebody was behind by.
type pages struct {
	turn chan struct{}             // one reads at a time, so that others find what it read
	kept map[int][]model.TaskEvent // by the event ahead of them
}

func newPages() *pages {
	return &pages{turn: make(chan struct{}, 1), kept: map[int][]model.TaskEvent{}}
}

// page returns events after the given one, up to the one ahead of first. They are
// stored and do not change.
func (f *feed) page(ctx context.Context, after, first int) ([]model.TaskEvent, error) {
	p := f.pages
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if events, ok := p.kept[after]; ok {
		return events, nil
	}
	asked := span{after, min(after+pageEvents, first-1)}
	rows, err := f.reader.selectEvents(ctx, []int{f.taskID}, asked)
	if err != nil {
		return nil, err
	}
	var events []model.TaskEvent
	for _, row := range rows {
		more, err := showEvents(row, asked)
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	if len(p.kept) >= keptPages {
		clear(p.kept)
	}
	p.kept[after] = events
	return events, nil
}
