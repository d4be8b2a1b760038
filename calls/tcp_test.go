package calls

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// knocks gives what a page says to begin with over TCP, framed as RFC 4571 wants it, and where to.
func (o *office) knocks() (address string, request []byte) {
	o.t.Helper()
	o.say(desk.CallConnect{})
	peer := newBrowserPeer(o.t)
	if _, err := peer.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		o.t.Fatal(err)
	}
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := peer.Close(); err != nil {
		o.t.Fatal(err)
	}
	o.say(desk.CallOffer{N: 1, SDP: offer.SDP})
	var answer string
	o.wait("there is an answer", func() bool {
		said, ok := last[desk.CallSDP](o)
		answer = said.SDP
		return ok
	})
	find := func(text, pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			o.t.Fatalf("there is no %s in\n%s", pattern, text)
		}
		return found[1]
	}
	ours, theirs, password := find(answer, `a=ice-ufrag:(\S+)`), find(offer.SDP, `a=ice-ufrag:(\S+)`), find(answer, `a=ice-pwd:(\S+)`)
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(ours+":"+theirs),
		stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{1, 1, 1, 1}}, stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)},
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err != nil {
		o.t.Fatal(err)
	}
	address = net.JoinHostPort("127.0.0.1", find(answer, ` tcp \d+ 127\.0\.0\.1 (\d+) `))
	return address, append(binary.BigEndian.AppendUint16(nil, uint16(len(m.Raw))), m.Raw...)
}

// TestTCPDeaf has a visitor over TCP who goes on asking and reads none of the answers: everything else goes on, and ends.
func TestTCPDeaf(t *testing.T) {
	o := newOffice(t, desk.CallVoice)
	address, request := o.knocks()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := errors.Join(conn.(*net.TCPConn).SetReadBuffer(4096), conn.(*net.TCPConn).SetWriteBuffer(4096)); err != nil {
		t.Fatal(err)
	}
	o.wait("the puppet sits", func() bool { return o.row.Seated && o.sitting })
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(waitLong))
	if _, err := io.ReadFull(conn, make([]byte, 2)); err != nil {
		t.Fatalf("there is no answer: %v", err)
	}
	// More answers than the buffers hold. If the other end waits for us to read them, it takes no more requests.
	many := []byte(strings.Repeat(string(request), 1000))
	for range 3 {
		_ = conn.SetWriteDeadline(time.Now().Add(waitLong))
		if _, err := conn.Write(many); err != nil {
			t.Errorf("the visitor's requests are not taken: %v", err)
			break
		}
	}
	o.set(func() { o.row.State = desk.CallEnded })
	o.wait("the puppet has left", func() bool { return o.rises == 1 && !o.row.Seated })
	o.close()
}

// faults is a listener that fails as listeners do.
type faults struct {
	net.Listener
	mu   sync.Mutex
	left []error
}

func (f *faults) Accept() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.left) > 0 {
		err := f.left[0]
		f.left = f.left[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	return f.Listener.Accept()
}

func TestListenerOutlivesFaults(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGuardedListener(&faults{Listener: l, left: []error{syscall.EMFILE, syscall.ECONNABORTED}})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	taken, err := g.Accept()
	if err != nil {
		t.Fatalf("not taken: %v", err)
	}
	if err := taken.Close(); err != nil {
		t.Error(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// One network has so many connections; who is over that finds none, and has one again when another was closed.
func TestListenerBounds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGuardedListener(l)
	taken := make(chan net.Conn)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := g.Accept()
			if err != nil {
				return
			}
			taken <- conn
		}
	}()
	defer func() {
		_ = g.Close()
		<-ended
	}()
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	var first net.Conn
	for range tcpOfNetwork {
		dial()
		conn := <-taken
		t.Cleanup(func() { conn.Close() })
		if first == nil {
			first = conn
		}
	}
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("one too many has something to read")
	}
	_ = first.Close()
	_ = first.Close() // counts once
	dial()
	(<-taken).Close()
	if len(g.open) != tcpOfNetwork-1 {
		t.Errorf("%d are counted, want %d", len(g.open), tcpOfNetwork-1)
	}
	for _, tc := range []struct{ address, want string }{
		{"192.0.2.7:5", "192.0.2.7/32"}, {"[2001:db8:1:2:3::4]:5", "2001:db8:1:2::/64"}, {"[::ffff:192.0.2.7]:5", "192.0.2.7/32"},
	} {
		at, err := net.ResolveTCPAddr("tcp", tc.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := networkOf(at).String(); got != tc.want {
			t.Errorf("%s is of %s, want %s", tc.address, got, tc.want)
		}
	}
}
