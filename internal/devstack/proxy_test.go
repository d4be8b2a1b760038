package devstack_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/internal/devstack"
)

// echoServer answers every line with itself and keeps what it was told.
type echoServer struct {
	listen net.Listener
	heard  chan string
	wg     sync.WaitGroup
}

func newEchoServer(t *testing.T) *echoServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &echoServer{listen: l, heard: make(chan string, 100)}
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.echo(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.wg.Wait() })
	return s
}

func (s *echoServer) echo(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		s.heard <- lines.Text()
		if _, err := io.WriteString(conn, lines.Text()+"\n"); err != nil {
			return
		}
	}
}

func newProxy(t *testing.T, target string) *devstack.Proxy {
	t.Helper()
	p, err := devstack.NewProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, p *devstack.Proxy) *client {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) say(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) hears(want string) {
	c.t.Helper()
	if got, err := c.in.ReadString('\n'); err != nil || got != want+"\n" {
		c.t.Fatalf("heard %q, %v; want %q", got, err, want)
	}
}

// ends tells how the connection ended.
func (c *client) ends() error {
	_, err := c.in.ReadByte()
	return err
}

func TestProxyPassesAndCounts(t *testing.T) {
	p := newProxy(t, newEchoServer(t).listen.Addr().String())
	c := dial(t, p)
	c.say("hello")
	c.hears("hello")
	p.Delay(time.Millisecond)
	c.say("slow")
	c.hears("slow")
	if s := p.Stats(); s.Open != 1 || s.Accepted != 1 || s.Up != 11 || s.Down != 11 {
		t.Errorf("stats %+v", s)
	}
	if got := p.Conns()[0].ClientAddr().String(); got != c.conn.LocalAddr().String() {
		t.Errorf("ClientAddr %s, want %s", got, c.conn.LocalAddr())
	}
	if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := c.ends(); !errors.Is(err, io.EOF) {
		t.Errorf("after our goodbye: %v, want EOF", err)
	}
}

func TestProxyCutsWithReset(t *testing.T) {
	p := newProxy(t, newEchoServer(t).listen.Addr().String())
	first, second := dial(t, p), dial(t, p)
	for _, c := range []*client{first, second} {
		c.say("hello")
		c.hears("hello")
	}
	for _, c := range p.Conns() {
		if c.ClientAddr().String() == first.conn.LocalAddr().String() && !c.Cut() {
			t.Error("Cut says that the connection was closed already")
		}
	}
	if err := first.ends(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("cut connection: %v, want a reset", err)
	}
	second.say("still here")
	second.hears("still here")
	if n := p.CutAll(); n != 1 {
		t.Errorf("CutAll cut %d, want 1", n)
	}
	if err := second.ends(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("cut connection: %v, want a reset", err)
	}
	if s := p.Stats(); s.Cut != 2 {
		t.Errorf("stats %+v, want 2 cut", s)
	}
}

func TestProxyOneWay(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	server := newEchoServer(t)
	p := newProxy(t, server.listen.Addr().String())
	c := dial(t, p)
	c.say("both ways")
	c.hears("both ways")
	p.OneWay(true)
	c.say("one way")
	for want := "one way"; ; {
		select {
		case got := <-server.heard:
			if got != want {
				continue
			}
		case <-ctx.Done():
			t.Fatal("the target did not hear the client")
		}
		break
	}
	p.OneWay(false)
	if down := p.Stats().Down; down != int64(len("both ways\n")) {
		t.Errorf("%d bytes came down, want only the first answer", down)
	}
	// The connection stays deaf, a new one is not.
	fresh := dial(t, p)
	fresh.say("fresh")
	fresh.hears("fresh")
	if err := c.conn.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := c.ends(); !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
		t.Errorf("the deaf connection got something: %v", err)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestProxyRefuses(t *testing.T) {
	for name, proxy := range map[string]func(*testing.T) *devstack.Proxy{
		"on request": func(t *testing.T) *devstack.Proxy {
			p := newProxy(t, newEchoServer(t).listen.Addr().String())
			p.Refuse(true)
			return p
		},
		"without target": func(t *testing.T) *devstack.Proxy {
			port, err := devstack.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			return newProxy(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := proxy(t)
			conn, err := net.Dial("tcp", p.Addr) // the reset may come as early as here
			if err == nil {
				defer conn.Close()
				_, err = conn.Read(make([]byte, 1))
			}
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("refused connection: %v, want its end", err)
			}
			if s := p.Stats(); s.Refused != 1 || s.Accepted != 0 {
				t.Errorf("stats %+v, want one refused", s)
			}
		})
	}
}
