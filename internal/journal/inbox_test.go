package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

func TestSubmitDecidesAtOnceWhenTheLaneIsIdle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		outcome := h.submit(message("a", "1", "hello"))[0]
		if !outcome.New || !outcome.Decided || outcome.Refused != nil {
			t.Fatalf("outcome %+v, want new, decided, not refused", outcome)
		}
		if outcome.Decision == nil || outcome.Decision.Message == nil || outcome.Decision.Message.ID != "1" {
			t.Fatalf("decision %+v, want the message", outcome.Decision)
		}
		if !slices.Equal(h.changed, []desk.ConversationID{"a"}) {
			t.Errorf("told of changes in %v, want a", h.changed)
		}
		if !slices.Equal(h.noted, []desk.ConversationID{"a"}) {
			t.Errorf("told of notes in %v, want a", h.noted)
		}
		h.read(func(tx journal.Tx) error {
			rows, err := tx.UndoneEffects(room("a"), 1)
			if err != nil || len(rows) != 1 || rows[0].ID != "1" || rows[0].Kind != desk.KindPost {
				t.Errorf("effects %+v, %v; want the post", rows, err)
			}
			return nil
		})
	})
}

func TestSubmitTakesTheSameInputOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		first := h.submit(message("a", "1", "hello"))[0]
		again := h.submit(message("a", "1", "something else"))[0]
		if again.New || !again.Decided || again.Seq != first.Seq {
			t.Errorf("second outcome %+v, want the known, decided input %d", again, first.Seq)
		}
		both := h.submit(message("b", "2", "twice"), message("b", "2", "twice"))
		if !both[0].New || both[1].New {
			t.Errorf("outcomes %+v, want one new", both)
		}
		h.run()
		eventually(t, "both posts", func() bool { return len(h.sink.texts(room("a")))+len(h.sink.texts(room("b"))) == 2 })
		if got := h.sink.texts(room("a")); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("delivered %q", got)
		}
	})
}

// What is due later waits, and its lane with it; others do not.
func TestDueLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.run()
		later := message("a", "1", "later")
		later.Due = time.Now().Add(time.Second)
		outcomes := h.submit(later, message("a", "2", "behind it"), message("b", "3", "other lane"))
		if outcomes[0].Decided || outcomes[1].Decided || !outcomes[2].Decided {
			t.Fatalf("outcomes %+v, want only the other lane decided", outcomes)
		}
		eventually(t, "both posts", func() bool { return slices.Equal(h.sink.texts(room("a")), []string{"later", "behind it"}) })
		if now := time.Now(); now.Before(later.Due) {
			t.Errorf("posted %v too early", later.Due.Sub(now))
		}
	})
}

func TestRefusal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.engine.rules["refuse"] = func(tx desk.Tx, in desk.CustomerMessage) (desk.Decision, error) {
			if err := tx.PutRoom(&desk.Room{Key: "portal:left-behind"}); err != nil {
				return desk.Decision{}, err
			}
			return desk.Decision{}, fmt.Errorf("rule: %w", desk.Refuse(desk.Invalid, "too_long", 17, "x"))
		}
		outcome := h.submit(message("a", "1", "refuse me"))[0]
		if !outcome.Decided || outcome.Refused == nil || outcome.Refused.Key != "too_long" {
			t.Fatalf("outcome %+v, want a refusal", outcome)
		}
		h.read(func(tx journal.Tx) error {
			if _, err := tx.Room("portal:left-behind"); !errors.Is(err, desk.ErrNotFound) {
				t.Errorf("the refused decision left a room behind: %v", err)
			}
			return nil
		})
		again := h.submit(message("a", "1", "refuse me"))[0]
		if again.Refused == nil || again.Refused.Code != desk.Invalid || !slices.Equal(again.Refused.Args, []any{17, "x"}) {
			t.Errorf("asked again: %+v, want the same refusal", again.Refused)
		}
		waited, err := h.Wait(t.Context(), "test:x", "1")
		if err != nil || waited.Refused == nil {
			t.Errorf("waited: %+v, %v; want the refusal", waited, err)
		}

		mixed := h.submit(message("b", "2", "one + refuse two + three"))[0]
		if mixed.Refused == nil || mixed.Decision == nil || mixed.Decision.Message.ID != "2.2" {
			t.Errorf("outcome %+v, want a refusal and the last decision", mixed)
		}
		h.run()
		eventually(t, "the posts that were not refused", func() bool {
			return slices.Equal(h.sink.texts(room("b")), []string{"one", "three"})
		})
	})
}

func TestAFailingInputIsTriedAgainInItsPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		failures := 3
		h.engine.rules["stumble"] = func(tx desk.Tx, in desk.CustomerMessage) (desk.Decision, error) {
			if failures--; failures >= 0 {
				return desk.Decision{}, errors.New("not this time")
			}
			return h.engine.rules[""](tx, in)
		}
		h.run()
		outcomes := h.submit(message("a", "1", "stumble"), message("a", "2", "next"), message("b", "3", "other lane"))
		if outcomes[0].Decided || outcomes[1].Decided || !outcomes[2].Decided {
			t.Fatalf("outcomes %+v, want only the other lane decided", outcomes)
		}
		if outcome, err := h.Wait(t.Context(), "test:x", "2"); err != nil || !outcome.Decided {
			t.Fatalf("wait: %+v, %v", outcome, err)
		}
		eventually(t, "both posts in order", func() bool {
			return slices.Equal(h.sink.texts(room("a")), []string{"stumble", "next"})
		})
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		panics := true
		h.engine.rules["panic"] = func(tx desk.Tx, in desk.CustomerMessage) (desk.Decision, error) {
			if panics {
				panics = false
				panic("rule")
			}
			return h.engine.rules[""](tx, in)
		}
		if outcome := h.submit(message("a", "1", "panic"))[0]; outcome.Decided {
			t.Fatalf("outcome %+v, want undecided", outcome)
		}
		h.run()
		if outcome, err := h.Wait(t.Context(), "test:x", "1"); err != nil || !outcome.Decided {
			t.Fatalf("wait: %+v, %v", outcome, err)
		}
	})
}

func TestAnUnreadableInputDiesAloneAndIsReported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		bad := message("a", "1", "")
		bad.Body = []byte("{")
		outcomes := h.submit(bad, message("a", "2", "next"))
		if outcomes[0].Decided || !outcomes[1].Decided {
			t.Fatalf("outcomes %+v, want the first dead and the second decided", outcomes)
		}
		if _, err := h.Wait(t.Context(), "test:x", "1"); !errors.Is(err, journal.ErrDead) {
			t.Errorf("wait for a dead input: %v", err)
		}
		facts := told[desk.InputDead](h.engine)
		if len(facts) != 1 || facts[0].SourceID != "1" || facts[0].Source != "test:x" || facts[0].Reason == "" {
			t.Errorf("told %+v, want one dead input", facts)
		}
		letters, err := h.DeadLetters(t.Context(), 10)
		if err != nil || len(letters) != 1 || letters[0].Of != journal.OfInput || letters[0].ID != "test:x 1" {
			t.Errorf("dead letters %+v, %v", letters, err)
		}
	})
}

func TestSubmitWithIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		in := []journal.Input{message("a", "1", "hello")}
		_, err := h.SubmitWith(t.Context(), in, func(journal.Tx) error { return errors.New("token") })
		if err == nil {
			t.Fatal("submitted in spite of an error")
		}
		if _, err := h.Wait(t.Context(), "test:x", "1"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("wait for an input that was not stored: %v", err)
		}
		if _, err := h.SubmitWith(t.Context(), in, func(tx journal.Tx) error { return tx.PutMeta("token", "s1") }); err != nil {
			t.Fatal(err)
		}
		h.read(func(tx journal.Tx) error {
			token, err := tx.Meta("token")
			if err != nil || token != "s1" {
				t.Errorf("token %q, %v", token, err)
			}
			return nil
		})
		if _, err := h.Submit(t.Context(), journal.Input{Source: "nobody", ID: "1"}); err == nil {
			t.Error("took an input nobody translates")
		}
	})
}

func TestHoldStoresAndCatchUpDecidesTheOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.run()
		h.submit(message("a", "before", "0"))
		h.Hold("test")
		for _, id := range []string{"2", "5"} { // 5 is newer than the catch-up
			if outcome := h.submit(message("a", id, id))[0]; !outcome.New || outcome.Decided {
				t.Fatalf("while held: %+v, want stored and not decided", outcome)
			}
		}
		list := []journal.Input{
			message("a", "before", "0"), message("a", "1", "1"), message("a", "2", "2"), message("a", "3", "3"), message("b", "4", "4"),
		}
		err := h.CatchUp(t.Context(), list, func(tx journal.Tx) error { return tx.PutMeta("token", "s2") })
		if err != nil {
			t.Fatal(err)
		}
		h.submit(message("a", "6", "6"))
		if got := h.sink.texts(room("b")); len(got) != 0 {
			t.Fatalf("decided %q while held", got)
		}
		h.Release("test")
		eventually(t, "everything in the catch-up's order", func() bool {
			return slices.Equal(h.sink.texts(room("a")), []string{"0", "1", "2", "3", "5", "6"}) &&
				slices.Equal(h.sink.texts(room("b")), []string{"4"})
		})
	})
}

