package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// Journal is what the gateway needs of *journal.Journal.
type Journal interface {
	Submit(ctx context.Context, in ...journal.Input) ([]journal.Outcome, error)
	Wait(ctx context.Context, source, id string) (journal.Outcome, error)
	Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error)
	Read(ctx context.Context, fn func(journal.Tx) error) error
	Write(ctx context.Context, fn func(journal.Tx) error) error
}

// Engine is what the gateway needs of *desk.Engine.
type Engine interface {
	OpenConversation(tx desk.Tx, now time.Time, site desk.SiteID, channel desk.Channel, lang string) (*desk.Conversation, error)
	Staffed(tx desk.Tx, now time.Time, queue desk.QueueID) (bool, error)
}

// Media gives the bytes of files that are in the homeserver's media repository. rng is the value of an HTTP Range header or "".
type Media interface {
	Open(ctx context.Context, mxc string, rng string) (*http.Response, error)
	Thumbnail(ctx context.Context, mxc string, width, height int) (*http.Response, error)
}

// Gateway serves the widget. Create it with New, set OnTyping, wire Changed to the journal, serve Handler, and Run it.
type Gateway struct {
	// OnTyping is told when a visitor begins or ends typing; it must not block. Set before the first connection.
	OnTyping func(conversation desk.ConversationID, on bool)
	// Calls carries the media of calls; nil if there are none. Set before the first connection.
	Calls Calls

	cfg     Config
	journal Journal
	engine  Engine
	media   Media
	texts   desk.Texts
	log     zerolog.Logger

	signer   signer
	spool    *Spool
	sites    siteCache
	staffing staffing
	networks *networks
	rooms    rooms
	feeds    feeds
	receipts receipts
	typing   staffTyping
	wheel    wheel
	polls    polls
	uploads  uploadsUnderWay
	assets   *assets
	upgrader websocket.Upgrader
	frames   chan struct{} // slots for work on frames
	buffers  sync.Pool     // *bytes.Buffer for frames being read

	crew     crew
	mu       sync.Mutex
	peers    map[*peer]struct{}
	emptied  chan struct{} // closed when the last peer has gone after draining began
	draining bool
	count    atomic.Int64
}

// frameSlots bounds how many frames are worked at the same time. Most of that time is waiting for a commit, which they share.
const frameSlots = 64

// New makes a Gateway and opens its spool.
func New(cfg Config, j Journal, e Engine, m Media, texts desk.Texts, log zerolog.Logger) (*Gateway, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure the gateway: %w", err)
	}
	spool, err := OpenSpool(cfg.SpoolDir, cfg.SpoolMax)
	if err != nil {
		return nil, err
	}
	static, err := loadAssets()
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		cfg: cfg, journal: j, engine: e, media: m, texts: texts, log: log,
		signer: signer{cfg.Secret}, spool: spool, networks: newNetworks(cfg.Limits), assets: static,
		frames: make(chan struct{}, frameSlots), peers: make(map[*peer]struct{}), emptied: make(chan struct{}),
	}
	g.sites.byKey = make(map[string]*site)
	g.staffing.byQueue = make(map[desk.QueueID]staffed)
	g.rooms.byID = make(map[desk.ConversationID]*room)
	g.polls.byID = make(map[string]*poll)
	g.uploads.byAct = make(map[string]chan struct{})
	g.typing.on = make(map[desk.ConversationID]*typingNow)
	g.receipts.rooms = make(map[*room]struct{})
	g.receipts.wake = make(chan struct{}, 1)
	g.upgrader = newUpgrader()
	g.buffers.New = newBuffer
	return g, nil
}

// Spool gives the uploads waiting for their transfer to the media repository.
func (g *Gateway) Spool() *Spool { return g.spool }

// Connections counts sockets and polls.
func (g *Gateway) Connections() int { return int(g.count.Load()) }

// Run keeps heartbeats, receipts and sweeps going until ctx ends. Call it once.
func (g *Gateway) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { g.turnWheel(ctx) })
	wg.Go(func() { g.flushReceipts(ctx) })
	wg.Go(func() { g.sweepNowAndThen(ctx) })
	wg.Wait()
	return nil
}

// Shutdown says 1001 to everybody, waits for what is under way until ctx ends, and drops the rest. No connection is taken from
// its call on; a second call only waits.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.mu.Lock()
	first := !g.draining
	g.draining = true
	peers := g.peerList()
	if first && len(peers) == 0 {
		close(g.emptied)
	}
	g.mu.Unlock()
	for _, p := range peers {
		p.close(protocol.GoingAway)
	}
	var err error
	select {
	case <-g.emptied:
	case <-ctx.Done():
		err = fmt.Errorf("shut the gateway down: %w", ctx.Err())
		g.mu.Lock()
		peers = g.peerList()
		g.mu.Unlock()
		for _, p := range peers {
			p.carrier.drop()
		}
		<-g.emptied
	}
	g.crew.finish()
	return err
}

func (g *Gateway) peerList() []*peer {
	list := make([]*peer, 0, len(g.peers))
	for p := range g.peers {
		list = append(list, p)
	}
	return list
}

// errDraining: the gateway is shutting down; errFull: it has as many connections as it may.
var (
	errDraining = errors.New("shutting down")
	errFull     = errors.New("too many connections")
)

// admit registers a new connection. remove undoes it.
func (g *Gateway) admit(p *peer) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining {
		return errDraining
	}
	if len(g.peers) >= g.cfg.Limits.Connections {
		return errFull
	}
	g.peers[p] = struct{}{}
	g.count.Store(int64(len(g.peers)))
	return nil
}

func (g *Gateway) remove(p *peer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.peers[p]; !ok {
		return
	}
	delete(g.peers, p)
	g.count.Store(int64(len(g.peers)))
	g.networks.release(p.network)
	if g.draining && len(g.peers) == 0 {
		close(g.emptied)
	}
}

// guard turns a panic into a log line. It is deferred by every goroutine and handler of the gateway.
func (g *Gateway) guard(doing string, otherwise func()) {
	if r := recover(); r != nil {
		g.log.Error().Any("panic", r).Str("doing", doing).Bytes("stack", debug.Stack()).Msg("Recovered from a panic in the gateway")
		if otherwise != nil {
			otherwise()
		}
	}
}

// crew counts the gateway's short-lived goroutines so that Shutdown can wait for them.
type crew struct {
	mu   sync.Mutex
	done bool
	wg   sync.WaitGroup
}

// run starts fn, or reports that the gateway has shut down.
func (c *crew) run(fn func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return false
	}
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		fn()
	}()
	return true
}

func (c *crew) finish() {
	c.mu.Lock()
	c.done = true
	c.mu.Unlock()
	c.wg.Wait()
}

// discard reads away what a client may still be sending, so that the answer already written is not lost by a reset.
func discard(r io.Reader, limit int64) { _, _ = io.CopyN(io.Discard, r, limit) }
