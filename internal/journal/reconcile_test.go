package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

func TestTheNewestValueWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		for _, value := range []string{"1", "2", "3"} {
			h.effects(desire("portal:a", "name", value))
		}
		h.run()
		eventually(t, "the name", func() bool { return len(h.applier.done()) == 1 })
		if got := h.applier.done()[0]; got != (applied{"portal:a", "name", `"3"`, ""}) {
			t.Errorf("applied %+v", got)
		}
		h.effects(desire("portal:a", "name", "3"), desire("portal:a", "topic", "T"))
		eventually(t, "the topic", func() bool { return len(h.applier.done()) == 2 })
		if got := h.applier.done()[1]; got.thing != "topic" {
			t.Errorf("applied %+v again though nothing changed", got)
		}
		h.effects(desire("portal:a", "name", "4"))
		eventually(t, "the new name", func() bool { return len(h.applier.done()) == 3 })
		if got := h.applier.done()[2]; got != (applied{"portal:a", "name", `"4"`, `"memo of 3"`}) {
			t.Errorf("applied %+v, want the new value and the old memo", got)
		}
	})
}

func TestAValueThatChangesWhileItIsAppliedIsAppliedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		applying, goOn := make(chan struct{}), make(chan struct{})
		once := sync.OnceFunc(func() {
			close(applying)
			<-goOn
		})
		h.applier.answer = func(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
			once()
			return nil, nil
		}
		h.run()
		h.effects(desire("portal:a", "name", "1"))
		<-applying
		h.effects(desire("portal:a", "name", "2"), desire("portal:a", "topic", "T"))
		if err := h.Write(t.Context(), func(tx journal.Tx) error { return tx.BreakDesires("portal:a", "topic") }); err != nil {
			t.Fatal(err)
		}
		close(goOn)
		eventually(t, "the second value", func() bool {
			return slices.ContainsFunc(h.applier.done(), func(a applied) bool { return a.value == `"2"` })
		})
	})
}

func TestABrokenThingIsMended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		h.run()
		h.effects(desire("portal:a", "name", "A"), desire("portal:a", "topic", "T"))
		eventually(t, "both things", func() bool { return len(h.applier.done()) == 2 })
		mend := func(thing string) {
			if err := h.Write(t.Context(), func(tx journal.Tx) error { return tx.BreakDesires("portal:a", thing) }); err != nil {
				t.Fatal(err)
			}
		}
		mend("name")
		eventually(t, "the name again", func() bool { return len(h.applier.done()) == 3 })
		if got := h.applier.done()[2]; got != (applied{"portal:a", "name", `"A"`, `"memo of A"`}) {
			t.Errorf("mended %+v", got)
		}
		mend("")
		eventually(t, "everything again", func() bool { return len(h.applier.done()) == 5 })
	})
}

func TestDesiresWaitForTheirRooms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("queue:q")
		h.applier.answer = func(_ context.Context, _ desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			if d.Thing != "join" {
				return nil, nil
			}
			err := h.Read(context.Background(), func(tx journal.Tx) error {
				_, err := tx.Room("portal:late")
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("allow: %w", journal.ErrNotYet)
			}
			return nil, nil
		}
		h.run()
		h.effects(desire("queue:q", desk.ThingChild+"portal:late", "present"), desire("portal:late", "name", "L"),
			desire("queue:q", "join", "portal:late"), desire("queue:q", "name", "Q"))
		eventually(t, "what needs no other room", func() bool { return len(h.applier.done()) == 1 })
		if got := h.applier.done()[0]; got.room != "queue:q" || got.thing != "name" {
			t.Errorf("applied %+v too early", got)
		}
		h.effects(desk.CreateRoom{ID: "c", Room: "portal:late"})
		eventually(t, "the rest", func() bool { return len(h.applier.done()) == 4 })
	})
}

// The room may be created while something that needs it is tried, which then finds no one to tell it.
func TestARoomThatComesMeanwhile(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("queue:q")
		var tries atomic.Int64
		looked, created := make(chan struct{}), make(chan struct{})
		h.applier.answer = func(_ context.Context, _ desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			if d.Thing == "join" && tries.Add(1) == 1 {
				close(looked)
				<-created
				return nil, fmt.Errorf("allow: %w", journal.ErrNotYet)
			}
			return nil, nil
		}
		h.run()
		h.effects(desire("queue:q", "join", "portal:late"))
		<-looked
		h.effects(desk.CreateRoom{ID: "c", Room: "portal:late"}, desire("portal:late", "name", "L"))
		eventually(t, "the room", func() bool {
			return slices.ContainsFunc(h.applier.done(), func(a applied) bool { return a.room == "portal:late" })
		})
		start := time.Now()
		close(created)
		eventually(t, "what needed it", func() bool { return tries.Load() == 2 })
		if wait := time.Since(start); wait > 10*time.Second {
			t.Errorf("what needed the room waited %s", wait)
		}
	})
}