// What came while a source was held comes after the catch-up, also if the program died in between and the catch-up knows less.
func TestAHoldIsRememberedAcrossACrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		before := newHouse(t, database)
		before.Hold("test")
		before.submit(message("a", "4", "4"), message("a", "2", "2"), message("b", "x", "x"))
		if err := before.db.Close(); err != nil {
			t.Fatal(err)
		}

		after := newHouse(t, database)
		after.Hold("test")
		after.run()
		after.submit(message("a", "5", "5"))
		catchUp := func(ids ...string) {
			var list []journal.Input
			for _, id := range ids {
				list = append(list, message("a", id, id))
			}
			if err := after.CatchUp(t.Context(), list, nil); err != nil {
				t.Fatal(err)
			}
		}
		catchUp("1", "2", "3")
		after.Release("test")
		want := []string{"1", "2", "3", "4", "5"}
		eventually(t, "the order of the catch-up", func() bool { return slices.Equal(after.sink.texts(room("a")), want) })

		// The next hold begins anew, whether something was stored since the last one or not.
		for round := range 2 {
			id := func(name string) string { return fmt.Sprint(name, round) }
			if round == 0 {
				after.submit(message("a", "6", "6"))
				want = append(want, "6")
			}
			after.Hold("test")
			after.submit(message("a", id("new"), id("new")))
			catchUp(id("missed"))
			after.submit(message("a", id("newer"), id("newer")))
			after.Release("test")
			want = append(want, id("missed"), id("new"), id("newer"))
			eventually(t, "the order of the next catch-up", func() bool { return slices.Equal(after.sink.texts(room("a")), want) })
		}
		eventually(t, "the other lane", func() bool { return slices.Equal(after.sink.texts(room("b")), []string{"x"}) })
	})
}

// Several catch-ups in one hold, each from where the one before ended: what the first has put in order stays before what the second brings.
func TestCatchUpsInOneHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.run()
		h.Hold("test")
		catchUp := func(ids ...string) {
			var list []journal.Input
			for _, id := range ids {
				list = append(list, message("a", id, id))
			}
			if err := h.CatchUp(t.Context(), list, nil); err != nil {
				t.Fatal(err)
			}
		}
		h.submit(message("a", "2", "2"), message("a", "4", "4")) // the second comes after the first question was answered
		catchUp("1", "2")
		h.submit(message("a", "5", "5"), message("a", "6", "6"))
		catchUp("3", "4", "5")
		h.Release("test")
		want := []string{"1", "2", "3", "4", "5", "6"}
		eventually(t, "the order of both catch-ups", func() bool { return slices.Equal(h.sink.texts(room("a")), want) })
	})
}

func TestStoredWorkIsFinishedByTheNextRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		before := newHouse(t, database)
		before.Hold("test")
		before.submit(message("a", "1", "1"), message("a", "2", "2"))
		before.effects(desk.Post{ID: "p", Room: room("c"), Text: "waiting"}, desire(room("c"), "name", "C"),
			desk.Arm{ID: "t", Name: "remind", Due: time.Now()})
		before.exists(room("c"))
		if err := before.db.Close(); err != nil {
			t.Fatal(err)
		}

		after := newHouse(t, database)
		after.run()
		eventually(t, "everything stored to be done", func() bool {
			return slices.Equal(after.sink.texts(room("a")), []string{"1", "2"}) &&
				slices.Equal(after.sink.texts(room("c")), []string{"waiting"}) &&
				len(after.applier.done()) == 1 && len(told[desk.TimerFired](after.engine)) == 1
		})
	})
}

func TestDecide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.engine.rules["refuse"] = func(desk.Tx, desk.CustomerMessage) (desk.Decision, error) {
			return desk.Decision{}, desk.Refuse(desk.Denied, "no")
		}
		one := desk.CustomerMessage{Conversation: "a", ClientID: "1", Text: "one"}
		_, err := h.Decide(t.Context(), one, desk.CustomerMessage{Text: "refuse"})
		if desk.CodeOf(err) != desk.Denied {
			t.Fatalf("error %v, want the refusal", err)
		}
		h.read(func(tx journal.Tx) error {
			if _, err := tx.Effect("1"); !errors.Is(err, desk.ErrNotFound) {
				t.Errorf("effect of a decision that was refused as a whole: %v", err)
			}
			return nil
		})
		two := desk.CustomerMessage{Conversation: "b", ClientID: "2", Text: "two"}
		d, err := h.Decide(t.Context(), one, two)
		if err != nil || len(d.Effects) != 2 || !slices.Equal(d.Changed, []desk.ConversationID{"a", "b"}) || d.Message.ID != "2" {
			t.Errorf("decision %+v, %v", d, err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Decide(cancelled, one); !errors.Is(err, context.Canceled) {
			t.Errorf("decided for somebody who has left: %v", err)
		}
	})
}
