package calls

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// hose is the network between a page and us, over TCP. Either way of it can be shut: then nobody takes what is sent there.
type hose struct {
	t     *testing.T
	near  net.Listener // where pages find it
	work  sync.WaitGroup
	ended chan struct{} // closed when we have closed the page's connection
	once  sync.Once

	mu   sync.Mutex
	far  string
	shut [2]chan struct{} // closed when the way is open again; nil while it is
	ends []io.Closer
}

const (
	fromPage = iota
	toPage
)

func newHose(t *testing.T) *hose {
	t.Helper()
	near, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hose{t: t, near: near, ended: make(chan struct{})}
	h.work.Go(h.accept)
	t.Cleanup(h.close)
	return h
}

func (h *hose) lead(answer string) string {
	return candidate.ReplaceAllStringFunc(answer, func(line string) string {
		found := candidate.FindStringSubmatch(line)
		if found[1] != "tcp" {
			return ""
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.far = net.JoinHostPort("127.0.0.1", found[2])
		return strings.Replace(line, " "+found[2]+" ", " "+strconv.Itoa(h.near.Addr().(*net.TCPAddr).Port)+" ", 1)
	})
}

func (h *hose) accept() {
	for {
		page, err := h.near.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		far := h.far
		h.mu.Unlock()
		us, err := net.Dial("tcp4", far)
		if err != nil {
			_ = page.Close()
			continue
		}
		_ = us.(*net.TCPConn).SetReadBuffer(4 << 10) // what it would hold is not held by us
		h.mu.Lock()
		h.ends = append(h.ends, page, us)
		h.mu.Unlock()
		h.work.Go(func() { h.pass(page, us, fromPage) })
		h.work.Go(func() {
			h.pass(us, page, toPage)
			h.once.Do(func() { close(h.ended) })
		})
	}
}

func (h *hose) pass(from, to net.Conn, way int) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4<<10)
	for {
		h.mu.Lock()
		shut := h.shut[way]
		h.mu.Unlock()
		if shut != nil {
			<-shut
		}
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (h *hose) hold(way int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shut[way] = make(chan struct{})
}

func (h *hose) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for way, shut := range h.shut {
		if shut != nil {
			close(shut)
		}
		h.shut[way] = nil
	}
}

func (h *hose) close() {
	h.near.Close()
	h.mu.Lock()
	for _, end := range h.ends {
		end.Close()
	}
	h.mu.Unlock()
	h.release()
	h.work.Wait()
}

// letGo waits until we have closed the page's connection, which the page finds out when it reads again.
func (h *hose) letGo() {
	h.t.Helper()
	h.release()
	select {
	case <-h.ended:
	case <-time.After(waitLong):
		h.t.Error("the connection of a page that has gone is kept")
	}
}

// flood sends large pictures, a thousand in a second, until ctx ends.
func flood(ctx context.Context, w writer, words string) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for n := uint32(0); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_ = w.WriteRTP(&rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: true, SequenceNumber: uint16(n), Timestamp: 90 * n},
			Payload: append(vp8Frame(words, int(n), true), make([]byte, largePicture)...),
		})
	}
}

const largePicture = 1000 // bytes

// passed counts the packets that were sent to the page, whether it took them or not.
func (o *office) passed() int {
	o.t.Helper()
	families, err := o.figures.Gather()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "frontdesk_calls_packets_total" && m.GetLabel()[0].GetValue() == "visitor" {
				return int(m.GetCounter().GetValue())
			}
		}
	}
	o.t.Fatal("nothing is counted")
	return 0
}

// TestDeafPage has a page over TCP stop to read in the middle of a call, with everything full that lies between. Whatever ends the call then, it
// ends; the connection is closed, and so is the program when its time comes.
func TestDeafPage(t *testing.T) {
	for name, ends := range map[string]func(*office, *hose){
		"the staff hang up": func(o *office, h *hose) {
			o.set(func() { o.row.State = desk.CallEnded })
			o.wait("the puppet has no seat", func() bool { return o.rises == 1 && !o.row.Seated })
			o.left(puppet)
			h.letGo()
		},
		"it sends nothing either": func(o *office, h *hose) {
			o.set(func() { o.away = true })
			h.hold(fromPage)
			o.ends(reasonCustomer)
			o.left(puppet)
			h.letGo()
		},
		"the program ends": func(o *office, h *hose) {
			o.close()
			h.letGo()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, desk.CallVideo, hurry)
			h := newHose(t)
			o.wire = h
			anna := o.comes(annaDesk, microphone)
			track, _ := anna.track(vp8)
			if _, err := anna.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "camera", Source: camera.livekit()}); err != nil {
				t.Fatal(err)
			}
			anna.work.Go(func() { flood(anna.ctx, sfuWriter{track}, annaDesk+"/camera") })
			page := o.opens("page", []source{microphone}, 1, 1, webrtc.NetworkTypeTCP4)
			page.wait(t, annaDesk+"/camera", someFrames)
			anna.wait(t, "page/microphone", someFrames)
			o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive && o.row.Seated })

			h.hold(toPage)
			sent := func(bytes int) {
				t.Helper()
				before := o.passed()
				poll(t, "as much is sent to the page", func() bool { return o.passed()-before > bytes/largePicture })
			}
			sent(4 * (tcpUnsent + tcpKernel)) // more than any buffers hold
			seen := page.count(annaDesk + "/camera")
			sent(tcpUnsent)
			if more := page.count(annaDesk+"/camera") - seen; more != 0 {
				t.Fatalf("the page reads on: %d pictures", more)
			}
			anna.wait(t, "page/microphone", someFrames) // the other way nobody waits
			ends(o, h)
		})
	}
}
