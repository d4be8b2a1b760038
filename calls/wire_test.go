package calls

import (
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// network lies between pages and us.
type network interface {
	lead(answer string) string // has an answer name the network in our place
}

// wire is the network between pages and us, over UDP. It loses what it is told to lose.
type wire struct {
	t    *testing.T
	near *net.UDPConn // where pages find it
	work sync.WaitGroup

	mu    sync.Mutex
	far   *net.UDPAddr
	lines map[string]*net.UDPConn // by page
	loses func(up bool, packet []byte) bool
}

func newWire(t *testing.T) *wire {
	t.Helper()
	near, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, near: near, lines: map[string]*net.UDPConn{}, loses: func(bool, []byte) bool { return false }}
	w.work.Go(w.carry)
	t.Cleanup(w.close)
	return w
}

// lose says what is lost from now on.
func (w *wire) lose(f func(up bool, packet []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loses = f
}

// lost asks under the lock, so that whoever decides may count.
func (w *wire) lost(up bool, packet []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loses(up, packet)
}

var candidate = regexp.MustCompile(`(?m)^a=candidate:\S+ \d+ (udp|tcp) \d+ 127\.0\.0\.1 (\d+) .*\r\n`)

func (w *wire) lead(answer string) string {
	return candidate.ReplaceAllStringFunc(answer, func(line string) string {
		found := candidate.FindStringSubmatch(line)
		if found[1] != "udp" {
			return ""
		}
		port, err := strconv.Atoi(found[2])
		if err != nil {
			w.t.Fatal(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.far = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
		return strings.Replace(line, " "+found[2]+" ", " "+strconv.Itoa(w.near.LocalAddr().(*net.UDPAddr).Port)+" ", 1)
	})
}

func (w *wire) carry() {
	buf := make([]byte, 2048)
	for {
		n, from, err := w.near.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if line := w.line(from); line != nil && !w.lost(true, buf[:n]) {
			_, _ = line.Write(buf[:n])
		}
	}
}

// line gives what carries a page's packets, and begins to bring it ours.
func (w *wire) line(page *net.UDPAddr) *net.UDPConn {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.lines[page.String()]
	if line != nil || w.far == nil {
		return line
	}
	line, err := net.DialUDP("udp4", nil, w.far)
	if err != nil {
		return nil
	}
	w.lines[page.String()] = line
	w.work.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, err := line.Read(buf)
			if err != nil {
				return
			}
			if !w.lost(false, buf[:n]) {
				_, _ = w.near.WriteToUDP(buf[:n], page)
			}
		}
	})
	return line
}

func (w *wire) close() {
	w.near.Close()
	w.mu.Lock()
	for _, line := range w.lines {
		line.Close()
	}
	w.mu.Unlock()
	w.work.Wait()
}

// payloadType gives that of a packet of media, -1 for others.
func payloadType(packet []byte) int {
	if len(packet) < 12 || packet[0]>>6 != 2 || packet[1] >= 192 && packet[1] < 224 {
		return -1
	}
	return int(packet[1] & 0x7f)
}
