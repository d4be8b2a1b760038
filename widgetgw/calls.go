package widgetgw

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// Calls carries the media of calls. Signal gives it what a page says about them; the page is the one that answered the call. It must not
// block for long.
type Calls interface {
	Signal(ctx context.Context, conversation desk.ConversationID, tab string, call desk.CallID, s desk.CallSignal)
}

// signalTimeout bounds the reading that a signal to a page may need.
const signalTimeout = 5 * time.Second

// negotiations bounds how often a connection may begin anew or make an offer: each is work for the relay.
var negotiations = Rate{PerSecond: 1, Burst: 30}

// leg is the call that a connection has a part in.
type leg struct {
	call       desk.CallID
	begun      bucket
	candidates int // since the last offer
}

// callOf gives the conversation's call as its visitor sees it, nil if there is none.
func (g *Gateway) callOf(tx desk.Tx, site desk.SiteID, id desk.ConversationID) (*protocol.CallState, error) {
	if g.Calls == nil {
		return nil, nil
	}
	c, err := tx.CallOf(id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the call of conversation %s: %w", id, err)
	}
	v := &protocol.CallState{ID: string(c.ID), Kind: string(c.Kind), State: string(c.State), Tab: c.Tab, Share: string(c.Share)}
	if !c.TalkedAt.IsZero() {
		v.Since = &protocol.Time{Time: c.TalkedAt}
	}
	v.Who, err = g.operator(tx, site, c.Caller)
	return v, err
}

// callAct gives a visitor's act on a call.
func callAct(f protocol.CallAct) act {
	return act{CID: f.CID, Call: desk.CallID(f.Call), Act: desk.CallAct(f.Act)}
}

// checkCall refuses what no call could take.
func (p *peer) checkCall(a act) *desk.Error {
	switch a.Act {
	case desk.CallAnswer, desk.CallDecline, desk.CallEnd, desk.CallShare, desk.CallUnshare, desk.CallUnable:
	default:
		return desk.Refuse(desk.Invalid, "widget.error.bad_request")
	}
	if !protocol.ValidID(string(a.Call)) || p.tab == "" {
		return desk.Refuse(desk.Invalid, "widget.error.bad_request")
	}
	if p.g.Calls == nil {
		return desk.Refuse(desk.Unavailable, "widget.error.call_over")
	}
	return nil
}

// signal passes on what a page says about the media of its call, or refuses it.
func (p *peer) signal(ctx context.Context, frame any) {
	call, s := signalOf(frame)
	if s == nil || !protocol.ValidID(string(call)) || p.session == nil || p.tab == "" {
		p.tellError("bad_request")
		return
	}
	ok, err := p.takesPart(ctx, call)
	if err != nil {
		p.g.log.Err(err).Msg("Failed to read a call for its page")
		p.tellError("internal")
		return
	}
	if !ok {
		p.tell(protocol.RTCOver{Call: string(call), Code: "conflict", Text: p.text("widget.error.call_over")})
		return
	}
	if !p.leg.allows(s, p.g.cfg.Now()) {
		p.tellError("slow_down")
		return
	}
	p.g.Calls.Signal(ctx, p.room.conversation, p.tab, call, s)
}

