package widgetgw

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// BenchmarkSockets measures the resident memory of a server process per socket: SOCKETS of them (default 10,000), each with its own
// session, hello said, from many loopback addresses, after HOLD (default 60 s) of heartbeats.
//
//	go test -run '^$' -bench Sockets -benchtime 1x ./widgetgw
//
// The server is this test binary run again as a child process, so that the clients' memory is not counted.
func BenchmarkSockets(b *testing.B) {
	if os.Getenv(benchChild) != "" {
		serveBench(b)
		return
	}
	n, hold := 10_000, time.Minute
	if s := os.Getenv("SOCKETS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	if s := os.Getenv("HOLD"); s != "" {
		var err error
		if hold, err = time.ParseDuration(s); err != nil {
			b.Fatal(err)
		}
	}
	server, address := startBench(b, n)
	crowd := &crowd{address: address}
	defer crowd.leave()
	const warm = 200
	crowd.come(b, 0, warm)
	before := resident(b, server)
	began := time.Now()
	crowd.come(b, warm, n)
	took := time.Since(began)
	connected := resident(b, server)
	<-time.After(hold) // the measurement itself: what stays resident while heartbeats go on
	after := resident(b, server)
	perSocket := func(rss int64) float64 { return float64(rss-before) / 1024 / float64(n-warm) }
	b.ReportMetric(perSocket(after), "KiB/socket")
	b.ReportMetric(perSocket(connected), "KiB/socket-at-once")
	b.ReportMetric(float64(n-warm)/took.Seconds(), "hellos/s")
	if lost := crowd.lost(); lost > 0 {
		b.Fatalf("%d of %d sockets were lost", lost, n)
	}
}

const benchChild = "WIDGETGW_BENCH_CHILD"

// benchToken is the token of one of the benchmark's sessions.
func benchToken(i int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(i)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func startBench(b *testing.B, n int) (pid int, address string) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", "Sockets", "-test.benchtime", "1x")
	cmd.Env = append(os.Environ(), benchChild+"="+strconv.Itoa(n))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("server: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "serving "); ok {
			go func() {
				for lines.Scan() { // let the child write on
				}
			}()
			return cmd.Process.Pid, url
		}
	}
	b.Fatal("the server did not start")
	return 0, ""
}

// serveBench is the server process; it serves until its standard input ends.
func serveBench(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(benchChild))
	if err != nil {
		b.Fatal(err)
	}
	h := openIn(b, b.TempDir())
	for from := 0; from < n; from += 500 {
		if err := h.journal.Write(context.Background(), func(tx journal.Tx) error {
			for i := from; i < min(from+500, n); i++ {
				conv, err := h.gw.engine.OpenConversation(tx, time.Now(), desktest.Site, desk.ChannelWidget, "en")
				if err != nil {
					return err
				}
				if err := tx.PutSession(&desk.Session{
					TokenHash: hashToken(benchToken(i)), Site: desktest.Site, Conversation: conv.ID, Language: "en",
					Created: time.Now(), Expires: time.Now().Add(defaultSessionTTL),
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Println("serving " + h.server.URL)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

func resident(b *testing.B, pid int) int64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib * 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// crowd is the visitors: each answers pings and does nothing else.
type crowd struct {
	address string
	mu      sync.Mutex
	conns   []*widgettest.Conn
	gone    int
	leaving bool
	wg      sync.WaitGroup
}

func (c *crowd) come(b *testing.B, from, to int) {
	b.Helper()
	next := make(chan int)
	var comers sync.WaitGroup
	for range 32 {
		comers.Go(func() {
			for i := range next {
				if err := c.visit(i); err != nil {
					b.Errorf("visitor %d: %v", i, err)
				}
			}
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	comers.Wait()
}

func (c *crowd) visit(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	local := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250%250), byte(1+i%250))}}
	conn, _, err := widgettest.Hello(ctx, widgettest.Options{
		URL: c.address, Site: siteKey, Origin: pageHost, Token: benchToken(i), Dial: local.DialContext,
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	c.wg.Go(func() {
		for {
			frame, err := conn.Next()
			if err != nil {
				c.mu.Lock()
				if !c.leaving {
					c.gone++
				}
				c.mu.Unlock()
				return
			}
			if ping, ok := frame.(protocol.Ping); ok {
				_ = conn.Write(protocol.Pong(ping))
			}
		}
	})
	return nil
}

func (c *crowd) lost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

func (c *crowd) leave() {
	c.mu.Lock()
	c.leaving = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
}
