package calls

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v3"
)

// TestTCPDeaf has a visitor over TCP who reads nothing: what is written to them is lost, and nobody waits.
func TestTCPDeaf(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := newTCPMux(l, logging.NewDefaultLoggerFactory().NewLogger("ice"))
	defer mux.Close()
	media, err := mux.GetConnByUfrag("ours", false, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	visitor, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer visitor.Close()
	request, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername("ours:theirs"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := visitor.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(request.Raw))), request.Raw...)); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 1200)
	_, from, err := media.ReadFrom(packet)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 20 << 20 / len(packet) { // more than any buffers hold
			_, _ = media.WriteTo(packet, from)
		}
	}()
	select {
	case <-written:
	case <-time.After(waitLong):
		t.Error("the visitor is waited for")
		visitor.Close()
		<-written
	}
	if err := media.Close(); err != nil {
		t.Error(err)
	}
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
