package calls

import (
	"context"
	"errors"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// How long one attempt to join takes at most, and how soon the next one follows.
const (
	linkTry   = 8 * time.Second
	linkAgain = time.Second
)

// connect begins to join the staff's session, and goes on trying.
func (c *call) connect() {
	ctx, cancel := context.WithCancel(c.legs)
	c.linking = cancel
	place := c.place
	c.begin(func() {
		defer cancel()
		for {
			l, place, err := c.join(ctx, place)
			if err == nil {
				c.handOver(l, place)
				return
			}
			if ctx.Err() != nil {
				return
			}
			c.do(func() {
				if ctx.Err() == nil {
					c.linkFailed(place, err)
				}
			})
			if !pause(ctx, linkAgain) {
				return
			}
		}
	})
}

// handOver gives the owner a session that was joined. An owner who has ended does not take it.
func (c *call) handOver(l *link, place desk.CallPlace) {
	taken := make(chan struct{})
	c.do(func() {
		defer close(taken)
		c.linked(l, place)
	})
	select {
	case <-taken:
	case <-c.legs.Done():
		l.close()
		<-l.done
	}
}

// join asks for access and joins once.
func (c *call) join(parent context.Context, place desk.CallPlace) (*link, desk.CallPlace, error) {
	ctx, cancel := context.WithTimeout(parent, linkTry)
	defer cancel()
	if place.Service == "" {
		service, err := c.m.session.Service(ctx)
		if err != nil {
			return nil, place, err
		}
		place.Service = service
	}
	access, err := c.m.session.Enter(ctx, place)
	if err != nil {
		return nil, place, err
	}
	l := &link{uplinks: c.uplinks, log: c.log}
	l.broken = func() { c.do(func() { c.relink(l) }) }
	if err := joinRoom(ctx, access.URL, access.Token, c.callbacks(l), l); err != nil {
		return nil, place, &desk.CallFault{Reason: reasonSFU, Err: err}
	}
	if parent.Err() != nil {
		l.close()
		<-l.done
		return nil, place, parent.Err()
	}
	return l, place, nil
}

func (c *call) linkFailed(place desk.CallPlace, err error) {
	var fault *desk.CallFault
	if errors.As(err, &fault) {
		c.reason = fault.Reason
	} else {
		c.reason = reasonService
	}
	c.log.Warn().Err(err).Msg("The staff's side of a call is not connected")
	if fault == nil || !fault.Final {
		return
	}
	if place.Service == "" {
		c.linkDown = c.m.now() // The staff name the service when they come; how long that may take is desk's affair.
		return
	}
	// Once may be an accident, as when who asked could not be verified just then.
	if c.refusals++; c.refusals > 1 {
		c.breakOff(fault.Reason)
	}
}

// linked takes a session that was joined.
func (c *call) linked(l *link, place desk.CallPlace) {
	if c.legs.Err() != nil || c.link != nil {
		l.close()
		return
	}
	c.link, c.linkDown, c.reason, c.refusals = l, time.Time{}, "", 0
	c.place.Service = place.Service
	if l.lost.Load() {
		c.relink(l)
		return
	}
	if c.followStaff() {
		return
	}
	c.publish()
	c.sit()
	c.tellLink()
	c.look(c.m.now())
}

// followStaff moves to where the staff are, if that is another SFU than the one where we wait for them, or try to. It reports whether it
// is. Names of services that differ in as little as a slash are two to the staff's clients.
func (c *call) followStaff() bool {
	if c.row.Service == "" || c.row.Service == c.place.Service {
		return false
	}
	c.place.Service, c.refusals, c.linkDown = c.row.Service, 0, c.m.now()
	c.standUp()
	c.relink(c.link)
	return true
}

// unlink leaves the session, to join it anew.
func (c *call) unlink() {
	if c.linking != nil {
		c.linking()
	}
	if c.link == nil {
		return
	}
	l := c.link
	c.link = nil
	for sid := range c.downlinks {
		c.dropDownlink(sid)
	}
	c.wanted = map[string]bool{}
	c.begin(func() { l.close(); <-l.done })
}

// relink begins anew where a link is of no use any more.
func (c *call) relink(l *link) {
	if c.link != l || c.legs.Err() != nil {
		return
	}
	c.m.metrics.reconnect.WithLabelValues("sfu").Inc()
	c.unlink()
	if c.linkDown.IsZero() {
		c.linkDown = c.m.now()
	}
	c.tellLink()
	c.arrange()
	c.connect()
}

// callbacks has what the SFU says come to the owner.
func (c *call) callbacks(l *link) *lksdk.RoomCallback {
	// of does something for this link only while it is the call's.
	of := func(f func()) {
		c.do(func() {
			if c.link == l {
				f()
			}
		})
	}
	again := func() { of(c.arrange) }
	return &lksdk.RoomCallback{
		OnReconnecting: func() {
			of(func() {
				if c.linkDown.IsZero() {
					c.linkDown = c.m.now()
				}
				c.tellLink()
			})
		},
		OnReconnected: func() {
			of(func() {
				c.linkDown = time.Time{}
				l.restored()
				c.wanted = map[string]bool{}
				c.tellLink()
				c.arrange()
			})
		},
		OnDisconnected: func() {
			l.lost.Store(true) // before the owner knows of the link it knows of no end of it either
			of(func() { c.relink(l) })
		},
		OnParticipantConnected:    func(*lksdk.RemoteParticipant) { again() },
		OnParticipantDisconnected: func(*lksdk.RemoteParticipant) { again() },
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackMuted:       func(lksdk.TrackPublication, lksdk.Participant) { again() },
			OnTrackUnmuted:     func(lksdk.TrackPublication, lksdk.Participant) { again() },
			OnTrackPublished:   func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { again() },
			OnTrackUnpublished: func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { again() },
			OnTrackSubscribed: func(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, rp *lksdk.RemoteParticipant) {
				c.do(func() { c.subscribed(l, t, pub, rp) })
			},
			OnTrackUnsubscribed: func(_ *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
				sid := pub.SID()
				of(func() {
					c.dropDownlink(sid)
					delete(c.wanted, sid)
					c.arrange()
				})
			},
		},
	}
}

