package widgetgw

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// relay is a scripted carrier of media: it notes what pages say.
type relay struct {
	mu   sync.Mutex
	said []said
}

type said struct {
	tab  string
	call desk.CallID
	what desk.CallSignal
}

func (r *relay) Signal(_ context.Context, _ desk.ConversationID, tab string, call desk.CallID, s desk.CallSignal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, said{tab, call, s})
}

func (r *relay) all() []said {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]said(nil), r.said...)
}

const (
	firstTab  = "page-one"
	secondTab = "page-two"
	someCall  = "no-such-call"
)

// visitorPage is one page of a visitor, which remembers the state it was told last.
type visitorPage struct {
	*widgettest.Conn
	state protocol.State
}

func (p *visitorPage) Next() (any, error) {
	frame, err := p.Conn.Next()
	if s, ok := frame.(protocol.StateFrame); ok {
		p.state = s.State
	}
	return frame, err
}

// page connects one more page of a visitor, under an id.
func (h *house) page(c *widgettest.Client, tab string) *visitorPage {
	h.t.Helper()
	o := h.options()
	o.Token, o.Tab = c.Token(), tab
	conn, w, err := widgettest.Hello(patience(h.t), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return &visitorPage{conn, w.State}
}

// nextOf gives the next frame of a type.
func nextOf[F any](t *testing.T, conn interface{ Next() (any, error) }) F {
	t.Helper()
	for {
		frame, err := conn.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := frame.(F); ok {
			return f
		}
	}
}

func TestRelaySpeaksToOnePageOnly(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	conv := h.conversationOf(c).ID
	first, second := h.page(c, firstTab), h.page(c, secondTab)
	polled := &poller{h: h}
	polled.round(protocol.Hello{V: 1, Token: c.Token(), Tab: "page-polling"})

	signals := []struct {
		tell desk.CallSignal
		want any
	}{
		{desk.CallConfig{ICE: []desk.ICEServer{{URLs: []string{"turn:x"}, Username: "u", Credential: "c"}}, Video: 1, Share: 2},
			protocol.RTCConfig{Call: someCall, ICE: []protocol.ICEServer{{URLs: []string{"turn:x"}, Username: "u", Credential: "c"}}, Video: 1, Share: 2}},
		{desk.CallConfig{}, protocol.RTCConfig{Call: someCall, ICE: []protocol.ICEServer{}}},
		{desk.CallSDP{N: 3, SDP: "v=0"}, protocol.RTCAnswer{Call: someCall, N: 3, SDP: "v=0"}},
		{desk.CallLink{Up: true}, protocol.RTCLink{Call: someCall, Up: true}},
		{desk.CallOver{Reason: "call.reason.sfu"}, protocol.RTCOver{Call: someCall, Code: "sfu", Text: "The call has no connection. Please write to us in the chat."}},
		{desk.CallOver{}, protocol.RTCOver{Call: someCall}},
		{desk.CallOver{Reason: "call.reason.moved"}, protocol.RTCOver{Call: someCall, Code: "moved"}},
		{desk.CallOver{Reason: "call.reason.staff_left"}, protocol.RTCOver{Call: someCall, Code: "staff_left"}},
		{desk.CallOver{Reason: "call.reason.nobody"}, protocol.RTCOver{Call: someCall, Code: "nobody"}},
	}
	for _, s := range signals {
		if !h.gw.Signal(conv, secondTab, someCall, s.tell) || !h.gw.Signal(conv, "page-polling", someCall, s.tell) {
			t.Fatalf("%T went to nobody", s.tell)
		}
		for {
			frame, err := second.Next()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(reflect.TypeOf(frame).String(), "RTC") {
				if !reflect.DeepEqual(frame, s.want) {
					t.Errorf("%#v became %#v", s.tell, frame)
				}
				break
			}
		}
	}
	for _, s := range signals {
		await(polled, func(f any) bool { return reflect.DeepEqual(f, s.want) })
	}

	if err := first.Write(protocol.Ping{N: 9}); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := first.Next()
		if err != nil {
			t.Fatal(err)
		}
		if pong, ok := frame.(protocol.Pong); ok && pong.N == 9 {
			break
		}
		if strings.Contains(reflect.TypeOf(frame).String(), "RTC") {
			t.Fatalf("the other page heard %#v", frame)
		}
	}
	for _, nobody := range []string{"", "page-nine"} {
		if h.gw.Signal(conv, nobody, someCall, desk.CallLink{}) {
			t.Errorf("page %q heard", nobody)
		}
	}
	if h.gw.Signal("no-conversation", firstTab, someCall, desk.CallLink{}) {
		t.Error("somebody of no conversation heard")
	}
}

