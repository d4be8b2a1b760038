package widgetgw

import (
	"context"
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// receipts collects read positions and page changes of all rooms and tells the desk of them together: the newest of each room, all
// rooms at most five times a second. What is lost in a crash the clients say again when they reconnect.
type receipts struct {
	mu    sync.Mutex
	rooms map[*room]struct{} // with something new
	wake  chan struct{}
}

const (
	receiptPause   = 200 * time.Millisecond
	receiptBatch   = 64
	receiptTimeout = 30 * time.Second
)

// tellGot notes that the client has everything up to rev; nobody has more than was sent.
func (g *Gateway) tellGot(p *peer, rev int64) {
	if p.room == nil {
		return
	}
	rev = min(rev, p.cursor.Load())
	p.room.mu.Lock()
	fresh := rev > p.room.news.got
	p.room.news.got = max(p.room.news.got, rev)
	p.room.mu.Unlock()
	if fresh {
		g.receipts.add(p.room)
	}
}

// tellSeen notes that the visitor has seen everything up to seq.
func (g *Gateway) tellSeen(p *peer, seq int64) {
	if p.room == nil {
		return
	}
	seq = min(seq, p.cursor.Load())
	p.room.mu.Lock()
	fresh := seq > p.room.news.seen
	p.room.news.seen = max(p.room.news.seen, seq)
	p.room.mu.Unlock()
	if fresh {
		g.receipts.add(p.room)
	}
}

func (g *Gateway) tellPage(r *room, page *protocol.Page) {
	r.mu.Lock()
	r.news.page = page
	r.mu.Unlock()
	g.receipts.add(r)
}

func (rc *receipts) add(r *room) {
	rc.mu.Lock()
	rc.rooms[r] = struct{}{}
	rc.mu.Unlock()
	select {
	case rc.wake <- struct{}{}:
	default:
	}
}

func (rc *receipts) takeAll() []*room {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	out := make([]*room, 0, len(rc.rooms))
	for r := range rc.rooms {
		out = append(out, r)
	}
	clear(rc.rooms)
	return out
}

// inputs gives what the desk does not know yet of what the room's visitors said.
func (r *room) inputs() []desk.Input {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []desk.Input
	n := &r.news
	if n.got > n.gotN {
		n.gotN = n.got
		out = append(out, desk.CustomerGot{Conversation: r.conversation, Seq: n.got})
	}
	if n.seen > n.seenN {
		n.seenN = n.seen
		out = append(out, desk.CustomerSeen{Conversation: r.conversation, Seq: n.seen})
	}
	if n.page != nil {
		out = append(out, desk.CustomerPage{Conversation: r.conversation, URL: n.page.URL, Title: n.page.Title})
		n.page = nil
	}
	return out
}

// flushReceipts tells the desk what was collected, until ctx ends, and then once more.
func (g *Gateway) flushReceipts(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			g.decideReceipts()
			return
		case <-g.receipts.wake:
		}
		g.decideReceipts()
		pause.Reset(receiptPause)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

func (g *Gateway) decideReceipts() {
	defer g.guard("decide receipts", nil)
	ctx, cancel := context.WithTimeout(context.Background(), receiptTimeout)
	defer cancel()
	var batch []desk.Input
	flush := func() {
		if len(batch) == 0 {
			return
		}
		if _, err := g.journal.Decide(ctx, batch...); err != nil {
			g.decideSingly(ctx, batch)
		}
		batch = batch[:0]
	}
	for _, r := range g.receipts.takeAll() {
		if batch = append(batch, r.inputs()...); len(batch) >= receiptBatch {
			flush()
		}
	}
	flush()
}

// decideSingly saves the rest of a batch from the one that is wrong in it.
func (g *Gateway) decideSingly(ctx context.Context, batch []desk.Input) {
	for _, in := range batch {
		if _, err := g.journal.Decide(ctx, in); err != nil {
			g.log.Err(err).Type("input", in).Msg("Failed to tell the desk a read position")
		}
	}
}
