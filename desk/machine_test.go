package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestReminders: a waiting ticket is announced again at growing distances, to those it is still offered to, and not for ever.
func TestReminders(t *testing.T) {
	d, c := waiting(t)
	d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	d.Pass(5 * time.Minute)
	p := d.LastPost(lobby)
	if p.Text != "Ticket #1 has been waiting for 5 minutes." || !slices.Equal(p.Mentions, []desk.UserID{desktest.Boris}) || p.Thread.Event != d.CardOf(c) {
		t.Fatalf("reminder %+v", p)
	}
	var times []string
	start := d.Now.Add(-5 * time.Minute)
	for range 1000 {
		before := len(d.Posts(lobby))
		d.Pass(5 * time.Minute)
		if len(d.Posts(lobby)) > before {
			times = append(times, d.Now.Sub(start).String())
		}
	}
	if got := fmt.Sprint(times); got != "[10m0s 20m0s 40m0s 1h20m0s 2h40m0s 5h20m0s 10h40m0s]" {
		t.Errorf("reminded after %s", got)
	}
	if len(d.Timers) != 0 {
		t.Errorf("still armed: %+v", d.Timers)
	}
}

// TestVoidTimers: a timer of another generation is nothing.
func TestVoidTimers(t *testing.T) {
	d, c, room := assigned(t)
	d.Pass(time.Hour)
	d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
	returned := len(d.Posts(lobby))
	d.Pass(4 * time.Minute)
	if got := len(d.Posts(lobby)); got != returned {
		t.Errorf("reminded by a void timer: %+v", d.LastPost(lobby))
	}
	d.Pass(time.Minute)
	if p := d.LastPost(lobby); !strings.Contains(p.Text, "waiting for 5 minutes") {
		t.Errorf("reminder of the second wait %+v", p)
	}
	before := d.Dump()
	d.Decide(desk.TimerFired{Timer: desk.Arm{Name: "remind", Ticket: "none"}})
	d.Decide(desk.TimerFired{Timer: desk.Arm{Name: "unknown", Ticket: d.TicketOf(c).ID}})
	if d.Dump() != before {
		t.Errorf("a timer of nothing changed something")
	}
}

func TestNoReminders(t *testing.T) {
	d, _ := waiting(t, func(in *desk.SitesConfigured) { in.Queues[0].RemindAfter = 0 })
	if len(d.Timers) != 0 {
		t.Errorf("armed %+v", d.Timers)
	}
}

// TestDeadMessage: a customer's message that could not be passed on is failed for the customer, and told in its room and to the
// administrators. Sent after all, it is.
func TestDeadMessage(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "hello")
	stored, _ := d.Message(m.ID)
	stored.Status = desk.Stored
	if err := d.PutMessage(stored); err != nil {
		t.Fatal(err)
	}
	post := desk.Post{ID: "x", Room: room, As: desk.Puppet(d.TicketOf(c).Customer), Message: m.ID}
	d.Decide(desk.EffectDead{Effect: "x", Body: post, Reason: "too large"})
	d.Deliver()
	failed, _ := d.Message(m.ID)
	if failed.Status != desk.Failed || failed.Rev <= m.Rev {
		t.Errorf("message %+v", failed)
	}
	if a, b := d.LastPost(room), d.LastPost(desk.AdminRoom()); !strings.Contains(a.Text, "too large") || !strings.Contains(b.Text, "#1: too large") {
		t.Errorf("told %+v and %+v", a, b)
	}
	if got := refused(t, d, desk.CustomerReaction{Conversation: c, Message: m.ID, Key: "👍", On: true}); got.Key != "reaction.not_here" {
		t.Errorf("reacting to a failed message: %s", got.Key)
	}
	later := d.Write(c, "later")
	d.Decide(desk.Echo{Room: room, Event: "$late", Row: desk.EffectID(string(m.ID) + ".0")})
	if sent, _ := d.Message(m.ID); sent.Status != desk.Sent || sent.Rev <= failed.Rev {
		t.Errorf("sent after all %+v", sent)
	}
	if conversation, _ := d.Conversation(c); conversation.StaffGot != later.Seq {
		t.Errorf("staff got %d, want %d", conversation.StaffGot, later.Seq)
	}
}

// TestDeadFile: of a file that did not come the words that came with it are told.
func TestDeadFile(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "our\ncats", d.Upload(c, "a.png", "image/png"))
	post := desk.Post{
		ID: "x", Room: room, As: desk.Puppet(d.TicketOf(c).Customer), Message: m.ID, Text: m.Content.Text, File: &m.Content.Files[0],
	}
	d.Decide(desk.EffectDead{Effect: "x", Body: post, Reason: "it is too large."})
	d.Deliver()
	if got := d.LastPost(room); got.As != desk.Bot || got.Text != "The file a.png of the customer is not to be had here: it is too large.\n> our\n> cats" {
		t.Errorf("told is %q", got.Text)
	}
}