func TestPeopleInCallsAreShownAsCustomersKnowThem(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	conn := h.page(c, firstTab)
	people := desk.CallPeople{Audio: 1, Video: 2, People: []desk.CallPerson{
		{User: desktest.Anna, Mids: desk.CallMids{Microphone: "3", Screen: "4"}, Sound: "5", Muted: desk.CallMute{Camera: true}}, {User: "@nobody:example.org"},
	}}
	if !h.gw.Signal(h.conversationOf(c).ID, firstTab, someCall, people) {
		t.Fatal("nobody heard")
	}
	got := nextOf[protocol.RTCPeople](t, conn)
	if got.Audio != 1 || got.Video != 2 || len(got.People) != 2 {
		t.Fatalf("%+v", got)
	}
	anna, nobody := got.People[0], got.People[1]
	if anna.Who == nil || anna.Who.Name != "Anna Petrova" || anna.Mids != (protocol.Mids{Mic: "3", Screen: "4"}) || anna.Sound != "5" || anna.Muted != (protocol.Muted{Cam: true}) {
		t.Errorf("Anna: %+v", anna)
	}
	if anna.ID == "" || anna.ID == nobody.ID || strings.Contains(anna.ID, "@") || nobody.Who != nil {
		t.Errorf("ids %q and %q, nobody is %+v", anna.ID, nobody.ID, nobody.Who)
	}
}

// What a page says of a call that it has not answered reaches nobody.
func TestForeignSignalsAreRefused(t *testing.T) {
	h := open(t)
	heard := &relay{}
	h.gw.Calls = heard
	c := h.sessionFor()
	conn := h.page(c, firstTab)
	for _, f := range []any{
		protocol.RTCJoin{Call: someCall}, protocol.RTCOffer{Call: someCall, N: 1, SDP: "v=0"}, protocol.RTCICE{Call: someCall}, protocol.RTCMute{Call: someCall},
	} {
		if err := conn.Write(f); err != nil {
			t.Fatal(err)
		}
		if over := nextOf[protocol.RTCOver](t, conn); over.Call != someCall || over.Code != "conflict" || over.Text == "" {
			t.Errorf("%T: %+v", f, over)
		}
	}
	for _, f := range []any{
		protocol.RTCJoin{Call: "x"}, protocol.RTCOffer{Call: someCall, N: 0, SDP: "v=0"}, protocol.RTCOffer{Call: someCall, N: 1, SDP: "v=0" + strings.Repeat("x", protocol.MaxSDP)},
		protocol.RTCICE{Call: someCall, Mid: "0", Candidate: "a\nb"},
	} {
		if err := conn.Write(f); err != nil {
			t.Fatal(err)
		}
		if e := nextOf[protocol.Error](t, conn); e.Code != "bad_request" {
			t.Errorf("%T: %+v", f, e)
		}
	}
	nameless := h.page(c, "?")
	for _, f := range []any{protocol.RTCJoin{Call: someCall}, protocol.RTCMute{Call: someCall}} {
		if err := nameless.Write(f); err != nil {
			t.Fatal(err)
		}
		if e := nextOf[protocol.Error](t, nameless); e.Code != "bad_request" {
			t.Errorf("a page without an id: %+v", e)
		}
	}
	if all := heard.all(); len(all) != 0 {
		t.Errorf("the relay heard %+v", all)
	}
}

