package calls

import (
	"cmp"
	"slices"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

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
	there := map[shown]string{}              // → track
	persons := map[string]*desk.CallPerson{} // by identity
	participants := c.link.room.GetRemoteParticipants()
	slices.SortFunc(participants, func(a, b *lksdk.RemoteParticipant) int { return cmp.Compare(a.Identity(), b.Identity()) })
	for _, rp := range participants {
		user, known := c.staff[rp.Identity()]
		one := &desk.CallPerson{User: user, As: rp.Identity(), Muted: desk.CallMute{Microphone: true, Camera: true}}
		if known {
			persons[rp.Identity()], c.earlier[rp.Identity()] = one, true
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
			on := known && c.wants(s) && c.carries(pub, user)
			if c.subscribe(pub, s, on); !on {
				continue
			}
			there[shown{rp.Identity(), s}] = pub.SID()
			if !pub.IsMuted() {
				switch s {
				case microphone:
					one.Muted.Microphone = false
				case camera:
					one.Muted.Camera = false
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

// carries is as the function of that name; whose pictures cannot be carried it says once.
func (c *call) carries(pub *lksdk.RemoteTrackPublication, of desk.UserID) bool {
	ok := carries(pub)
	if sid := pub.SID(); !ok && !c.foreign[sid] {
		if len(c.foreign) == 0 {
			c.tell(desk.CallUnshown{Call: c.row.ID, User: of})
		}
		c.foreign[sid] = true
		c.log.Warn().Str("codec", pub.MimeType()).Msg("A client of the staff's sends pictures in another codec than VP8, which no customer can be shown")
	}
	return ok
}

// subscribe has the SFU send us a track, or no more.
func (c *call) subscribe(pub *lksdk.RemoteTrackPublication, s source, on bool) {
	sid := pub.SID()
	if was, said := c.wanted[sid]; was == on && (said || !pub.IsSubscribed()) {
		return
	}
	if on && s.video() {
		if d := c.downlinks[sid]; d != nil {
			d.wantAgain() // it comes in, and how large it may be is known
		} else {
			_ = pub.SetVideoQuality(firstQuality(s)) // it refuses none of these
		}
	}
	if err := pub.SetSubscribed(on); err != nil {
		return // the connection is being made anew; then all is said again
	}
	c.wanted[sid] = on
}

// fill gives each source that is there a section of the page, as long as there are any, and frees those of sources that are gone.
func (c *call) fill(there map[shown]string, persons map[string]*desk.CallPerson) desk.CallPeople {
	var out desk.CallPeople
	if c.page != nil {
		out.Audio, out.Video = c.page.count(webrtc.RTPCodecTypeAudio), c.page.count(webrtc.RTPCodecTypeVideo)
	}
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
		// Screens after faces: those have a place beside their voices.
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.who, b.who))
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
		one := persons[who.who]
		*[]*string{&one.Mids.Microphone, &one.Mids.Camera, &one.Mids.Screen, &one.Sound}[who.source] = l.mid()
	}
	out.Audio, out.Video = min(out.Audio, maxLanes), min(out.Video, maxLanes)
	for _, p := range persons {
		out.People = append(out.People, *p)
	}
	slices.SortFunc(out.People, func(a, b desk.CallPerson) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.As, b.As)) })
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
	var best *lane
	for _, l := range c.page.lanes {
		if taken[l] || l.mid() == "" || (l.kind == webrtc.RTPCodecTypeVideo) != who.source.video() {
			continue
		}
		if best == nil || c.fits(who, l) > c.fits(who, best) {
			best = l
		}
	}
	if best != nil {
		c.lanes[who] = best
	}
	return best
}

// fits tells how well a lane suits a source: best where voice and face of a person are together, or a screen and its sound, and not beside
// anything else.
func (c *call) fits(who shown, l *lane) int {
	fit := 0
	for other, beside := range c.lanes {
		switch {
		case beside.n != l.n || beside.kind == l.kind:
		case other.who == who.who && other.source.shared() == who.source.shared():
			return 1
		default:
			fit = -1
		}
	}
	return fit
}