// takesPart reports whether this connection's page is the one that answered the call. What has become of the call since the connection
// was first asked is the relay's business.
func (p *peer) takesPart(ctx context.Context, call desk.CallID) (bool, error) {
	if p.g.Calls == nil {
		return false, nil
	}
	if p.leg != nil && p.leg.call == call {
		return true, nil
	}
	var ok bool
	err := p.g.journal.Read(ctx, func(tx journal.Tx) error {
		c, err := tx.CallOf(p.room.conversation)
		if errors.Is(err, desk.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = c.ID == call && c.Tab == p.tab && (c.State == desk.CallJoining || c.State == desk.CallActive)
		return nil
	})
	if ok {
		l := &leg{call: call}
		if p.leg != nil {
			l.begun = p.leg.begun
		}
		p.leg = l
	}
	return ok, err
}

// allows counts what a page says.
func (l *leg) allows(s desk.CallSignal, now time.Time) bool {
	switch s.(type) {
	case desk.CallConnect, desk.CallOffer:
		l.candidates = 0
		return l.begun.take(negotiations, now, 1)
	case desk.CallCandidate:
		l.candidates++
		return l.candidates <= protocol.MaxCandidates
	}
	return true
}

// signalOf gives what a frame says; nil if it breaks a limit.
func signalOf(frame any) (desk.CallID, desk.CallSignal) {
	switch f := frame.(type) {
	case protocol.RTCJoin:
		return desk.CallID(f.Call), desk.CallConnect{}
	case protocol.RTCOffer:
		if f.Valid() {
			return desk.CallID(f.Call), desk.CallOffer{N: f.N, SDP: f.SDP, Mids: desk.CallMids{Microphone: f.Mids.Mic, Camera: f.Mids.Cam, Screen: f.Mids.Screen}}
		}
	case protocol.RTCICE:
		if f.Valid() {
			return desk.CallID(f.Call), desk.CallCandidate{Mid: f.Mid, Candidate: f.Candidate}
		}
	case protocol.RTCMute:
		return desk.CallID(f.Call), desk.CallMute{Microphone: f.Mic, Camera: f.Cam}
	}
	return "", nil
}

// Signal tells a page what the relay says about its call. It reports whether the page is connected; whether it hears is not known.
func (g *Gateway) Signal(conversation desk.ConversationID, tab string, call desk.CallID, s desk.CallSignal) bool {
	r := g.rooms.find(conversation)
	if r == nil || tab == "" {
		return false
	}
	var to *peer
	for _, p := range r.everybody() {
		// The newest one: of a page that came back the gateway may not yet have missed the old connection.
		if p.tab == tab && !p.isClosing() {
			to = p
		}
	}
	if to == nil {
		return false
	}
	frame, err := g.callFrame(to, call, s)
	if err != nil {
		g.log.Err(err).Msg("Failed to tell a page about its call")
		return false
	}
	to.tell(frame)
	return true
}

func (g *Gateway) callFrame(p *peer, call desk.CallID, s desk.CallSignal) (any, error) {
	id := string(call)
	switch s := s.(type) {
	case desk.CallConfig:
		servers := make([]protocol.ICEServer, len(s.ICE))
		for i, server := range s.ICE {
			servers[i] = protocol.ICEServer(server)
		}
		return protocol.RTCConfig{Call: id, ICE: servers, Video: s.Video, Share: s.Share}, nil
	case desk.CallSDP:
		return protocol.RTCAnswer{Call: id, N: s.N, SDP: s.SDP}, nil
	case desk.CallPeople:
		people, err := g.peopleOf(p, call, s.People)
		return protocol.RTCPeople{Call: id, People: people, Audio: s.Audio, Video: s.Video}, err
	case desk.CallLink:
		return protocol.RTCLink{Call: id, Up: s.Up}, nil
	case desk.CallOver:
		over := protocol.RTCOver{Call: id, Code: s.Reason[strings.LastIndexByte(s.Reason, '.')+1:]}
		if desk.NoConnection(s.Reason) {
			over.Text = p.text("widget.call.failed") // the reasons' own texts are for the staff
		}
		return over, nil
	}
	return nil, fmt.Errorf("no frame tells a page of %T", s)
}

// peopleOf gives the staff in a call by the names that customers know. Their ids mean nothing outside of the call.
func (g *Gateway) peopleOf(p *peer, call desk.CallID, people []desk.CallPerson) ([]protocol.RTCPerson, error) {
	ctx, cancel := context.WithTimeout(context.Background(), signalTimeout)
	defer cancel()
	out := make([]protocol.RTCPerson, len(people))
	err := g.journal.Read(ctx, func(tx journal.Tx) error {
		for i, one := range people {
			who, err := g.operator(tx, p.site.ID, one.User)
			if err != nil {
				return err
			}
			sum := sha256.Sum256([]byte(string(call) + " " + string(one.User) + " " + one.As))
			out[i] = protocol.RTCPerson{
				ID: hex.EncodeToString(sum[:8]), Who: who, Muted: protocol.Muted{Mic: one.Muted.Microphone, Cam: one.Muted.Camera},
				Mids: protocol.Mids{Mic: one.Mids.Microphone, Cam: one.Mids.Camera, Screen: one.Mids.Screen}, Sound: one.Sound,
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read who is in call %s: %w", call, err)
	}
	return out, nil
}
