package journal

import (
	"context"
	"errors"
	"sync"
	"time"

	"frontdesk/desk"
)

// desires is what the dispatcher knows of desired state; the database knows the rest. It is guarded by the dispatcher's mutex.
type desires struct {
	// choice is held while a worker looks for a desire, and to end one: so nobody chooses by a look at the database that is older than
	// what has ended since. It is taken before the dispatcher's mutex.
	choice sync.Mutex

	maybe   bool      // something may be due
	looks   int64     // counts look: a search that found nothing may have been overtaken
	next    time.Time // when something put off is due
	running map[desireKey]struct{}
	picking int // workers that have not found their desire yet
	turn    int64
	notYet  map[desireKey]DesireRow // wait for another room
	breath  breath
}

// breath is a moment left to clients: who has just been let into a room asks for it at once, and a homeserver of one process would answer what
// we ask next before. So the rest of a decision waits while what was waited for is shown; other decisions do not.
type breath struct {
	decision int64
	until    time.Time
}

const (
	breathTime = 40 * time.Millisecond
	breathHeld = 16 // more than a decision leaves for later
)

// holds reports whether a desire has to wait a moment yet.
func (b breath) holds(row *DesireRow, now time.Time) bool {
	return row.Rank > 0 && row.Decision == b.decision && now.Before(b.until)
}

// desireKey names a desired thing.
type desireKey struct {
	room  desk.RoomKey
	thing string
}

func keyOf(d *DesireRow) desireKey { return desireKey{d.Room, d.Thing} }

func newDesires() *desires {
	return &desires{running: make(map[desireKey]struct{}), notYet: make(map[desireKey]DesireRow)}
}

// look tells that something may be due.
func (d *desires) look() {
	d.maybe = true
	d.looks++
}

// lookAt looks when something put off has become due.
func (d *desires) lookAt(now time.Time) {
	if !d.next.IsZero() && !d.next.After(now) {
		d.next = time.Time{}
		d.look()
	}
}

// How long a desire that waits for another room is left alone if no room is created meanwhile. The first time that is short: the room may have come
// while it was tried, and nobody would tell.
const (
	notYetFirst = 2 * time.Second
	notYetPause = time.Minute
)

// atWork counts the workers.
func (d *desires) atWork() int { return len(d.running) + d.picking }

func (d *dispatcher) startDesire(ctx context.Context, w *workers, probe bool) {
	d.desires.picking++
	w.Go(func() {
		d.workDesire(ctx)
		if probe {
			d.probed()
		}
	})
}

// workDesire applies one due desire.
func (d *dispatcher) workDesire(ctx context.Context) {
	row, room, err := d.pick(ctx)
	if row == nil {
		if err != nil && ctx.Err() == nil {
			d.j.log.Err(err).Msg("Looking for due desires failed")
		}
		d.changed.send()
		return
	}
	d.apply(ctx, row, *room)
	d.desires.choice.Lock()
	defer d.desires.choice.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.desires.running, keyOf(row))
	d.desires.look()
	d.changed.send()
}

// pick finds the next desire that nobody works on. Every other one is of the newest decision, so that what an operator just did is not kept
// waiting by a crowd of new visitors; the others are the oldest, so that nothing waits for ever.
func (d *dispatcher) pick(ctx context.Context) (*DesireRow, *desk.Room, error) {
	d.desires.choice.Lock()
	defer d.desires.choice.Unlock()
	d.mu.Lock()
	looks := d.desires.looks
	d.desires.turn++
	newest := d.desires.turn%2 == 1
	limit := d.desires.atWork()
	if d.j.now().Before(d.desires.breath.until) {
		limit += breathHeld
	}
	d.mu.Unlock()

	var rows []DesireRow
	var next time.Time
	rooms := make(map[desk.RoomKey]*desk.Room)
	now := d.j.now()
	err := d.j.db.Read(ctx, func(tx Tx) (err error) {
		if rows, err = tx.DueDesires(now, newest, limit); err != nil {
			return err
		}
		for i := range rows {
			room := rows[i].Room
			if rooms[room] != nil {
				continue
			}
			if rooms[room], err = tx.Room(room); err != nil {
				return err
			}
		}
		next, err = tx.NextDesireDue(now)
		return err
	})

	d.mu.Lock()
	defer d.mu.Unlock()
	d.desires.picking--
	if err != nil {
		d.desires.maybe, d.desires.next = false, now.Add(databasePause)
		return nil, nil, err
	}
	for i := range rows {
		if breath := d.desires.breath; breath.holds(&rows[i], d.j.now()) {
			next = earliest(next, breath.until)
			continue
		}
		if _, taken := d.desires.running[keyOf(&rows[i])]; !taken {
			d.desires.running[keyOf(&rows[i])] = struct{}{}
			return &rows[i], rooms[rows[i].Room], nil
		}
	}
	d.desires.next = next
	if d.desires.looks == looks {
		d.desires.maybe = false
	}
	return nil, nil, nil
}

