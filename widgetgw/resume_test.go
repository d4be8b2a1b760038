package widgetgw

import (
	"fmt"
	"testing"

	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

func TestSecondTabSeesTheSame(t *testing.T) {
	h := open(t)
	a := h.visitor()
	h.send(a, "one")
	b := h.visitor(func(o *widgettest.Options) { o.Token = a.Token() })
	h.until(b, "history is there", shows("one"))
	h.send(a, "two")
	h.until(b, "the other tab's words came", shows("two"))
	h.send(b, "three")
	h.until(a, "the other tab's words came", shows("three"))
}

func TestResumeGivesWhatWasMissedOnce(t *testing.T) {
	h := open(t)
	c := h.visitor()
	h.send(c, "one")
	room := h.accept(c)
	h.until(c, "the join line is shown", func(v widgettest.View) bool { return v.State().Operator != nil })
	var rev int64
	c.View(func(v widgettest.View) { rev = v.Rev() })
	token := c.Token()
	c.Close()
	for i := range 70 {
		h.say(room, fmt.Sprintf("word %d", i))
	}
	var frames []protocol.Message
	back := h.visitor(func(o *widgettest.Options) {
		o.Token, o.Rev = token, rev
		o.OnFrame = func(f any) {
			if m, ok := f.(protocol.MessageFrame); ok {
				frames = append(frames, m.M)
			}
		}
	})
	h.until(back, "everything was resumed", shows("word 69"))
	back.Close()
	if len(frames) != 70 {
		t.Fatalf("%d frames for 70 messages", len(frames))
	}
	for i, m := range frames {
		if m.Text != fmt.Sprintf("word %d", i) || m.Rev <= rev {
			t.Fatalf("frame %d: %q rev %d", i, m.Text, m.Rev)
		}
		rev = m.Rev
	}
}

func TestFirstPageIsTheNewestFifty(t *testing.T) {
	h := open(t)
	c := h.visitor()
	for i := range 60 {
		h.send(c, fmt.Sprintf("word %d", i))
	}
	h.until(c, "all is shown", shows("word 59"))
	first := c.Messages()[0]
	if _, err := c.Do(patience(t), protocol.Edit{CID: widgettest.NewCID(), ID: first.ID, Text: "edited word 0"}); err != nil {
		t.Fatal(err)
	}
	fresh := h.visitor(func(o *widgettest.Options) { o.Token = c.Token() })
	h.until(fresh, "the first page is there", func(v widgettest.View) bool {
		_, ok := v.Find(text("word 59"))
		return ok && v.Len() == protocol.MaxHistory
	})
	fresh.View(func(v widgettest.View) {
		if _, early := v.Message(first.ID); early || !v.More() {
			t.Errorf("an old message came with the first page: %v, more: %v", early, v.More())
		}
	})
	if err := fresh.Everything(patience(t)); err != nil {
		t.Fatal(err)
	}
	fresh.View(func(v widgettest.View) {
		if m, _ := v.Message(first.ID); m.Text != "edited word 0" || v.Len() != 61 {
			t.Errorf("%d messages, the first is %q", v.Len(), m.Text)
		}
	})
	if _, err := c.Do(patience(t), protocol.Edit{CID: widgettest.NewCID(), ID: first.ID, Text: "edited again"}); err != nil {
		t.Fatal(err)
	}
	h.until(fresh, "a later change of an old message comes", shows("edited again"))
}

func TestCutInTheMiddleOfSending(t *testing.T) {
	h := open(t)
	c := h.visitor()
	h.send(c, "word 0")
	var acts []*widgettest.Act
	for i := 1; i <= 40; i++ {
		a, err := c.Post(protocol.Send{CID: widgettest.NewCID(), Text: fmt.Sprintf("word %d", i)})
		if err != nil {
			t.Fatal(err)
		}
		acts = append(acts, a)
		if i%10 == 5 {
			c.Cut()
		}
	}
	for _, a := range acts {
		if _, err := a.Wait(patience(t)); err != nil {
			t.Fatal(err)
		}
	}
	fresh := h.visitor(func(o *widgettest.Options) { o.Token = c.Token() })
	h.until(fresh, "everything is there", shows("word 40"))
	want := 0
	for _, m := range fresh.Messages() {
		if m.From != protocol.FromMe {
			continue
		}
		if m.Text != fmt.Sprintf("word %d", want) {
			t.Fatalf("message %d is %q", want, m.Text)
		}
		want++
	}
	if want != 41 {
		t.Errorf("%d messages of 41", want)
	}
}

func TestAcknowledgedWhileMatrixIsDown(t *testing.T) {
	h := open(t)
	h.matrix.down.Store(true)
	c := h.visitor()
	if ack := h.send(c, "into the dark"); ack.ID == "" {
		t.Errorf("acknowledged without an id: %+v", ack)
	}
	up, err := c.Upload(patience(t), "a.txt", "text/plain", []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	h.send(c, "", up.ID)
	c.View(func(v widgettest.View) {
		if v.State().StaffGot != 0 {
			t.Error("Matrix has it although it is down")
		}
	})
	h.matrix.down.Store(false)
	h.journal.Recovered()
	h.until(c, "Matrix has it", func(v widgettest.View) bool { return v.State().StaffGot >= 2 })
}

func TestSameActTwice(t *testing.T) {
	h := open(t)
	c := h.visitor()
	cid := widgettest.NewCID()
	first, err := c.Do(patience(t), protocol.Send{CID: cid, Text: "once"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Do(patience(t), protocol.Send{CID: cid, Text: "once"})
	if err != nil || again != first {
		t.Errorf("repeated: %+v, %v; first %+v", again, err, first)
	}
	other, err := c.Do(patience(t), protocol.Send{CID: cid, Text: "something else"})
	if err != nil || other != first {
		t.Errorf("another body under the same cid: %+v, %v", other, err)
	}
	h.send(c, "last")
	h.until(c, "all is shown", shows("last"))
	own := 0
	for _, m := range c.Messages() {
		if m.From == protocol.FromMe {
			own++
		}
		if m.Text == "something else" {
			t.Error("a used cid wrote a message")
		}
	}
	if own != 2 {
		t.Errorf("%d own messages", own)
	}
}

func TestStartIsRepeatable(t *testing.T) {
	h := open(t)
	conn, _, err := widgettest.Hello(patience(t), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var tokens []string
	for range 3 {
		if err := conn.Write(protocol.Start{CID: "start-0001"}); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, expect[protocol.Session](t, conn).Token)
	}
	if tokens[0] != tokens[1] || tokens[1] != tokens[2] || len(tokens[0]) != tokenLength {
		t.Errorf("tokens %q", tokens)
	}
	if err := conn.Write(protocol.Start{CID: "start-0002"}); err != nil {
		t.Fatal(err)
	}
	if e := expect[protocol.Error](t, conn); e.Code != "bad_request" {
		t.Errorf("a second start: %+v", e)
	}
}

// expect reads until a frame of type F comes.
func expect[F any](t testing.TB, conn *widgettest.Conn) F {
	t.Helper()
	for {
		frame, err := conn.Next()
		if err != nil {
			var f F
			t.Fatalf("wait for %T: %v", f, err)
		}
		if f, ok := frame.(F); ok {
			return f
		}
	}
}
