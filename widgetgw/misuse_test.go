package widgetgw

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// closing reads until the connection ends and gives its close code and the bye before it.
func closing(t testing.TB, conn *widgettest.Conn) (protocol.CloseCode, *protocol.Bye) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	var bye *protocol.Bye
	for {
		frame, err := conn.Next()
		if err != nil {
			return widgettest.CloseCode(err), bye
		}
		if b, ok := frame.(protocol.Bye); ok {
			bye = &b
		}
	}
}

// sessionFor gives a session with one message.
func (h *house) sessionFor() *widgettest.Client {
	h.t.Helper()
	c := h.visitor()
	h.send(c, "Hello")
	h.until(c, "it is shown", shows("Hello"))
	return c
}

func TestFramesThatEndTheConnection(t *testing.T) {
	h := open(t)
	known := h.sessionFor()
	hello := func(token string, v int) []byte {
		return []byte(fmt.Sprintf(`{"t":"hello","v":%d,"token":%q}`, v, token))
	}
	for _, c := range []struct {
		name  string
		kind  int
		frame []byte
		code  protocol.CloseCode
	}{
		{"not JSON", websocket.TextMessage, []byte("hello"), protocol.BadFrame},
		{"an array", websocket.TextMessage, []byte(`[{"t":"hello"}]`), protocol.BadFrame},
		{"no type", websocket.TextMessage, []byte(`{"v":1}`), protocol.BadFrame},
		{"binary", websocket.BinaryMessage, []byte(`{"t":"hello","v":1}`), protocol.BadFrame},
		{"too big", websocket.TextMessage, []byte(`{"t":"hello","v":1,"tab":"` + strings.Repeat("x", protocol.MaxFrame) + `"}`), protocol.TooBig},
		{"another version", websocket.TextMessage, hello("", 2), protocol.BadVersion},
		{"an unknown token", websocket.TextMessage, hello(newToken(), 1), protocol.BadToken},
		{"a short token", websocket.TextMessage, hello("x", 1), protocol.BadToken},
		{"a token with a flipped character", websocket.TextMessage, hello(flip(known.Token()), 1), protocol.BadToken},
		{"the hash for the token", websocket.TextMessage, hello(hashToken(known.Token()), 1), protocol.BadToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := widgettest.Dial(patience(t), h.options())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.WriteMessage(c.kind, c.frame); err != nil {
				t.Fatal(err)
			}
			code, bye := closing(t, conn)
			if code != c.code {
				t.Errorf("close code %d, want %d", code, c.code)
			}
			if c.code != protocol.TooBig && (bye == nil || *bye != c.code.Bye()) {
				t.Errorf("bye %+v", bye)
			}
		})
	}
	h.send(known, "and I am still served")
}

func flip(token string) string {
	b := []byte(token)
	if b[3] == 'A' {
		b[3] = 'B'
	} else {
		b[3] = 'A'
	}
	return string(b)
}

