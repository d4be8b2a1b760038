package widgetgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

func text(want string) func(protocol.Message) bool {
	return func(m protocol.Message) bool { return m.Text == want }
}

func shows(want string) func(widgettest.View) bool {
	return func(v widgettest.View) bool {
		_, ok := v.Find(text(want))
		return ok
	}
}

func TestLookingAtTheSiteStoresNothing(t *testing.T) {
	h := open(t)
	c := h.visitor(func(o *widgettest.Options) {
		o.Lang = "ru-RU"
		o.Page = &protocol.Page{URL: pageHost + "/shoes", Title: "Shoes"}
	})
	if err := c.Ready(patience(t)); err != nil {
		t.Fatal(err)
	}
	var w protocol.Welcome
	c.View(func(v widgettest.View) { w = v.Welcome() })
	if w.Site.Lang != "ru" || w.Site.Texts["online"] != "Мы тут!" || w.Site.Texts["title"] != "Магазин" || w.Site.Texts["glad"] != "Мы рады помочь!" {
		t.Errorf("site of the welcome: %+v", w.Site)
	}
	if !w.State.Online || w.State.Hours == "" || w.State.Ticket != nil || w.Session != nil || w.Heartbeat != 25_000 || w.Rev != 0 || w.More {
		t.Errorf("welcome: %+v", w)
	}
	if w.Site.Limits.Text != protocol.MaxText || w.Site.Limits.File != defaultFileMax || w.Site.Theme["accent"] == "" {
		t.Errorf("limits and theme: %+v", w.Site)
	}
	var number int64
	if err := h.journal.Write(patience(t), func(tx journal.Tx) (err error) {
		number, err = tx.NextCustomerNumber()
		return err
	}); err != nil || number != 1 {
		t.Errorf("the next customer is number %d, %v", number, err)
	}
}

func TestTalk(t *testing.T) {
	h := open(t)
	c := h.visitor(func(o *widgettest.Options) { o.Page = &protocol.Page{URL: pageHost + "/shoes", Title: "Shoes"} })
	first := h.send(c, "Hello, is anybody there?")
	if first.ID == "" || first.Seq != 1 {
		t.Errorf("first acknowledgement: %+v", first)
	}
	h.until(c, "the ticket waits and its words are in Matrix", func(v widgettest.View) bool {
		s := v.State()
		return s.Ticket != nil && s.Ticket.State == "waiting" && s.StaffGot >= 1
	})
	h.until(c, "the waiting text came", func(v widgettest.View) bool {
		_, ok := v.Find(func(m protocol.Message) bool {
			return m.From == protocol.FromSystem && m.Kind == "waiting" && strings.HasPrefix(m.Text, "Thank you")
		})
		return ok
	})

	room := h.accept(c)
	h.until(c, "the operator is shown", func(v widgettest.View) bool {
		s := v.State()
		return s.Operator != nil && s.Operator.Name == "Anna Petrova" && strings.HasPrefix(s.Operator.Avatar, avatarPath)
	})
	h.gw.StaffTyping(h.conversationOf(c).ID, "Anna Petrova", true)
	h.until(c, "the operator types", widgettest.View.Staff)

	event := h.say(room, "Yes. What do you need?")
	h.until(c, "the answer came", shows("Yes. What do you need?"))
	var answer protocol.Message
	c.View(func(v widgettest.View) { answer, _ = v.Find(text("Yes. What do you need?")) })
	if answer.From != protocol.FromStaff || answer.Who == nil || answer.Who.Name != "Anna Petrova" || answer.CID != "" || answer.Status != "" {
		t.Errorf("answer: %+v", answer)
	}

	reply, err := c.Do(patience(t), protocol.Send{CID: widgettest.NewCID(), Text: "Shoes", Reply: answer.ID})
	if err != nil {
		t.Fatal(err)
	}
	h.until(c, "the reply quotes", func(v widgettest.View) bool {
		m, ok := v.Message(reply.ID)
		return ok && m.Reply != nil && m.Reply.ID == answer.ID && m.Reply.Text == answer.Text && m.Reply.From == protocol.FromStaff
	})
	h.decide(desk.StaffReaction{Room: room, Event: h.event(), Sender: desktest.Anna, Relates: desk.EventID("$" + h.postOf(desk.MessageID(first.ID))), Key: "👍"})
	h.until(c, "the reaction came", func(v widgettest.View) bool {
		m, _ := v.Message(first.ID)
		return len(m.Reactions) == 1 && m.Reactions[0] == protocol.Reaction{Key: "👍", N: 1}
	})
	for _, act := range []any{
		protocol.React{CID: widgettest.NewCID(), ID: answer.ID, Key: "❤️", On: true},
		protocol.Edit{CID: widgettest.NewCID(), ID: first.ID, Text: "Hello!"},
		protocol.Delete{CID: widgettest.NewCID(), ID: reply.ID},
	} {
		if _, err := c.Do(patience(t), act); err != nil {
			t.Errorf("%T: %v", act, err)
		}
	}
	h.until(c, "own changes are shown", func(v widgettest.View) bool {
		a, _ := v.Message(answer.ID)
		f, _ := v.Message(first.ID)
		r, _ := v.Message(reply.ID)
		return len(a.Reactions) == 1 && a.Reactions[0].Me && f.Text == "Hello!" && f.Edited != nil && r.Deleted && r.Text == "" && r.Reply == nil
	})
	h.decide(desk.StaffSeen{Room: room, Sender: desktest.Anna, Event: event})
	h.until(c, "the words are seen", func(v widgettest.View) bool { return v.State().StaffSeen >= first.Seq })
}

