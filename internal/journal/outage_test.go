package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

// away makes the sink's other side unreachable until the given time and notes when it was asked.
type away struct {
	mu    sync.Mutex
	until time.Time
	asked []time.Time
}

func (a *away) ask() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, time.Now())
	if time.Now().Before(a.until) {
		return journal.Outage(errors.New("connection refused"))
	}
	return nil
}

func (a *away) times() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

func TestAnOutageStopsAllLanesAndKillsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:z")
		a := &away{until: time.Now().Add(10 * time.Minute)}
		h.sink.answer = func(context.Context, desk.Effect, journal.Attempt) (journal.Delivered, error) {
			return journal.Delivered{}, a.ask()
		}
		h.applier.answer = func(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
			return nil, a.ask()
		}
		h.run()
		h.effects(posts("portal:first", "1")...)
		eventually(t, "the outage", h.Outage)
		for i := range 40 {
			h.effects(posts(desk.RoomKey(fmt.Sprintf("portal:%d", i)), "1", "2", "3")...)
		}
		h.effects(desire("portal:z", "name", "Z"), desk.CreateRoom{ID: "c", Room: "portal:new"})
		eventuallyIn(t, time.Hour, "the end of the outage", func() bool { return !h.Outage() })
		probes := slices.DeleteFunc(a.times(), func(at time.Time) bool { return !at.Before(a.until) })
		if n := len(probes); n < 100 || n > 140 {
			t.Errorf("asked %d times in ten minutes, want about one every five seconds", n)
		}
		for i := 1; i < len(probes); i++ {
			wait := probes[i].Sub(probes[i-1])
			if i > 1 && wait < 250*time.Millisecond || wait > 5*time.Second+time.Millisecond {
				t.Errorf("probe %d came %s after the one before", i, wait)
			}
		}
		eventually(t, "everything", func() bool {
			h.sink.mu.Lock()
			defer h.sink.mu.Unlock()
			return len(h.sink.delivered) == 40*3+2
		})
		eventually(t, "the name", func() bool { return len(h.applier.done()) == 1 })
		if got := h.sink.texts("portal:7"); !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("a lane got %q", got)
		}
		if letters, err := h.DeadLetters(t.Context(), 10); err != nil || len(letters) != 0 {
			t.Errorf("dead letters %+v, %v", letters, err)
		}
		if h.ended != 1 {
			t.Errorf("told of %d ends of an outage", h.ended)
		}
		tries := h.sink.tries("portal:first1")
		if last := tries[len(tries)-1]; last.N != 2 || last.First.IsZero() {
			t.Errorf("attempt after the outage %+v: the answer may have been lost, so it counts as the second", last)
		}
	})
}

func TestRecoveredEndsTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		a := &away{until: time.Now().Add(time.Minute)}
		h.sink.answer = func(context.Context, desk.Effect, journal.Attempt) (journal.Delivered, error) {
			return journal.Delivered{}, a.ask()
		}
		h.run()
		h.effects(posts("portal:a", "1")...)
		eventuallyIn(t, time.Hour, "the longest wait between probes", func() bool {
			p := a.times()
			return len(p) > 8 && time.Since(p[len(p)-1]) < time.Second
		})
		a.mu.Lock()
		a.until = time.Time{}
		a.mu.Unlock()
		before := time.Now()
		h.Recovered()
		eventually(t, "the post", func() bool { return len(h.sink.texts("portal:a")) == 1 })
		if wait := time.Since(before); wait > time.Second {
			t.Errorf("waited %s after the other side was seen to answer", wait)
		}
		if h.Outage() || h.ended != 1 {
			t.Errorf("outage %v, ended %d times", h.Outage(), h.ended)
		}
	})
}

func TestARefusalEndsAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.sink.answer = func(_ context.Context, _ desk.Effect, a journal.Attempt) (journal.Delivered, error) {
			if a.First.IsZero() {
				return journal.Delivered{}, journal.Outage(errors.New("EOF"))
			}
			return journal.Delivered{}, journal.Permanent(errors.New("forbidden"))
		}
		h.run()
		h.effects(posts("portal:a", "1")...)
		eventually(t, "the dead letter", func() bool { return len(told[desk.EffectDead](h.engine)) == 1 })
		if h.Outage() {
			t.Error("the other side answered, and still counts as away")
		}
	})
}
