package calls

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// hurry shortens what a call waits for.
func hurry(_ *office, m *Manager) {
	m.patience = patience{page: 3 * time.Second, first: 5 * time.Second, link: 4 * time.Second, own: time.Second}
}

// ends waits until the call was given up for a reason, and everything is cleared.
func (o *office) ends(reason string) {
	o.t.Helper()
	o.wait("the call is given up", func() bool { return o.row.State == desk.CallEnded })
	if got, _ := o.over(); got != reason {
		o.t.Errorf("the call ended because of %q, want %q", got, reason)
	}
	o.wait("the puppet has no seat", func() bool { return !o.row.Seated && !o.sitting })
	o.wait("the page knows of the end", func() bool {
		over, ok := last[desk.CallOver](o)
		return o.away || ok && over.Reason == reason
	})
}

// TestSFUAway has the media server killed: the call outlives that for as long as a customer waits.
func TestSFUAway(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	page.wait(t, annaDesk+"/camera", someFrames)
	anna.wait(t, "page/camera", someFrames)

	if err := sfu.Kill(); err != nil {
		t.Fatal(err)
	}
	o.wait("the page knows that the staff are away", func() bool { l, ok := last[desk.CallLink](o); return ok && !l.Up })
	page.sees("nobody is there", func(p desk.CallPeople) bool { return len(p.People) == 0 })
	anna.leave()
	if err := sfu.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.wait("the page knows that the staff's side is back", func() bool { l, ok := last[desk.CallLink](o); return ok && l.Up })
	anna = o.comes(annaDesk, microphone, camera)
	anna.wait(t, "page/camera", someFrames)
	anna.wait(t, "page/microphone", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
	page.steady(t)
	if _, over := o.over(); over {
		t.Error("the call has ended")
	}

	// Thrown out by somebody, the puppet comes back as well.
	if err := sfu.Expel(t.Context(), o.room, puppet); err != nil {
		t.Fatal(err)
	}
	anna.wait(t, "page/camera", 3*someFrames)
	page.wait(t, annaDesk+"/camera", 3*someFrames)
}

// TestStaffElsewhere begins a call by a command, at the homeserver's service; the staff then come by another one.
func TestStaffElsewhere(t *testing.T) {
	o := newOffice(t, desk.CallVoice, func(o *office, _ *Manager) { o.row.Service = "" })
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	anna.wait(t, "page/microphone", someFrames)
	o.wait("the puppet sits", func() bool { return len(o.places) == 1 && o.places[0].Service == "http://tokens.test" })
	o.set(func() { o.row.Service = "http://tokens.test/" })
	o.wait("the puppet sits where the staff are", func() bool { return len(o.places) == 2 && o.places[1].Service == "http://tokens.test/" && o.sitting })
	anna.wait(t, "page/microphone", 2*someFrames)
	page.wait(t, annaDesk+"/microphone", 2*someFrames)
	if o.rises != 0 {
		t.Error("the puppet left the session in between")
	}
}

func TestSFUStaysAway(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry)
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	page.wait(t, annaDesk+"/microphone", someFrames)
	if err := sfu.Kill(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sfu.Start(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	anna.leave()
	began := time.Now()
	o.ends(reasonService) // the token service makes the room in the SFU, so it is the one that fails
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to give up", took)
	}
	page.close()
}

func TestRefusedAccess(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"token refused":        {&desk.CallFault{Reason: "call.reason.refused", Final: true, Err: errors.New("M_FORBIDDEN")}, "call.reason.refused"},
		"token service is off": {&desk.CallFault{Reason: reasonService, Err: errors.New("connection refused")}, reasonService},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, desk.CallVoice, hurry, func(o *office, _ *Manager) { o.refuse = c.err })
			o.ends(c.want)
			if o.rises != 0 {
				t.Error("a seat was cleared that was never taken")
			}
		})
	}
}

// TestPageGone closes the tab: with a word, without one, and before it had connected.
func TestPageGone(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry)
	anna := o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	anna.wait(t, "page/microphone", someFrames)
	o.set(func() { o.away = true })
	page.close()
	o.ends(reasonCustomer)
	o.left(puppet)
}

// TestTCP has a visitor whose network lets no UDP out.
func TestTCP(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1, webrtc.NetworkTypeTCP4)
	anna.wait(t, "page/camera", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
}

// throughTURN keeps pages to a relay whose secret the Manager takes for this one; passwords last for so long.
func throughTURN(address, secret string, ttl time.Duration) func(*office, *Manager) {
	return func(o *office, m *Manager) {
		o.fenced, m.cfg.TURN = true, TURN{URLs: []string{"turn:" + address}, Secret: secret, TTL: ttl}
	}
}

