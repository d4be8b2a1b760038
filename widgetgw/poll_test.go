package widgetgw

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// poller is a visitor behind a proxy that knows no WebSockets.
type poller struct {
	h    *house
	sid  string
	ack  int64
	seen []any
}

// post makes one POST and gives its status; the frames are noted and acknowledged by the next.
func (p *poller) post(ctx context.Context, frames ...any) (int, *protocol.PollAnswer) {
	p.h.t.Helper()
	req := protocol.PollRequest{SID: p.sid, Ack: p.ack, Frames: []json.RawMessage{}}
	for _, f := range frames {
		raw, err := protocol.Encode(f)
		if err != nil {
			p.h.t.Fatal(err)
		}
		req.Frames = append(req.Frames, raw)
	}
	body, err := json.Marshal(req)
	if err != nil {
		p.h.t.Fatal(err)
	}
	status, raw := p.h.post(ctx, "/w/v1/poll?site="+siteKey, body)
	if status != http.StatusOK {
		return status, nil
	}
	var out protocol.PollAnswer
	if err := json.Unmarshal(raw, &out); err != nil {
		p.h.t.Fatal(err)
	}
	return status, &out
}

// round makes a POST and takes what it brings.
func (p *poller) round(frames ...any) {
	p.h.t.Helper()
	status, out := p.post(patience(p.h.t), frames...)
	if status != http.StatusOK {
		p.h.t.Fatalf("status %d", status)
	}
	p.take(out)
}

func (p *poller) take(out *protocol.PollAnswer) {
	p.h.t.Helper()
	p.sid = out.SID
	if out.N <= p.ack {
		return
	}
	p.ack = out.N
	for _, raw := range out.Frames {
		f, err := protocol.ParseServer(raw)
		if err != nil {
			p.h.t.Fatalf("%s: %v", raw, err)
		}
		p.seen = append(p.seen, f)
	}
}

// await makes rounds until a wanted frame has come, and gives it.
func await[F any](p *poller, wanted func(F) bool) F {
	p.h.t.Helper()
	for range 50 {
		for _, f := range p.seen {
			if f, ok := f.(F); ok && wanted(f) {
				return f
			}
		}
		p.round()
	}
	var f F
	p.h.t.Fatalf("no %T in 50 rounds", f)
	return f
}

func (h *house) post(ctx context.Context, path string, body []byte) (int, []byte) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.server.URL+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Origin", pageHost)
	r, err := widgettest.Options{}.HTTP().Do(req)
	if err != nil {
		return 0, nil
	}
	defer r.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(r.Body); err != nil {
		return 0, nil
	}
	return r.StatusCode, out.Bytes()
}

func hello(token string) protocol.Hello { return protocol.Hello{V: 1, Token: token, Lang: "en"} }

func TestTalkByPolling(t *testing.T) {
	h := open(t)
	p := &poller{h: h}
	p.round(hello(""))
	await(p, func(protocol.Welcome) bool { return true })
	p.round(protocol.Start{CID: "start-0001"})
	s := await(p, func(protocol.Session) bool { return true })
	p.round(protocol.Send{CID: "cid-00001", Text: "by post"})
	ack := await(p, func(a protocol.Ack) bool { return a.CID == "cid-00001" })
	m := await(p, func(m protocol.MessageFrame) bool { return m.M.ID == ack.ID })
	if m.M.Text != "by post" {
		t.Errorf("%+v", m)
	}
	other := h.visitor(func(o *widgettest.Options) { o.Token = s.Token })
	h.until(other, "history is there", shows("by post"))
	h.send(other, "by socket")
	await(p, func(m protocol.MessageFrame) bool { return m.M.Text == "by socket" })
	h.send(other, "by socket again")
	await(p, func(m protocol.MessageFrame) bool { return m.M.Text == "by socket again" })
	revs := int64(0)
	for _, f := range p.seen {
		if m, ok := f.(protocol.MessageFrame); ok {
			if m.M.Rev <= revs {
				t.Errorf("rev %d after %d", m.M.Rev, revs)
			}
			revs = m.M.Rev
		}
	}
}

func TestPollRepeatsAnUnacknowledgedBatch(t *testing.T) {
	h := open(t)
	p := &poller{h: h}
	_, first := p.post(patience(t), hello(""))
	p.sid = first.SID
	_, again := p.post(patience(t))
	if again.N != first.N || len(again.Frames) != len(first.Frames) || string(again.Frames[0]) != string(first.Frames[0]) {
		t.Errorf("first %+v, again %+v", first, again)
	}
	p.take(again)
	p.round(protocol.Ping{N: 5})
	if pong := await(p, func(protocol.Pong) bool { return true }); pong.N != 5 {
		t.Errorf("%+v", pong)
	}
}

func TestNewerPostEndsTheWaitingOne(t *testing.T) {
	h := open(t)
	p := &poller{h: h}
	p.round(hello(""))
	waiting := make(chan *protocol.PollAnswer, 1)
	stale := *p
	go func() {
		_, out := stale.post(patience(t))
		waiting <- out
	}()
	h.eventually("a POST waits", func() bool {
		h.gw.polls.mu.Lock()
		defer h.gw.polls.mu.Unlock()
		one := h.gw.polls.byID[p.sid]
		one.mu.Lock()
		defer one.mu.Unlock()
		return one.posts == 1
	})
	p.round(protocol.Ping{N: 5})
	await(p, func(protocol.Pong) bool { return true })
	if out := <-waiting; out == nil || len(out.Frames) != 0 && out.N != p.ack {
		t.Errorf("the older POST was answered %+v", out)
	}
}

