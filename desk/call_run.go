package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// customerCall works what the customer does about a call.
func (a *act) customerCall(in CustomerCall) error {
	c, err := a.tx.Call(in.Call)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("call %s: %w", in.Call, err)
	} else if !ok || c.Conversation != in.Conversation {
		return Refuse(Conflict, "call.over")
	}
	switch in.Act {
	case CallAnswer:
		return a.answerCall(c, in.Tab)
	case CallDecline:
		if c.State != CallRinging && c.Tab == in.Tab {
			return a.hangUp(c)
		}
		return a.declineCall(c, "")
	case CallEnd:
		return a.hangUp(c)
	case CallShare:
		return a.shareScreen(c, shareBegun, actorCustomer)
	case CallUnshare:
		if c.Share == ShareAsked {
			return a.shareScreen(c, shareDeclined, actorCustomer)
		}
		return a.shareScreen(c, shareEnded, actorCustomer)
	case CallUnable:
		if c.State != CallRinging {
			return a.shareScreen(c, shareUnable, actorCustomer)
		}
		return a.declineCall(c, "call.reason.unable."+string(c.Kind))
	}
	return Refuse(Invalid, "call.over")
}

// answerCall takes a call in a page, once.
func (a *act) answerCall(c *Call, tab string) error {
	if c.Tab == tab && (c.State == CallJoining || c.State == CallActive) {
		return nil
	}
	if _, err := a.happen(c, callAnswered, actorCustomer, ""); err != nil {
		return err
	}
	c.Tab, c.AnsweredAt = tab, a.now
	c.Device = "WEB" + strings.ToUpper(a.newID())
	// Who waits for the first of the staff begins to now; staff who have just gone are waited for no longer than else.
	if latest := a.now.Add(staffTime); c.Alone.After(latest) {
		c.Alone = latest
	}
	if !c.Alone.IsZero() {
		a.armCall(c, timerCallStaff, c.Alone)
	}
	if err := a.putCall(c); err != nil {
		return err
	}
	if err := a.callLine(c); err != nil {
		return err
	}
	return a.noteCall(c, actorCustomer, "call.answered", "")
}

// declineCall refuses a call that rings. reason says why the customer could not do otherwise.
func (a *act) declineCall(c *Call, reason string) error {
	if reason != "" {
		c.Reason = reason
	}
	_, err := a.happen(c, callRefused, actorCustomer, "")
	return err
}

// hangUp ends a call by the customer. Ending what has ended is done already.
func (a *act) hangUp(c *Call) error {
	if c.State == CallEnded {
		return nil
	}
	_, err := a.happen(c, callHungUp, actorCustomer, "call.reason.customer_left")
	return err
}

// callMedia works what package calls tells.
func (a *act) callMedia(in Input) error {
	switch in := in.(type) {
	case CallUp:
		return a.callConnected(in)
	case CallHeld:
		return a.callHeld(in)
	case CallUnshown:
		return a.callUnshown(in)
	case CallDown:
		return a.callBroke(in)
	case CallSeat:
		return a.callSeat(in)
	}
	return fmt.Errorf("no rule for it")
}

// mediaCall gives the call that something is told of, or nil.
func (a *act) mediaCall(id CallID) (*Call, error) {
	c, err := a.tx.Call(id)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("call %s: %w", id, err)
	} else if !ok {
		return nil, nil
	}
	return c, nil
}

// callConnected works that both sides are connected. A customer who is connected to nobody is in no talk, whatever the media server holds.
func (a *act) callConnected(in CallUp) error {
	c, err := a.mediaCall(in.Call)
	if err != nil || c == nil {
		return err
	}
	if there, err := a.callStaff(c); err != nil || len(there) == 0 {
		return err
	}
	if moved, err := a.happen(c, callUp, actorSystem, ""); err != nil || !moved {
		return err
	}
	c.TalkedAt = a.now
	if err := a.putCall(c); err != nil {
		return err
	}
	if err := a.callLine(c); err != nil {
		return err
	}
	if err := a.showCall(c); err != nil {
		return err
	}
	return a.noteCall(c, actorSystem, "call.connected", "")
}

// callHeld gives staff who are still connected the time to get back into the session, and takes it back when they are not.
func (a *act) callHeld(in CallHeld) error {
	c, err := a.mediaCall(in.Call)
	if err != nil || c == nil || c.State != CallActive || c.Alone.IsZero() {
		return err
	}
	until := a.now.Add(staffGrace)
	if in.Held {
		until = a.now.Add(heldTime)
	} else if until.After(c.Alone) {
		return nil
	}
	c.Alone = until
	a.armCall(c, timerCallStaff, c.Alone)
	return a.putCall(c)
}

// callUnshown tells the room, once a call, that the customer does not see what somebody of the staff sends: nothing in their client says so.
func (a *act) callUnshown(in CallUnshown) error {
	c, err := a.mediaCall(in.Call)
	if err != nil || c == nil || c.State == CallEnded || c.Unshown {
		return err
	}
	c.Unshown = true
	if err := a.putCall(c); err != nil {
		return err
	}
	d, err := a.callDossier(c)
	if err != nil {
		return err
	}
	who, err := a.staffName(in.User)
	if err != nil {
		return err
	}
	text := a.staffText(d.site, "call.room.unshown", a.customerName(d.site, d.customer), who)
	a.line(Post{Room: PortalRoom(c.Portal), Text: text, Mentions: []UserID{in.User}})
	return nil
}

