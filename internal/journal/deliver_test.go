package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

func posts(room desk.RoomKey, texts ...string) []desk.Effect {
	effects := make([]desk.Effect, len(texts))
	for i, text := range texts {
		effects[i] = desk.Post{ID: desk.EffectID(string(room) + text), Room: room, Text: text}
	}
	return effects
}

func TestEffectsAreDeliveredOnceInTheOrderOfTheirLane(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.run()
		var want []string
		for i := range 30 {
			text := fmt.Sprint(i)
			want = append(want, text)
			h.effects(desk.Post{ID: desk.EffectID("a" + text), Room: "portal:a", Text: text},
				desk.Post{ID: desk.EffectID("b" + text), Room: "portal:b", Text: text},
				desk.Post{ID: "a0", Room: "portal:a", Text: "known id"})
		}
		eventually(t, "all posts", func() bool {
			return len(h.sink.texts("portal:a")) >= 30 && len(h.sink.texts("portal:b")) >= 30
		})
		for _, room := range []desk.RoomKey{"portal:a", "portal:b"} {
			if got := h.sink.texts(room); !slices.Equal(got, want) {
				t.Errorf("%s got %q", room, got)
			}
		}
		eventually(t, "an echo of each", func() bool { return len(told[desk.Echo](h.engine)) == 60 })
		for _, echo := range told[desk.Echo](h.engine) {
			if echo.Event != desk.EventID("$"+echo.Row) || (echo.Room != "portal:a" && echo.Room != "portal:b") {
				t.Errorf("echo %+v", echo)
			}
		}
		eventually(t, "nothing to be left", func() bool {
			var left journal.Backlog
			h.read(func(tx journal.Tx) (err error) {
				left, err = tx.Backlog()
				return err
			})
			return left == journal.Backlog{}
		})
	})
}

// What looks back at an effect is handed over when it is known on disk what became of that one; everything else need not wait.
func TestWhatLooksBackWaitsForTheMarkBeforeIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		var wrong atomic.Int64
		h.sink.answer = func(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
			if p := e.(desk.Post); p.Reply.Row != "" {
				h.read(func(tx journal.Tx) error {
					before, err := tx.Effect(p.Reply.Row)
					if err == nil && before.State != "done" {
						wrong.Add(1)
					}
					return err
				})
			}
			return journal.Delivered{}, nil
		}
		h.run()
		var effects []desk.Effect
		for i := range 40 {
			p := desk.Post{ID: desk.EffectID(fmt.Sprint("row", i)), Room: "portal:a", Text: fmt.Sprint(i)}
			if i%2 == 1 {
				p.Reply.Row = desk.EffectID(fmt.Sprint("row", i-1))
			}
			effects = append(effects, p)
		}
		h.effects(effects...)
		eventually(t, "all posts", func() bool { return len(h.sink.texts("portal:a")) == len(effects) })
		if n := wrong.Load(); n > 0 {
			t.Errorf("%d replies were handed over before it was known what they answer", n)
		}
		eventually(t, "all echoes", func() bool { return len(told[desk.Echo](h.engine)) == len(effects) })
		for i, echo := range told[desk.Echo](h.engine) {
			if want := desk.EffectID(fmt.Sprint("row", i)); echo.Row != want {
				t.Fatalf("mark %d is that of %s", i, echo.Row)
			}
		}
	})
}

func TestARoomIsCreatedBeforeWhatGoesIntoIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.sink.answer = func(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
			if p, ok := e.(desk.Post); ok && p.Text == "link to b" && !slices.Contains(h.sink.texts("portal:b"), "in b") {
				return journal.Delivered{}, fmt.Errorf("link: %w", journal.ErrNotYet)
			}
			return journal.Delivered{Applied: map[string]json.RawMessage{"name": json.RawMessage(`"made"`)}}, nil
		}
		h.run()
		h.effects(desk.CreateRoom{ID: "ca", Room: "portal:a"}, desire("portal:a", "name", "A"), desire("portal:a", "topic", "T"),
			desk.Post{ID: "a", Room: "portal:a", Text: "link to b"})
		eventually(t, "the topic of a, and a post that waits for b", func() bool {
			return len(h.applier.done()) == 1 && len(h.sink.tries("a")) > 0
		})
		h.effects(desk.CreateRoom{ID: "cb", Room: "portal:b"}, desk.Post{ID: "b", Room: "portal:b", Text: "in b"},
			desk.CreateRoom{ID: "cc", Room: "portal:c"})
		eventually(t, "the post that waited for b", func() bool {
			h.effects(desk.CreateRoom{ID: desk.EffectID(fmt.Sprint(time.Now())), Room: "portal:d"}) // another room each time
			return slices.Equal(h.sink.texts("portal:a"), []string{"link to b"})
		})
		if got := h.applier.done(); got[0].thing != "topic" {
			t.Errorf("applied %+v; the name was applied when the room was created", got)
		}
		tries := h.sink.tries("a")
		if first, last := tries[0], tries[len(tries)-1]; len(tries) < 2 || last.N != first.N {
			t.Errorf("attempts %+v, want several that do not count", tries)
		}
		h.read(func(tx journal.Tx) error {
			row, err := tx.DesireRow("portal:a", "name")
			if err != nil || row.Applied != row.Version || string(row.Memo) != `"made"` {
				t.Errorf("name %+v, %v", row, err)
			}
			made, err := tx.Room("portal:b")
			if err != nil || made.ID != "!portal:b" || made.Version != "12" {
				t.Errorf("room %+v, %v", made, err)
			}
			return nil
		})
	})
}

