package journal

import (
	"context"
	"errors"
	"sync"
	"time"

	"frontdesk/desk"
)

const (
	// laneWorkers bounds how many lanes are worked side by side. Decisions run one after another anyway; more would only
	// fill the writer's queue.
	laneWorkers = 16
	// laneTurn is how many inputs of a lane are worked in one transaction, which everybody else waits for.
	laneTurn = 8
	// databasePause is the wait after the database failed; the lane is not to blame.
	databasePause = time.Second
)

// inputLanes knows which lanes of inputs have work. Its methods may be called from any goroutine.
type inputLanes struct {
	j       *Journal
	changed signal

	mu       sync.Mutex
	schedule *schedule[string]
	running  map[string]time.Time // lane being worked → when it is to be looked at again, zero: not
	holds    map[string]*hold     // by prefix of the source
	released map[string]bool      // sources whose hold ended and whose mark is still stored
}

func newInputLanes(j *Journal) *inputLanes {
	return &inputLanes{
		j: j, changed: newSignal(),
		schedule: newSchedule[string](), running: make(map[string]time.Time),
		holds: make(map[string]*hold), released: make(map[string]bool),
	}
}

func (l *inputLanes) load(lanes []InputLane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.j.now()
	for _, lane := range lanes {
		l.put(lane.Lane, later(lane.Due, now))
	}
	l.changed.send()
}

// wake schedules lanes, and sets aside those that were found to stand still.
func (l *inputLanes) wake(lanes map[string]time.Time, held map[string]string) {
	if len(lanes) == 0 && len(held) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for lane, prefix := range held {
		if h := l.holds[prefix]; h != nil {
			h.lanes[lane] = struct{}{}
		} else {
			l.put(lane, l.j.now()) // released meanwhile
		}
	}
	for lane, at := range lanes {
		l.put(lane, at)
	}
	l.changed.send()
}

func (l *inputLanes) put(lane string, at time.Time) {
	if again, ok := l.running[lane]; ok {
		l.running[lane] = earliest(again, at)
		return
	}
	l.schedule.put(lane, at)
}

func (l *inputLanes) run(ctx context.Context) error {
	var w workers
	defer w.Wait()
	alarm := newAlarm()
	defer alarm.Stop()
	for {
		alarm.set(l.j.now(), l.start(ctx, &w))
		select {
		case <-ctx.Done():
			return nil
		case <-l.changed:
		case <-alarm.C:
		}
	}
}

// start gives due lanes to workers and tells when to look again.
func (l *inputLanes) start(ctx context.Context, w *workers) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.running) < laneWorkers {
		lane, ok := l.schedule.take(l.j.now())
		if !ok {
			return l.schedule.next()
		}
		l.running[lane] = time.Time{}
		w.Go(func() { l.work(ctx, lane) })
	}
	return time.Time{} // a worker that ends wakes us
}

func (l *inputLanes) work(ctx context.Context, lane string) {
	err := l.j.write(ctx, func(tx Tx, n *news) error { return l.turn(tx, n, lane) })
	if err != nil && ctx.Err() == nil {
		l.j.log.Err(err).Msg("Working a lane of inputs failed")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.running[lane]
	delete(l.running, lane)
	if err != nil {
		again = l.j.now().Add(databasePause)
	}
	if !again.IsZero() {
		l.put(lane, again)
	}
	l.changed.send()
}

// turn works the first inputs of a lane in one transaction.
func (l *inputLanes) turn(tx Tx, n *news, lane string) error {
	now := l.j.now()
	for range laneTurn {
		in, err := tx.Head(lane)
		if errors.Is(err, desk.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if prefix := sourceOf(in.Source); l.standsStill(prefix) {
			n.hold(lane, prefix)
			return nil
		}
		if in.Due.After(now) {
			n.wake(lane, in.Due)
			return nil
		}
		if _, err := l.j.work(tx, n, now, *in); err != nil {
			return err
		}
		l.j.failpoint(FailBeforeCommit)
	}
	n.wake(lane, now)
	return nil
}

// waiting counts lanes with work.
func (l *inputLanes) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := l.schedule.len() + len(l.running)
	for _, h := range l.holds {
		count += len(h.lanes)
	}
	return count
}
