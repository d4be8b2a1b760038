package calls

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/rs/zerolog"

	"frontdesk/desk"
)

// call carries the media of one call. Everything but the packets is done by its owner goroutine; what others have to say, they put into its
// inbox as functions.
type call struct {
	m   *Manager
	log zerolog.Logger

	conversation desk.ConversationID

	inbox inbox
	legs  context.Context // ends with the call
	stop  context.CancelFunc
	work  sync.WaitGroup // what was begun for it
	tells tells

	// What follows belongs to the owner.
	row     desk.Call // as desk last said
	place   desk.CallPlace
	uplinks [sources]*uplink
	muted   desk.CallMute
	sent    [sources]sending // what the staff are sent

	page     *page
	pageDown time.Time // since when there is no connection to the page; zero while there is
	offered  time.Time // the first offer since then; zero for none
	reached  time.Time // when the page was last known to listen
	asked    time.Time // when we looked

	link      *link
	linking   context.CancelFunc // of the attempts to join
	linkDown  time.Time          // zero while the SFU is connected
	linkTold  bool               // what the page knows
	reason    string             // why the last attempt failed
	refusals  int                // by those who would refuse again
	downlinks map[string]*downlink
	wanted    map[string]bool // tracks the SFU was asked to send us, or not to
	foreign   map[string]bool // tracks that cannot be carried
	staff     map[string]desk.UserID
	strangers string    // those in the SFU whose membership we do not know
	lookSoon  time.Time // until when it may well come
	looked    time.Time
	people    *desk.CallPeople // what the page knows
	lanes     map[shown]*lane

	sitting context.CancelFunc
	sat     chan struct{}
	seated  bool
	upTold  time.Time       // when desk was last told that both sides are connected, since it last said something
	met     bool            // somebody of the staff is in the SFU
	held    bool            // desk was told that staff are who have left the session
	earlier map[string]bool // identities that the staff have had in this call
	down    bool
}

// shown is somebody's source in the call.
type shown struct {
	who    string
	source source
}

const tick = 500 * time.Millisecond

func newCall(m *Manager, row desk.Call, place desk.CallPlace) *call {
	now := m.now()
	c := &call{
		m: m, conversation: row.Conversation, log: m.log.With().Str("call", string(row.ID)).Logger(), row: row, place: place,
		pageDown: now, reached: now, linkDown: now, seated: row.Seated,
		lanes: map[shown]*lane{}, downlinks: map[string]*downlink{}, wanted: map[string]bool{},
		earlier: map[string]bool{}, foreign: map[string]bool{},
	}
	c.legs, c.stop = context.WithCancel(m.ctx)
	c.inbox.init()
	for s := range sources {
		most := m.cfg.VideoBitrate
		switch s {
		case microphone:
			most = audioBitrate
		case screen:
			most = m.cfg.ShareBitrate
		}
		c.uplinks[s] = newUplink(s, most, m.metrics)
	}
	return c
}

// audioBitrate is what Opus takes at most in a browser.
const audioBitrate = 510_000