func TestAFailingEffectIsTriedAgainInItsPlaceAndThenGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.sink.answer = func(_ context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error) {
			switch p := e.(desk.Post); p.Text {
			case "third time":
				if a.N < 3 {
					return journal.Delivered{}, errors.New("not now")
				}
			case "never":
				return journal.Delivered{}, errors.New("never")
			case "panic":
				if a.N == 1 {
					panic("sink")
				}
			case "refused":
				return journal.Delivered{}, fmt.Errorf("send: %w", journal.Permanent(errors.New("too large")))
			}
			return journal.Delivered{}, nil
		}
		h.run()
		start := time.Now()
		h.effects(posts("portal:a", "third time", "never", "panic", "refused", "last")...)
		eventuallyIn(t, time.Hour, "the last post", func() bool { return len(h.sink.texts("portal:a")) == 3 })
		if got := h.sink.texts("portal:a"); !slices.Equal(got, []string{"third time", "panic", "last"}) {
			t.Errorf("delivered %q", got)
		}
		tries := h.sink.tries("portal:anever")
		if len(tries) != 10 || tries[9].N != 10 || !tries[0].First.IsZero() || tries[9].First.Before(start) {
			t.Errorf("attempts %+v, want ten, the first time known from the second on", tries)
		}
		if passed := time.Since(start); passed < 51*time.Second || passed > 53*time.Second {
			t.Errorf("ten attempts and three took %s, want 51.1 s and 0.4 s", passed)
		}
		if n := len(h.sink.tries("portal:arefused")); n != 1 {
			t.Errorf("a permanent error was tried %d times", n)
		}
		dead := told[desk.EffectDead](h.engine)
		if len(dead) != 2 || dead[0].Effect != "portal:anever" || dead[0].Reason != "never" || dead[1].Effect != "portal:arefused" {
			t.Errorf("told %+v", dead)
		}
		if p, ok := dead[0].Body.(desk.Post); !ok || p.Text != "never" {
			t.Errorf("body of the dead effect %+v", dead[0].Body)
		}
		letters, err := h.DeadLetters(t.Context(), 10)
		if err != nil || len(letters) != 2 || letters[0].ID != "portal:arefused" || letters[1].Attempts != 10 {
			t.Errorf("dead letters %+v, %v", letters, err)
		}
	})
}

func TestADeadNoticeInTheAdminRoomIsOnlyLogged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.sink.answer = func(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
			if p := e.(desk.Post); p.Text == "bad" {
				return journal.Delivered{}, journal.Permanent(errors.New("bad"))
			}
			return journal.Delivered{}, nil
		}
		h.run()
		h.effects(posts(desk.AdminRoom(), "bad", "good")...)
		eventually(t, "the next notice", func() bool { return len(h.sink.texts(desk.AdminRoom())) == 1 })
		if dead := told[desk.EffectDead](h.engine); len(dead) != 0 {
			t.Errorf("told %+v", dead)
		}
	})
}

func TestAnEffectSurvivesAFailingEcho(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database, func(o *journal.Options) { o.Engine = stubborn{o.Engine} })
		h.run()
		h.effects(posts("portal:a", "1", "2")...)
		eventually(t, "both posts", func() bool { return len(h.sink.texts("portal:a")) == 2 })
		if n := len(h.sink.tries("portal:a1")); n != 1 {
			t.Errorf("sent %d times because its echo failed", n)
		}
	})
}

