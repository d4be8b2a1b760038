package journal_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
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

// TestCommandsThatReadCannotWrite: the engine answers each of them in a transaction that refuses to write.
func TestCommandsThatReadCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		catalogue, err := texts.Load()
		if err != nil {
			t.Fatal(err)
		}
		newID := desktest.IDs("id")
		engine := desk.New(desk.Options{
			NewID: newID, Texts: catalogue, Bot: desktest.Bot, IsPuppet: func(desk.UserID) bool { return false },
		})
		j := journal.New(journal.Options{DB: database.Open(t), Engine: engine, Log: zerolog.Nop(), NewID: newID})
		decide := func(in desk.Input) {
			t.Helper()
			if _, err := j.Decide(t.Context(), in); err != nil {
				t.Fatalf("decide %T: %v", in, err)
			}
		}
		decide(desktest.Configuration())
		for i := range 3 {
			var c *desk.Conversation
			if err := j.Write(t.Context(), func(tx journal.Tx) (err error) {
				c, err = engine.OpenConversation(tx, desktest.Start, desktest.Site, desk.ChannelWidget, "en")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			decide(desk.CustomerMessage{Conversation: c.ID, ClientID: fmt.Sprint(i), Text: "Where are my orders?"})
		}
		for command, given := range map[string]string{
			"my": "", "new": "", "all": "", "archive": "", "search": "order", "и": "from:2026-01-01", "audit": "", "rooms": "with anna",
			"blocked": "", "who": "", "operators": "", "departments": "", "s": "order page:all",
		} {
			q := desk.Answer{
				ID: "x", Room: desk.DirectRoom(desktest.Admin), By: desktest.Admin, In: desk.DirectRoom(desktest.Admin), Command: command, Given: given,
			}
			var post desk.Post
			err := j.Read(t.Context(), func(tx journal.Tx) (err error) {
				post, err = engine.Answer(tx, desktest.Start, q)
				return err
			})
			if err != nil || post.Text == "" {
				t.Errorf("!%s %s is answered %+v, %v", command, given, post, err)
			}
		}
	})
}
