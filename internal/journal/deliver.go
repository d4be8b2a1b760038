package journal

import (
	"context"
	"errors"
	"time"

	"frontdesk/desk"
)

// effectTurn is how many effects of a lane one worker delivers before other lanes get their turn.
const effectTurn = 8

// laneEnd is what a worker leaves behind: when the lane has to be looked at again (zero: when something is added).
type laneEnd struct {
	due    time.Time
	create bool // its head creates the room
	parked bool // it waits for another room
}

// workLane delivers the first effects of a lane, in order. They are read at once, and while what became of one is on its way to the disk the
// next is handed over already, unless that looks back at what came before: after a crash both would be sent once more, which is the same as
// once.
func (d *dispatcher) workLane(ctx context.Context, lane desk.RoomKey, create bool) laneEnd {
	var mark marking
	defer mark.wait()
	rows, err := d.undone(ctx, lane)
	if err != nil {
		if ctx.Err() == nil {
			d.j.log.Err(err).Msg("Reading the next effects failed")
		}
		return laneEnd{due: d.j.now().Add(databasePause), create: create}
	}
	for i := range rows {
		row := &rows[i]
		now := d.j.now()
		creates := row.Kind == desk.KindCreateRoom
		if row.NextAt.After(now) {
			return laneEnd{due: row.NextAt, create: creates}
		}
		if creates != create {
			return laneEnd{due: now, create: creates} // it is counted among the others
		}
		if end, goOn := d.deliver(ctx, row, &mark); !goOn {
			end.create = creates
			return end
		}
		if d.isOut() {
			return laneEnd{due: d.j.now()}
		}
	}
	if len(rows) < effectTurn {
		return laneEnd{} // what was added since has woken the lane
	}
	return laneEnd{due: d.j.now()}
}

// marking is an effect of a lane that was sent and whose mark is being written. The zero value is none. It belongs to the lane's worker.
type marking struct {
	done chan bool // gets whether the mark was written; nil when there is none to wait for
	lost bool      // it was not
}

// begin has a mark written while the worker goes on.
func (m *marking) begin(write func() bool) {
	done := make(chan bool, 1)
	go func() { done <- write() }()
	*m = marking{done: done}
}

// wait returns when the mark is written; false if it was not, because we stop.
func (m *marking) wait() bool {
	if m.done != nil {
		m.lost, m.done = !<-m.done, nil
	}
	return !m.lost
}

func (d *dispatcher) isOut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outage.on
}

func (d *dispatcher) undone(ctx context.Context, lane desk.RoomKey) (rows []EffectRow, err error) {
	err = d.j.db.Read(ctx, func(tx Tx) (err error) {
		rows, err = tx.UndoneEffects(lane, effectTurn)
		return err
	})
	return rows, err
}

// attempt tells the sink how often the effect was tried. One that was on its way before counts as tried, even if no failure was counted:
// an outage may have swallowed only the answer, and an effect of an earlier run may have been sent without being marked, at the
// earliest when it was stored.
func (d *dispatcher) attempt(row *EffectRow) Attempt {
	a := Attempt{N: row.Attempts + 1, First: row.First}
	if a.First.IsZero() && row.Seq <= d.doubt {
		a.First = row.Created
	}
	if !a.First.IsZero() {
		a.N = max(a.N, 2)
	}
	return a
}

// deliver carries one effect out and keeps what came of it. goOn tells whether the lane's next effect may follow.
func (d *dispatcher) deliver(ctx context.Context, row *EffectRow, mark *marking) (end laneEnd, goOn bool) {
	started := d.j.now()
	effect, err := parseEffect(row)
	// What looks back needs the event of what came before it.
	if (err != nil || desk.LooksBack(effect)) && !mark.wait() {
		return laneEnd{}, false
	}
	versions, failed := d.versions(ctx, row)
	if failed != nil {
		return laneEnd{due: started.Add(databasePause)}, false
	}
	var answer Delivered
	if err == nil {
		answer, err = d.hand(ctx, row, effect)
	}
	if !mark.wait() {
		return laneEnd{}, false // we are stopping; marks are written in the order of their effects
	}
	if err == nil {
		d.j.failpoint(FailSent)
		d.answered()
		d.j.metrics.delivered(row.Kind, d.j.now().Sub(row.Created))
		mark.begin(func() bool {
			return d.markDone(ctx, row, effect, func(tx Tx, n *news) error { return d.delivered(tx, n, row, effect, answer, versions) })
		})
		return laneEnd{}, true
	}
	if ctx.Err() != nil {
		return laneEnd{due: started}, false // we are stopping; it is not the effect's fault
	}
	return d.undelivered(ctx, row, effect, started, err)
}

func parseEffect(row *EffectRow) (desk.Effect, error) {
	effect, err := desk.ParseEffect(row.Kind, row.Body)
	if err != nil {
		return nil, Permanent(err)
	}
	return effect, nil
}

// hand gives an effect to the sink.
func (d *dispatcher) hand(ctx context.Context, row *EffectRow, effect desk.Effect) (answer Delivered, err error) {
	err = d.j.protected(func() (err error) {
		made, err := d.made(ctx, effect)
		if err != nil {
			return err
		}
		if row.Kind != desk.KindCreateRoom {
			began, err := d.gate.enter(ctx)
			if err != nil {
				return err
			}
			defer d.gate.leave(began)
		}
		answer, err = d.sink.Deliver(ctx, made, d.attempt(row))
		return err
	})
	if err == nil && row.Kind == desk.KindCreateRoom && (answer.Room == nil || answer.Room.ID == "") {
		err = Permanent(errors.New("the sink created a room and did not say which"))
	}
	return answer, err
}