func TestPollsThatAreRefused(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.NetworkConnections = 5 })
	body := func(v any) []byte {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	many := protocol.PollRequest{}
	for range pollFrames + 1 {
		many.Frames = append(many.Frames, json.RawMessage(`{"t":"ping","n":1}`))
	}
	for _, c := range []struct {
		name, path string
		body       []byte
		want       int
	}{
		{"not JSON", "", []byte("x"), http.StatusBadRequest},
		{"nothing", "", nil, http.StatusBadRequest},
		{"a negative ack", "", []byte(`{"ack":-1,"frames":[]}`), http.StatusBadRequest},
		{"many frames", "", body(many), http.StatusBadRequest},
		{"a big frame", "", []byte(`{"frames":["` + strings.Repeat("x", protocol.MaxFrame) + `"]}`), http.StatusRequestEntityTooLarge},
		{"a big body", "", []byte(`{"sid":"` + strings.Repeat("x", pollBody) + `"}`), http.StatusRequestEntityTooLarge},
		{"an unknown poll", "", []byte(`{"sid":"` + newToken() + `","frames":[]}`), http.StatusGone},
		{"an unknown site", "x", []byte(`{"frames":[]}`), http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, raw := h.post(patience(t), "/w/v1/poll?site="+siteKey+c.path, c.body); status != c.want {
				t.Errorf("%d %s, want %d", status, raw, c.want)
			}
		})
	}
	for i := range 6 {
		p := &poller{h: h}
		if status, _ := p.post(patience(t), hello("")); i < 5 && status != http.StatusOK || i == 5 && status != http.StatusTooManyRequests {
			t.Errorf("poll %d: %d", i, status)
		}
	}
}

func TestPollIsToldWhyItEnds(t *testing.T) {
	h := open(t)
	for want, frames := range map[protocol.CloseCode][]any{
		protocol.BadToken:   {hello(newToken())},
		protocol.BadVersion: {protocol.Hello{V: 9}},
	} {
		p := &poller{h: h}
		p.round(frames...)
		if bye := await(p, func(protocol.Bye) bool { return true }); bye.Code != want {
			t.Errorf("%+v, want %d", bye, want)
		}
		if status, _ := p.post(patience(t)); status != http.StatusGone {
			t.Errorf("after the end: %d", status)
		}
	}
	if n := h.gw.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

func TestForgottenPollGoes(t *testing.T) {
	h := open(t, func(c *Config) { c.Heartbeat = 100 * time.Millisecond })
	p := &poller{h: h}
	p.round(hello(""))
	h.ahead.Store(int64(pollLife))
	h.eventually("it is forgotten", func() bool { return h.gw.Connections() == 0 })
	if status, _ := p.post(patience(t)); status != http.StatusGone {
		t.Errorf("status %d", status)
	}
}

func FuzzParsePoll(f *testing.F) {
	f.Add([]byte(`{"sid":"x","ack":1,"frames":[{"t":"ping"}]}`))
	f.Add([]byte(`{"frames":[null,5,"x"]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		req, err := parsePoll(raw)
		if err != nil {
			return
		}
		if req.Ack < 0 || len(req.Frames) > pollFrames || len(req.SID) > 64 {
			t.Fatalf("%+v", req)
		}
		for _, frame := range req.Frames {
			_, _ = protocol.ParseClient(frame)
		}
	})
}

func TestShutdownSaysSo(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	quiet := &poller{h: h}
	quiet.round(hello(""))
	o := h.options()
	o.Token = c.Token()
	conn, _, err := widgettest.Hello(patience(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ended := make(chan protocol.CloseCode, 1)
	go func() {
		code, _ := closing(t, conn)
		ended <- code
	}()
	if err := h.gw.Shutdown(patience(t)); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != protocol.GoingAway {
		t.Errorf("close code %d", code)
	}
	if n := h.gw.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	_, err = widgettest.Dial(patience(t), o)
	if refused := fmt.Sprint(err); !strings.Contains(refused, "503") {
		t.Errorf("a new socket: %v", err)
	}
}

func TestPanicEndsOnlyItsRequest(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	broken := h.gw.calm(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("in a handler") }))
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			broken.ServeHTTP(w, r)
			return
		}
		h.gw.Handler().ServeHTTP(w, r)
	})
	if a, err := h.get("/broken"); err != nil || a.status != http.StatusInternalServerError {
		t.Errorf("%d, %v", a.status, err)
	}
	h.texts.broken.Store(true)
	conn, _, err := widgettest.Hello(patience(t), h.options())
	if code := widgettest.CloseCode(err); code != protocol.Internal {
		t.Errorf("a panic while greeting: %v, %v", conn, err)
	}
	h.texts.broken.Store(false)
	h.send(c, "everybody else is served")
	h.until(c, "it is shown", shows("everybody else is served"))
}
