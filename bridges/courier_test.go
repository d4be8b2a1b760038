package bridges_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/bridges"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

// clerk is Anna at work in the messenger, in a bubble whose clock jumps to the next event: what is sent when is exact.
type clerk struct {
	*testing.T
	*echo
	database storetest.Database
	limits   bridges.Limits
}

func atWork(t *testing.T, limits bridges.Limits, test func(*clerk)) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{T: t, database: database, limits: limits}
		c.echo = openEcho(t, database, limits, nil)
		test(c)
	})
}

// pass lets time pass, and what was due meanwhile happen.
func (c *clerk) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (c *clerk) say(room desk.RoomKey, text string) desk.EventID {
	c.Helper()
	return c.desk.Say(c, room, text)
}

// begin lets somebody write and Anna take the ticket, and forgets what was sent at that.
func (c *clerk) begin(chat string) (room desk.RoomKey) {
	c.Helper()
	p := &echoPerson{c, c.echo, chat}
	p.Write("I am " + chat)
	room = c.desk.Accept(c, p.Conversation())
	c.pass(time.Minute)
	c.script(func() { c.asked = nil })
	return room
}

// texts of sends.
func texts(all []asked) (out []string) {
	for _, a := range all {
		out = append(out, a.text)
	}
	return out
}

// wantTold checks that one line in Matrix says something about an event.
func (c *clerk) wantTold(event desk.EventID, words string) {
	c.Helper()
	n := 0
	for _, p := range c.desk.Matrix.Posts() {
		if p.Reply.Event == event && strings.Contains(p.Text, words) {
			n++
		}
	}
	if n != 1 {
		c.Errorf("%q was told %d times, want once", words, n)
	}
}

// wantSent checks what was sent to all chats, in its order.
func (c *clerk) wantSent(want ...string) {
	c.Helper()
	if got := texts(c.sent("")); !slices.Equal(got, want) {
		c.Errorf("sent %q, want %q", got, want)
	}
}

// once makes the messenger answer the first send of a text with an error.
func (c *clerk) once(text string, err error) {
	done := false
	c.script(func() {
		c.answer = func(_, t string) error {
			if t != text || done {
				return nil
			}
			done = true
			return err
		}
	})
}

// Who is told to wait waits exactly so long, and holds up nobody else.
func TestTooManyRequests(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		slow, quick := c.begin("slow"), c.begin("quick")
		c.once("One", bridges.Later(errors.New("too many requests"), 7*time.Second))
		c.say(slow, "One")
		c.say(slow, "Two")
		c.say(quick, "At once")
		c.pass(6999 * time.Millisecond)
		if got := texts(c.sent("slow")); !slices.Equal(got, []string{"One"}) {
			c.Errorf("before its time the chat was sent %q", got)
		}
		if got := c.sent("quick"); len(got) != 1 || got[0].at != c.sent("slow")[0].at {
			c.Errorf("the other chat was sent %v", got)
		}
		c.pass(10 * time.Millisecond)
		all := c.sent("slow")
		if got := texts(all); !slices.Equal(got, []string{"One", "One", "Two"}) {
			c.Fatalf("after its time the chat was sent %q", got)
		}
		if waited := all[1].at.Sub(all[0].at); waited != 7*time.Second {
			c.Errorf("it waited for %s", waited)
		}
	})
}

