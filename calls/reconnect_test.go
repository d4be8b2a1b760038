package calls

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

// TestSFUReconnects has the SFU's client mend its connection by itself, either way it knows: what is said meanwhile and afterwards counts.
func TestSFUReconnects(t *testing.T) {
	for _, tc := range []struct {
		name   string
		refuse bool // the first attempts, so that the client begins anew
	}{{"resumed", false}, {"anew", true}} {
		t.Run(tc.name, func(t *testing.T) {
			proxy, err := devstack.NewProxy(strings.TrimPrefix(sfu.URL, "ws://"))
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			o := newOffice(t, desk.CallVideo, func(o *office, m *Manager) {
				o.sfuURL, m.patience.own = "ws://"+proxy.Addr, waitLong
			})
			anna := o.comes(annaDesk, microphone, camera)
			page := o.opens("page", []source{microphone, camera}, 1, 1)
			anna.wait(t, "page/camera", someFrames)
			page.wait(t, annaDesk+"/camera", someFrames)

			before := anna.sid("camera")
			proxy.Refuse(tc.refuse)
			proxy.CutAll()
			o.wait("the page knows", func() bool {
				return slices.ContainsFunc(o.signals, func(s desk.CallSignal) bool { l, ok := s.(desk.CallLink); return ok && !l.Up })
			})
			o.say(desk.CallMute{Camera: true})
			if tc.refuse {
				poll(t, "the client begins anew", func() bool { return proxy.Stats().Refused > 2 }) // to go on, to ask why not, and then
				proxy.Refuse(false)
			}
			o.wait("it is mended", func() bool { l, _ := last[desk.CallLink](o); return l.Up })
			anna.sees("camera", true)
			anna.wait(t, "page/microphone", someFrames)
			page.wait(t, annaDesk+"/camera", someFrames)
			page.wait(t, annaDesk+"/microphone", someFrames)

			o.say(desk.CallMute{Microphone: true})
			anna.sees("camera", false)
			anna.sees("microphone", true)
			anna.wait(t, "page/camera", someFrames)
			if o.enters != 1 {
				t.Errorf("the session was joined %d times, want once", o.enters)
			}
			if anew := anna.sid("camera") != before; anew != tc.refuse {
				t.Errorf("the client began anew: %t, want %t", anew, tc.refuse)
			}
		})
	}
}

// TestSizeOutlivesReconnecting: the SFU is not asked for smaller pictures than the page takes because its client has mended the connection.
func TestSizeOutlivesReconnecting(t *testing.T) {
	proxy, err := devstack.NewProxy(strings.TrimPrefix(sfu.URL, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	o := newOffice(t, desk.CallVideo, func(o *office, m *Manager) {
		o.sfuURL, m.patience.own, m.patience.clean = "ws://"+proxy.Addr, waitLong, time.Second
	})
	anna := o.comes(annaDesk)
	anna.sizes()
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	page.wait(t, annaDesk+"/HIGH", someFrames)
	o.set(func() { o.signals = nil })
	proxy.CutAll()
	o.wait("the page knows", func() bool { return slices.Contains(o.signals, desk.CallSignal(desk.CallLink{})) })
	o.wait("it is mended", func() bool { l, _ := last[desk.CallLink](o); return l.Up })
	page.wait(t, annaDesk+"/HIGH", 10*someFrames) // those under way are far fewer
}

// sid gives the SFU's name of a track of the visitor's.
func (c *colleague) sid(name string) string {
	if p := c.room.GetParticipantByIdentity(puppet); p != nil {
		for _, pub := range p.TrackPublications() {
			if pub.Name() == name {
				return pub.SID()
			}
		}
	}
	return ""
}

// TestSFUHangs has the media server freeze. The call ends for both sides, and nothing waits for it.
func TestSFUHangs(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry)
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	page.wait(t, annaDesk+"/microphone", someFrames)
	if err := sfu.Pause(); err != nil {
		t.Fatal(err)
	}
	o.ends(reasonSFU)
	if err := sfu.Resume(); err != nil {
		t.Fatal(err)
	}
	page.close()
	anna.leave()
	o.left(puppet)
}