func TestActsOnCallsAreChecked(t *testing.T) {
	h := open(t)
	h.gw.Calls = &relay{}
	c := h.sessionFor()
	conn := h.page(c, firstTab)
	nameless := h.page(c, "?")
	other, _, err := widgettest.Hello(patience(t), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	stranger := &visitorPage{Conn: other}
	for _, at := range []struct {
		conn *visitorPage
		act  protocol.CallAct
		code string
	}{
		{conn, protocol.CallAct{Call: someCall, Act: "dance"}, "invalid"},
		{conn, protocol.CallAct{Call: "x", Act: "answer"}, "invalid"},
		{conn, protocol.CallAct{Call: someCall}, "invalid"},
		{nameless, protocol.CallAct{Call: someCall, Act: "answer"}, "invalid"},
		{stranger, protocol.CallAct{Call: someCall, Act: "answer"}, "no_session"},
	} {
		at.act.CID = widgettest.NewCID()
		if err := at.conn.Write(at.act); err != nil {
			t.Fatal(err)
		}
		if n := nextOf[protocol.Nack](t, at.conn); n.CID != at.act.CID || n.Code != at.code {
			t.Errorf("%+v: %+v", at.act, n)
		}
	}
}

func TestOnePageNegotiatesWithinLimits(t *testing.T) {
	l, now := &leg{}, desktest.Start
	for i := range 64 {
		if !l.allows(desk.CallCandidate{}, now) {
			t.Fatalf("candidate %d is refused", i)
		}
	}
	if l.allows(desk.CallCandidate{}, now) {
		t.Error("a 65th candidate is taken")
	}
	if !l.allows(desk.CallOffer{}, now) || !l.allows(desk.CallCandidate{}, now) || !l.allows(desk.CallMute{}, now) {
		t.Error("a new offer does not begin anew")
	}
	offers := 1
	for l.allows(desk.CallOffer{}, now) {
		offers++
	}
	if offers != int(negotiations.Burst) {
		t.Errorf("%d offers at once", offers)
	}
}

// callOf waits until a page is told of a call in a state.
func callOf(t *testing.T, page *visitorPage, state string) *protocol.CallState {
	t.Helper()
	for page.state.Call == nil || page.state.Call.State != state {
		nextOf[protocol.StateFrame](t, page)
	}
	return page.state.Call
}

// do sends an act on a call and gives its code: "" if it was taken.
func do(t *testing.T, conn *visitorPage, call, what string) string {
	t.Helper()
	a := protocol.CallAct{CID: widgettest.NewCID(), Call: call, Act: what}
	if err := conn.Write(a); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := conn.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch f := frame.(type) {
		case protocol.Ack:
			if f.CID == a.CID {
				return ""
			}
		case protocol.Nack:
			if f.CID == a.CID {
				return f.Code
			}
		}
	}
}