// postOf waits for a message's event in Matrix and gives its row.
func (h *house) postOf(id desk.MessageID) desk.EffectID {
	h.t.Helper()
	ctx := patience(h.t)
	for {
		h.matrix.mu.Lock()
		i := slices.IndexFunc(h.matrix.posts, func(p desk.Post) bool { return p.Message == id })
		changed := h.matrix.changed
		var row desk.EffectID
		if i >= 0 {
			row = h.matrix.posts[i].ID
		}
		h.matrix.mu.Unlock()
		if row != "" {
			return row
		}
		select {
		case <-changed:
		case <-ctx.Done():
			h.t.Fatalf("message %s was never posted", id)
		}
	}
}

func TestReadPositionsAndPageReachTheDesk(t *testing.T) {
	h := open(t)
	c := h.visitor(func(o *widgettest.Options) { o.Page = &protocol.Page{URL: pageHost + "/a", Title: " A \n page "} })
	h.send(c, "Hello")
	room := h.accept(c)
	h.say(room, "Hi")
	h.until(c, "the answer came", shows("Hi"))
	var answer protocol.Message
	var rev int64
	c.View(func(v widgettest.View) { answer, _ = v.Find(text("Hi")); rev = v.Rev() })
	c.Say(protocol.Got{Rev: 1 << 60})
	c.Say(protocol.Seen{Seq: answer.Seq})
	h.until(c, "the position came back", func(v widgettest.View) bool { return v.State().MySeen == answer.Seq })
	conv := h.conversationOf(c)
	if conv.CustomerGot < answer.Seq || conv.CustomerGot > rev {
		t.Errorf("got up to %d, the newest sent is %d", conv.CustomerGot, rev)
	}
	if conv.PageURL != pageHost+"/a" || conv.PageTitle != "A page" {
		t.Errorf("page %q %q", conv.PageURL, conv.PageTitle)
	}
	c.Say(protocol.Seen{Seq: 1})
	c.Say(protocol.Page{URL: "javascript:alert(1)"})
	c.Say(protocol.Page{URL: pageHost + "/b", Title: "B"})
	h.send(c, "still here")
	h.eventually("the page moved", func() bool { return h.conversationOf(c).PageURL == pageHost+"/b" })
	if conv := h.conversationOf(c); conv.CustomerSeen != answer.Seq {
		t.Errorf("seen went back to %d", conv.CustomerSeen)
	}
}

// eventually polls for what nobody announces.
func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	ctx := patience(h.t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.t.Fatalf("never: %s", what)
		}
	}
}

func TestVisitorsTypingIsRelayed(t *testing.T) {
	type tiding struct {
		conv desk.ConversationID
		on   bool
	}
	told := make(chan tiding, 10)
	h := open(t)
	h.gw.OnTyping = func(conv desk.ConversationID, on bool) { told <- tiding{conv, on} }
	c := h.visitor()
	h.send(c, "Hello")
	conv := h.conversationOf(c).ID
	next := func() tiding {
		select {
		case n := <-told:
			return n
		case <-patience(t).Done():
			t.Fatal("nothing was told")
			return tiding{}
		}
	}
	c.Say(protocol.Typing{On: true})
	c.Say(protocol.Typing{On: true}) // too soon to be told again
	c.Say(protocol.Typing{On: false})
	if n := next(); n != (tiding{conv, true}) {
		t.Errorf("told %+v", n)
	}
	if n := next(); n != (tiding{conv, false}) {
		t.Errorf("told %+v", n)
	}
	c.Say(protocol.Typing{On: true})
	if n := next(); n != (tiding{conv, true}) {
		t.Errorf("told %+v", n)
	}
	c.Close()
	if n := next(); n != (tiding{conv, false}) {
		t.Errorf("told %+v of somebody who left", n)
	}
}

// A visitor is shown typing as long as it lasts, though clients forget it and homeservers tell of it once.
func TestStaffsTypingIsSaidAgain(t *testing.T) {
	h := open(t, func(c *Config) { c.Heartbeat = time.Hour })
	c := h.sessionFor()
	conv := h.conversationOf(c).ID
	conn, _, err := widgettest.Hello(patience(t), widgettest.Options{URL: h.server.URL, Site: siteKey, Origin: pageHost, Token: c.Token()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	next := func() protocol.TypingNews {
		for {
			frame, err := conn.Next()
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := frame.(protocol.TypingNews); ok {
				return n
			}
		}
	}
	h.gw.StaffTyping(conv, "Anna", true)
	for range 3 {
		if n := next(); !n.On || n.Who == nil || n.Who.Name != "Anna" {
			t.Errorf("told %+v", n)
		}
		h.ahead.Add(int64(staffTypingRepeat))
	}
	h.ahead.Add(int64(staffTypingLongest))
	h.eventually("it is forgotten", func() bool {
		h.gw.typing.mu.Lock()
		defer h.gw.typing.mu.Unlock()
		return len(h.gw.typing.on) == 0
	})
	h.gw.StaffTyping(conv, "Anna", false)
	for n := next(); n.On; n = next() {
	}
}
