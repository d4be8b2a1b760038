package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// feeds runs the reading of the log for rooms with news: each room at most once at a time, a bounded number of rooms side by side,
// first come first served.
type feeds struct {
	mu      sync.Mutex
	queue   []*room
	running int
	failed  []*room // to be tried again at the next turn of the wheel
	noted   []*room // to be fed in a moment
}

// feedState is what is known of a room's feed. noted says that it is among the noted, and nothing has fed it since.
type feedState struct{ queued, running, again, noted bool }

const (
	feedsAtOnce = 8
	feedPage    = 16 // messages read at a time: bounds what a visitor away for long costs
	feedTimeout = 10 * time.Second
	// notedAfter is how much later a visitor's connections learn what he did himself. The connection he did it on has its acknowledgement;
	// meanwhile the machine is left to what carries his words to the staff, and his next ones share the reading.
	notedAfter = 50 * time.Millisecond
)

// Changed tells that conversations have something new for their visitors, at once or in a moment; see desk.Decision. It does not block.
func (g *Gateway) Changed(changed, noted []desk.ConversationID) {
	for _, id := range changed {
		if r := g.rooms.find(id); r != nil {
			g.feeds.wake(g, r)
		}
	}
	for _, id := range noted {
		if r := g.rooms.find(id); r != nil {
			g.feeds.note(g, r)
		}
	}
}

// note wakes a room in a moment, together with others.
func (f *feeds) note(g *Gateway, r *room) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.feed.noted {
		return
	}
	r.feed.noted = true
	f.noted = append(f.noted, r)
	if len(f.noted) == 1 {
		time.AfterFunc(notedAfter, func() { f.wakeNoted(g) })
	}
}

func (f *feeds) wakeNoted(g *Gateway) {
	f.mu.Lock()
	noted := f.noted
	f.noted = nil
	noted = slices.DeleteFunc(noted, func(r *room) bool { return !r.feed.noted })
	f.mu.Unlock()
	for _, r := range noted {
		f.wake(g, r)
	}
}

func (f *feeds) wake(g *Gateway, r *room) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.feed.running:
		r.feed.again = true
		return
	case r.feed.queued:
		return
	}
	r.feed.queued = true
	f.queue = append(f.queue, r)
	if f.running < feedsAtOnce && g.crew.run(func() { f.work(g) }) {
		f.running++
	}
}

// work feeds rooms until none waits.
func (f *feeds) work(g *Gateway) {
	for {
		f.mu.Lock()
		if len(f.queue) == 0 {
			f.queue = nil
			f.running--
			f.mu.Unlock()
			return
		}
		r := f.queue[0]
		f.queue[0], f.queue = nil, f.queue[1:]
		r.feed = feedState{running: true}
		f.mu.Unlock()

		err := g.feedRoom(r)

		f.mu.Lock()
		again := r.feed.again
		r.feed = feedState{noted: r.feed.noted}
		if err != nil {
			f.failed = append(f.failed, r)
		} else if again {
			r.feed.queued = true
			f.queue = append(f.queue, r)
		}
		f.mu.Unlock()
	}
}

// retry wakes the rooms whose feed failed.
func (f *feeds) retry(g *Gateway) {
	f.mu.Lock()
	failed := f.failed
	f.failed = nil
	f.mu.Unlock()
	for _, r := range failed {
		f.wake(g, r)
	}
}

// feedRoom brings the room's connections up to date, page by page.
func (g *Gateway) feedRoom(r *room) (err error) {
	defer g.guard("feed a room", func() { err = errors.New("panic") })
	ctx, cancel := context.WithTimeout(context.Background(), feedTimeout)
	defer cancel()
	for {
		peers := g.readyPeers(r)
		if len(peers) == 0 {
			return nil
		}
		pg, err := g.readPage(ctx, r, peers)
		if err != nil {
			g.log.Err(err).Str("conversation", string(r.conversation)).Msg("Failed to read a conversation for its visitors")
			return err
		}
		for _, p := range peers {
			g.feedPeer(p, pg)
		}
		if len(pg.messages) < feedPage {
			return nil
		}
	}
}

