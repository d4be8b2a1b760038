package widgetgw

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"frontdesk/widgetgw/protocol"
)

// Bounds of one POST, and how long a poll lives without one.
const (
	pollBody   = 256 << 10
	pollFrames = 64
	pollLife   = 60 * time.Second
)

// polls are the peers that fetch their frames by POSTs.
type polls struct {
	mu   sync.Mutex
	byID map[string]*poll
}

// poll carries a peer over long polling.
type poll struct {
	peer
	id   string
	work sync.Mutex // one POST's frames at a time

	// Guarded by peer.mu.
	batch   [][]byte // sent, not yet acknowledged
	n       int64    // its number
	waiting chan struct{}
	serial  int64 // counts POSTs; only the newest may take frames
	posts   int   // POSTs being served
}

// errPollGone: the poll ended, or never was.
var errPollGone = errors.New("no such poll")

func (g *Gateway) servePoll(w http.ResponseWriter, r *http.Request) {
	site, ok := g.siteOf(w, r)
	if !ok {
		return
	}
	req, err := readPoll(w, r)
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		g.refuse(w, r, &site.Site, http.StatusRequestEntityTooLarge, "too_big")
		return
	case err != nil:
		g.refuse(w, r, &site.Site, http.StatusBadRequest, "bad_request")
		return
	}
	p, err := g.pollOf(w, r, site, req)
	if errors.Is(err, errPollGone) {
		g.refuse(w, r, &site.Site, http.StatusGone, "gone")
		return
	}
	if err != nil {
		return // answered
	}
	serial := p.arrive(req.Ack)
	defer p.depart()
	p.takeAll(req.Frames)
	n, frames := p.fetch(r, serial)
	writeJSON(w, http.StatusOK, protocol.PollAnswer{SID: p.id, N: n, Frames: frames})
}

var errBadPoll = errors.New("bad poll body")

func readPoll(w http.ResponseWriter, r *http.Request) (*protocol.PollRequest, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadStall))
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pollBody))
	if err != nil {
		return nil, err
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return parsePoll(raw)
}

// parsePoll reads the body of a POST.
func parsePoll(raw []byte) (*protocol.PollRequest, error) {
	var req protocol.PollRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		return nil, err
	}
	if len(req.SID) > 64 || req.Ack < 0 || len(req.Frames) > pollFrames {
		return nil, errBadPoll
	}
	for _, frame := range req.Frames {
		if len(frame) > protocol.MaxFrame {
			return nil, &http.MaxBytesError{Limit: protocol.MaxFrame}
		}
	}
	return &req, nil
}

// pollOf finds the poll of a POST, or makes one if it carries none. An error other than errPollGone has been answered.
func (g *Gateway) pollOf(w http.ResponseWriter, r *http.Request, site *site, req *protocol.PollRequest) (*poll, error) {
	if req.SID != "" {
		g.polls.mu.Lock()
		p := g.polls.byID[req.SID]
		g.polls.mu.Unlock()
		if p == nil || p.site.ID != site.ID {
			return nil, errPollGone
		}
		return p, nil
	}
	p := &poll{id: newToken(), waiting: make(chan struct{}, 1)}
	p.carrier = p
	if !g.place(w, r, site, &p.peer) {
		return nil, errFull
	}
	g.polls.mu.Lock()
	g.polls.byID[p.id] = p
	g.polls.mu.Unlock()
	g.wheel.add(&p.peer, g.cfg.Now().Add(protocol.HelloTimeout))
	return p, nil
}

// arrive notes a new POST: it ends the waiting of the one before, and its acknowledgement lets the last batch go.
func (p *poll) arrive(ack int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	p.posts++
	if ack >= p.n {
		p.batch = nil
	}
	p.signalLocked()
	return p.serial
}

func (p *poll) signalLocked() {
	select {
	case p.waiting <- struct{}{}:
	default:
	}
}

func (p *poll) takeAll(frames []json.RawMessage) {
	p.work.Lock()
	defer p.work.Unlock()
	p.lastIn.Store(p.g.cfg.Now().UnixMilli())
	for _, frame := range frames {
		if p.isClosing() {
			return
		}
		p.take(bytes.TrimSpace(frame))
	}
}

// fetch gives the batch that is owed, or the next one as soon as there is something for it. Without either it gives no frames, under
// the old number, after PollTimeout or when a newer POST has come.
func (p *poll) fetch(r *http.Request, serial int64) (int64, []json.RawMessage) {
	timeout := time.NewTimer(protocol.PollTimeout)
	defer timeout.Stop()
	for {
		n, batch, ok := p.next(serial)
		if ok {
			return n, batch
		}
		select {
		case <-p.waiting:
		case <-timeout.C:
			return n, []json.RawMessage{}
		case <-r.Context().Done():
			return n, []json.RawMessage{}
		}
	}
}

// next gives what a POST may be answered with at this moment, and whether that is an answer.
func (p *poll) next(serial int64) (int64, []json.RawMessage, bool) {
	p.mu.Lock()
	p.lastIn.Store(p.g.cfg.Now().UnixMilli())
	if serial != p.serial {
		p.signalLocked() // it was meant for the newer one
		n := p.n
		p.mu.Unlock()
		return n, []json.RawMessage{}, true
	}
	fresh := p.batch == nil && len(p.out) > 0
	if fresh {
		p.batch, p.out, p.outBytes = p.out, nil, 0
		p.n++
	}
	n, batch := p.n, p.batch
	p.mu.Unlock()
	if fresh && p.behind.Load() {
		p.g.feeds.wake(p.g, p.room)
	}
	frames := make([]json.RawMessage, len(batch))
	for i, frame := range batch {
		frames[i] = frame
	}
	return n, frames, batch != nil
}

// depart notes that a POST has been answered. A closed poll is forgotten once its last word has been said.
func (p *poll) depart() {
	p.mu.Lock()
	p.posts--
	last := p.closing != 0 && p.posts == 0
	p.mu.Unlock()
	if last {
		p.drop()
	}
}

// ready wakes the waiting POST. A closed poll that nobody waits for is forgotten: its next POST is answered 410, and the hello of the
// poll after that learns why.
func (p *poll) ready() {
	p.mu.Lock()
	last := p.closing != 0 && p.posts == 0
	p.signalLocked()
	p.mu.Unlock()
	if last {
		p.drop()
	}
}

// drop forgets the poll; its next POST is answered 410.
func (p *poll) drop() {
	p.g.polls.mu.Lock()
	delete(p.g.polls.byID, p.id)
	p.g.polls.mu.Unlock()
	p.ended()
}

// due looks whether somebody still asks; a POST that waits counts.
func (p *poll) due(now time.Time) time.Time {
	if !p.greeted.Load() && now.Sub(time.UnixMilli(p.opened)) >= protocol.HelloTimeout {
		p.drop()
		return time.Time{}
	}
	end := time.UnixMilli(p.lastIn.Load()).Add(pollLife)
	if !now.Before(end) {
		p.drop()
		return time.Time{}
	}
	return end
}
