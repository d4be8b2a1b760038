package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/store/storetest"
)

// ranked is a desire with a rank.
func ranked(rank int, room desk.RoomKey, thing, value string) desk.Effect {
	d := desire(room, thing, value)
	d.Rank = rank
	return d
}

// TestTheLowerRankGoesFirst: what is of a higher rank begins when the rest of its decision has ended, also after a restart; what fails, waits for a
// room or belongs to another decision does not hold it up.
func TestTheLowerRankGoesFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a", "desk:@anna:x", "lobby:q", "portal:b")
		h.applier.answer = func(ctx context.Context, _ desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			if string(d.Value) == `"bad"` {
				return nil, errors.New("forbidden")
			}
			return nil, pass(ctx, 25*time.Millisecond)
		}
		things := func() (out []string) {
			for _, a := range h.applier.done() {
				out = append(out, a.thing)
			}
			return out
		}
		child := desk.ThingChild + "portal:a"
		accepted := []desk.Effect{
			ranked(2, "lobby:q", "card/1", "assigned"), desire("portal:a", "member/@anna:x", "join"), ranked(1, "portal:a", "topic", "Anna"),
			desire("desk:@anna:x", child, "present"),
		}
		h.effects(accepted...) // as if it had crashed then
		h.run()
		eventually(t, "all of it", func() bool { return len(h.applier.done()) == len(accepted) })
		if got := things(); !slices.Equal(got[2:], []string{"topic", "card/1"}) {
			t.Errorf("applied in this order: %v", got)
		}

		h.effects(desire("portal:a", "member/@anna:x", "bad"), desire("portal:late", "name", "L"),
			desire("desk:@anna:x", desk.ThingChild+"portal:late", "present"), ranked(2, "lobby:q", "card/1", "closed"))
		start := time.Now()
		eventually(t, "the card", func() bool { return slices.Index(things()[len(accepted):], "card/1") >= 0 })
		if wait := time.Since(start); wait > time.Second {
			t.Errorf("the card waited %s for what fails", wait)
		}
		h.effects(ranked(1, "portal:b", "name", "B"))
		eventually(t, "what is all of its decision", func() bool { return slices.Contains(things(), "name") })
	})
}

// TestTheRestWaitsAMoment: when what was waited for is there, the rest of its decision leaves clients a moment to ask for it, and other decisions
// go on meanwhile.
func TestTheRestWaitsAMoment(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a", "portal:b")
		var mu sync.Mutex
		began, ended := map[string]time.Time{}, map[string]time.Time{}
		h.applier.answer = func(ctx context.Context, room desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			name := string(room.Key) + " " + d.Thing
			note := func(times map[string]time.Time) {
				mu.Lock()
				defer mu.Unlock()
				times[name] = time.Now()
			}
			note(began)
			defer note(ended)
			return nil, pass(ctx, 5*time.Millisecond)
		}
		h.effects(desire("portal:a", "member/@anna:x", "join"), ranked(1, "portal:a", "topic", "Anna"), ranked(2, "portal:a", "card/1", "Anna"))
		h.effects(ranked(1, "portal:b", "topic", "Boris"))
		h.run()
		eventually(t, "all of it", func() bool { return len(h.applier.done()) == 4 })
		mu.Lock()
		defer mu.Unlock()
		let := ended["portal:a member/@anna:x"]
		if wait := began["portal:a topic"].Sub(let); wait < 40*time.Millisecond || wait > time.Second {
			t.Errorf("the topic began %s after the way in", wait)
		}
		if wait := began["portal:b topic"].Sub(let); wait >= 40*time.Millisecond {
			t.Errorf("another decision waited %s", wait)
		}
		if wait := began["portal:a card/1"].Sub(ended["portal:a topic"]); wait >= 40*time.Millisecond {
			t.Errorf("the card waited %s after the topic, for which nobody waits", wait)
		}
	})
}
