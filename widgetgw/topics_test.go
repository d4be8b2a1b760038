package widgetgw

import (
	"errors"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// topical configures two topics beside a hidden default queue. Anna answers in all of them.
func (h *house) topical(change ...func(*desk.SitesConfigured)) {
	h.t.Helper()
	in := configuration()
	for i, name := range []string{"Sales", "Delivery"} {
		in.Queues = append(in.Queues, desk.Queue{
			ID: desk.QueueID(strings.ToLower(name)), Site: desktest.Site, Name: name, Visible: true, Position: i + 1,
			Operators: []desk.UserID{desktest.Anna},
		})
	}
	for _, f := range change {
		f(&in)
	}
	h.decide(in)
	h.ahead.Add(int64(2 * siteFresh)) // what the gateway has known of the site is old
}

func offered(v widgettest.View) string {
	var names []string
	for _, o := range v.State().Topics {
		names = append(names, o.ID+":"+o.Name)
	}
	return strings.Join(names, " ")
}

func inState(want string) func(widgettest.View) bool {
	return func(v widgettest.View) bool { return v.State().Ticket != nil && v.State().Ticket.State == want }
}

// told reports whether a system message of a kind is shown, and how often.
func told(v widgettest.View, kind string) (n int) {
	for _, m := range v.Messages() {
		if m.Kind == kind && !m.Deleted {
			n++
		}
	}
	return n
}

func (h *house) choose(c *widgettest.Client, topic string) error {
	_, err := c.Do(patience(h.t), protocol.Choose{CID: widgettest.NewCID(), Topic: topic})
	return err
}

// secondTab opens the same session once more.
func (h *house) secondTab(c *widgettest.Client) *widgettest.Client {
	return h.visitor(func(o *widgettest.Options) { o.Token = c.Token() })
}

func TestChooseBeforeWriting(t *testing.T) {
	h := open(t)
	h.topical()
	c := h.visitor()
	h.until(c, "the topics are offered", func(v widgettest.View) bool { return offered(v) == "sales:Sales delivery:Delivery" })
	if err := h.choose(c, "delivery"); err != nil {
		t.Fatal(err)
	}
	h.until(c, "the ticket waits", func(v widgettest.View) bool {
		return inState("waiting")(v) && offered(v) == "" && told(v, "waiting") == 1 && v.Len() == 1
	})
	other := h.secondTab(c)
	h.until(other, "the second tab knows it", func(v widgettest.View) bool { return inState("waiting")(v) && offered(v) == "" })
	var refused *widgettest.Nacked
	if err := h.choose(other, "sales"); !errors.As(err, &refused) || refused.Code != string(desk.Conflict) || !strings.Contains(refused.Text, "already been passed on") {
		t.Errorf("a late choice: %v", err)
	}
	if room := h.accept(c); room == "" {
		t.Error("no room")
	}
	h.until(c, "an operator has it", inState("assigned"))
}

func TestChooseAfterWriting(t *testing.T) {
	h := open(t)
	h.topical()
	c := h.visitor()
	h.send(c, "Hello")
	other := h.secondTab(c)
	for _, tab := range []*widgettest.Client{c, other} {
		h.until(tab, "the topics are offered after the words", func(v widgettest.View) bool {
			return inState("choosing")(v) && offered(v) == "sales:Sales delivery:Delivery" && told(v, "topics") == 1 && told(v, "waiting") == 0
		})
	}
	if err := h.choose(other, "sales"); err != nil {
		t.Fatal(err)
	}
	for _, tab := range []*widgettest.Client{c, other} {
		h.until(tab, "what was chosen stands in place of the question", func(v widgettest.View) bool {
			m, ok := v.Find(func(m protocol.Message) bool { return m.Kind == "topic" })
			return ok && m.Text == "Topic: Sales" && m.Seq == 2 && offered(v) == "" && told(v, "topics") == 0 && told(v, "waiting") == 1
		})
	}
}

func TestChoosingTakesTooLong(t *testing.T) {
	h := open(t)
	h.topical(func(in *desk.SitesConfigured) { in.Sites[0].ChooseTimeout = 300 * time.Millisecond })
	c := h.visitor()
	h.send(c, "Hello")
	h.until(c, "the default queue has it", func(v widgettest.View) bool {
		return inState("waiting")(v) && offered(v) == "" && told(v, "topics") == 0 && told(v, "waiting") == 1
	})
	var refused *widgettest.Nacked
	if err := h.choose(c, "sales"); !errors.As(err, &refused) || refused.Code != string(desk.Conflict) {
		t.Errorf("a late choice: %v", err)
	}
}

// TestTopicHiddenMeanwhile: whoever chooses a topic that is gone is shown those that are left.
func TestTopicHiddenMeanwhile(t *testing.T) {
	h := open(t)
	h.topical()
	c := h.sessionFor()
	h.until(c, "both topics are offered", func(v widgettest.View) bool { return offered(v) == "sales:Sales delivery:Delivery" })
	h.topical(func(in *desk.SitesConfigured) { in.Queues[0].Visible, in.Queues[1].Visible = true, false })
	var refused *widgettest.Nacked
	if err := h.choose(c, "sales"); !errors.As(err, &refused) || refused.Code != string(desk.NotFound) {
		t.Errorf("a hidden topic: %v", err)
	}
	h.until(c, "what is left is offered", func(v widgettest.View) bool { return offered(v) == "support:Support delivery:Delivery" })
}

func TestRate(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	room := h.accept(c)
	h.say(room, "!close")
	h.until(c, "it may be rated", func(v widgettest.View) bool {
		return inState("closed")(v) && v.State().Rate != nil && v.State().Rate.Stars == 0
	})
	var ticket string
	c.View(func(v widgettest.View) { ticket = v.State().Rate.Ticket })
	other := h.secondTab(c)
	for _, rating := range []protocol.Rating{{Ticket: ticket, Stars: 5}, {Ticket: ticket, Stars: 3, Comment: "Slow,\nbut kind"}} {
		_, err := other.Do(patience(t), protocol.Rate{CID: widgettest.NewCID(), Ticket: ticket, Stars: rating.Stars, Comment: rating.Comment})
		if err != nil {
			t.Fatal(err)
		}
		for _, tab := range []*widgettest.Client{c, other, h.secondTab(c)} {
			h.until(tab, "it is rated", func(v widgettest.View) bool { return v.State().Rate != nil && *v.State().Rate == rating })
		}
	}
	h.send(c, "One more thing")
	h.until(c, "a new ticket cannot be rated", func(v widgettest.View) bool { return inState("waiting")(v) && v.State().Rate == nil })
	var refused *widgettest.Nacked
	_, err := c.Do(patience(t), protocol.Rate{CID: widgettest.NewCID(), Ticket: ticket, Stars: 1})
	if !errors.As(err, &refused) || refused.Code != string(desk.Conflict) {
		t.Errorf("rating the ticket before: %v", err)
	}
}

func TestForgedChoicesAndRatings(t *testing.T) {
	h := open(t)
	h.topical()
	victim := h.sessionFor()
	h.until(victim, "it is being asked", inState("choosing"))
	if err := h.choose(victim, "sales"); err != nil {
		t.Fatal(err)
	}
	h.say(h.accept(victim), "!close")
	h.until(victim, "it may be rated", func(v widgettest.View) bool { return v.State().Rate != nil })
	var theirs string
	victim.View(func(v widgettest.View) { theirs = v.State().Rate.Ticket })

	c := h.sessionFor()
	h.until(c, "it is being asked", inState("choosing"))
	before := h.conversationOf(c).Rev
	conn, _, err := widgettest.Hello(patience(t), widgettest.Options{URL: h.server.URL, Site: siteKey, Origin: pageHost, Token: c.Token()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, f := range []struct{ name, frame, code string }{
		{"no topic", `{"t":"choose","cid":"cid-00001"}`, "nack invalid"},
		{"a topic that is a path", `{"t":"choose","cid":"cid-00002","topic":"../sales"}`, "nack invalid"},
		{"a topic of many characters", `{"t":"choose","cid":"cid-00003","topic":"` + strings.Repeat("a", 64) + `"}`, "nack invalid"},
		{"a topic that is not there", `{"t":"choose","cid":"cid-00004","topic":"none"}`, "nack not_found"},
		{"a hidden queue", `{"t":"choose","cid":"cid-00005","topic":"support"}`, "nack not_found"},
		{"a topic of the wrong type", `{"t":"choose","cid":"cid-00006","topic":7}`, "bad_request"},
		{"a choice without a cid", `{"t":"choose","topic":"sales"}`, "bad_request"},
		{"no stars", `{"t":"rate","cid":"cid-00007","ticket":"` + theirs + `","stars":0}`, "nack not_found"},
		{"another's ticket", `{"t":"rate","cid":"cid-00008","ticket":"` + theirs + `","stars":5}`, "nack not_found"},
		{"a ticket that is a path", `{"t":"rate","cid":"cid-00009","ticket":"../../x","stars":5}`, "nack invalid"},
		{"a ticket that is not there", `{"t":"rate","cid":"cid-00010","ticket":"01J00000000000000000000000","stars":5}`, "nack not_found"},
		{"half a star", `{"t":"rate","cid":"cid-00011","ticket":"` + theirs + `","stars":4.5}`, "bad_request"},
	} {
		t.Run(f.name, func(t *testing.T) {
			if err := conn.WriteRaw([]byte(f.frame)); err != nil {
				t.Fatal(err)
			}
			if err := conn.Write(protocol.Ping{N: 7}); err != nil {
				t.Fatal(err)
			}
			if code, said := answerBeforePong(t, conn); code != f.code || !strings.Contains(said, " ") {
				t.Errorf("answered %q with the words %q, want %q", code, said, f.code)
			}
		})
	}
	if after := h.conversationOf(c).Rev; after != before {
		t.Errorf("rev went from %d to %d", before, after)
	}
	for name, rating := range map[string]protocol.Rate{
		"no stars":           {Stars: 0},
		"six stars":          {Stars: 6},
		"very many stars":    {Stars: 1 << 40},
		"an endless comment": {Stars: 5, Comment: strings.Repeat("ж", protocol.MaxComment+1)},
	} {
		rating.CID, rating.Ticket = widgettest.NewCID(), theirs
		var refused *widgettest.Nacked
		if _, err := victim.Do(patience(t), rating); !errors.As(err, &refused) || refused.Code != string(desk.Invalid) {
			t.Errorf("own ticket rated by %s: %v", name, err)
		}
	}
	victim.View(func(v widgettest.View) {
		if r := v.State().Rate; r == nil || r.Stars != 0 {
			t.Errorf("rated all the same: %+v", r)
		}
	})
}

// TestOnline: the header knows hours and operators, of a first-time visitor's queues as of a ticket's, and finds out when that changes.
func TestOnline(t *testing.T) {
	h := open(t)
	today := time.Now().UTC()
	h.topical(func(in *desk.SitesConfigured) {
		// Both, as the test may run over midnight.
		closed := today.Format(time.DateOnly) + ".." + today.AddDate(0, 0, 1).Format(time.DateOnly) + " closed"
		if !in.Sites[0].Schedule.SetDates(closed) {
			t.Fatal("no dates")
		}
		for i := range in.Queues {
			if in.Queues[i].ID != "delivery" {
				in.Queues[i].Operators = nil
			}
		}
	})
	fast := func(o *widgettest.Options) { o.Silence = 200 * time.Millisecond } // pings when it has heard nothing for half of that
	c, talking := h.visitor(fast), h.visitor(fast)
	h.send(talking, "Hello")
	for _, v := range []*widgettest.Client{c, talking} {
		h.until(v, "it is told that nobody is there", func(v widgettest.View) bool { return v.Live() && !v.State().Online })
	}
	h.ahead.Add(int64(72 * time.Hour))
	for _, v := range []*widgettest.Client{c, talking} {
		h.until(v, "it is told that the office is open", func(v widgettest.View) bool { return v.State().Online })
		v.View(func(v widgettest.View) {
			if v.Dials() != 1 {
				t.Errorf("it was told after it had come %d times", v.Dials())
			}
		})
	}
	h.until(talking, "it may choose", func(v widgettest.View) bool { return offered(v) != "" })
	if err := h.choose(talking, "sales"); err != nil {
		t.Fatal(err)
	}
	h.until(talking, "nobody is there for this topic", func(v widgettest.View) bool { return inState("waiting")(v) && !v.State().Online })
}
