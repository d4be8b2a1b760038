package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy passes TCP connections on to a target and breaks them on request. Connections live until one side closes, they are cut, or the
// proxy is closed.
type Proxy struct {
	Addr string // host:port that clients connect to

	target string
	listen net.Listener
	stop   chan struct{}
	wg     sync.WaitGroup

	refuse atomic.Bool
	delay  atomic.Int64 // time.Duration
	oneWay atomic.Bool

	mu    sync.Mutex
	conns map[*ProxyConn]struct{}
	stats ProxyStats
}

// ProxyStats count since the proxy was started.
type ProxyStats struct {
	Open     int   // connections now
	Accepted int   // connections ever
	Refused  int   // turned away, by Refuse or because the target did not answer
	Cut      int   // ended by Cut or CutAll
	Up, Down int64 // bytes passed to the target and to clients; swallowed ones do not count
}

// ProxyConn is one connection through a proxy.
type ProxyConn struct {
	proxy          *Proxy
	client, server *net.TCPConn
	deaf           atomic.Bool
	cut            atomic.Bool
}

// NewProxy listens on a free loopback port and passes on to target, a host:port that need not listen yet.
func NewProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the proxy: %w", err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, listen: l, stop: make(chan struct{}), conns: map[*ProxyConn]struct{}{}}
	p.wg.Go(p.accept)
	return p, nil
}

// Refuse makes the proxy reset new connections, or take them again.
func (p *Proxy) Refuse(on bool) { p.refuse.Store(on) }

// OneWay swallows everything from the target on all connections, present and new, while clients' bytes pass: the half-open network.
// Bytes swallowed are gone; a stream that lost some is useless afterwards, as after a real loss that TCP gave up on.
func (p *Proxy) OneWay(on bool) {
	p.oneWay.Store(on)
	if on {
		for _, c := range p.Conns() {
			c.OneWay()
		}
	}
}

// Delay holds every piece back for so long, in both directions.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Conns gives the connections open now, in no order.
func (p *Proxy) Conns() []*ProxyConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*ProxyConn, 0, len(p.conns))
	for c := range p.conns {
		all = append(all, c)
	}
	return all
}

// CutAll resets all connections and tells how many there were.
func (p *Proxy) CutAll() int {
	n := 0
	for _, c := range p.Conns() {
		if c.Cut() {
			n++
		}
	}
	return n
}

// Stats gives the counts so far.
func (p *Proxy) Stats() ProxyStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Open = len(p.conns)
	return s
}

// Close ends the proxy and resets its connections.
func (p *Proxy) Close() error {
	close(p.stop)
	err := p.listen.Close()
	p.CutAll()
	p.wg.Wait()
	if err != nil {
		return fmt.Errorf("close the proxy: %w", err)
	}
	return nil
}

// Cut resets the connection on both sides (RST). It tells whether it was still open.
func (c *ProxyConn) Cut() bool {
	if c.cut.Swap(true) {
		return false
	}
	c.proxy.mu.Lock()
	_, open := c.proxy.conns[c]
	if open {
		c.proxy.stats.Cut++
	}
	c.proxy.mu.Unlock()
	c.reset()
	return open
}

// OneWay swallows from now on everything the target sends on this connection, for the rest of its life.
func (c *ProxyConn) OneWay() { c.deaf.Store(true) }

// ClientAddr is the client's end, by which a test recognises its own socket.
func (c *ProxyConn) ClientAddr() net.Addr { return c.client.RemoteAddr() }

// reset closes both ends without the goodbye of TCP. Errors mean that an end is closed already.
func (c *ProxyConn) reset() {
	for _, end := range []*net.TCPConn{c.client, c.server} {
		_ = end.SetLinger(0)
		_ = end.Close()
	}
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listen.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // the client has gone before it was taken
		}
		client := conn.(*net.TCPConn)
		p.wg.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client *net.TCPConn) {
	server, err := p.dial()
	if err != nil {
		p.mu.Lock()
		p.stats.Refused++
		p.mu.Unlock()
		_ = client.SetLinger(0)
		_ = client.Close()
		return
	}
	c := &ProxyConn{proxy: p, client: client, server: server}
	c.deaf.Store(p.oneWay.Load())
	p.mu.Lock()
	p.conns[c] = struct{}{}
	p.stats.Accepted++
	p.mu.Unlock()
	select {
	case <-p.stop: // Close may have looked at conns before this one was there
		c.Cut()
	default:
	}
	var wg sync.WaitGroup
	wg.Go(func() { c.pass(c.client, c.server, &p.stats.Up, func() bool { return false }) })
	wg.Go(func() { c.pass(c.server, c.client, &p.stats.Down, c.deaf.Load) })
	wg.Wait()
	c.reset()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

func (p *Proxy) dial() (*net.TCPConn, error) {
	if p.refuse.Load() {
		return nil, errors.New("connections are refused")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.target)
	if err != nil {
		return nil, fmt.Errorf("connect to the proxy's target: %w", err)
	}
	return conn.(*net.TCPConn), nil
}

// pass copies until from ends, then lets to know that no more comes.
func (c *ProxyConn) pass(from, to *net.TCPConn, counter *int64, swallow func() bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !c.write(to, buf[:n], counter, swallow) {
			return
		}
		if errors.Is(err, io.EOF) && !swallow() {
			_ = to.CloseWrite() // an error here means that it is closed altogether
			return
		}
		if err != nil {
			// A reset passes on as a reset; a deaf connection's client is not told that the target has gone.
			if !swallow() {
				c.reset()
			}
			return
		}
	}
}

// write passes one piece on and tells whether the connection still stands.
func (c *ProxyConn) write(to *net.TCPConn, piece []byte, counter *int64, swallow func() bool) bool {
	if d := time.Duration(c.proxy.delay.Load()); d > 0 {
		select {
		case <-time.After(d):
		case <-c.proxy.stop:
		}
	}
	if swallow() {
		return true
	}
	// Counted before: whoever has received a piece finds it counted.
	c.proxy.mu.Lock()
	*counter += int64(len(piece))
	c.proxy.mu.Unlock()
	_, err := to.Write(piece)
	if err != nil && c.deaf.Load() {
		return true // what is sent to a target that has gone is lost without the client noticing
	}
	if err != nil {
		c.reset()
	}
	return err == nil
}