// A chat gets one message in its time, all chats together so many, and whoever has a lot to get takes nothing from who has little.
func TestLimits(t *testing.T) {
	const chats, each = 6, 4
	limits := bridges.Limits{Chat: time.Second, PerSec: 10}
	atWork(t, limits, func(c *clerk) {
		var rooms []desk.RoomKey
		for i := range chats {
			rooms = append(rooms, c.begin(fmt.Sprintf("chat %d", i)))
		}
		began := time.Now()
		for i := range 10 * each {
			c.say(rooms[0], fmt.Sprintf("long %d", i))
		}
		for i := range each {
			for _, room := range rooms[1:] {
				c.say(room, fmt.Sprintf("short %d", i))
			}
		}
		c.pass(time.Minute)
		var before time.Time
		last := map[string]time.Time{}
		got := map[string][]string{}
		for _, a := range c.sent("") {
			if gap := a.at.Sub(before); gap < 100*time.Millisecond {
				c.Errorf("%q to %s went %s after another", a.text, a.chat, gap)
			}
			if gap := a.at.Sub(last[a.chat]); gap < time.Second {
				c.Errorf("%q went %s after the one before it in its chat", a.text, gap)
			}
			before, last[a.chat] = a.at, a.at
			got[a.chat] = append(got[a.chat], a.text)
		}
		for i := range chats {
			chat, want, kind := fmt.Sprintf("chat %d", i), each, "short"
			if i == 0 {
				want, kind = 10*each, "long"
			}
			if len(got[chat]) != want {
				c.Errorf("%s was sent %q", chat, got[chat])
			}
			for n, text := range got[chat] {
				if text != fmt.Sprintf("%s %d", kind, n) {
					c.Errorf("%q is number %d of %s", text, n, chat)
				}
			}
			if took := last[chat].Sub(began); i > 0 && took > (each+1)*time.Second {
				c.Errorf("%s had its %d messages after %s", chat, each, took)
			}
		}
	})
}

// While the other side is away nothing is sent but a question, less and less often or when it was told; then everything goes, once.
func TestAway(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		first, second := c.begin("first"), c.begin("second")
		var probes []time.Time
		c.once("One", bridges.Away(errors.New("connection refused")))
		c.script(func() {
			c.back = func() error {
				probes = append(probes, time.Now())
				switch len(probes) {
				case 1, 2:
					return errors.New("connection refused")
				case 3:
					return bridges.Later(errors.New("too many requests"), 40*time.Second)
				}
				return nil
			}
		})
		began := time.Now()
		c.say(first, "One")
		c.pass(time.Second)
		c.say(second, "Two")
		c.pass(40 * time.Second)
		c.wantSent("One")
		c.pass(10 * time.Second)
		var after []time.Duration
		for _, p := range probes {
			after = append(after, p.Sub(began))
		}
		if want := []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond, 43500 * time.Millisecond}; !slices.Equal(after, want) {
			c.Errorf("asked after %v, want %v", after, want)
		}
		got := texts(c.sent(""))[1:]
		slices.Sort(got)
		if !slices.Equal(got, []string{"One", "Two"}) {
			c.Errorf("then sent: %q", got)
		}
	})
}

// What may have arrived is not sent again but shown, what follows goes on, and it is sent again when Anna asks.
func TestDoubt(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		room := c.begin("chat")
		c.once("One", bridges.Unknown(errors.New("the answer was lost")))
		event := c.say(room, "One")
		c.say(room, "Two")
		c.pass(time.Minute)
		c.wantSent("One", "Two")
		c.wantTold(event, "nobody knows")
		c.desk.React(c, room, event, "🔁")
		c.pass(time.Minute)
		c.wantSent("One", "Two", "One")
		c.wantTold(event, "nobody knows")
	})
}

// What was begun when the program was killed is in doubt for the next one; what was not begun is sent by it.
func TestDoubtAfterACrash(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		room := c.begin("chat")
		c.once("One", bridges.Later(errors.New("too many requests"), time.Hour))
		event := c.say(room, "One")
		c.say(room, "Two")
		c.pass(time.Second)
		err := c.desk.Journal.Write(c.Context(), func(tx journal.Tx) error {
			chat, err := tx.Chat(echoSource, "chat")
			if err != nil {
				return err
			}
			all, err := tx.MessagesBefore(chat.Conversation, 0, 10)
			if err != nil {
				return err
			}
			one := all[slices.IndexFunc(all, func(m desk.Message) bool { return m.Content.Text == "One" })]
			return tx.PutRemote(&journal.Remote{Message: one.ID, Source: echoSource, Chat: "chat", State: journal.RemoteSending, At: time.Now()})
		})
		if err != nil {
			c.Fatal(err)
		}
		c.desk.Close()
		c.echo = openEcho(c, c.database, c.limits, c.echo)
		c.pass(time.Minute)
		c.wantSent("One") // who was told to wait waits on
		c.wantTold(event, "nobody knows")
		c.pass(time.Hour)
		c.wantSent("One", "Two")
	})
}