// stubborn fails on every echo.
type stubborn struct{ journal.Decider }

func (s stubborn) Decide(tx desk.Tx, now time.Time, in desk.Input) (desk.Decision, error) {
	if _, ok := in.(desk.Echo); ok {
		return desk.Decision{}, errors.New("echo")
	}
	return s.Decider.Decide(tx, now, in)
}

func TestRetryAfterIsNoFailure(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		var at []time.Time
		h.sink.answer = func(context.Context, desk.Effect, journal.Attempt) (journal.Delivered, error) {
			if at = append(at, time.Now()); len(at) < 15 {
				return journal.Delivered{}, journal.RetryAfter(errors.New("too many"), 7*time.Second)
			}
			return journal.Delivered{}, nil
		}
		h.run()
		h.effects(posts("portal:a", "1")...)
		eventuallyIn(t, time.Hour, "the post", func() bool { return len(h.sink.texts("portal:a")) == 1 })
		for i := 1; i < len(at); i++ {
			if wait := at[i].Sub(at[i-1]); wait != 7*time.Second {
				t.Errorf("waited %s before attempt %d", wait, i+1)
			}
		}
		if tries := h.sink.tries("portal:a1"); tries[14].N != 1 {
			t.Errorf("attempt counted as number %d", tries[14].N)
		}
	})
}

func TestAnEffectOfAnEarlierRunCountsAsTried(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		before := newHouse(t, database)
		before.effects(posts("portal:a", "old")...)
		if err := before.db.Close(); err != nil {
			t.Fatal(err)
		}
		after := newHouse(t, database)
		after.run()
		eventually(t, "the old post", func() bool { return len(after.sink.texts("portal:a")) == 1 })
		after.effects(posts("portal:a", "new")...)
		eventually(t, "the new post", func() bool { return len(after.sink.texts("portal:a")) == 2 })
		if a := after.sink.tries("portal:aold")[0]; a.N != 2 || a.First.IsZero() {
			t.Errorf("attempt %+v, want the second since the effect was stored", a)
		}
		if a := after.sink.tries("portal:anew")[0]; a.N != 1 || !a.First.IsZero() {
			t.Errorf("attempt %+v, want the first", a)
		}
	})
}

func TestRetryOfDeadLetters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		broken := true
		h.sink.answer = func(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
			if _, ok := e.(desk.CreateRoom); ok && broken {
				return journal.Delivered{}, journal.Permanent(errors.New("forbidden"))
			}
			if _, ok := e.(desk.Post); ok && broken {
				return journal.Delivered{}, journal.ErrNotYet
			}
			return journal.Delivered{}, nil
		}
		h.applier.answer = func(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
			if broken {
				return nil, journal.Permanent(errors.New("forbidden"))
			}
			return nil, nil
		}
		h.exists("portal:b")
		bad := message("a", "1", "")
		bad.Body = []byte("{")
		h.submit(bad)
		stop := h.run()
		h.effects(desk.CreateRoom{ID: "c", Room: "portal:a"}, desk.Post{ID: "p", Room: "portal:a", Text: "waits for the room"},
			desire("portal:b", "name", "B"))
		eventually(t, "three dead letters", func() bool {
			letters, err := h.DeadLetters(t.Context(), 10)
			return err == nil && len(letters) == 3
		})
		if facts := told[desk.DesireDead](h.engine); len(facts) != 1 || facts[0].Room != "portal:b" || facts[0].Thing != "name" {
			t.Errorf("told %+v", facts)
		}
		stop() // the sink is changed
		broken = false
		h.run()
		for of, id := range map[string]string{
			journal.OfEffect: "c", journal.OfDesire: "portal:b name", journal.OfInput: "test:x 1",
		} {
			if err := h.Retry(t.Context(), of, id); err != nil {
				t.Errorf("retry: %v", err)
			}
		}
		eventually(t, "the room, the post in it and the name", func() bool {
			return len(h.sink.texts("portal:a")) == 1 && len(h.applier.done()) == 1
		})
		eventually(t, "the input to die again", func() bool { return len(told[desk.InputDead](h.engine)) == 2 })
		for _, missing := range [][2]string{{journal.OfEffect, "c"}, {journal.OfInput, "no such"}, {"nothing", "x"}} {
			if err := h.Retry(t.Context(), missing[0], missing[1]); !errors.Is(err, desk.ErrNotFound) {
				t.Errorf("retry of %v: %v", missing, err)
			}
		}
	})
}