// run is the owner: it works until the call has ended and its puppet has left, or the program ends.
func (c *call) run() {
	c.m.metrics.calls.Inc()
	defer c.m.metrics.calls.Dec()
	if c.row.State != desk.CallEnded {
		c.connect()
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for c.row.State != desk.CallEnded {
		select {
		case <-c.m.ctx.Done():
			c.leave()
			return
		case <-c.inbox.wake:
			for _, f := range c.inbox.take() {
				f()
			}
		case <-ticker.C:
			c.watch(c.m.now())
		}
	}
	c.signal(desk.CallOver{Reason: c.row.Reason})
	// The room shows that the customer has left as soon as nobody writes otherwise, however long an SFU that hangs takes to let go.
	c.stop()
	left := make(chan struct{})
	go func() {
		defer close(left)
		c.leave()
	}()
	if c.sitting != nil {
		<-c.sat
	}
	c.rise()
	<-left
}

// leave closes both legs and waits until nothing of them is left.
func (c *call) leave() {
	c.stop()
	if c.page != nil {
		c.page.close()
	}
	if c.link != nil {
		c.link.close()
		<-c.link.done
	}
	for _, d := range c.downlinks {
		d.keys.close()
	}
	for _, u := range c.uplinks {
		u.close()
	}
	c.inbox.close()
	c.work.Wait()
}

// begin runs something beside the owner that ends with the call.
func (c *call) begin(f func()) { c.work.Go(f) }

// do has the owner do something. It never blocks, and nothing is done after the end.
func (c *call) do(f func()) { c.inbox.put(f) }

func (c *call) signal(s desk.CallSignal) bool {
	return c.m.visitors.Signal(c.row.Conversation, c.row.Tab, c.row.ID, s)
}

// changed takes what desk says of the call now.
func (c *call) changed(row desk.Call) {
	c.row, c.upTold = row, time.Time{}
	if row.State == desk.CallEnded {
		return
	}
	c.publish()
	c.look(c.m.now())
	c.followStaff()
}

// said is what the page says.
func (c *call) said(s desk.CallSignal) {
	now := c.m.now()
	c.reached = now
	switch s := s.(type) {
	case desk.CallConnect:
		c.newPage(now)
	case desk.CallOffer:
		c.offer(s, now)
	case desk.CallMute:
		c.muted = s
		c.publish()
	case desk.CallCandidate:
		// We learn of a page's addresses when it comes; see doors.
	}
}

// newPage forgets the connection of a page that was loaded again.
func (c *call) newPage(now time.Time) {
	if c.page != nil {
		c.m.metrics.reconnect.WithLabelValues("page").Inc()
		c.dropPage(now)
	}
	c.signal(desk.CallConfig{
		ICE: c.m.cfg.TURN.servers(c.row.ID, now), Video: c.m.cfg.VideoBitrate, Share: c.m.cfg.ShareBitrate,
	})
	c.people, c.linkTold = nil, false
	c.tellLink()
}

func (c *call) dropPage(now time.Time) {
	if c.page == nil {
		return
	}
	p := c.page
	c.begin(p.close)
	c.page, c.people = nil, nil
	c.lanes = map[shown]*lane{}
	for _, l := range p.lanes {
		l.show(nil)
	}
	for _, d := range c.downlinks {
		d.into(nil)
	}
	c.pageAway(now)
}

// pageAway notes since when the page is not connected. How often it tries meanwhile does not make the wait longer.
func (c *call) pageAway(now time.Time) {
	if c.pageDown.IsZero() {
		c.pageDown, c.offered = now, time.Time{}
	}
}

func (c *call) offer(o desk.CallOffer, now time.Time) {
	if c.page == nil {
		p, err := newPage(c.m.doors, c.m.metrics, c.m.patience.clean, now)
		if err != nil {
			c.log.Error().Err(err).Msg("No connection for a visitor's page")
			return
		}
		c.page = p
		c.watchPage(p)
	}
	p := c.page
	answer, err := p.answer(o, c.m.cfg, now)
	switch {
	case errors.Is(err, errOldOffer):
		return
	case err != nil:
		c.log.Debug().Err(err).Msg("An offer of a page was refused")
		if p.n == 0 {
			c.dropPage(now) // of no use: the page begins anew, or its time runs out
		}
		c.signal(desk.CallSDP{N: o.N})
		return
	}
	if c.offered.IsZero() {
		c.offered = now
	}
	c.signal(desk.CallSDP{N: o.N, SDP: answer})
	c.publish()
	c.arrange()
}

// watchPage has a connection's callbacks come to the owner.
func (c *call) watchPage(p *page) {
	p.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		c.do(func() { c.pageState(p, s) })
	})
	p.pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		c.do(func() {
			s, ok := p.sourceOf(receiver.RTPTransceiver().Mid())
			if c.page != p || !ok || s.video() != (track.Kind() == webrtc.RTPCodecTypeVideo) {
				return // what nobody reads is dropped by its buffer
			}
			c.begin(func() { c.uplinks[s].carry(p, track, receiver) })
		})
	})
}

func (c *call) pageState(p *page, s webrtc.PeerConnectionState) {
	if c.page != p {
		return
	}
	now := c.m.now()
	switch s {
	case webrtc.PeerConnectionStateConnected:
		p.up, c.pageDown, c.reached = true, time.Time{}, now
		c.bothUp()
		for _, d := range c.downlinks {
			d.keys.want()
		}
	case webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.up = false
		c.pageAway(now)
		if s != webrtc.PeerConnectionStateDisconnected {
			c.dropPage(now)
		}
	}
}