func TestDeletingFailedMessage(t *testing.T) {
	d, c, room := assigned(t)
	out := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "x", Text: "hello"})
	d.Decide(desk.EffectDead{Effect: "x", Body: desk.Post{ID: "x", Room: room, Message: out.Message.ID}, Reason: "too large"})
	if got := d.Decide(desk.CustomerEdit{Conversation: c, Message: out.Message.ID, Text: "hi"}); len(got.Effects) > 0 {
		t.Errorf("editing what is not in Matrix: %+v", got.Effects)
	}
	got := d.Decide(desk.CustomerDelete{Conversation: c, Message: out.Message.ID})
	if len(got.Effects) > 0 {
		t.Errorf("deleting what is not in Matrix: %+v", got.Effects)
	}
}

// TestNoticesDoNotBreed: what dies is told one step further, and in the end in the journal only.
func TestNoticesDoNotBreed(t *testing.T) {
	d, _, room := assigned(t)
	portalNotice := desk.Post{ID: "n1", Room: room, As: desk.Bot, Notice: true, Text: "x"}
	adminNotice := desk.Post{ID: "n2", Room: desk.AdminRoom(), As: desk.Bot, Notice: true, Text: "x"}
	for _, test := range []struct {
		name string
		in   desk.Input
		room desk.RoomKey // where it is told; empty: nowhere
	}{
		{"line in a portal", desk.EffectDead{Effect: "n1", Body: portalNotice, Reason: "r"}, desk.AdminRoom()},
		{"line in the admin room", desk.EffectDead{Effect: "n2", Body: adminNotice, Reason: "r"}, ""},
		{"admin room itself", desk.EffectDead{Effect: "n3", Body: desk.CreateRoom{ID: "n3", Room: desk.AdminRoom()}, Reason: "r"}, ""},
		{"portal itself", desk.EffectDead{Effect: "n4", Body: desk.CreateRoom{ID: "n4", Room: room}, Reason: "r"}, desk.AdminRoom()},
		{"lobby itself", desk.EffectDead{Effect: "n5", Body: desk.CreateRoom{ID: "n5", Room: lobby}, Reason: "r"}, desk.AdminRoom()},
		{"timer", desk.EffectDead{Effect: "n6", Body: desk.Arm{ID: "n6"}, Reason: "r"}, ""},
		{"desire of a portal", desk.DesireDead{Room: room, Thing: desk.ThingName, Reason: "r"}, desk.AdminRoom()},
		{"desire of the admin room", desk.DesireDead{Room: desk.AdminRoom(), Thing: desk.ThingName, Reason: "r"}, ""},
		{"input of a portal", desk.InputDead{Source: "matrix", SourceID: "$x", Room: room, Reason: "r"}, room},
		{"input of a space", desk.InputDead{Source: "matrix", SourceID: "$x", Room: desk.SiteRoom(desktest.Site), Reason: "r"}, desk.AdminRoom()},
		{"input of no room", desk.InputDead{Source: "widget:shop", SourceID: "x", Reason: "r"}, desk.AdminRoom()},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := d.Decide(test.in)
			var told desk.RoomKey
			for _, e := range out.Effects {
				p := e.(desk.Post)
				if told != "" || p.As != desk.Bot || !p.Notice {
					t.Errorf("told by %+v", p)
				}
				told = p.Room
			}
			if told != test.room {
				t.Errorf("told in %q, want %q", told, test.room)
			}
		})
	}
}

// TestInputOfNoRoomIsNamed: whose input could not be worked is told to the administrators as well as it is known, where no room tells it.
func TestInputOfNoRoomIsNamed(t *testing.T) {
	d := newDesk(t)
	nameless, named := d.Open(), d.Open()
	d.Decide(desk.CustomerProfile{Conversation: named, Name: "Ivan"})
	for _, test := range []struct {
		name, lane, want, listed string
	}{
		{"of a customer", "conv:" + string(named), "An event (telegram:shop, Ivan) could not be worked", " · Ivan · event (telegram:shop)"},
		{"of one without a name", "conv:" + string(nameless), "An event (telegram:shop, Visitor 1) could not be worked", " · Visitor 1 · event (telegram:shop)"},
		{"of a conversation that is gone", "conv:none", "An event (telegram:shop) could not be worked", " · conv:none · event (telegram:shop)"},
		{"of a chat", "telegram:shop:8", "An event (telegram:shop:8) could not be worked", " · telegram:shop:8 · event (telegram:shop)"},
		{"of nobody", "telegram:shop", "An event (telegram:shop) could not be worked", " · telegram:shop · event (telegram:shop)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d.Decide(desk.InputDead{Source: "telegram:shop", SourceID: "x", Lane: test.lane, Reason: "r"})
			d.Deliver()
			if got := d.LastPost(desk.AdminRoom()).Text; !strings.HasPrefix(got, test.want) {
				t.Errorf("told %q", got)
			}
			d.Bury(desk.DeadLetter{Of: desk.OfInput, ID: "telegram:shop " + test.name, Lane: test.lane, At: d.Now})
			d.Say(desktest.Admin, desk.AdminRoom(), "!dead")
			d.Deliver()
			if got := d.LastPost(desk.AdminRoom()).Text; !strings.Contains(got, test.listed) {
				t.Errorf("listed as %q", got)
			}
		})
	}
}

