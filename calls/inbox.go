package calls

import (
	"context"
	"sync"
	"time"

	"frontdesk/desk"
)

// inbox holds what the owner of a call has to do. It takes without ever blocking: those who put something in may hold locks that the owner
// needs.
type inbox struct {
	wake chan struct{}

	mu     sync.Mutex
	queue  []func()
	closed bool
}

func (i *inbox) init() { i.wake = make(chan struct{}, 1) }

func (i *inbox) put(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return
	}
	i.queue = append(i.queue, f)
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

func (i *inbox) take() []func() {
	i.mu.Lock()
	defer i.mu.Unlock()
	queue := i.queue
	i.queue = nil
	return queue
}

func (i *inbox) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed, i.queue = true, nil
}

// tells keeps what desk has yet to be told, in order.
type tells struct {
	mu      sync.Mutex
	queue   []desk.Input
	telling bool
}

// tellAgain is how long after a failure desk is told again; the database may be away for a while.
const tellAgain = time.Second

// tell tells desk something, as often as it takes until the program ends.
func (c *call) tell(in desk.Input) {
	t := &c.tells
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue = append(t.queue, in)
	if t.telling {
		return
	}
	t.telling = true
	c.m.begin(func() {
		for {
			t.mu.Lock()
			if len(t.queue) == 0 {
				t.telling = false
				t.mu.Unlock()
				return
			}
			next := t.queue[0]
			t.queue = t.queue[1:]
			t.mu.Unlock()
			if !c.tellNow(c.m.ctx, next) {
				return
			}
		}
	})
}

// tellNow tells desk something and reports whether it took it before ctx ended.
func (c *call) tellNow(ctx context.Context, in desk.Input) bool {
	for {
		_, err := c.m.journal.Decide(ctx, in)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		c.log.Warn().Err(err).Type("about", in).Msg("A fact of a call was not taken; it is told again")
		if !pause(ctx, tellAgain) {
			return false
		}
	}
}

// pause waits; it reports false if ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