// breathe lets the rest of a decision wait a moment. What was waited for is not marked as done yet, or another worker might begin.
func (d *dispatcher) breathe(row *DesireRow) {
	if row.Rank > 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.desires.breath = breath{row.Decision, d.j.now().Add(breathTime)}
}

// apply brings one desire about and keeps what came of it.
func (d *dispatcher) apply(ctx context.Context, row *DesireRow, room desk.Room) {
	memo := row.Memo
	err := d.j.protected(func() (err error) {
		memo, err = d.applier.Apply(ctx, room, row.Desire, row.Memo)
		return err
	})
	if err == nil {
		d.j.failpoint(FailApplied)
		d.answered()
		d.breathe(row)
		// Forgotten with the machine's power it is compared with the room once more.
		d.markBy(ctx, d.j.writeBehind, func(tx Tx, _ *news) error { return tx.FinishDesire(row.Room, row.Thing, row.Version, memo) })
		return
	}
	if ctx.Err() != nil {
		return
	}
	var retry *retryError
	now := d.j.now()
	switch {
	case IsOutage(err):
		d.unanswered(err)
		return
	case errors.Is(err, ErrNotYet):
		pause := notYetPause
		if row.NextAt.IsZero() {
			pause = notYetFirst
		}
		d.postpone(row)
		d.putOff(ctx, row, row.Attempts, now.Add(pause), err)
		return
	case errors.As(err, &retry):
		d.answered()
		d.putOff(ctx, row, row.Attempts, now.Add(retry.after), err)
		return
	}
	d.answered()
	attempts := row.Attempts + 1
	log := d.j.log.Warn().Err(err).Str("room", string(row.Room)).Str("thing", row.Thing).Int("attempts", attempts)
	if !IsPermanent(err) && attempts < deadAfter {
		log.Msg("Desired state could not be reached and will be tried again")
		d.putOff(ctx, row, attempts, now.Add(backoff(attempts)), err)
		return
	}
	log.Msg("Desired state could not be reached")
	d.mark(ctx, func(tx Tx, n *news) error {
		if err := tx.KillDesire(row.Room, row.Thing, row.Version, cause(err)); err != nil {
			return err
		}
		n.dead = append(n.dead, OfDesire)
		d.j.notice(tx, n, d.j.now(), desk.DesireDead{Room: row.Room, Thing: row.Thing, Reason: cause(err)})
		return nil
	})
}

func (d *dispatcher) putOff(ctx context.Context, row *DesireRow, attempts int, due time.Time, err error) {
	d.mark(ctx, func(tx Tx, _ *news) error {
		return tx.RetryDesire(row.Room, row.Thing, row.Version, attempts, due, cause(err))
	})
}

func (d *dispatcher) postpone(row *DesireRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.desires.notYet[keyOf(row)] = *row
}

// wakeDesires makes desires due that waited for a room.
func (d *dispatcher) wakeDesires(tx Tx) error {
	d.mu.Lock()
	waiting := make([]DesireRow, 0, len(d.desires.notYet))
	for key, row := range d.desires.notYet {
		waiting = append(waiting, row)
		delete(d.desires.notYet, key)
	}
	d.mu.Unlock()
	for i := range waiting {
		row := &waiting[i]
		if err := tx.RetryDesire(row.Room, row.Thing, row.Version, row.Attempts, time.Time{}, ""); err != nil {
			return err
		}
	}
	return nil
}