func TestFramesThatAreOnlyAnswered(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	before := h.conversationOf(c).Rev
	own := c.Messages()[0].ID
	conn, _, err := widgettest.Hello(patience(t), widgettest.Options{URL: h.server.URL, Site: siteKey, Origin: pageHost, Token: c.Token()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	long := strings.Repeat("я", protocol.MaxText+1)
	for _, f := range []struct{ name, frame, code string }{
		{"unknown type", `{"t":"dance"}`, "unknown_type"},
		{"a server's type", `{"t":"welcome"}`, "unknown_type"},
		{"wrong field type", `{"t":"send","cid":7}`, "bad_request"},
		{"no cid", `{"t":"send","text":"x"}`, "bad_request"},
		{"a bad cid", `{"t":"send","cid":"../../../etc","text":"x"}`, "bad_request"},
		{"a second hello", `{"t":"hello","v":1}`, "bad_request"},
		{"negative history", `{"t":"history","before":-1,"limit":5}`, "bad_request"},
		{"nothing said", `{"t":"send","cid":"cid-00001","text":" \u0000 "}`, "nack invalid"},
		{"too long", `{"t":"send","cid":"cid-00002","text":"` + long + `"}`, "nack invalid"},
		{"too many files", `{"t":"send","cid":"cid-00003","files":["file-0001","file-0002","file-0003","file-0004","file-0005","file-0006","file-0007","file-0008","file-0009","file-0010","file-0011"]}`, "nack invalid"},
		{"a file that is none", `{"t":"send","cid":"cid-00004","files":["file-0001"]}`, "nack not_found"},
		{"a file id that is a path", `{"t":"send","cid":"cid-00005","files":["../../secret"]}`, "nack invalid"},
		{"an answer to nothing", `{"t":"send","cid":"cid-00006","text":"x","reply":"message-1"}`, "nack not_found"},
		{"editing what is not there", `{"t":"edit","cid":"cid-00007","id":"message-1","text":"x"}`, "nack not_found"},
		{"deleting what is not there", `{"t":"delete","cid":"cid-00008","id":"message-1"}`, "nack not_found"},
		{"a reaction without a key", `{"t":"react","cid":"cid-00009","id":"` + own + `","key":"","on":true}`, "nack invalid"},
		{"a reaction of many bytes", `{"t":"react","cid":"cid-00010","id":"` + own + `","key":"` + strings.Repeat("x", 33) + `","on":true}`, "nack invalid"},
		{"a reaction with a space", `{"t":"react","cid":"cid-00011","id":"` + own + `","key":"a b","on":true}`, "nack invalid"},
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
}

// answerBeforePong gives the error or refusal that comes before the answer to a ping.
func answerBeforePong(t testing.TB, conn *widgettest.Conn) (code, words string) {
	t.Helper()
	for {
		frame, err := conn.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch f := frame.(type) {
		case protocol.Error:
			code, words = f.Code, f.Text
		case protocol.Nack:
			code, words = "nack "+f.Code, f.Text
		case protocol.Pong:
			return code, words
		}
	}
}

func TestForeignMessagesCannotBeTouched(t *testing.T) {
	h := open(t)
	victim, thief := h.sessionFor(), h.sessionFor()
	m := victim.Messages()[0]
	up, err := victim.Upload(patience(t), "a.txt", "text/plain", []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []any{
		protocol.Edit{CID: widgettest.NewCID(), ID: m.ID, Text: "stolen"},
		protocol.Delete{CID: widgettest.NewCID(), ID: m.ID},
		protocol.React{CID: widgettest.NewCID(), ID: m.ID, Key: "👎", On: true},
		protocol.Send{CID: widgettest.NewCID(), Text: "x", Reply: m.ID},
		protocol.Send{CID: widgettest.NewCID(), Files: []string{up.ID}},
	} {
		var refused *widgettest.Nacked
		if _, err := thief.Do(patience(t), act); !errors.As(err, &refused) {
			t.Errorf("%T of somebody else's: %v", act, err)
		}
	}
	h.send(victim, "mine", up.ID)
	h.until(victim, "nothing was changed", func(v widgettest.View) bool {
		got, _ := v.Message(m.ID)
		_, sent := v.Find(text("mine"))
		return sent && got.Text == m.Text && !got.Deleted && len(got.Reactions) == 0
	})
}

func TestRefusedActStaysRefused(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	act := protocol.Send{CID: widgettest.NewCID(), Text: "with a file", Files: []string{"file-0001"}}
	var said [2]protocol.Nack
	for i := range said {
		var refused *widgettest.Nacked
		if _, err := c.Do(patience(t), act); !errors.As(err, &refused) {
			t.Fatalf("attempt %d: %v", i, err)
		}
		said[i] = refused.Nack
		act.Text, act.Files = "without it", nil // the same cid is the same act
	}
	if said[0] != said[1] || said[0].Code != string(desk.NotFound) {
		t.Errorf("refused with %+v, then %+v", said[0], said[1])
	}
}

func TestActWithoutASession(t *testing.T) {
	h := open(t)
	conn, _, err := widgettest.Hello(patience(t), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Write(protocol.Send{CID: "cid-00001", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if n := expect[protocol.Nack](t, conn); n.Code != "no_session" || n.CID != "cid-00001" {
		t.Errorf("%+v", n)
	}
}

func TestHandshakesThatAreRefused(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		name, site, origin string
		status             int
	}{
		{"another site's page", siteKey, "https://evil.example", http.StatusForbidden},
		{"another scheme", siteKey, "http://shop.example", http.StatusForbidden},
		{"no origin", siteKey, "", http.StatusForbidden},
		{"a null origin", siteKey, "null", http.StatusForbidden},
		{"an unknown site", "nobody", pageHost, http.StatusNotFound},
		{"no site", "", pageHost, http.StatusNotFound},
		{"a long site", strings.Repeat("x", 4000), pageHost, http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := h.options()
			o.Site, o.Origin = c.site, c.origin
			_, err := widgettest.Dial(patience(t), o)
			var refused *widgettest.HandshakeError
			if !errors.As(err, &refused) || refused.Status != c.status {
				t.Errorf("%v, want status %d", err, c.status)
			}
		})
	}
	answer, err := h.get("/w/v1/socket?site="+siteKey, "Origin", pageHost)
	if err != nil {
		t.Fatal(err)
	}
	if answer.status != http.StatusUpgradeRequired {
		t.Errorf("a plain request: %d", answer.status)
	}
	if h.gw.Connections() != 0 {
		t.Errorf("%d connections are left", h.gw.Connections())
	}
}

func TestExpiredAndRevokedSessions(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	token := c.Token()
	h.ahead.Store(int64(100 * 24 * time.Hour))
	again := h.visitor(func(o *widgettest.Options) { o.Token = token })
	h.until(again, "history is there", shows("Hello"))
	h.read(func(tx journal.Tx) error {
		s, err := tx.Session(hashToken(token))
		if err == nil && time.Until(s.Expires) < 464*24*time.Hour {
			t.Errorf("a visit left the expiry at %s", s.Expires)
		}
		return err
	})
	h.ahead.Store(int64(600 * 24 * time.Hour))
	o := h.options()
	o.Token = token
	if _, _, err := widgettest.Hello(patience(t), o); widgettest.CloseCode(err) != protocol.BadToken {
		t.Errorf("expired: %v", err)
	}
	h.ahead.Store(0)
	if err := h.journal.Write(patience(t), func(tx journal.Tx) error {
		s, err := tx.Session(hashToken(token))
		if err != nil {
			return err
		}
		s.Revoked = true
		return tx.PutSession(s)
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := widgettest.Hello(patience(t), o); widgettest.CloseCode(err) != protocol.Revoked {
		t.Errorf("revoked: %v", err)
	}
	h.gw.Changed([]desk.ConversationID{h.conversationOf(c).ID}, nil)
	for _, open := range []*widgettest.Client{c, again} {
		if err := open.Until(patience(t), func(widgettest.View) bool { return false }); !errors.Is(err, widgettest.ErrEnded) {
			t.Errorf("an open tab of a revoked session: %v", err)
		}
		if codes := open.Closes(); codes[len(codes)-1] != protocol.Revoked {
			t.Errorf("codes %v", codes)
		}
	}
}

func TestFloodIsClosedAndNobodyElseNotices(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.Frames = Rate{PerSecond: 1, Burst: 50} })
	calm := h.sessionFor()
	for name, frame := range map[string]func(*widgettest.Conn) error{
		"frames": func(c *widgettest.Conn) error { return c.Write(protocol.Ping{N: 1}) },
		"big frames": func(c *widgettest.Conn) error {
			return c.WriteRaw([]byte(`{"t":"dance","x":"` + strings.Repeat("x", 40_000) + `"}`))
		},
		"WebSocket pings": func(c *widgettest.Conn) error {
			return c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second))
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := widgettest.Hello(patience(t), h.options())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			wrote := make(chan struct{})
			go func() {
				defer close(wrote)
				for range 200 {
					if frame(conn) != nil {
						return
					}
				}
			}()
			if code, _ := closing(t, conn); code != protocol.Flood {
				t.Errorf("close code %d", code)
			}
			<-wrote
		})
	}
	h.send(calm, "I am still served")
}

func TestCrowdFromOneAddressIsRefusedAndNobodyElseNotices(t *testing.T) {
	const crowd, allowed = 10_000, 200
	h := open(t, func(c *Config) {
		c.Limits.NetworkConnections = allowed
		c.Limits.NetworkUpgrades = Rate{PerSecond: crowd, Burst: 2 * crowd}
		c.Heartbeat = time.Hour // nobody of the crowd is to be dropped for its silence
	})
	from := func(ip string) func(o *widgettest.Options) {
		d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		return func(o *widgettest.Options) { o.Dial = d.DialContext }
	}
	calm := h.visitor(from("127.0.0.9"))
	h.send(calm, "Hello")
	o := h.options()
	from("127.0.0.10")(&o)
	var in, refused, other atomic.Int64
	var wg sync.WaitGroup
	leave := make(chan struct{})
	next := make(chan struct{})
	for range 8 {
		wg.Go(func() {
			var mine []*widgettest.Conn
			for range next {
				conn, _, err := widgettest.Hello(patience(t), o)
				var no *widgettest.HandshakeError
				switch {
				case err == nil:
					in.Add(1)
					mine = append(mine, conn)
				case errors.As(err, &no) && no.Status == http.StatusTooManyRequests:
					refused.Add(1)
				default:
					other.Add(1)
				}
			}
			<-leave
			for _, conn := range mine {
				_ = conn.Close()
			}
		})
	}
	for i := range crowd {
		next <- struct{}{}
		if i%1000 == 0 {
			h.send(calm, "I am served all the while")
		}
	}
	close(next)
	h.eventually("everybody was answered", func() bool { return in.Load()+refused.Load()+other.Load() == crowd })
	if in.Load() != allowed || refused.Load() != crowd-allowed {
		t.Errorf("%d in, %d refused, %d something else", in.Load(), refused.Load(), other.Load())
	}
	close(leave)
	wg.Wait()
	h.eventually("places come free", func() bool { return h.gw.Connections() == 1 })
	conn, err := widgettest.Dial(patience(t), o)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestTooManyStarts(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.NetworkStarts = Rate{PerSecond: 0.001, Burst: 3} })
	for i := range 4 {
		conn, _, err := widgettest.Hello(patience(t), h.options())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Write(protocol.Start{CID: "start-0001"}); err != nil {
			t.Fatal(err)
		}
		if i < 3 {
			expect[protocol.Session](t, conn)
		} else if code, bye := closing(t, conn); code != protocol.TooMany || bye.Again != 30_000 {
			t.Errorf("the fourth start: %d %+v", code, bye)
		}
		_ = conn.Close()
	}
}

func TestOldestTabGoes(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.SessionTabs = 3 })
	first := h.sessionFor()
	with := func(o *widgettest.Options) { o.Token = first.Token() }
	second := h.visitor(with)
	h.until(second, "ready", shows("Hello"))
	for range 2 {
		c := h.visitor(with)
		h.until(c, "ready", shows("Hello"))
	}
	if err := first.Until(patience(t), func(widgettest.View) bool { return false }); !errors.Is(err, widgettest.ErrEnded) {
		t.Errorf("the oldest tab: %v", err)
	}
	if codes := first.Closes(); codes[len(codes)-1] != protocol.Replaced {
		t.Errorf("codes %v", codes)
	}
	h.send(second, "the others stay")
}