// look reads who of the staff's may be heard and seen, by their identity in the SFU.
func (c *call) look(now time.Time) {
	c.looked = now
	staff := map[string]desk.UserID{}
	err := c.m.read(c.legs, func(tx desk.Tx) error {
		members, err := c.m.engine.CallStaff(tx, now, &c.row)
		for _, m := range members {
			for _, identity := range c.m.session.Identities(m) {
				staff[identity] = m.User
			}
		}
		return err
	})
	if err != nil {
		if c.legs.Err() == nil {
			c.log.Warn().Err(err).Msg("Who of the staff is in a call cannot be looked up")
		}
		return
	}
	c.staff = staff
	c.arrange()
}

// subscribed takes a track of the staff's that comes in.
func (c *call) subscribed(l *link, track *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, rp *lksdk.RemoteParticipant) {
	s, ok := sourceOf(pub.Source())
	if c.link != l || !ok {
		return
	}
	sid := pub.SID()
	c.dropDownlink(sid)
	d := &downlink{who: rp.Identity(), source: s, sid: sid, track: track, pub: pub, size: firstQuality(s)}
	d.keys.ask = askSFU(rp, track, c.m.metrics)
	c.downlinks[sid] = d
	c.begin(d.carry)
	c.arrange()
}

func (c *call) dropDownlink(sid string) {
	d := c.downlinks[sid]
	if d == nil {
		return
	}
	delete(c.downlinks, sid)
	d.into(nil)
	d.keys.close()
	if l := c.lanes[shown{d.who, d.source}]; l != nil && l.shown() == d {
		l.show(nil)
	}
}
