package calls

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
)

// Bounds of what comes in over TCP: anybody may connect, and who they are is known by their first packet only.
const (
	tcpBacklog    = 64        // packets of a connection that wait to be read,
	tcpUnsent     = 128 << 10 // bytes that wait to be sent; what comes on top is dropped, as a network of packets would,
	tcpKernel     = 64 << 10  // and what the kernel keeps besides: all of it is delay
	tcpGreeting   = 10 * time.Second
	tcpConns      = 2048
	tcpOfNetwork  = 64 // an office has one address for many
	tcpAcceptWait = 50 * time.Millisecond
)

// newTCPMux shares a listener among all connections. Writing to one never waits for its other end: packets that it does not take in time are lost.
func newTCPMux(l net.Listener, log logging.LeveledLogger) *ice.TCPMuxDefault {
	return ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: newGuardedListener(l), Logger: log, ReadBufferSize: tcpBacklog, WriteBufferSize: tcpUnsent,
		FirstStunBindTimeout: tcpGreeting, AliveDurationForConnFromStun: tcpGreeting,
	})
}

// guardedListener bounds how many connections there are, and outlives what goes wrong with single ones: whoever accepts from it gives up at the
// first error.
type guardedListener struct {
	net.Listener
	closing chan struct{}
	once    sync.Once

	mu   sync.Mutex
	open map[*guardedConn]struct{}
	from map[netip.Prefix]int
}

func newGuardedListener(l net.Listener) *guardedListener {
	return &guardedListener{Listener: l, closing: make(chan struct{}), open: map[*guardedConn]struct{}{}, from: map[netip.Prefix]int{}}
}

func (g *guardedListener) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil:
			// Without files, or of one that has gone again already.
			select {
			case <-g.closing:
				return nil, net.ErrClosed
			case <-time.After(tcpAcceptWait):
			}
			continue
		}
		c := &guardedConn{Conn: conn, listener: g, network: networkOf(conn.RemoteAddr())}
		if !g.enter(c) {
			_ = conn.Close()
			continue
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(tcpKernel) // megabytes otherwise
		}
		return c, nil
	}
}

func (g *guardedListener) enter(c *guardedConn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.closing:
		return false
	default:
	}
	if len(g.open) >= tcpConns || g.from[c.network] >= tcpOfNetwork {
		return false
	}
	g.open[c] = struct{}{}
	g.from[c.network]++
	return true
}

func (g *guardedListener) leave(c *guardedConn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.open[c]; !ok {
		return
	}
	delete(g.open, c)
	if g.from[c.network]--; g.from[c.network] == 0 {
		delete(g.from, c.network)
	}
}

// Close closes all connections too: nobody waits for those who have not said yet who they are.
func (g *guardedListener) Close() error {
	g.once.Do(func() { close(g.closing) })
	err := g.Listener.Close()
	g.mu.Lock()
	open := slices.Collect(maps.Keys(g.open))
	g.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	return err
}

// guardedConn is counted until it is closed.
type guardedConn struct {
	net.Conn
	listener *guardedListener
	network  netip.Prefix
}

func (c *guardedConn) Close() error {
	c.listener.leave(c)
	return c.Conn.Close()
}

// networkOf gives what one person has: an IPv4 address, or an IPv6 /64.
func networkOf(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	address, bits := at.Addr().Unmap().WithZone(""), 32
	if address.Is6() {
		bits = 64
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
