package journal_test

import (
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

// TestAnswersAreMadeBesideTheWriter: an answer is made of what is stored when it is its turn, posted under its own id in the order of its lane,
// and holds up nobody's writing, nor does anybody hold it up.
func TestAnswersAreMadeBesideTheWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a", "portal:b")
		h.effects(desk.Answer{ID: "1", Room: "portal:a", Given: "portal:c"})
		h.exists("portal:c")
		free, busy, ended := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			ended <- h.Write(t.Context(), func(journal.Tx) error {
				close(busy)
				<-free
				return nil
			})
		}()
		<-busy
		h.run()
		eventually(t, "an answer while somebody writes", func() bool { return slices.Equal(h.sink.texts("portal:a"), []string{"!portal:c"}) })
		close(free)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		eventually(t, "its echo", func() bool {
			echoes := told[desk.Echo](h.engine)
			return len(echoes) == 1 && echoes[0].Row == "1" && echoes[0].Room == "portal:a"
		})
		h.effects(desk.Post{ID: "2", Room: "portal:b", Text: "before"}, desk.Answer{ID: "3", Room: "portal:b", Given: "portal:b"},
			desk.Post{ID: "4", Room: "portal:b", Text: "after"})
		eventually(t, "all of a lane", func() bool {
			return slices.Equal(h.sink.texts("portal:b"), []string{"before", "!portal:b", "after"})
		})
	})
}

// TestAnAnswerThatFails: it is tried again like any effect and given up with a notice; the lane goes on.
func TestAnAnswerThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, database storetest.Database) {
		h := newHouse(t, database)
		h.exists("portal:a")
		h.effects(desk.Answer{ID: "1", Room: "portal:a", Given: "portal:none"}, desk.Post{ID: "2", Room: "portal:a", Text: "after"})
		h.run()
		eventuallyIn(t, time.Hour, "the lane to go on", func() bool { return slices.Equal(h.sink.texts("portal:a"), []string{"after"}) })
		dead := told[desk.EffectDead](h.engine)
		if len(dead) != 1 || dead[0].Effect != "1" {
			t.Errorf("told of the dead: %+v", dead)
		}
		if q, ok := dead[0].Body.(desk.Answer); !ok || q.Given != "portal:none" {
			t.Errorf("the dead effect is %+v", dead[0].Body)
		}
	})
}
