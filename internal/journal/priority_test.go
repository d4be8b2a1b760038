package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

// crowd counts what is done at once.
type crowd struct {
	mu         sync.Mutex
	posts      int
	background int // rooms and desires
	most       most
	creates    int
	desires    int
	lastPost   time.Time
}

// most is the highest number seen of each.
type most struct{ posts, creates, desires, whileBusy int }

func (c *crowd) highest() most {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

func (c *crowd) enter(n, highest *int, background bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
	*highest = max(*highest, *n)
	if !background {
		c.lastPost = time.Now()
		return
	}
	c.background++
	if c.posts > 0 || !c.lastPost.IsZero() && time.Since(c.lastPost) < 2*time.Second {
		c.most.whileBusy = max(c.most.whileBusy, c.background)
	}
}

func (c *crowd) leave(n *int, background bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n--
	if background {
		c.background--
	} else {
		c.lastPost = time.Now()
	}
}

// slow lets every call take as long as Synapse takes for it.
func (c *crowd) slow(h *house) {
	h.sink.answer = func(ctx context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
		if _, ok := e.(desk.CreateRoom); ok {
			c.enter(&c.creates, &c.most.creates, true)
			defer c.leave(&c.creates, true)
			return journal.Delivered{}, pass(ctx, 100*time.Millisecond)
		}
		c.enter(&c.posts, &c.most.posts, false)
		defer c.leave(&c.posts, false)
		return journal.Delivered{}, pass(ctx, 20*time.Millisecond)
	}
	h.applier.answer = func(ctx context.Context, _ desk.Room, _ desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
		c.enter(&c.desires, &c.most.desires, true)
		defer c.leave(&c.desires, true)
		return nil, pass(ctx, 25*time.Millisecond)
	}
}

// pass lets time go by.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// visitor is what a new visitor's first message brings.
func visitor(i int) []desk.Effect {
	key := desk.RoomKey(fmt.Sprintf("portal:v%03d", i))
	return []desk.Effect{
		desk.CreateRoom{ID: desk.EffectID("c" + key), Room: key},
		desire(key, "member/@anna:x", "invite"),
		desire("queue:q", desk.ThingChild+string(key), "present"),
		desire("lobby:q", fmt.Sprintf("card/%03d", i), "waiting"),
	}
}

func TestNewVisitorsDoNotStarveLiveChats(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:live", "queue:q", "lobby:q", "desk:@anna:x")
		c := &crowd{}
		c.slow(h)
		h.run()
		const visitors = 60
		for i := range visitors {
			h.effects(visitor(i)...)
		}
		// Somebody talks, and an operator accepts, in the midst of it.
		for i := range 20 {
			text := fmt.Sprint(i)
			before := time.Now()
			h.effects(posts("portal:live", text)...)
			eventuallyIn(t, time.Minute, "the live message", func() bool { return len(h.sink.texts("portal:live")) == i+1 })
			if wait := time.Since(before); wait > 50*time.Millisecond {
				t.Errorf("live message %d took %s of its 20 ms", i, wait)
			}
		}
		before := time.Now()
		h.effects(desire("portal:live", "member/@anna:x", "join"), desire("portal:live", "join", "closed"),
			desire("desk:@anna:x", desk.ThingChild+"portal:live", "present"))
		eventuallyIn(t, time.Minute, "the operator in the room", func() bool {
			n := 0
			for _, a := range h.applier.done() {
				if a.room == "portal:live" || a.room == "desk:@anna:x" {
					n++
				}
			}
			return n == 3
		})
		if wait := time.Since(before); wait > time.Second {
			t.Errorf("the operator waited %s for the room", wait)
		}
		if most := c.highest(); most.whileBusy > 1 {
			t.Errorf("%d rooms and desires at once beside live messages", most.whileBusy)
		}
		eventuallyIn(t, time.Hour, "all visitors", func() bool { return len(h.applier.done()) == visitors*3+3 })
		if most := c.highest(); most.creates > 2 || most.desires > 4 {
			t.Errorf("at most %d rooms and %d desires at once", most.creates, most.desires)
		}
	})
}

func TestQuietTimesAreUsed(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("queue:q", "lobby:q")
		c := &crowd{}
		c.slow(h)
		h.run()
		for i := range 20 {
			h.effects(visitor(i)...)
		}
		eventuallyIn(t, time.Hour, "all visitors", func() bool { return len(h.applier.done()) == 60 })
		if most := c.highest(); most.creates != 2 || most.desires < 2 {
			t.Errorf("at most %d rooms and %d desires at once while nobody talks", most.creates, most.desires)
		}
		for i := range 40 {
			h.effects(posts(desk.RoomKey(fmt.Sprintf("portal:%d", i)), "1")...)
		}
		eventually(t, "a post in each room", func() bool { return len(told[desk.Echo](h.engine)) == 40 })
		if most := c.highest(); most.posts < 2 || most.posts > 16 {
			t.Errorf("at most %d posts at once, want more than one and no more than 16", most.posts)
		}
	})
}