// A page whose network lets nothing but a TURN server through talks by the password that it was given.
func TestThroughTURN(t *testing.T) {
	const secret = "north by northwest"
	o := newOffice(t, desk.CallVideo, throughTURN(startRelay(t, secret), secret, time.Hour))
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	anna.wait(t, "page/camera", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	pair, err := page.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair.Local.Typ != webrtc.ICECandidateTypeRelay {
		t.Errorf("media go by %v, %v", pair, err)
	}
}

// By a password that the TURN server does not take, or not any more, nothing comes through.
func TestTURNRefuses(t *testing.T) {
	const secret = "north by northwest"
	address := startRelay(t, secret)
	for name, change := range map[string]func(*office, *Manager){
		"another secret":    throughTURN(address, "south by southeast", time.Hour),
		"a password of old": throughTURN(address, secret, -time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, desk.CallVoice, hurry, change)
			o.opens("page", []source{microphone}, 1, 0)
			o.ends(reasonNetwork)
		})
	}
}

func TestPageNeverCame(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry, func(o *office, _ *Manager) { o.away = true })
	o.ends(reasonCustomer)
}

func TestPageCannotConnect(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry)
	o.say(desk.CallConnect{})
	peer := newBrowserPeer(t)
	if _, err := peer.AddTransceiverFromKind(1); err != nil {
		t.Fatal(err)
	}
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := peer.Close(); err != nil { // it never knocks
		t.Fatal(err)
	}
	o.say(desk.CallOffer{N: 1, SDP: offer.SDP})
	o.ends(reasonNetwork)
}

// TestPageTriesInVain has a page whose media never come through, which begins anew every time it notices: that does not make the call go on.
func TestPageTriesInVain(t *testing.T) {
	o := newOffice(t, desk.CallVoice, hurry)
	peer := newBrowserPeer(t)
	if _, err := peer.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := peer.Close(); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(time.Second)
	defer again.Stop()
	deadline := time.After(waitLong)
	for _, over := o.over(); !over; _, over = o.over() {
		o.say(desk.CallConnect{})
		o.say(desk.CallOffer{N: 1, SDP: offer.SDP})
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("the call goes on")
		}
	}
	o.ends(reasonNetwork)
}

// TestJoinedTooLate has the call end while the session is being joined: nobody stays in it.
func TestJoinedTooLate(t *testing.T) {
	held, deaf := make(chan struct{}), make(chan struct{})
	o := newOffice(t, desk.CallVoice, func(o *office, _ *Manager) { o.held = held })
	o.wait("it is being joined", func() bool { return o.enters == 1 })
	o.set(func() { o.row.State, o.deaf = desk.CallEnded, deaf })
	close(held)
	poll(t, "the puppet is in the session", func() bool {
		all, err := sfu.Participants(t.Context(), o.room)
		return err == nil && slices.Contains(all, puppet)
	})
	close(deaf)
	o.left(puppet)
}

// TestLostAtOnce has the session end before the call's owner knows that it was joined.
func TestLostAtOnce(t *testing.T) {
	deaf := make(chan struct{})
	o := newOffice(t, desk.CallVoice, func(o *office, _ *Manager) { o.deaf = deaf })
	o.say(desk.CallConnect{})
	there := func() bool {
		all, err := sfu.Participants(t.Context(), o.room)
		return err == nil && slices.Contains(all, puppet)
	}
	poll(t, "the puppet is in the session", there)
	if err := sfu.Expel(t.Context(), o.room, puppet); err != nil {
		t.Fatal(err)
	}
	o.left(puppet)
	close(deaf)
	poll(t, "the puppet is back", there)
}

// TestProgramStartsAgain has the program end in the middle of a call. The next one takes the call up, and the page comes back to it.
func TestProgramStartsAgain(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	anna.wait(t, "page/camera", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive && o.row.Seated })
	o.close()
	if _, over := o.over(); over || o.rises != 0 {
		t.Fatal("the end of the program ended the call")
	}
	page.close()

	o.again()
	page = o.opens("again", []source{microphone, camera}, 1, 1)
	anna.wait(t, "again/camera", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	o.close()

	// What ended meanwhile is cleared.
	o.set(func() { o.row.State = desk.CallEnded })
	o.again()
	o.wait("the puppet has no seat", func() bool { return !o.row.Seated && o.rises == 1 })
}
