package calls

import (
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
)

const annaDesk = "@anna:test:DESK"

// TestVideoCall has a call as it usually goes: both sides are heard and seen, things are switched off and on, the page is loaded again, and the
// customer hangs up.
func TestVideoCall(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)

	anna.wait(t, "page/microphone", someFrames)
	anna.wait(t, "page/camera", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive && o.sitting && o.row.Seated })
	page.sees("Anna is seen and heard", func(p desk.CallPeople) bool {
		return len(p.People) == 1 && p.People[0].User == annaID && p.People[0].Mids.Microphone != "" && p.People[0].Mids.Camera != "" &&
			p.People[0].Muted == desk.CallMute{} && p.Audio == 1 && p.Video == 1
	})
	for identity, deadline := "", time.After(waitLong); identity != puppet; {
		select {
		case identity = <-anna.levels:
		case <-deadline:
			t.Fatal("the staff do not see who speaks")
		}
	}

	// What is off shows as off, and is not sent although the page goes on sending.
	o.say(desk.CallMute{Microphone: true, Camera: true})
	anna.sees("microphone", true)
	anna.sees("camera", true)
	page.wait(t, annaDesk+"/camera", someFrames)
	before := anna.count("page/microphone") + anna.count("page/camera")
	page.wait(t, annaDesk+"/camera", someFrames)
	if after := anna.count("page/microphone") + anna.count("page/camera"); after != before {
		t.Errorf("%d frames came that were switched off", after-before)
	}
	o.say(desk.CallMute{})
	anna.sees("camera", false)
	anna.wait(t, "page/microphone", someFrames)
	anna.wait(t, "page/camera", someFrames)

	anna.pubs[camera].SetMuted(true)
	page.sees("Anna's camera is off", func(p desk.CallPeople) bool {
		return len(p.People) == 1 && p.People[0].Muted == desk.CallMute{Camera: true}
	})
	anna.pubs[camera].SetMuted(false)
	page.sees("Anna's camera is on", func(p desk.CallPeople) bool { return len(p.People) == 1 && p.People[0].Muted == desk.CallMute{} })

	// The page is loaded again: for Anna it is the same participant with the same tracks.
	keys := anna.keyFrames("page/camera")
	page.close()
	page = o.opens("again", []source{microphone, camera}, 1, 1)
	anna.wait(t, "again/camera", someFrames)
	anna.wait(t, "again/microphone", someFrames)
	page.wait(t, annaDesk+"/camera", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
	if anna.keyFrames("again/camera") == 0 || keys == 0 || page.keyFrames(annaDesk+"/camera") == 0 {
		t.Error("pictures began without a key frame")
	}
	anna.steady(t)
	if o.enters != 1 {
		t.Errorf("the session was joined %d times, want once", o.enters)
	}

	o.set(func() { o.row.State, o.row.Reason = desk.CallEnded, "" })
	o.wait("the puppet has left", func() bool { return o.rises == 1 && !o.row.Seated })
	o.wait("the page knows of the end", func() bool { _, ok := last[desk.CallOver](o); return ok })
	o.left(puppet)
}