func TestADesireThatCannotBeReachedIsReported(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		tries := 0
		h.applier.answer = func(_ context.Context, _ desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			switch {
			case d.Thing != "name":
				return nil, nil
			case string(d.Value) == `"soon"`:
				return nil, journal.RetryAfter(errors.New("too many"), time.Second)
			case string(d.Value) == `"good"`:
				return nil, nil
			}
			tries++
			return nil, errors.New("forbidden")
		}
		h.run()
		start := time.Now()
		h.effects(desire("portal:a", "name", "bad"), desire("portal:a", "topic", "T"))
		eventually(t, "the other thing at once", func() bool { return len(h.applier.done()) == 1 })
		eventuallyIn(t, time.Hour, "the report", func() bool { return len(told[desk.DesireDead](h.engine)) == 1 })
		// 0.1 s, doubled eight times.
		if passed := time.Since(start); tries != 10 || passed < 51*time.Second || passed > 53*time.Second {
			t.Errorf("tried %d times in %s, want 10 in 51.1 s", tries, passed)
		}
		if got := told[desk.DesireDead](h.engine)[0]; got != (desk.DesireDead{Room: "portal:a", Thing: "name", Reason: "forbidden"}) {
			t.Errorf("told %+v", got)
		}
		h.effects(desire("portal:a", "name", "soon"))
		synctest.Wait()
		h.effects(desire("portal:a", "name", "good"))
		eventuallyIn(t, time.Hour, "the new value", func() bool { return len(h.applier.done()) == 2 })
	})
}

func TestWhatWasDecidedLastIsNotKeptWaitingByACrowd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("lobby:q", "portal:a")
		const crowd = 40
		for i := range crowd {
			h.effects(desire("lobby:q", fmt.Sprintf("card/%02d", i), "waiting"))
		}
		h.effects(desire("portal:a", "member/@anna:x", "join"), desire("portal:a", "join", "closed"), desire("portal:a", "name", "A"))
		h.run()
		eventually(t, "everything", func() bool { return len(h.applier.done()) == crowd+3 })
		var at []int
		for i, a := range h.applier.done() {
			if a.room == "portal:a" {
				at = append(at, i)
			}
		}
		// Every other turn is theirs; up to four are applied side by side, so the order of ending may differ a little.
		if at[2] > 12 {
			t.Errorf("the last decision's things were applied at places %v of %d", at, crowd+3)
		}
		first := slices.IndexFunc(h.applier.done(), func(a applied) bool { return a.thing == "card/00" })
		if first > 8 {
			t.Errorf("the oldest was applied at place %d: it starves", first)
		}
	})
}

// What adapters store themselves is noticed like what the engine decides.
func TestWhatAdaptersStoreIsWorkedOn(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		h.Source("adapter", func(tx journal.Tx, in journal.Input) ([]desk.Input, error) {
			switch in.Kind {
			case "break":
				return nil, tx.BreakDesires("portal:a", "name")
			case "room":
				return nil, tx.PutRoom(&desk.Room{Key: "direct:@anna:x", ID: "!d"})
			}
			return nil, tx.AppendEffects(posts("portal:a", "from a translator"))
		})
		h.run()
		h.effects(desire("portal:a", "name", "A"), desire("direct:@anna:x", "name", "D"))
		eventually(t, "the name", func() bool { return len(h.applier.done()) == 1 })
		start := time.Now()
		for _, kind := range []string{"break", "room", "effects"} {
			h.submit(journal.Input{Source: "adapter", ID: kind, Lane: "room:!x", Kind: kind})
		}
		if err := h.Write(t.Context(), func(tx journal.Tx) error {
			_, _, _, err := tx.AppendInput(message("a", "1", "from an adapter"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the mended name, the other room's name and the posts", func() bool {
			return len(h.applier.done()) == 3 && len(h.sink.texts("portal:a")) == 2
		})
		if passed := time.Since(start); passed > time.Second {
			t.Errorf("it took %s: found by the sweep only", passed)
		}
	})
}