// readyPeers gives the connections that can take more; the others are marked, and their flushers wake the feed.
func (g *Gateway) readyPeers(r *room) []*peer {
	all := r.everybody()
	ready := all[:0]
	for _, p := range all {
		p.behind.Store(true)
		if p.queued() <= lowWater {
			p.behind.Store(false)
			ready = append(ready, p)
		}
	}
	return ready
}

// page is a stretch of a conversation's log, and its state.
type page struct {
	site     *site
	conv     *desk.Conversation
	messages []logEntry
	state    protocol.State
	revoked  map[string]bool // sessions ended by the desk, by hash
	encoded  map[string][][]byte
}

// readPage reads the messages after the least cursor, and the state.
func (g *Gateway) readPage(ctx context.Context, r *room, peers []*peer) (*page, error) {
	from := int64(math.MaxInt64)
	for _, p := range peers {
		from = min(from, p.cursor.Load())
	}
	site, err := g.siteByKey(ctx, peers[0].site.Key)
	if err != nil {
		return nil, err
	}
	out := &page{site: site, revoked: make(map[string]bool), encoded: make(map[string][][]byte)}
	err = g.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		if out.conv, err = tx.Conversation(r.conversation); err != nil {
			return fmt.Errorf("read conversation %s: %w", r.conversation, err)
		}
		rows, err := tx.MessagesAfter(r.conversation, from, feedPage)
		if err != nil {
			return fmt.Errorf("read messages after %d: %w", from, err)
		}
		if out.messages, err = withQuotes(tx, rows); err != nil {
			return err
		}
		if out.state, err = g.stateOf(tx, out.site, out.conv); err != nil {
			return err
		}
		for _, p := range peers {
			if err := out.checkSession(tx, p.session.hash); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (pg *page) checkSession(tx desk.Tx, hash string) error {
	if _, known := pg.revoked[hash]; known {
		return nil
	}
	s, err := tx.Session(hash)
	switch {
	case errors.Is(err, desk.ErrNotFound):
		pg.revoked[hash] = true
	case err != nil:
		return fmt.Errorf("read a session: %w", err)
	default:
		pg.revoked[hash] = s.Revoked
	}
	return nil
}

// feedPeer queues what of the page the peer has not had. Its cursor moves with every message queued, so that it can stop anywhere.
func (g *Gateway) feedPeer(p *peer, pg *page) {
	if pg.revoked[p.session.hash] {
		p.close(protocol.Revoked)
		return
	}
	frames, err := g.encodePage(pg, p.lang)
	if err != nil {
		g.log.Err(err).Msg("Failed to encode a message")
		p.close(protocol.Internal)
		return
	}
	for i, m := range pg.messages {
		if m.Rev <= p.cursor.Load() {
			continue
		}
		if m.Seq >= p.floorSeq || m.Rev > p.floorRev {
			if p.queued() > lowWater {
				g.leaveBehind(p)
				return
			}
			p.push(frames[i])
		}
		p.cursor.Store(m.Rev)
	}
	if sum := checksum(pg.state); sum != p.stateSum {
		p.stateSum = sum
		p.tell(protocol.StateFrame{State: pg.state})
	}
}

// leaveBehind stops feeding a peer until its queue has drained, which may be just now.
func (g *Gateway) leaveBehind(p *peer) {
	p.behind.Store(true)
	if p.queued() <= lowWater {
		g.feeds.wake(g, p.room)
	}
}

// encodePage gives the page's message frames in a language, each encoded once for all of the room's connections.
func (g *Gateway) encodePage(pg *page, lang string) ([][]byte, error) {
	if frames, ok := pg.encoded[lang]; ok {
		return frames, nil
	}
	frames := make([][]byte, len(pg.messages))
	for i, m := range pg.messages {
		var err error
		if frames[i], err = protocol.Encode(protocol.MessageFrame{M: g.view(&pg.site.Site, pg.conv, lang, m)}); err != nil {
			return nil, err
		}
	}
	pg.encoded[lang] = frames
	return frames, nil
}