func TestFirstPageToAnswerGetsTheCall(t *testing.T) {
	h := open(t)
	heard := &relay{}
	h.gw.Calls = heard
	c := h.sessionFor()
	room := h.accept(c)
	first, second := h.page(c, firstTab), h.page(c, secondTab)
	h.say(room, "!call")
	call := callOf(t, first, "ringing")
	if call.Kind != "voice" || call.Who == nil || call.Who.Name != "Anna Petrova" || call.Tab != "" || call.Since != nil {
		t.Errorf("invitation: %+v", call)
	}
	callOf(t, second, "ringing")
	stranger := h.page(h.sessionFor(), "page-three")
	for _, what := range []string{"answer", "decline", "end"} {
		if code := do(t, stranger, call.ID, what); code != "conflict" {
			t.Errorf("another customer's %s: %q", what, code)
		}
	}
	if stranger.state.Call != nil {
		t.Errorf("another customer is rung: %+v", stranger.state.Call)
	}
	join := protocol.RTCJoin{Call: call.ID}
	if err := first.Write(join); err != nil {
		t.Fatal(err)
	}
	if over := nextOf[protocol.RTCOver](t, first); over.Code != "conflict" {
		t.Errorf("joined before the answer: %+v", over)
	}
	if code := do(t, second, call.ID, "answer"); code != "" {
		t.Fatalf("the first answer: %s", code)
	}
	if code := do(t, first, call.ID, "answer"); code != "conflict" {
		t.Errorf("the second answer: %q", code)
	}
	if now := callOf(t, first, "joining"); now.ID != call.ID || now.Tab != secondTab {
		t.Errorf("answered: %+v", now)
	}
	if err := first.Write(join); err != nil {
		t.Fatal(err)
	}
	if over := nextOf[protocol.RTCOver](t, first); over.Call != call.ID || over.Code != "conflict" {
		t.Errorf("the page that did not answer: %+v", over)
	}
	for _, f := range []any{join, protocol.RTCOffer{Call: call.ID, N: 1, SDP: "v=0\r\n", Mids: protocol.Mids{Mic: "0"}}, protocol.RTCMute{Call: call.ID, Mic: true}} {
		if err := second.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	want := []said{
		{secondTab, desk.CallID(call.ID), desk.CallConnect{}},
		{secondTab, desk.CallID(call.ID), desk.CallOffer{N: 1, SDP: "v=0\r\n", Mids: desk.CallMids{Microphone: "0"}}},
		{secondTab, desk.CallID(call.ID), desk.CallMute{Microphone: true}},
	}
	h.eventually("the relay hears the page that answered", func() bool { return len(heard.all()) >= len(want) })
	if got := heard.all(); !reflect.DeepEqual(got, want) {
		t.Errorf("the relay heard %+v", got)
	}
	h.decide(desk.CallMembership{
		Room: room, Event: h.event(), Sender: desktest.Anna, Key: "_@anna:test_DEV_m.call", Device: "DEV", Joined: true,
		At: time.Now(), Until: time.Now().Add(time.Hour),
	})
	h.decide(desk.CallUp{Call: desk.CallID(call.ID)})
	if now := callOf(t, first, "active"); now.Since == nil {
		t.Errorf("connected: %+v", now)
	}
	if code := do(t, first, call.ID, "end"); code != "" {
		t.Errorf("ended from another page: %s", code)
	}
	for second.state.Call != nil {
		nextOf[protocol.StateFrame](t, second)
	}
	if code := do(t, second, call.ID, "answer"); code != "conflict" {
		t.Errorf("answered what is over: %q", code)
	}
}

func TestPollingPagesAreRungAndDecline(t *testing.T) {
	h := open(t)
	h.gw.Calls = &relay{}
	c := h.sessionFor()
	room := h.accept(c)
	p := &poller{h: h}
	p.round(protocol.Hello{V: 1, Token: c.Token(), Tab: "page-polling"})
	h.say(room, "!video")
	state := await(p, func(s protocol.StateFrame) bool { return s.State.Call != nil })
	if state.State.Call.Kind != "video" {
		t.Errorf("%+v", state.State.Call)
	}
	a := protocol.CallAct{CID: widgettest.NewCID(), Call: state.State.Call.ID, Act: "decline"}
	p.round(a)
	await(p, func(ack protocol.Ack) bool { return ack.CID == a.CID })
	await(p, func(m protocol.MessageFrame) bool { return m.M.Kind == "call_declined_video" })
}

func TestWithoutARelayNobodyIsRung(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	room := h.accept(c)
	conn := h.page(c, firstTab)
	h.say(room, "!call")
	h.say(room, "Are you there?")
	for nextOf[protocol.MessageFrame](t, conn).M.Text != "Are you there?" {
	}
	o := h.options()
	o.Token = c.Token()
	other, w, err := widgettest.Hello(patience(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if w.State.Call != nil {
		t.Errorf("rung: %+v", w.State.Call)
	}
	if code := do(t, conn, someCall, "answer"); code != "unavailable" {
		t.Errorf("an act: %q", code)
	}
}