func (a *act) callBroke(in CallDown) error {
	c, err := a.mediaCall(in.Call)
	if err != nil || c == nil {
		return err
	}
	reason := in.Reason
	if reason == "" && c.State == CallJoining {
		there, err := a.callStaff(c)
		if err != nil {
			return err
		}
		reason = "call.reason.nobody"
		if len(there) > 0 {
			reason = "call.reason.customer_left"
		}
	}
	_, err = a.happen(c, callDown, actorSystem, reason)
	return err
}

// callSeat remembers that the puppet may be a member of the session. It may become one although the call has ended meanwhile: then that has
// to be cleared.
func (a *act) callSeat(in CallSeat) error {
	c, err := a.mediaCall(in.Call)
	if err != nil || c == nil || c.Seated == in.Seated {
		return err
	}
	c.Seated = in.Seated
	return a.putCall(c)
}

// attended remembers that the staff in the session of a conversation may have become others, for tendCalls.
func (a *act) attended(c ConversationID) {
	if !slices.Contains(a.tended, c) {
		a.tended = append(a.tended, c)
	}
}

// tendCalls makes calls follow what has become of their tickets and of the staff in them. It comes last in a decision: until then rows are
// in the hands of others.
func (a *act) tendCalls() error {
	for _, id := range append(slices.Clone(a.movedOn), a.tended...) {
		if err := a.lookForGone(id); err != nil {
			return err
		}
	}
	for _, id := range a.movedOn {
		c, err := a.openCall(id)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if _, err := a.happen(c, callMoved, actorSystem, "call.reason.moved"); err != nil {
			return err
		}
	}
	for _, id := range a.tended {
		c, err := a.openCall(id)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if err := a.countStaff(c); err != nil {
			return err
		}
	}
	return nil
}

// countStaff looks who of the staff is in a call. Without anybody it ends soon.
func (a *act) countStaff(c *Call) error {
	there, err := a.callStaff(c)
	if err != nil {
		return err
	}
	before := *c
	if len(there) == 0 && c.Alone.IsZero() {
		c.Alone = a.now.Add(staffGrace)
		a.armCall(c, timerCallStaff, c.Alone)
	}
	if len(there) > 0 {
		c.Alone = time.Time{}
	}
	var next time.Time
	for _, m := range there {
		if c.Service == "" {
			c.Service = m.Service
		}
		if next.IsZero() || m.Until.Before(next) {
			next = m.Until
		}
	}
	if !next.IsZero() {
		a.armCall(c, timerCallStaff, next) // somebody's membership expires
	}
	// Who listens decides what is relayed, so that is news even where the call itself stays as it was.
	a.changed(c.Conversation)
	if *c == before {
		return nil
	}
	return a.putCall(c)
}

// callStaff lists who of the staff is in a call.
func (a *act) callStaff(c *Call) ([]CallMember, error) {
	p, err := a.place(PortalRoom(c.Portal))
	if err != nil || p == nil {
		return nil, err
	}
	members, err := a.tx.CallMembers(c.Portal)
	if err != nil {
		return nil, fmt.Errorf("list members of call %s: %w", c.ID, err)
	}
	var out []CallMember
	for _, m := range members {
		takes, err := a.takesPart(p, m.User)
		if err != nil {
			return nil, err
		}
		if takes && m.Until.After(a.now) {
			out = append(out, m)
		}
	}
	return out, nil
}

// CallStaff lists the memberships of those in a call whose voice and picture go to the customer: the responsible and the colleagues they
// invited. Whoever else is in the session, as somebody who watches, is neither heard nor seen.
func (e *Engine) CallStaff(tx Tx, now time.Time, c *Call) ([]CallMember, error) {
	return (&act{Engine: e, tx: tx, now: now, wishes: map[roomThing]int{}}).callStaff(c)
}

// callTimer works a timer of a call, by what has become of the call.
func (a *act) callTimer(timer Arm) error {
	c, err := a.mediaCall(CallID(timer.Of))
	if err != nil || c == nil || c.State == CallEnded {
		return err
	}
	switch timer.Name {
	case timerCallRings:
		if a.now.Before(c.RingsUntil) {
			return nil
		}
		_, err := a.happen(c, callLapsed, actorTimer, "")
		return err
	case timerCallShare:
		if c.Share != ShareAsked || a.now.Before(c.ShareUntil) {
			return nil
		}
		return a.shareScreen(c, shareMissed, actorTimer)
	}
	if c.Alone.IsZero() {
		return a.countStaff(c)
	}
	if a.now.Before(c.Alone) {
		return nil
	}
	_, err = a.happen(c, callLeft, actorTimer, "call.reason.nobody")
	return err
}

// callRedacted works the redaction of what a call rests on: the ringing, or somebody's membership.
func (a *act) callRedacted(in StaffRedaction) error {
	p, err := a.place(in.Room)
	if err != nil || p == nil {
		return err
	}
	_, portal := p.room.Split()
	members, err := a.tx.CallMembers(PortalID(portal))
	if err != nil {
		return fmt.Errorf("list members of the call in %s: %w", p.room, err)
	}
	for _, m := range members {
		if m.Event != in.Redacts {
			continue
		}
		m.Left = true
		if err := a.tx.PutCallMember(&m); err != nil {
			return fmt.Errorf("put membership of %s in a call: %w", m.User, err)
		}
		a.attended(p.conversation.ID)
	}
	c, err := a.openCall(p.conversation.ID)
	if err != nil || c == nil || c.State != CallRinging || c.Notification == "" || c.Notification != in.Redacts {
		return err
	}
	_, err = a.happen(c, callWithdraw, string(in.Sender), "")
	return err
}
