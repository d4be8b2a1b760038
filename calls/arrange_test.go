package calls

import (
	"slices"
	"strings"
	"testing"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"frontdesk/desk"
)

// TestTwoDevices has one of the staff in the call with two devices: both are heard, and told apart.
func TestTwoDevices(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	o.set(func() { o.members = append(o.members, member(annaID, annaPhone)) })
	o.comes(annaDesk, microphone, camera)
	o.comes("@anna:test:"+annaPhone, microphone)
	page := o.opens("page", []source{microphone, camera}, 2, 1)
	page.wait(t, annaDesk+"/microphone", someFrames)
	page.wait(t, "@anna:test:"+annaPhone+"/microphone", someFrames)
	people := page.sees("both devices are there", func(p desk.CallPeople) bool {
		return len(p.People) == 2 && p.People[0].Mids.Microphone != "" && p.People[1].Mids.Microphone != ""
	})
	if a, b := people.People[0], people.People[1]; a.User != annaID || b.User != annaID || a.As == b.As || a.Mids.Microphone == b.Mids.Microphone {
		t.Errorf("they are not told apart: %+v", people.People)
	}
}

// TestVoicesBesideFaces: what is of one person comes as one stream, in which browsers keep sound and lips together.
func TestVoicesBesideFaces(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	o.set(func() { o.members = append(o.members, member(borisID, "PHONE")) })
	boris := o.comes("@boris:test:PHONE", camera) // is seen before he is heard
	page := o.opens("page", []source{microphone, camera}, 2, 2)
	page.wait(t, "@boris:test:PHONE/camera", someFrames)
	o.comes(annaDesk, microphone, camera)
	page.wait(t, annaDesk+"/microphone", someFrames)
	boris.show(boris.ctx, microphone)
	page.wait(t, "@boris:test:PHONE/microphone", someFrames)
	people := page.sees("all sections are given", func(p desk.CallPeople) bool {
		return len(p.People) == 2 && p.People[0].Mids.Camera != "" && p.People[1].Mids.Camera != "" && p.People[1].Mids.Microphone != ""
	})
	streams := map[string]string{}
	for _, tr := range page.pc.GetTransceivers() {
		if tr.Direction() == webrtc.RTPTransceiverDirectionRecvonly && tr.Receiver().Track() != nil {
			streams[tr.Mid()] = tr.Receiver().Track().StreamID()
		}
	}
	for _, p := range people.People {
		if voice, face := streams[p.Mids.Microphone], streams[p.Mids.Camera]; voice != face || voice == "" {
			t.Errorf("%s is heard in %q and seen in %q", p.User, voice, face)
		}
	}
}

// TestForeignCodec: pictures that no page is shown are not said to be there; the voice is heard all the same.
func TestForeignCodec(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, screen)
	track, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP9, ClockRate: 90000, SDPFmtpLine: "profile-id=0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "camera", Source: camera.livekit()}); err != nil {
		t.Fatal(err)
	}
	anna.work.Go(func() { stream(anna.ctx, sfuWriter{track}, camera, annaDesk+"/camera", nil, nil) })
	page := o.opens("page", []source{microphone, camera}, 1, 2)
	page.wait(t, annaDesk+"/microphone", someFrames)
	page.wait(t, annaDesk+"/screen", someFrames)
	poll(t, "the SFU knows the codec", func() bool {
		said := make(chan bool, 1)
		c := o.manager.owner(testCall)
		c.do(func() { said <- len(c.foreign) == 1 })
		return <-said
	})
	people := page.sees("Anna is there", func(p desk.CallPeople) bool { return len(p.People) == 1 && p.People[0].Mids.Screen != "" })
	if p := people.People[0]; p.Mids.Camera != "" || !p.Muted.Camera {
		t.Errorf("a camera is told of that cannot be shown: %+v", p)
	}
	o.wait("desk is told whose it is", func() bool { return o.tells(desk.CallUnshown{Call: testCall, User: annaID}) })
	// Another one is as little news as the same after a look.
	second, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP9, ClockRate: 90000, SDPFmtpLine: "profile-id=0"})
	if err != nil {
		t.Fatal(err)
	}
	boris := o.comes("@boris:test:PHONE", microphone)
	if _, err := boris.room.LocalParticipant.PublishTrack(second, &lksdk.TrackPublicationOptions{Name: "camera", Source: camera.livekit()}); err != nil {
		t.Fatal(err)
	}
	boris.work.Go(func() { stream(boris.ctx, sfuWriter{second}, camera, "@boris:test:PHONE/camera", nil, nil) })
	o.set(func() { o.members = append(o.members, member(borisID, "PHONE")) })
	poll(t, "the SFU knows the other codec", func() bool {
		said := make(chan bool, 1)
		c := o.manager.owner(testCall)
		c.do(func() { said <- len(c.foreign) == 2 })
		return <-said
	})
	o.manager.owner(testCall).tell(desk.CallHeld{Call: testCall}) // comes after what was told before
	o.wait("desk knows all", func() bool { return o.tells(desk.CallHeld{Call: testCall}) })
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := slices.IndexFunc(o.told, func(in desk.Input) bool { told, ok := in.(desk.CallUnshown); return ok && told.User != annaID }); n >= 0 {
		t.Errorf("desk is told once more: %+v", o.told[n])
	}
}

// TestEnoughSections: however often the page is told, it is told the same number of sections, and what it cannot have is refused aloud.
func TestEnoughSections(t *testing.T) {
	o := newOffice(t, desk.CallVoice)
	o.comes(annaDesk, microphone)
	page := o.opens("page", []source{microphone}, 1, 0)
	page.wait(t, annaDesk+"/microphone", someFrames)
	page.receive(webrtc.RTPCodecTypeAudio, maxLanes)
	offer, err := page.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	o.say(desk.CallOffer{N: page.n + 1, SDP: offer.SDP, Mids: page.mids})
	o.wait("the offer is refused", func() bool { a, ok := last[desk.CallSDP](o); return ok && a.N == page.n+1 && a.SDP == "" })
	page.wait(t, annaDesk+"/microphone", someFrames)
	if strings.Contains(offer.SDP, "a=inactive") {
		t.Error("the offer is not what it should be")
	}
}
