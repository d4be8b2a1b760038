package journal

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// gatherFrom is from how many effects under way on others wait for company.
	gatherFrom = 4
	// gatherTime is how long at most. It is a quarter of the time that effects take at present, if that is less.
	gatherTime = 40 * time.Millisecond
)

// gate lets effects begin together while the homeserver is busy. Requests that come together are worked off together and end together, so that
// their events are told in one push and in one answer to each client's /sync, which otherwise cost nearly as much as the events
// themselves. Where there is little to do nobody waits. Its methods may be called from any goroutine.
type gate struct {
	mu      sync.Mutex
	inside  int
	usual   time.Duration // how long effects take
	waiting []chan struct{}
	opening *time.Timer // nil while nobody waits
}

// enter returns when an effect may begin, with the moment, which is given back to leave; an error is the context's, and nothing is to leave then.
func (g *gate) enter(ctx context.Context) (time.Time, error) {
	turn := g.queue()
	if turn == nil {
		return time.Now(), nil
	}
	select {
	case <-turn:
	case <-ctx.Done():
		if g.giveUp(turn) {
			return time.Time{}, ctx.Err()
		}
	}
	return time.Now(), nil
}

// queue gives what to wait for; nil if there is nothing to.
func (g *gate) queue() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		if g.inside < gatherFrom {
			g.inside++
			return nil
		}
		g.opening = time.AfterFunc(min(g.usual/4, gatherTime), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.open()
		})
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	return turn
}

// giveUp takes one from those who wait; false if it was let in at this moment.
func (g *gate) giveUp(turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, turn)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

func (g *gate) leave(began time.Time) {
	took := time.Since(began)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usual += (took - g.usual) / 8
	if g.inside--; g.inside == 0 {
		g.open()
	}
}

// open lets in all who wait. g.mu is held.
func (g *gate) open() {
	if g.opening != nil {
		g.opening.Stop()
		g.opening = nil
	}
	for _, turn := range g.waiting {
		close(turn)
	}
	g.inside += len(g.waiting)
	g.waiting = nil
}