func TestHelloTimeoutAndHeartbeat(t *testing.T) {
	h := open(t, func(c *Config) { c.Heartbeat = 200 * time.Millisecond })
	mute, err := widgettest.Dial(patience(t), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	still, _, err := widgettest.Hello(patience(t), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer still.Close()
	expect[protocol.Ping](t, still)
	if code, _ := closing(t, still); code != protocol.NoHeartbeat {
		t.Errorf("a silent client was closed with %d", code)
	}
	h.ahead.Store(int64(protocol.HelloTimeout))
	if code, _ := closing(t, mute); code != protocol.HelloLate {
		t.Errorf("a client without a hello was closed with %d", code)
	}
}

// TestNearClientIsPingedAgain answers a ping in the millisecond in which it was sent.
func TestNearClientIsPingedAgain(t *testing.T) {
	h := open(t, func(c *Config) { c.Heartbeat = time.Hour })
	h.sessionFor()
	h.gw.mu.Lock()
	var s *socket
	for p := range h.gw.peers {
		s, _ = p.carrier.(*socket)
	}
	h.gw.mu.Unlock()
	pong := time.Now()
	s.lastIn.Store(pong.UnixMilli())
	s.pinged.Store(pong.UnixMilli())
	s.due(pong.Add(time.Hour))
	if s.pinged.Load() <= pong.UnixMilli() {
		t.Error("a client whose pong came in the same millisecond as its ping is not pinged again")
	}
}

func TestSlowReaderIsDropped(t *testing.T) {
	h := open(t, func(c *Config) {
		c.Limits.WriteTimeout = 300 * time.Millisecond
		c.Limits.PendingBytes = 64 << 10
	})
	c := h.sessionFor()
	o := h.options()
	o.Token = c.Token()
	o.Dial = (&net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		if failed := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) }); failed != nil {
			return failed
		}
		return err
	}}).DialContext
	slow, _, err := widgettest.Hello(patience(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	connections := h.gw.Connections()
	long := strings.Repeat("long words ", 1400)
	for i := 0; h.gw.Connections() == connections; i++ {
		if i == 2000 {
			t.Fatal("30 MB unread, and still connected")
		}
		h.send(c, long)
	}
	h.send(c, "and the reader is served")
	h.until(c, "it is shown", shows("and the reader is served"))
}
