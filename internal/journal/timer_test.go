package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

func TestTimersFireOnceAtTheirTime(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.run()
		start := time.Now()
		h.effects(
			desk.Arm{ID: "late", Name: "remind", Due: start.Add(2 * time.Hour), Ticket: "k", Generation: 3},
			desk.Arm{ID: "soon", Name: "remind", Due: start.Add(time.Minute), Ticket: "k", Generation: 2},
		)
		h.effects(desk.Arm{ID: "soon", Name: "remind", Due: start.Add(time.Minute)}) // the same again
		for i := range 40 {
			h.effects(desk.Arm{ID: desk.EffectID(fmt.Sprint("n", i)), Name: "choose", Due: start.Add(time.Second)})
		}
		eventuallyIn(t, 30*time.Second, "the many", func() bool { return len(told[desk.TimerFired](h.engine)) == 40 })
		eventuallyIn(t, 2*time.Minute, "the next", func() bool { return len(told[desk.TimerFired](h.engine)) == 41 })
		if passed := time.Since(start); passed < time.Minute || passed > time.Minute+time.Second {
			t.Errorf("fired after %s, want a minute", passed)
		}
		fired := told[desk.TimerFired](h.engine)[40].Timer
		if fired.ID != "soon" || fired.Ticket != "k" || fired.Generation != 2 || fired.Name != "remind" {
			t.Errorf("fired %+v", fired)
		}
		eventuallyIn(t, 3*time.Hour, "the last", func() bool { return len(told[desk.TimerFired](h.engine)) == 42 })
	})
}

func TestTimersFireAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		before := newHouse(t, database)
		before.effects(desk.Arm{ID: "t", Name: "remind", Due: time.Now().Add(-time.Hour)})
		if err := before.db.Close(); err != nil {
			t.Fatal(err)
		}
		after := newHouse(t, database)
		stop := after.run()
		eventually(t, "the timer", func() bool { return len(told[desk.TimerFired](after.engine)) == 1 })
		stop()
		after.run()
		after.effects(desk.Arm{ID: "u", Name: "remind", Due: time.Now()})
		eventually(t, "the other timer", func() bool { return len(told[desk.TimerFired](after.engine)) >= 2 })
		if fired := told[desk.TimerFired](after.engine); len(fired) != 2 || fired[1].Timer.ID != "u" {
			t.Errorf("fired %+v", fired)
		}
	})
}

// An input that fails is given up only when others pass: if all fail, the fault is ours.
func TestAnInputDiesOnlyWhileOthersPass(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		var failures atomic.Int64
		h.engine.rules["poison"] = func(desk.Tx, desk.CustomerMessage) (desk.Decision, error) {
			failures.Add(1)
			return desk.Decision{}, errors.New("poison")
		}
		h.run()
		h.submit(message("a", "1", "poison"), message("a", "2", "next"))
		eventuallyIn(t, 24*time.Hour, "many failures", func() bool { return failures.Load() == 25 })
		if facts := told[desk.InputDead](h.engine); len(facts) != 0 {
			t.Fatalf("gave up %+v though nothing else passed", facts)
		}
		h.submit(message("b", "3", "other"))
		eventuallyIn(t, time.Hour, "the next input of the lane", func() bool {
			return slices.Equal(h.sink.texts(room("a")), []string{"next"})
		})
		if facts := told[desk.InputDead](h.engine); len(facts) != 1 || facts[0].SourceID != "1" || facts[0].Lane != "lane:a" {
			t.Errorf("told %+v", facts)
		}

		// With others passing all the time it takes ten failures.
		failures.Store(0)
		h.submit(message("c", "4", "poison"))
		for i := 0; failures.Load() < 10; i++ {
			h.submit(message("d", fmt.Sprint("d", i), "other"))
			if err := pass(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the second report", func() bool { return len(told[desk.InputDead](h.engine)) == 2 })
	})
}

func TestTheRoomOfADeadInputIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:p")
		if err := h.Write(t.Context(), func(tx journal.Tx) error {
			if err := tx.PutCustomer(&desk.Customer{ID: "u", Number: 1}); err != nil {
				return err
			}
			return tx.PutConversation(&desk.Conversation{ID: "c", Customer: "u", Portal: "p"})
		}); err != nil {
			t.Fatal(err)
		}
		for i, lane := range []string{"room:!portal:p", "conv:c", "conv:unknown", "room:!unknown"} {
			in := journal.Input{Source: "test:x", ID: fmt.Sprint(i), Lane: lane, Body: []byte("{")}
			h.submit(in)
		}
		var rooms []desk.RoomKey
		for _, fact := range told[desk.InputDead](h.engine) {
			rooms = append(rooms, fact.Room)
		}
		if want := []desk.RoomKey{"portal:p", "portal:p", "", ""}; !slices.Equal(rooms, want) {
			t.Errorf("told in %q, want %q", rooms, want)
		}
	})
}
