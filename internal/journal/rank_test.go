package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
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