// bothUp tells desk that the customer and somebody of the staff are connected, until it takes the call for active: it may have seen nobody of the
// staff in the session just then.
func (c *call) bothUp() {
	if c.row.State == desk.CallActive || !c.met || c.link == nil || !c.linkDown.IsZero() || c.page == nil || !c.page.up {
		return
	}
	now := c.m.now()
	if now.Sub(c.upTold) < lookEvery {
		return
	}
	c.upTold = now
	c.tell(desk.CallUp{Call: c.row.ID})
}

// breakOff tells desk that the call cannot go on. It then ends it, which we hear of as of any end.
func (c *call) breakOff(reason string) {
	if c.down {
		return
	}
	c.down = true
	c.m.metrics.broken.Inc()
	c.log.Info().Str("reason", reason).Msg("A call cannot go on")
	c.tell(desk.CallDown{Call: c.row.ID, Reason: reason})
}

// How often the page is asked whether it is there, and the members of the session are looked up: more often while somebody is in the SFU
// whose membership has not come yet.
const (
	askPageEvery   = 2 * time.Second
	lookEvery      = 5 * time.Second
	lookSoonEvery  = 500 * time.Millisecond
	lookSoonFor    = 15 * time.Second
	patienceToAsk  = 60 * time.Second // for the customer to let the browser have microphone and camera
	reasonService  = "call.reason.service"
	reasonSFU      = "call.reason.sfu"
	reasonNetwork  = "call.reason.network"
	reasonRoom     = "call.reason.room"
	reasonCustomer = "" // the page has gone
)

// watch does what time asks for.
func (c *call) watch(now time.Time) {
	every := lookEvery
	if c.strangers != "" && now.Before(c.lookSoon) {
		every = lookSoonEvery
	}
	if now.Sub(c.looked) >= every {
		c.look(now)
	}
	if c.link != nil {
		c.link.poke()
	}
	if !c.linkDown.IsZero() {
		away := now.Sub(c.linkDown)
		if away > c.m.patience.link {
			reason := c.reason
			if reason == "" {
				reason = reasonSFU
			}
			c.breakOff(reason)
		} else if away > c.m.patience.own && c.link != nil {
			c.unlink()
			c.connect()
		}
	}
	if c.pageDown.IsZero() {
		return
	}
	if now.Sub(c.asked) >= askPageEvery {
		c.asked = now
		if c.signal(desk.CallLink{Up: c.linkDown.IsZero()}) {
			c.reached = now
		}
	}
	switch away := now.Sub(c.pageDown); {
	case away > c.m.patience.page && now.Sub(c.reached) > c.m.patience.page:
		c.breakOff(reasonCustomer)
	case !c.offered.IsZero() && now.Sub(c.offered) > c.m.patience.first, c.offered.IsZero() && away > patienceToAsk:
		c.breakOff(reasonNetwork)
	}
}

// tellLink tells the page how the staff's side is connected, when that has changed.
func (c *call) tellLink() {
	up := c.linkDown.IsZero()
	if up != c.linkTold {
		c.linkTold = up
		c.signal(desk.CallLink{Up: up})
	}
}

// publish has the staff sent what the page offers and desk allows.
func (c *call) publish() {
	kind, share := c.row.Kind, c.row.Share
	may := [sources]bool{
		microphone: kind != desk.CallScreen,
		camera:     kind == desk.CallVideo,
		screen:     kind == desk.CallScreen || share == desk.ShareOn, // by the customer's answer, whatever the page sends
	}
	off := [sources]bool{microphone: c.muted.Microphone, camera: c.muted.Camera}
	var want [sources]sending
	for s := range sources {
		on := may[s]
		if s == screen {
			on = on && c.page != nil && c.page.offered(screen)
		}
		want[s] = sending{on: on, muted: off[s]}
		c.uplinks[s].mute(off[s] || !may[s])
	}
	if c.page == nil && may[screen] {
		want[screen].on = c.sent[screen].on // until the page is back
	}
	c.sent = want
	if c.link != nil {
		c.link.send(want)
	}
}

// sendPeople tells the page who is heard and seen where, when that has changed.
func (c *call) sendPeople(p desk.CallPeople) {
	if c.page == nil || c.page.n == 0 || c.people != nil && reflect.DeepEqual(*c.people, p) {
		return
	}
	c.people = &p
	c.signal(p)
}
