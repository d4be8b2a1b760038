package journal

import (
	"context"
	"fmt"
	"sync"
	"time"

	"frontdesk/desk"
)

// Limits of what is done at once. Rooms are dear and new visitors must not starve live chats: a homeserver that creates two rooms
// at once takes three times as long for everybody's messages.
const (
	liveLimit   = 16 // effects in existing rooms, one per room
	createLimit = 2  // rooms being created
	desireLimit = 4  // desired things being applied
	// busyLimit bounds rooms and desires together while effects in existing rooms are waiting or were on their way within busyWindow.
	busyLimit  = 1
	busyWindow = 2 * time.Second
	// desireRun is how many desires may go before a waiting room: a room takes as long as several of them, and what is desired
	// right after an operator's press is waited for.
	desireRun = 4
)

// dispatcher hands effects to the sink and desires to the applier. One loop decides what may start, in this order: effects in existing rooms,
// then desires and new rooms as far as the limits allow.
type dispatcher struct {
	j           *Journal
	sink        Sink
	applier     Applier
	onOutageEnd func()
	changed     signal
	answers     chan struct{} // one for each answer being looked up
	gate        gate
	doubt       int64 // effects up to this Seq are of an earlier run: they may have been sent

	mu       sync.Mutex
	live     *schedule[desk.RoomKey] // lanes whose head is an effect in an existing room
	creates  *schedule[desk.RoomKey] // lanes whose head creates the room
	parked   map[desk.RoomKey]bool   // lanes that wait for another room → whether they create theirs
	running  map[desk.RoomKey]bool   // lanes being worked → whether to look again
	nLive    int
	nCreates int
	lastLive time.Time
	desires  *desires
	sinceNew int // desires started since the last room
	outage   outage
}

func newDispatcher(j *Journal) *dispatcher {
	return &dispatcher{
		j: j, onOutageEnd: func() {}, changed: newSignal(), answers: make(chan struct{}, answerLimit),
		live: newSchedule[desk.RoomKey](), creates: newSchedule[desk.RoomKey](),
		parked: make(map[desk.RoomKey]bool), running: make(map[desk.RoomKey]bool), desires: newDesires(),
	}
}

// open notes which effects were stored before this run.
func (d *dispatcher) open(ctx context.Context) error {
	err := d.j.db.Read(ctx, func(tx Tx) (err error) {
		d.doubt, err = tx.LastEffect()
		return err
	})
	if err != nil {
		return fmt.Errorf("look for effects of an earlier run: %w", err)
	}
	return nil
}

func (d *dispatcher) load(lanes []EffectLane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.j.now()
	for _, lane := range lanes {
		delete(d.parked, lane.Lane)
		d.put(lane.Lane, lane.Kind == desk.KindCreateRoom, later(lane.Due, now))
	}
	d.desires.look()
	d.changed.send()
}

// wake schedules what a committed transaction brought.
func (d *dispatcher) wake(n *news) {
	if len(n.effects) == 0 && !n.desires && !n.created {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.j.now()
	for lane, create := range n.effects {
		if _, waits := d.parked[lane]; waits && !create {
			continue
		}
		delete(d.parked, lane)
		d.put(lane, create, now)
	}
	if n.created {
		for lane, create := range d.parked {
			delete(d.parked, lane)
			d.put(lane, create, now)
		}
	}
	if n.desires || n.created {
		d.desires.look()
	}
	d.changed.send()
}

// put schedules a lane. A lane known already keeps its kind: what was added stands behind its head.
func (d *dispatcher) put(lane desk.RoomKey, create bool, due time.Time) {
	if _, ok := d.running[lane]; ok {
		d.running[lane] = true
		return
	}
	if (create || d.creates.has(lane)) && !d.live.has(lane) {
		d.creates.put(lane, due)
		return
	}
	d.live.put(lane, due)
}

func (d *dispatcher) run(ctx context.Context) error {
	var w workers
	defer w.Wait()
	alarm := newAlarm()
	defer alarm.Stop()
	for {
		alarm.set(d.j.now(), d.start(ctx, &w))
		select {
		case <-ctx.Done():
			return nil
		case <-d.changed:
		case <-alarm.C:
		}
	}
}

// start starts what may start and tells when to look again.
func (d *dispatcher) start(ctx context.Context, w *workers) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.j.now()
	d.desires.lookAt(now)
	if d.outage.on {
		return d.probe(ctx, w, now)
	}
	if d.sink != nil {
		for d.nLive < liveLimit {
			lane, ok := d.live.take(now)
			if !ok {
				break
			}
			d.startLane(ctx, w, lane, false, false)
		}
	}
	for d.startBackground(ctx, w, now) {
	}
	return earliest(d.next(d.live, now), d.next(d.creates, now), d.desires.next, d.quiet(now))
}

// next gives the time of a schedule's first lane that is not due yet; those that are due wait for a worker to end, which wakes us.
func (d *dispatcher) next(s *schedule[desk.RoomKey], now time.Time) time.Time {
	if s.ready(now) {
		return time.Time{}
	}
	return s.next()
}

// quiet gives the time at which the limit for busy times ends.
func (d *dispatcher) quiet(now time.Time) time.Time {
	if end := d.lastLive.Add(busyWindow); !d.lastLive.IsZero() && end.After(now) {
		return end
	}
	return time.Time{}
}

func (d *dispatcher) startBackground(ctx context.Context, w *workers, now time.Time) bool {
	busy := d.nLive > 0 || d.live.ready(now) || !d.quiet(now).IsZero()
	if busy && d.nCreates+d.desires.atWork() >= busyLimit {
		return false
	}
	create := d.sink != nil && d.nCreates < createLimit && d.creates.ready(now)
	desire := d.applier != nil && d.desires.maybe && d.desires.atWork() < desireLimit
	switch {
	case desire && !(create && d.sinceNew >= desireRun):
		d.sinceNew++
		d.startDesire(ctx, w, false)
	case create:
		d.sinceNew = 0
		lane, _ := d.creates.take(now)
		d.startLane(ctx, w, lane, true, false)
	default:
		return false
	}
	return true
}

func (d *dispatcher) startLane(ctx context.Context, w *workers, lane desk.RoomKey, create, probe bool) {
	d.running[lane] = false
	if create {
		d.nCreates++
	} else {
		d.nLive++
		d.lastLive = d.j.now()
	}
	w.Go(func() {
		d.endLane(lane, create, d.workLane(ctx, lane, create))
		if probe {
			d.probed()
		}
	})
}

// endLane takes a lane back from its worker.
func (d *dispatcher) endLane(lane desk.RoomKey, create bool, end laneEnd) {
	d.mu.Lock()
	defer d.mu.Unlock()
	again := d.running[lane]
	delete(d.running, lane)
	if create {
		d.nCreates--
	} else {
		d.nLive--
		d.lastLive = d.j.now()
	}
	switch {
	case end.parked:
		d.parked[lane] = end.create
	case !end.due.IsZero():
		d.put(lane, end.create, end.due)
	case again:
		d.put(lane, false, d.j.now())
	}
	d.changed.send()
}

// waiting counts lanes with work.
func (d *dispatcher) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.live.len() + d.creates.len() + len(d.parked) + len(d.running)
}