func TestStateBroken(t *testing.T) {
	d, _, room := assigned(t)
	if out := d.Decide(desk.StateBroken{Room: room, Thing: desk.ThingName, Sender: desktest.Boris}); len(out.Effects) > 0 {
		t.Errorf("effects %+v", out.Effects)
	}
	journal := d.Journal()
	if e := journal[len(journal)-1]; e.Action != "room.broken" || e.Actor != string(desktest.Boris) {
		t.Errorf("journal %+v", e)
	}
}

// TestCardThread: what the card does not show whole stands in its thread, and follows what the customer does with it (Q4).
func TestCardThread(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	long := strings.Repeat("много слов ", 60)
	first := d.Write(c, long, d.Upload(c, "a.png", "image/png"))
	card := d.CardOf(c)
	copies := d.Posts(lobby)
	if len(copies) != 1 || copies[0].Thread.Event != card || copies[0].File.Name != "a.png" || copies[0].Text != strings.TrimSpace(long) {
		t.Fatalf("in the thread %+v", copies)
	}
	if words := d.TicketOf(c).Words; len([]rune(words)) != 300 || !strings.HasSuffix(words, "…") {
		t.Errorf("words of %d characters: %q", len([]rune(words)), words)
	}
	second := d.Write(c, "and this")
	if got := d.LastPost(lobby); got.Text != "and this" || got.Thread.Event != card {
		t.Errorf("in the thread %+v", got)
	}
	d.Decide(desk.CustomerEdit{Conversation: c, Message: second.ID, Text: "and that"})
	d.Deliver()
	if got := d.LastPost(lobby); got.Text != "and that" || got.Replaces.None() {
		t.Errorf("after the edit %+v", got)
	}
	d.Decide(desk.CustomerDelete{Conversation: c, Message: first.ID})
	d.Deliver()
	redactions := 0
	for _, s := range d.Sent {
		if r, ok := s.Effect.(desk.Redact); ok && r.Room == lobby {
			redactions++
		}
	}
	if redactions != 1 || d.TicketOf(c).Words != "and that" || !strings.Contains(d.Card(c).Text, "> and that") {
		t.Errorf("%d redactions, words %q", redactions, d.TicketOf(c).Words)
	}
	d.Accept(desktest.Anna, c)
	before := len(d.Posts(lobby))
	d.Write(c, "between us")
	if len(d.Posts(lobby)) != before {
		t.Errorf("words of an assigned ticket in the lobby: %+v", d.LastPost(lobby))
	}
}

// TestCopyOvertaken: a message changed or deleted before its copy was sent is changed there as well.
func TestCopyOvertaken(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*desktest.Desk, desk.ConversationID, desk.MessageID)
		check  func(desk.Effect) bool
	}{
		{"edited", func(d *desktest.Desk, c desk.ConversationID, m desk.MessageID) {
			d.Decide(desk.CustomerEdit{Conversation: c, Message: m, Text: "changed"})
		}, func(e desk.Effect) bool {
			p, ok := e.(desk.Post)
			return ok && p.Room == lobby && p.Text == "changed" && !p.Replaces.None()
		}},
		{"deleted", func(d *desktest.Desk, c desk.ConversationID, m desk.MessageID) {
			d.Decide(desk.CustomerDelete{Conversation: c, Message: m})
		}, func(e desk.Effect) bool { r, ok := e.(desk.Redact); return ok && r.Room == lobby }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c := waiting(t)
			file := d.Upload(c, "a.png", "image/png")
			out := d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "late", Text: "words", Files: []desk.FileID{file}})
			test.change(d, c, out.Message.ID)
			d.Deliver()
			if !slices.ContainsFunc(d.Sent, func(s desktest.Sent) bool { return test.check(s.Effect) }) {
				t.Errorf("sent %+v", d.Sent)
			}
		})
	}
}

// TestCardSentAnew: a card somebody has redacted is sent again; its reactions work, and the thread is not filled twice.
func TestCardSentAnew(t *testing.T) {
	d, c := waiting(t)
	d.Write(c, "", d.Upload(c, "a.png", "image/png"))
	before := len(d.Posts(lobby))
	d.Decide(desk.Echo{Room: lobby, Event: "$anew", Row: desk.CardRow(d.TicketOf(c).ID)})
	d.Deliver()
	if len(d.Posts(lobby)) != before {
		t.Errorf("posted again: %+v", d.LastPost(lobby))
	}
	d.React(desktest.Anna, lobby, "$anew", "✅")
	if d.TicketOf(c).Owner != desktest.Anna {
		t.Errorf("ticket %+v", d.TicketOf(c))
	}
}
