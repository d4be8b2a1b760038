package widgetgw

import (
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// peer is one connection of a visitor, over a socket or a poll. Its size counts: there are tens of thousands.
//
// Fields above mu are set once or belong to whoever works the connection's frames, one at a time.
type peer struct {
	g       *Gateway
	site    *site
	network *network
	carrier carrier

	session *session // nil until a token was shown or given
	room    *room    // nil as long as session is
	lang    string
	tab     string         // the page's id; "" if it has given none
	leg     *leg           // of a call that its page has answered
	page    *protocol.Page // told before there was a session
	bucket  bucket
	looked  int64 // Unix milliseconds of when the state was last made sure of

	opened  int64 // Unix milliseconds
	greeted atomic.Bool
	lastIn  atomic.Int64 // Unix milliseconds of the last complete frame from the client
	pinged  atomic.Int64 // the same of our last ping

	mu       sync.Mutex
	out      [][]byte // frames waiting to leave
	outBytes int
	flushing bool // somebody is writing, or nobody may yet; for polls: never
	closing  protocol.CloseCode
	gone     bool // removed; nothing may be sent any more

	// cursor is the highest rev sent, stateSum the checksum of the state last sent. Of what had changed up to floorRev, messages below
	// floorSeq are left out (the first page). They belong to the room's feed; before joining the room, to whoever works the hello.
	cursor             atomic.Int64
	stateSum           uint64
	floorSeq, floorRev int64
	// behind tells that the feed left this peer out until its queue has drained.
	behind atomic.Bool
}

// carrier is how a peer's frames travel.
type carrier interface {
	// ready is called after frames were queued while nobody was writing, and after close. It must not block.
	ready()
	// drop ends the connection without another word.
	drop()
	// due looks at the connection's heartbeat and gives the time to look again; a time not after now means never.
	due(now time.Time) time.Time
}

// session is what a connection knows of the token it showed.
type session struct {
	hash         string // hex SHA-256 of the token
	conversation desk.ConversationID
	started      *protocol.Session // answer to the start frame on this very connection, to repeat it
}

// Above lowWater queued bytes the feed waits for the queue to drain instead of adding to it.
const lowWater = 64 << 10

// push queues a frame. A peer with too much unread is closed as a slow reader.
func (p *peer) push(frame []byte) {
	p.mu.Lock()
	if p.closing != 0 || p.gone {
		p.mu.Unlock()
		return
	}
	if p.outBytes > p.g.cfg.Limits.PendingBytes {
		p.closeLocked(protocol.SlowReader)
	} else {
		p.out = append(p.out, frame)
		p.outBytes += len(frame)
	}
	wake := !p.flushing
	p.mu.Unlock()
	if wake {
		p.carrier.ready()
	}
}

// tell encodes and queues a frame.
func (p *peer) tell(frame any) {
	raw, err := protocol.Encode(frame)
	if err != nil {
		p.g.log.Err(err).Msg("Failed to encode a frame")
		p.close(protocol.Internal)
		return
	}
	p.push(raw)
}

// tellError answers a frame that could not be taken.
func (p *peer) tellError(code string) {
	p.tell(protocol.Error{Code: code, Text: p.text("widget.error." + code)})
}

func (p *peer) text(key string, args ...any) string {
	lang := p.lang
	if lang == "" {
		lang = p.site.Language("")
	}
	return p.g.text(&p.site.Site, lang, key, args...)
}

// close ends the connection with a code; what is queued before is still sent if the client reads it. The first code stays.
func (p *peer) close(code protocol.CloseCode) {
	p.mu.Lock()
	if p.closing != 0 || p.gone {
		p.mu.Unlock()
		return
	}
	p.closeLocked(code)
	wake := !p.flushing
	p.mu.Unlock()
	if wake {
		p.carrier.ready()
	}
}

func (p *peer) closeLocked(code protocol.CloseCode) {
	p.closing = code
	if code == protocol.SlowReader {
		p.out, p.outBytes = nil, 0
	}
	if bye, err := protocol.Encode(code.Bye()); err == nil {
		p.out = append(p.out, bye)
		p.outBytes += len(bye)
	}
}

func (p *peer) isClosing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closing != 0 || p.gone
}

// queued gives the bytes waiting to leave.
func (p *peer) queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outBytes
}

// ended forgets the connection everywhere. It may be called more than once.
func (p *peer) ended() {
	p.mu.Lock()
	was, r := p.gone, p.room
	p.gone = true
	p.out, p.outBytes = nil, 0
	p.mu.Unlock()
	if was {
		return
	}
	if r != nil {
		p.g.leave(r, p)
	}
	p.g.remove(p)
}
