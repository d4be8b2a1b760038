package calls

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
				c.do(func() { c.linked(l, place) })
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
				c.tellLink()
				c.arrange()
			})
		},
		OnDisconnected:            func() { of(func() { c.relink(l) }) },
		OnParticipantConnected:    func(*lksdk.RemoteParticipant) { again() },
		OnParticipantDisconnected: func(*lksdk.RemoteParticipant) { again() },
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackMuted:       func(lksdk.TrackPublication, lksdk.Participant) { again() },
			OnTrackUnmuted:     func(lksdk.TrackPublication, lksdk.Participant) { again() },
			OnTrackPublished:   func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { again() },
			OnTrackUnpublished: func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { again() },
			OnTrackSubscribed: func(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, rp *lksdk.RemoteParticipant) {
				sid, from := pub.SID(), pub.Source()
				c.do(func() { c.subscribed(l, t, sid, from, rp) })
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
			for _, identity := range identities(m) {
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
func (c *call) subscribed(l *link, track *webrtc.TrackRemote, sid string, from trackSource, rp *lksdk.RemoteParticipant) {
	s, ok := sourceOf(from)
	if c.link != l || !ok {
		return
	}
	c.dropDownlink(sid)
	d := &downlink{who: rp.Identity(), source: s, sid: sid, track: track}
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

// wants tells whether a kind of call shows the customer a source of the staff's.
func (c *call) wants(s source) bool {
	switch c.row.Kind {
	case desk.CallVideo:
		return true
	case desk.CallVoice:
		return s != camera
	default:
		return false
	}
}

// arrange makes the page show those of the staff who may be seen and heard, and tells it who is where. It only ever looks at what there is
// now, so it may be done at any time.
func (c *call) arrange() {
	if c.link == nil {
		c.met = false
		c.sendPeople(desk.CallPeople{})
		return
	}
	strangers, held := "", false
	there := map[shown]string{} // → track
	persons := map[desk.UserID]*desk.CallPerson{}
	participants := c.link.room.GetRemoteParticipants()
	slices.SortFunc(participants, func(a, b *lksdk.RemoteParticipant) int { return cmp.Compare(a.Identity(), b.Identity()) })
	for _, rp := range participants {
		user, known := c.staff[rp.Identity()]
		if known && persons[user] == nil {
			persons[user] = &desk.CallPerson{User: user, Muted: desk.CallMute{Microphone: true, Camera: true}}
		}
		if known {
			c.earlier[rp.Identity()] = true
		} else {
			held = held || c.earlier[rp.Identity()]
			strangers += rp.SID() + " "
		}
		for _, track := range rp.TrackPublications() {
			pub, ok := track.(*lksdk.RemoteTrackPublication)
			s, ours := sourceOf(track.Source())
			if !ok || !ours || pub.SID() == "" {
				continue
			}
			if c.subscribe(pub, known && c.wants(s)); !known || !c.wants(s) {
				continue
			}
			there[shown{rp.Identity(), s}] = pub.SID()
			if !pub.IsMuted() {
				switch s {
				case microphone:
					persons[user].Muted.Microphone = false
				case camera:
					persons[user].Muted.Camera = false
				}
			}
		}
	}
	if strangers != c.strangers {
		c.strangers, c.lookSoon = strangers, c.m.now().Add(lookSoonFor)
	}
	c.sendPeople(c.fill(there, persons))
	c.met = len(persons) > 0
	c.bothUp()
	c.hold(held)
}

// hold tells desk whether staff whom it takes for gone are still connected, when that has changed.
func (c *call) hold(held bool) {
	if c.row.Alone.IsZero() {
		c.held = false
	} else if held != c.held {
		c.held = held
		c.tell(desk.CallHeld{Call: c.row.ID, Held: held})
	}
}

// subscribe has the SFU send us a track, or no more.
func (c *call) subscribe(pub *lksdk.RemoteTrackPublication, on bool) {
	sid := pub.SID()
	if c.wanted[sid] == on {
		return
	}
	if err := pub.SetSubscribed(on); err != nil {
		return // the connection is being made anew; then all is said again
	}
	c.wanted[sid] = on
	if !on {
		delete(c.wanted, sid)
	}
}

// fill gives each source that is there a section of the page, as long as there are any, and frees those of sources that are gone.
func (c *call) fill(there map[shown]string, persons map[desk.UserID]*desk.CallPerson) desk.CallPeople {
	var out desk.CallPeople
	for who, l := range c.lanes {
		if there[who] == "" {
			l.show(nil)
			delete(c.lanes, who)
		}
	}
	order := make([]shown, 0, len(there))
	for who := range there {
		order = append(order, who)
	}
	slices.SortFunc(order, func(a, b shown) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.source, b.source))
	})
	for _, who := range order {
		l := c.laneOf(who)
		if l == nil {
			if who.source.video() {
				out.Video++
			} else {
				out.Audio++
			}
			continue
		}
		if d := c.downlinks[there[who]]; d != nil {
			d.into(l)
			l.show(d)
		}
		mids := &persons[c.staff[who.who]].Mids
		if mid := []*string{&mids.Microphone, &mids.Camera, &mids.Screen}[who.source]; *mid == "" {
			*mid = l.mid()
		}
	}
	if c.page != nil {
		out.Audio = min(out.Audio, maxLanes-c.page.count(webrtc.RTPCodecTypeAudio))
		out.Video = min(out.Video, maxLanes-c.page.count(webrtc.RTPCodecTypeVideo))
	}
	for _, p := range persons {
		out.People = append(out.People, *p)
	}
	slices.SortFunc(out.People, func(a, b desk.CallPerson) int { return cmp.Compare(a.User, b.User) })
	return out
}

// laneOf gives a source its section of the page, nil if there is none left.
func (c *call) laneOf(who shown) *lane {
	if l := c.lanes[who]; l != nil || c.page == nil {
		return l
	}
	taken := map[*lane]bool{}
	for _, l := range c.lanes {
		taken[l] = true
	}
	for _, l := range c.page.lanes {
		if !taken[l] && l.mid() != "" && (l.kind == webrtc.RTPCodecTypeVideo) == who.source.video() {
			c.lanes[who] = l
			return l
		}
	}
	return nil
}