// A decision revives what is dead while the journal runs: it is picked up at once, at the end of its lane, and told as late, once.
func TestADecisionRevives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		var mended atomic.Bool
		h.sink.answer = func(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
			if p := e.(desk.Post); p.Text == "bad" && !mended.Load() {
				return journal.Delivered{}, journal.Permanent(errors.New("bad"))
			}
			return journal.Delivered{}, nil
		}
		h.engine.rules["retry"] = func(tx desk.Tx, _ desk.CustomerMessage) (desk.Decision, error) {
			letters, err := tx.DeadLetters(10)
			for _, l := range slices.Backward(letters) {
				err = errors.Join(err, tx.Revive(l.Of, l.ID))
			}
			return desk.Decision{Effects: posts("portal:a", "behind")}, err
		}
		h.engine.rules["poison"] = func(tx desk.Tx, in desk.CustomerMessage) (desk.Decision, error) {
			if !mended.Load() {
				return desk.Decision{}, journal.Permanent(errors.New("poison"))
			}
			return desk.Decision{Effects: []desk.Effect{post(in)}}, nil
		}
		h.exists("portal:a", "portal:p")
		h.run()
		h.effects(posts("portal:a", "1", "bad", "2")...)
		h.submit(message("p", "poisoned", "poison"), message("p", "next", "fine"))
		eventually(t, "what is good", func() bool {
			letters, err := h.DeadLetters(t.Context(), 10)
			return err == nil && len(letters) == 2 && len(h.sink.texts("portal:a")) == 2 && len(h.sink.texts("portal:p")) == 1
		})
		mended.Store(true)
		h.submit(message("admin", "order", "retry"))
		eventually(t, "what was dead", func() bool {
			return len(h.sink.texts("portal:a")) == 4 && len(h.sink.texts("portal:p")) == 2
		})
		if got := h.sink.texts("portal:a"); !slices.Equal(got, []string{"1", "2", "bad", "behind"}) {
			t.Errorf("delivered %q", got)
		}
		if got := h.sink.texts("portal:p"); !slices.Equal(got, []string{"fine", "poison"}) {
			t.Errorf("delivered %q", got)
		}
		eventually(t, "the echoes", func() bool { return len(told[desk.Echo](h.engine)) == 6 })
		for _, echo := range told[desk.Echo](h.engine) {
			if want := echo.Row == "portal:abad"; echo.Late != want {
				t.Errorf("echo %+v, want late %v", echo, want)
			}
		}
	})
}

// What is desired of a room that is replaced is applied to the new one, and what its making brought about is not applied again.
func TestAReplacedRoomGetsWhatIsDesired(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		rooms := map[string]desk.RoomID{} // thing → the room it was applied to last
		var mu sync.Mutex
		h.applier.answer = func(_ context.Context, room desk.Room, d desk.Desire, _ json.RawMessage) (json.RawMessage, error) {
			mu.Lock()
			defer mu.Unlock()
			rooms[string(d.Room)+" "+d.Thing] = room.ID
			return nil, nil
		}
		h.sink.answer = func(context.Context, desk.Effect, journal.Attempt) (journal.Delivered, error) {
			return journal.Delivered{Applied: map[string]json.RawMessage{"name": nil}}, nil
		}
		if err := h.Write(t.Context(), func(tx journal.Tx) error {
			return errors.Join(tx.PutRoom(&desk.Room{Key: "queue:q", ID: "!old"}), tx.PutRoom(&desk.Room{Key: "site:s", ID: "!s"}))
		}); err != nil {
			t.Fatal(err)
		}
		h.run()
		h.effects(desire("queue:q", "name", "Q"), desire("queue:q", "member/@anna:x", "join"), desire("site:s", "child/queue:q", "here"))
		eventually(t, "the old room's shape", func() bool { return len(h.applier.done()) == 3 })
		h.effects(desk.CreateRoom{ID: "replace/!old", Room: "queue:q", Replaces: "!old"},
			desk.RetireRoom{ID: "retire/!old", Room: "queue:q", Old: "!old"})
		eventually(t, "the new room's shape and the old one's end", func() bool {
			return len(h.applier.done()) == 5 && len(h.sink.tries("retire/!old")) == 1
		})
		mu.Lock()
		defer mu.Unlock()
		want := map[string]desk.RoomID{"queue:q name": "!old", "queue:q member/@anna:x": "!queue:q", "site:s child/queue:q": "!s"}
		if !maps.Equal(rooms, want) {
			t.Errorf("applied last to %v, want %v", rooms, want)
		}
	})
}