// versions reads what is desired of a room before it is created: what the sink reports as applied is at least that.
func (d *dispatcher) versions(ctx context.Context, row *EffectRow) (rows []DesireRow, err error) {
	if row.Kind != desk.KindCreateRoom {
		return nil, nil
	}
	err = d.j.db.Read(ctx, func(tx Tx) (err error) {
		rows, err = tx.DesireRowsOf(row.Lane)
		return err
	})
	return rows, err
}

// delivered marks an effect as done together with what follows from it.
func (d *dispatcher) delivered(tx Tx, n *news, row *EffectRow, effect desk.Effect, answer Delivered, versions []DesireRow) error {
	if err := tx.FinishEffect(row.ID); err != nil {
		return err
	}
	if row.Kind != desk.KindCreateRoom {
		// If the engine fails here, the event's own way back through the inbox tells it again.
		d.j.notice(tx, n, d.j.now(), desk.Echo{Room: row.Lane, Event: answer.Event, Row: row.ID, Late: !row.Died.IsZero()})
		return nil
	}
	put, offset := tx.PutRoom, int64(0)
	if create, ok := effect.(desk.CreateRoom); ok && create.Replaces != "" {
		put, offset = tx.ReplaceRoom, 1 // what was desired is a version on
	}
	if err := put(answer.Room); err != nil {
		return err
	}
	for i := range versions {
		memo, applied := answer.Applied[versions[i].Thing]
		if !applied {
			continue
		}
		if err := tx.FinishDesire(row.Lane, versions[i].Thing, versions[i].Version+offset, memo); err != nil {
			return err
		}
	}
	n.created, n.desires = true, true
	return d.wakeDesires(tx)
}

// undelivered decides what to do about a failure.
func (d *dispatcher) undelivered(ctx context.Context, row *EffectRow, effect desk.Effect, started time.Time, err error) (laneEnd, bool) {
	var retry *retryError
	now := d.j.now()
	switch {
	case IsOutage(err):
		d.unanswered(err)
		d.inDoubt(ctx, row, started)
		return laneEnd{due: now}, false
	case errors.Is(err, ErrNotYet):
		return laneEnd{parked: true}, false
	case errors.As(err, &retry):
		d.answered()
		due := now.Add(retry.after)
		d.mark(ctx, func(tx Tx, _ *news) error { return tx.RetryEffect(row.ID, row.Attempts, due, cause(err)) })
		return laneEnd{due: due}, false
	}
	d.answered()
	attempts := row.Attempts + 1
	log := d.j.log.Warn().Err(err).Str("effect", string(row.ID)).Str("kind", row.Kind).Int("attempts", attempts)
	if !IsPermanent(err) && attempts < deadAfter {
		log.Msg("Effect failed and will be tried again")
		due := now.Add(backoff(attempts))
		d.mark(ctx, func(tx Tx, _ *news) error {
			if err := tx.BeginEffect(row.ID, started); err != nil {
				return err
			}
			return tx.RetryEffect(row.ID, attempts, due, cause(err))
		})
		return laneEnd{due: due}, false
	}
	log.Msg("Effect failed for good")
	goOn := d.mark(ctx, func(tx Tx, n *news) error { return d.gaveUp(tx, n, row, effect, cause(err)) })
	return laneEnd{due: now}, goOn
}

// inDoubt keeps when an effect was tried first: the answer may have been lost on its way.
func (d *dispatcher) inDoubt(ctx context.Context, row *EffectRow, started time.Time) {
	if row.First.IsZero() {
		d.mark(ctx, func(tx Tx, _ *news) error { return tx.BeginEffect(row.ID, started) })
	}
}

// gaveUp makes an effect a dead letter and tells people, except in the admin room: there is nobody left to tell there.
func (d *dispatcher) gaveUp(tx Tx, n *news, row *EffectRow, effect desk.Effect, reason string) error {
	if err := tx.KillEffect(row.ID, reason); err != nil {
		return err
	}
	n.dead = append(n.dead, OfEffect)
	if row.Lane == desk.AdminRoom() || effect == nil {
		return nil
	}
	d.j.notice(tx, n, d.j.now(), desk.EffectDead{Effect: row.ID, Body: effect, Reason: reason})
	return nil
}

// markDone is mark for an effect that was carried out. Where that may be forgotten if the machine loses its power this moment, the disk, which
// the homeserver may need as well, is spared a wait for each message.
func (d *dispatcher) markDone(ctx context.Context, row *EffectRow, effect desk.Effect, fn func(Tx, *news) error) bool {
	if row.Died.IsZero() && desk.Forgettable(effect) {
		return d.markBy(ctx, d.j.writeBehind, fn)
	}
	return d.mark(ctx, fn)
}

// mark writes what became of work that was done. It does not give up while we run, for the work must not be done again; it
// reports false when we stop.
func (d *dispatcher) mark(ctx context.Context, fn func(Tx, *news) error) bool {
	return d.markBy(ctx, d.j.write, fn)
}

func (d *dispatcher) markBy(ctx context.Context, write func(context.Context, func(Tx, *news) error) error, fn func(Tx, *news) error) bool {
	for failures := 1; ; failures++ {
		err := write(context.WithoutCancel(ctx), fn)
		if err == nil {
			return true
		}
		d.j.log.Err(err).Msg("Marking what was done failed")
		select {
		case <-ctx.Done():
			return false
		case <-time.After(backoff(failures)):
		}
	}
}
