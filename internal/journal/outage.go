package journal

import (
	"context"
	"time"
)

const (
	outageMin = 250 * time.Millisecond
	outageMax = 5 * time.Second
)

// outage is the time in which the sink's other side is away. All lanes wait together; one at a time tries whether it is back.
type outage struct {
	on      bool
	probing bool
	failed  int // probes
	probeAt time.Time
}

// Outage reports whether the sink's other side is away.
func (j *Journal) Outage() bool {
	j.dispatch.mu.Lock()
	defer j.dispatch.mu.Unlock()
	return j.dispatch.outage.on
}

// Recovered tells that the other side was seen to answer: an outage is over.
func (j *Journal) Recovered() { j.dispatch.answered() }

// answered ends an outage: somebody got an answer.
func (d *dispatcher) answered() {
	d.mu.Lock()
	was := d.outage.on
	d.outage = outage{}
	d.mu.Unlock()
	if !was {
		return
	}
	d.j.log.Info().Msg("The homeserver answers again")
	d.changed.send()
	d.onOutageEnd()
}

// unanswered begins an outage or, if it was a probe that failed, prolongs it.
func (d *dispatcher) unanswered(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.outage.on {
		d.j.log.Warn().Err(err).Msg("The homeserver does not answer")
		d.outage = outage{on: true, failed: 1}
	} else if d.outage.probing {
		d.outage.failed++
	} else {
		return // was on its way when the outage began
	}
	d.outage.probeAt = d.j.now().Add(doubling(outageMin, outageMax, d.outage.failed))
	d.changed.send()
}

// probe starts one piece of work at its time to see whether the other side is back, and tells when to look again.
func (d *dispatcher) probe(ctx context.Context, w *workers, now time.Time) time.Time {
	if d.outage.probing {
		return time.Time{}
	}
	if d.outage.probeAt.After(now) {
		return d.outage.probeAt
	}
	if lane, ok := d.live.take(now); ok {
		d.outage.probing = true
		d.startLane(ctx, w, lane, false, true)
		return time.Time{}
	}
	if lane, ok := d.creates.take(now); ok {
		d.outage.probing = true
		d.startLane(ctx, w, lane, true, true)
		return time.Time{}
	}
	if d.applier != nil && d.desires.maybe && d.desires.picking == 0 {
		d.outage.probing = true
		d.startDesire(ctx, w, true)
		return time.Time{}
	}
	return earliest(d.live.next(), d.creates.next(), d.desires.next)
}

// probed tells that the probe ended, whatever it found: the next one may go at its time.
func (d *dispatcher) probed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outage.probing = false
	d.changed.send()
}