// What certainly was not sent is tried again for some time, and then told with its reason; it holds up nobody else.
func TestTriedAgainAndGivenUp(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		room, other := c.begin("chat"), c.begin("other")
		c.script(func() {
			c.answer = func(_, text string) error {
				if text == "One" {
					return bridges.Again(errors.New("the file breaks off"), bridges.Refuse("undelivered.no_file", "one.pdf"))
				}
				return nil
			}
		})
		event := c.say(room, "One")
		c.say(room, "Two")
		c.say(other, "At once")
		c.pass(time.Minute)
		if got := texts(c.sent("other")); !slices.Equal(got, []string{"At once"}) {
			c.Errorf("the other chat was sent %q", got)
		}
		c.pass(time.Hour)
		all := texts(c.sent("chat"))
		if n := len(all); n < 10 || n > 30 || all[n-1] != "Two" || all[n-2] != "One" {
			c.Errorf("sent was %q", all)
		}
		c.wantTold(event, "the file one.pdf could not be read")
	})
}

// bare is the messenger when it can do nothing but send.
type bare struct{ e *echo }

func (b bare) Source() string                      { return b.e.Source() }
func (b bare) Parts(v bridges.View) []bridges.Part { return b.e.Parts(v) }
func (b bare) Probe(ctx context.Context) error     { return b.e.Probe(ctx) }
func (b bare) Send(ctx context.Context, chat string, p bridges.Part) (string, error) {
	return b.e.Send(ctx, chat, p)
}

// What a channel has not declared is not asked of it, and told once to who tries it.
func TestWhatAChannelCannotDo(t *testing.T) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		e := &echo{chats: map[string][]echoMessage{}}
		e.able = bare{e}
		c := &clerk{T: t, database: database, echo: openEcho(t, database, bridges.Limits{}, e)}
		room := c.begin("chat")
		asked := c.desk.Matrix.Post(c, "the question", func(p desk.Post) bool { return p.Text == "I am chat" })
		edited, deleted := c.say(room, "One"), c.say(room, "Two")
		c.pass(time.Minute)
		c.desk.Decide(c, desk.StaffEdit{
			Room: room, Event: c.desk.Event(), Sender: desktest.Anna, Replaces: edited, Content: content.Message{Text: "Three"}, At: time.Now(),
		})
		c.desk.TakeBack(c, room, deleted)
		thumb := c.desk.React(c, room, desk.EventID("$"+asked.ID), "👍")
		c.pass(time.Minute)
		c.desk.TakeBack(c, room, thumb)
		c.desk.React(c, room, edited, "🎉")
		c.say(room, "Four")
		c.pass(time.Hour)
		c.wantSent("One", "Two", "Four")
		const unable = "nothing of the kind is possible in this messenger"
		c.wantTold(edited, "The customer still sees the earlier words: "+unable)
		c.wantTold(edited, "The customer does not see the reaction: "+unable)
		c.wantTold(deleted, "The customer still sees the message: "+unable)
		c.wantTold(desk.EventID("$"+asked.ID), "The customer does not see the reaction: "+unable)
	})
}

// bulky is the messenger when everything it sends is a large file.
type bulky struct {
	*echo
	given []time.Duration // for each send
}

func (b *bulky) Parts(v bridges.View) []bridges.Part {
	parts := b.echo.Parts(v)
	for i := range parts {
		parts[i].File = &content.Attachment{Size: 50 << 20}
	}
	return parts
}