// TestSeveralOfTheStaff has people come and go: each is heard and seen in a section of their own, and those who only watch are neither.
func TestSeveralOfTheStaff(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)
	page.wait(t, annaDesk+"/camera", someFrames)

	boris := o.comes("@boris:test:PHONE", microphone, camera)
	watcher := o.comes("@olga:test:DESK", microphone, camera)
	boris.wait(t, "page/camera", someFrames)
	o.set(func() { o.members = append(o.members, member(borisID, "PHONE")) })
	wanted := page.sees("Boris needs sections", func(p desk.CallPeople) bool { return p.Audio == 2 && p.Video == 2 })
	page.more(wanted)
	page.wait(t, "@boris:test:PHONE/camera", someFrames)
	page.wait(t, "@boris:test:PHONE/microphone", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)
	people := page.sees("two are seen", func(p desk.CallPeople) bool {
		return len(p.People) == 2 && p.People[0].Mids.Camera != "" && p.People[1].Mids.Camera != "" && p.Video == 2
	})
	if people.People[0].Mids.Camera == people.People[1].Mids.Camera {
		t.Errorf("two share a section: %+v", people)
	}
	if n := page.count("@olga:test:DESK/camera") + page.count("@olga:test:DESK/microphone"); n > 0 {
		t.Errorf("%d frames of one who only watches came", n)
	}
	watcher.leave()

	// Anna goes and comes back with another device, whose membership has another form: her section shows that.
	anna.leave()
	page.sees("Anna is gone", func(p desk.CallPeople) bool { return len(p.People) == 1 && p.People[0].User == borisID })
	sticky := member(annaID, "LAPTOP")
	sticky.Key = "0d7c"
	o.set(func() { o.members = []desk.CallMember{sticky, member(borisID, "PHONE")} })
	laptop := o.Identities(sticky)[1]
	o.comes(laptop, microphone, camera)
	page.wait(t, laptop+"/camera", someFrames)
	page.wait(t, laptop+"/microphone", someFrames)
	page.steady(t)

	// Who is no longer of the staff is cut off while the media go on.
	o.set(func() { o.members = []desk.CallMember{sticky} })
	page.sees("Boris is not shown", func(p desk.CallPeople) bool { return len(p.People) == 1 && p.People[0].User == annaID })
	page.silent(t, "@boris:test:PHONE/camera", laptop+"/camera", someFrames)
}

// TestScreens shows screens in both directions inside a voice call, and in a call of its own.
func TestScreens(t *testing.T) {
	o := newOffice(t, desk.CallVoice)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{microphone}, 1, 0)
	anna.wait(t, "page/microphone", someFrames)
	page.wait(t, annaDesk+"/microphone", someFrames)

	anna.show(t.Context(), screen)
	anna.show(t.Context(), screenSound)
	page.more(page.sees("Anna's screen and its sound need sections", func(p desk.CallPeople) bool { return p.Audio == 2 && p.Video == 1 }))
	page.wait(t, annaDesk+"/screen", someFrames)
	page.wait(t, annaDesk+"/screen-sound", someFrames)
	page.wait(t, annaDesk+"/microphone", page.count(annaDesk+"/microphone")+someFrames)
	page.sees("each of Anna's sounds has its section", func(p desk.CallPeople) bool {
		return len(p.People) == 1 && p.People[0].Sound != "" && p.People[0].Mids.Microphone != "" && p.People[0].Sound != p.People[0].Mids.Microphone
	})
	if n := page.count(annaDesk + "/camera"); n > 0 {
		t.Errorf("%d frames of a camera came in a voice call", n)
	}

	// Not before the staff have asked for it.
	page.send(screen)
	page.negotiate()
	page.wait(t, annaDesk+"/screen", 2*someFrames)
	if n := anna.count("page/screen"); n > 0 {
		t.Errorf("%d frames of a screen came that nobody had asked for", n)
	}
	// Nor before the customer has said yes, whatever the page sends.
	o.set(func() { o.row.Share = desk.ShareAsked })
	anna.wait(t, "page/microphone", anna.count("page/microphone")+2*someFrames)
	if n := anna.count("page/screen"); n > 0 {
		t.Errorf("%d frames of a screen came before the customer's answer", n)
	}
	o.set(func() { o.row.Share = desk.ShareOn })
	anna.wait(t, "page/screen", someFrames)
	o.set(func() { o.row.Share = desk.ShareNone })
	anna.withdrawn("screen")
	anna.wait(t, "page/microphone", someFrames)
	page.close()
	o.set(func() { o.row.State = desk.CallEnded })
	o.wait("the puppet has left", func() bool { return o.rises == 1 })
}

func TestScreenAlone(t *testing.T) {
	o := newOffice(t, desk.CallScreen)
	anna := o.comes(annaDesk, microphone, camera)
	page := o.opens("page", []source{screen}, 0, 0)
	anna.wait(t, "page/screen", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive })
	if p := page.sees("Anna is there", func(p desk.CallPeople) bool { return len(p.People) == 1 }); p.Audio+p.Video != 0 {
		t.Errorf("sections are wanted for nothing: %+v", p)
	}
	if slices.Contains(anna.names(), "microphone") {
		t.Error("a microphone is published that nobody was asked for")
	}
}
