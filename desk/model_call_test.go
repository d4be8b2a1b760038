package desk_test

import (
	"strings"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// modelCall is what ought to be true of the call of a conversation; the zero value is none.
type modelCall struct {
	state desk.CallState
	rings time.Time // until when
	alone time.Time // when it ends unless somebody comes; zero while somebody is there
	ended int       // how many calls have ended before
}

// end notes that a call is over.
func (m *model) endCall() {
	if m.call.state != "" {
		m.call = modelCall{ended: m.call.ended + 1}
	}
}

// mayCall reports whether somebody may ask the customer: who answers, and has a right to change the ticket.
func (w *world) mayCall(u desk.UserID) bool { return w.mayTalk(u) && w.maySteer(u) }

func (w *world) callBegins() {
	w.m.call.state, w.m.call.rings = desk.CallRinging, w.Now.Add(90*time.Second)
	w.m.call.alone = w.m.call.rings.Add(time.Minute)
}

// somebodySits comes into the session of the room by their client.
func (w *world) somebodySits() {
	u := w.person()
	if w.m.owner != "" && w.random.IntN(2) == 0 {
		u = w.m.owner
	}
	w.note("%s sits", u)
	isNew := !w.m.sits[u]
	w.Decide(desk.CallMembership{
		Room: w.room(), Event: w.NextEvent(), Sender: u, Key: "_" + string(u) + "_DEV_m.call", Device: "DEV", Joined: true, At: w.Now,
		Until: w.Now.Add(1000 * time.Hour),
	})
	w.Deliver()
	w.m.sits[u] = true
	if isNew && w.mayCall(u) && w.m.call.state == "" {
		w.callBegins()
	}
}

func (w *world) rise(u desk.UserID) {
	w.note("%s rises", u)
	rises(w.Desk, u, w.room())
	delete(w.m.sits, u)
}

func (w *world) somebodyRises() { w.rise(w.person()) }

func (w *world) somebodyCallsByOrder() {
	u := w.person()
	order := []string{"!call", "!video", "!screen", "!hangup", "!hangup"}[w.random.IntN(5)]
	w.note("%s: %s", u, order)
	screenToo := order == "!screen" && w.m.call.state != ""
	w.Say(u, w.room(), order)
	switch {
	case !w.mayCall(u) || screenToo:
	case order == "!hangup":
		w.m.endCall()
	case w.m.call.state == "":
		w.callBegins()
	}
}

// customerCalls does something about the newest call, whether it makes sense or not.
func (w *world) customerCalls() {
	call, err := w.LastCall(w.c)
	if err != nil {
		return
	}
	act := []desk.CallAct{desk.CallAnswer, desk.CallAnswer, desk.CallDecline, desk.CallEnd, desk.CallShare, desk.CallUnshare}[w.random.IntN(6)]
	tab := []string{"tab1", "tab2"}[w.random.IntN(2)]
	w.note("customer: %s of %s in %s", act, call.ID, tab)
	err = does(w.Desk, call, act, tab)
	if code := desk.CodeOf(err); err != nil && code != desk.Conflict {
		w.fail("%s: %v", act, err)
	}
	ringing := w.m.call.state == desk.CallRinging
	switch {
	case act == desk.CallAnswer && ringing:
		w.m.call.state = desk.CallJoining
		if latest := w.Now.Add(time.Minute); w.m.call.alone.After(latest) {
			w.m.call.alone = latest
		}
		if err != nil {
			w.fail("answer: %v", err)
		}
	case act == desk.CallEnd, act == desk.CallDecline && (ringing || call.Tab == tab):
		w.m.endCall()
	}
}

// staffSits reports whether anybody in the session has a part in the call.
func (w *world) staffSits() bool {
	for u := range w.m.sits {
		if w.mayTalk(u) {
			return true
		}
	}
	return false
}

// mediaHappen tells what package calls would.
func (w *world) mediaHappen() {
	call, err := w.LastCall(w.c)
	if err != nil {
		return
	}
	if w.random.IntN(3) > 0 {
		w.note("up %s", call.ID)
		w.Decide(desk.CallUp{Call: call.ID})
		if w.m.call.state == desk.CallJoining && w.staffSits() {
			w.m.call.state = desk.CallActive
		}
	} else {
		w.note("down %s", call.ID)
		w.Decide(desk.CallDown{Call: call.ID})
		if w.m.call.state != desk.CallRinging {
			w.m.endCall()
		}
	}
	w.Deliver()
}

// callTime lets the call run out.
func (w *world) callTime() {
	c := w.m.call
	if c.state == desk.CallRinging && !w.Now.Before(c.rings) || !c.alone.IsZero() && !w.Now.Before(c.alone) {
		w.m.endCall()
	}
}

// checkCall counts who is in the call and compares it with the desk's.
func (w *world) checkCall() {
	w.t.Helper()
	there := false
	for u := range w.m.sits {
		if !w.mayTalk(u) || u == desktest.Outside {
			w.rise(u)
			continue
		}
		there = true
	}
	switch c := &w.m.call; {
	case c.state == "":
	case there:
		c.alone = time.Time{}
	case c.alone.IsZero():
		c.alone = w.Now.Add(4 * time.Second)
	}
	call, err := w.CallOf(w.c)
	if state := w.m.call.state; (err == nil) != (state != "") || err == nil && call.State != state {
		w.fail("call %+v, %v, want %q", call, err, state)
	}
	var topic string
	w.Want(w.room(), desk.ThingTopic, &topic)
	if shown := strings.HasPrefix(topic, "📞") || strings.HasPrefix(topic, "📹") || strings.HasPrefix(topic, "🖥"); shown != (w.m.call.state == desk.CallActive) {
		w.fail("topic %q while the call is %q", topic, w.m.call.state)
	}
	told := 0
	for _, m := range w.Messages(w.c) {
		if strings.HasPrefix(m.Kind, "call_") {
			told++
		}
	}
	if told != w.m.call.ended {
		w.fail("the customer was told of %d calls, want %d", told, w.m.call.ended)
	}
}
