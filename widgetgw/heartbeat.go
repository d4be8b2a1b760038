package widgetgw

import (
	"context"
	"sync"
	"time"

	"frontdesk/widgetgw/protocol"
)

// wheel is one timer for all connections: each lies in the slot of the second in which it has to be looked at next.
type wheel struct {
	mu    sync.Mutex
	slots [wheelSlots][]*peer
	now   int
}

const wheelSlots = 64

// add has the peer looked at when due comes, or after one turn of the wheel at the latest. It is not looked at early by more than a
// tick.
func (w *wheel) add(p *peer, due time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	tick := p.g.tick()
	ahead := int((due.Sub(p.g.cfg.Now()) + tick - 1) / tick)
	slot := (w.now + min(max(ahead, 1), wheelSlots-1)) % wheelSlots
	w.slots[slot] = append(w.slots[slot], p)
}

// advance gives the peers of the next slot.
func (w *wheel) advance() []*peer {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = (w.now + 1) % wheelSlots
	due := w.slots[w.now]
	w.slots[w.now] = nil
	return due
}

// tick is a second, or less where heartbeats are fast.
func (g *Gateway) tick() time.Duration {
	return min(time.Second, max(g.cfg.Heartbeat/5, 10*time.Millisecond))
}

// turnWheel looks after the connections' heartbeats until ctx ends.
func (g *Gateway) turnWheel(ctx context.Context) {
	t := time.NewTicker(g.tick())
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			for _, p := range g.wheel.advance() {
				g.lookAfter(p)
			}
			g.feeds.retry(g)
			g.repeatTyping()
		}
	}
}

// lookAfter closes a connection that has been silent for too long, pings one that has been silent for a heartbeat, and says when
// to look again.
func (g *Gateway) lookAfter(p *peer) {
	defer g.guard("look after a connection", nil)
	if p.isClosing() {
		return
	}
	now := g.cfg.Now()
	due := p.carrier.due(now)
	if due.After(now) {
		g.wheel.add(p, due)
	}
}

func (s *socket) due(now time.Time) time.Time {
	beat := s.g.cfg.Heartbeat
	last := time.UnixMilli(s.lastIn.Load())
	if !s.greeted.Load() {
		late := time.UnixMilli(s.opened).Add(protocol.HelloTimeout)
		if !now.Before(late) {
			s.close(protocol.HelloLate)
			return time.Time{}
		}
		return late
	}
	silent := now.Sub(last)
	switch {
	case silent >= 2*beat:
		s.close(protocol.NoHeartbeat)
		return time.Time{}
	case silent >= beat:
		// A ping that is not answered is younger than what was heard last; the pong of a near client may come in the same millisecond.
		if s.pinged.Load() <= last.UnixMilli() {
			s.pinged.Store(now.UnixMilli())
			s.tell(protocol.Ping{N: now.UnixMilli()})
		}
		return last.Add(2 * beat)
	}
	return last.Add(beat)
}