func (b *bulky) Send(ctx context.Context, chat string, p bridges.Part) (string, error) {
	deadline, _ := ctx.Deadline()
	b.script(func() { b.given = append(b.given, time.Until(deadline)) })
	return b.echo.Send(ctx, chat, p)
}

// What is large has the time that a slow line needs.
func TestLargeFilesHaveTime(t *testing.T) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		b := &bulky{echo: &echo{chats: map[string][]echoMessage{}}}
		b.able = b
		c := &clerk{T: t, database: database, echo: openEcho(t, database, bridges.Limits{}, b.echo)}
		c.begin("chat")
		for _, given := range b.given {
			if given < 20*time.Minute {
				t.Errorf("50 MB have to be sent within %s", given)
			}
		}
		if len(b.given) == 0 {
			t.Error("nothing was sent")
		}
	})
}

// endless is bulky when nothing of it gets through.
type endless struct{ *bulky }

func (e endless) Send(ctx context.Context, _ string, _ bridges.Part) (string, error) {
	<-ctx.Done()
	return "", bridges.Again(ctx.Err(), bridges.Refuse("undelivered.upload", "film.mkv"))
}

// The program's end does not wait for all the time that a large file may take.
func TestTheEndDoesNotWaitForLargeFiles(t *testing.T) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		e := endless{&bulky{echo: &echo{chats: map[string][]echoMessage{}}}}
		e.able = e
		c := &clerk{T: t, database: database, echo: openEcho(t, database, bridges.Limits{}, e.echo)}
		c.begin("chat")
		ends := time.Now()
		c.desk.Close()
		if waited := time.Since(ends); waited > 2*time.Minute {
			t.Errorf("the end took %s", waited)
		}
	})
}

// What is refused is told with its reason, and does not stop what follows.
func TestRefused(t *testing.T) {
	atWork(t, bridges.Limits{}, func(c *clerk) {
		room := c.begin("chat")
		c.once("One", bridges.Refuse("undelivered.refused", "WORDS_TOO_STRONG"))
		event := c.say(room, "One")
		c.say(room, "Two")
		c.pass(time.Minute)
		c.wantSent("One", "Two")
		c.wantTold(event, "WORDS_TOO_STRONG")
	})
}

// asking is the messenger when it also says something beside the log.
type asking struct {
	*echo
	times []time.Time // of being told to
}

func (a *asking) Prompt(context.Context, string, string, bridges.View) (bridges.Prompted, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = append(a.times, time.Now())
	return bridges.Prompted{}, bridges.Unknown(errors.New("the answer was lost"))
}

func (a *asking) Withdraw(context.Context, string, string) error { return nil }

// What fails is tried less and less often, also where the limits make it wait in between.
func TestFailuresAreNotForgottenByWaiting(t *testing.T) {
	database := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		a := &asking{echo: &echo{chats: map[string][]echoMessage{}}}
		a.able = a
		limits := bridges.Limits{Chat: 3 * time.Second}
		c := &clerk{T: t, database: database, limits: limits, echo: openEcho(t, database, limits, a.echo)}
		c.begin("chat")
		began := time.Now()
		err := c.desk.Journal.Write(t.Context(), func(tx journal.Tx) error {
			chat, err := tx.Chat(echoSource, "chat")
			if err != nil {
				return err
			}
			chat.Prompt = "hello"
			return tx.PutChat(chat)
		})
		if err != nil {
			t.Fatal(err)
		}
		c.pass(40 * time.Second)
		var after []time.Duration
		for _, at := range a.times {
			after = append(after, at.Sub(began))
		}
		// Of half a second, one, two, four … the limits lengthen those below three.
		want := []time.Duration{0, 3 * time.Second, 6 * time.Second, 9 * time.Second, 13 * time.Second, 21 * time.Second, 37 * time.Second}
		if !slices.Equal(after, want) {
			t.Errorf("tried after %v, want %v", after, want)
		}
	})
}
