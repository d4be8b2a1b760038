package desk

import (
	"fmt"
	"time"
)

const (
	// ringTime is how long a customer is asked unless a notification says otherwise, maxRingTime how long at most.
	ringTime    = 90 * time.Second
	maxRingTime = 2 * time.Minute
	// staffGrace is how long a call goes on without staff: who reloads their client is back in it by then.
	staffGrace = 4 * time.Second
	// staffTime is how long a customer who answered waits for the first of the staff.
	staffTime = time.Minute
	// heldTime is how long staff who are connected to the media may take to get back into the session.
	heldTime = 30 * time.Second
	// shareTime is how long a customer is asked for the screen inside a call.
	shareTime = 90 * time.Second
	// clearAfter is how long somebody who had to leave a room has for leaving its session by themselves.
	clearAfter = 15 * time.Second
	// leftKept is how long it is remembered that somebody left a session.
	leftKept = time.Hour
)

// Timers of calls. Of says of which call, or of which portal's session.
const (
	timerCallRings = "call_rings"
	timerCallStaff = "call_staff"
	timerCallShare = "call_share"
	timerCallClear = "call_clear"
)

// callMembership works that somebody came into the session of a room, changed something there, or left it. The first of the staff to come
// begins a call.
func (a *act) callMembership(in CallMembership) error {
	p, err := a.place(in.Room)
	if err != nil || p == nil {
		return err
	}
	_, portal := in.Room.Split()
	m, isNew, err := a.keepCallMember(PortalID(portal), in)
	if err != nil || m == nil || !p.current {
		return err
	}
	a.attended(p.conversation.ID)
	if !isNew {
		return nil
	}
	if c, err := a.openCall(p.conversation.ID); err != nil || c != nil {
		return err
	}
	return a.press(p, in)
}

// keepCallMember stores what a membership event says, and reports whether somebody has come by it who was not there before. An event older
// than what is known says nothing: nil.
func (a *act) keepCallMember(portal PortalID, in CallMembership) (*CallMember, bool, error) {
	before, err := a.tx.CallMember(portal, in.Sender, in.Key)
	known, err := found(err)
	if err != nil {
		return nil, false, fmt.Errorf("membership of %s in the call of portal %s: %w", in.Sender, portal, err)
	}
	if known && (before.Event == in.Event || before.At.After(in.At)) {
		return nil, false, nil
	}
	if !known && !in.Joined {
		return nil, false, nil // left what was never known
	}
	m := &CallMember{
		Portal: portal, User: in.Sender, Key: in.Key, Device: in.Device, Service: in.Service, Intent: in.Intent, Event: in.Event,
		At: in.At, Since: in.At, Until: in.Until, Left: !in.Joined,
	}
	isNew := in.Joined
	if known && !before.Left && before.Until.After(in.At) {
		isNew, m.Since = false, before.Since
	}
	if err := a.tx.PutCallMember(m); err != nil {
		return nil, false, fmt.Errorf("put membership of %s in a call: %w", in.Sender, err)
	}
	if err := a.tx.ForgetCallMembers(portal, a.now.Add(-leftKept)); err != nil {
		return nil, false, fmt.Errorf("forget who left the calls of portal %s: %w", portal, err)
	}
	return m, isNew, nil
}

// callNotification works the ringing of a session's first member. It follows the membership that began the call, and begins none by itself:
// the customer would be asked into a session that nobody is in.
func (a *act) callNotification(in CallNotification) error {
	p, err := a.place(in.Room)
	if err != nil || p == nil || !p.current {
		return err
	}
	if err := a.ringAnew(p, in); err != nil {
		return err
	}
	last, err := a.tx.LastCall(p.conversation.ID)
	if known, err := found(err); err != nil {
		return fmt.Errorf("last call of conversation %s: %w", p.conversation.ID, err)
	} else if !known {
		return nil
	}
	if last.State != CallEnded {
		return a.ringFor(p, last, in, a.moment(in.At))
	}
	return a.rangTooLate(last, in)
}

// ringAnew begins a call where somebody rings whose membership seemed to be renewed only: a client that crashed has left the one before.
func (a *act) ringAnew(p *portalPlace, in CallNotification) error {
	if c, err := a.openCall(p.conversation.ID); err != nil || c != nil {
		return err
	}
	_, portal := p.room.Split()
	members, err := a.tx.CallMembers(PortalID(portal))
	if err != nil {
		return fmt.Errorf("list members of the call in %s: %w", p.room, err)
	}
	for _, m := range members {
		if m.User == in.Sender && m.Event == in.Relates && m.Since.Before(m.At) {
			return a.press(p, CallMembership{Sender: in.Sender, Intent: in.Intent, At: in.At})
		}
	}
	return nil
}

// ringFor takes the ringing into a call that goes on. What the customer was asked for by name stays: an operator who comes into a voice call by
// the button for video does not make it one.
func (a *act) ringFor(p *portalPlace, c *Call, in CallNotification, at time.Time) error {
	if takes, err := a.takesPart(p, in.Sender); err != nil || !takes {
		return err
	}
	c.Notification = in.Event
	if c.State == CallRinging {
		if in.Intent != "" && c.KindOpen {
			c.Kind, c.KindOpen = kindOfIntent(in.Intent), false
			if err := a.callLine(c); err != nil {
				return err
			}
		}
		if until := at.Add(min(in.Lifetime, maxRingTime)); until.After(c.RingsUntil) {
			c.RingsUntil = until
			a.armCall(c, timerCallRings, until)
		}
	}
	return a.putCall(c)
}

// rangTooLate takes the ringing of a call that was over before it came. Who rang waits for the answer.
func (a *act) rangTooLate(c *Call, in CallNotification) error {
	if c.Notification != "" || c.Caller != in.Sender || a.now.Sub(c.EndedAt) > maxRingTime {
		return nil
	}
	c.Notification = in.Event
	if err := a.putCall(c); err != nil || c.Outcome != CallDeclined {
		return err
	}
	return a.declineRinging(c)
}

// press begins a call because somebody pressed their client's call button. Whoever may not is told so in the room; the session is left alone.
func (a *act) press(p *portalPlace, in CallMembership) error {
	refusal, err := a.mayCall(p, in.Sender)
	if err != nil {
		return err
	}
	until := a.moment(in.At).Add(ringTime)
	if refusal == nil && !until.After(a.now) {
		refusal = Refuse(Unavailable, "call.late")
	}
	if refusal != nil {
		a.line(Post{Room: p.room, Text: a.staffText(p.site, refusal.Key, refusal.Args...), Mentions: []UserID{in.Sender}})
		return nil
	}
	d, err := a.dossier(p.ticket, p.conversation)
	if err != nil {
		return err
	}
	return a.beginCall(d, &Call{Kind: kindOfIntent(in.Intent), KindOpen: in.Intent == "", Caller: in.Sender, RingsUntil: until})
}

// mayCall answers why somebody may not call the customer of a portal, or nil: only the responsible and their guests do, with a right to
// change the ticket, and only where the customer has a widget.
func (a *act) mayCall(p *portalPlace, by UserID) (*Error, error) {
	t := p.ticket
	switch {
	case a.withoutCalls:
		return Refuse(Unavailable, "call.off"), nil
	case !p.current || t.State == Closed:
		return Refuse(Conflict, "call.closed"), nil
	case t.State != Assigned:
		return Refuse(Conflict, "call.not_assigned", t.Number), nil
	case p.conversation.Channel != ChannelWidget:
		return Refuse(Denied, "call.not_here", a.channelName(p.site, p.conversation.Channel)), nil
	}
	takes, err := a.takesPart(p, by)
	if err != nil {
		return nil, err
	}
	if takes {
		d, err := a.dossier(t, p.conversation)
		if err != nil {
			return nil, err
		}
		o, err := a.staff(by)
		if err != nil {
			return nil, err
		}
		if takes, err = a.can(o, ModTickets, true, d.about()); err != nil {
			return nil, err
		}
	}
	if takes {
		return nil, nil
	}
	owner, err := a.staffName(t.Owner)
	return Refuse(Denied, "call.not_yours", t.Number, owner), err
}

// takesPart reports whether somebody's voice and picture go to the customer: the responsible's, and those of the colleagues they invited.
func (a *act) takesPart(p *portalPlace, u UserID) (bool, error) {
	o, err := a.staff(u)
	if err != nil || o == nil || !p.current || p.ticket.State != Assigned {
		return false, err
	}
	if p.ticket.Owner == u {
		return true, nil
	}
	return a.isGuest(p.room, u)
}

// kindOfIntent is what a session is for. One that does not say so may turn out to be seen.
func kindOfIntent(intent string) CallKind {
	if intent == "audio" {
		return CallVoice
	}
	return CallVideo
}

// beginCall asks the customer. What is not given of the call is filled in.
func (a *act) beginCall(d *dossier, c *Call) error {
	c.ID, c.Conversation, c.Ticket, c.Portal = CallID(a.newID()), d.conversation.ID, d.ticket.ID, d.ticket.Portal
	c.State, c.StartedAt = CallRinging, a.now
	// Who begins a call by a command may come into the session when the customer has answered.
	c.Alone = c.RingsUntil.Add(staffTime)
	a.armCall(c, timerCallRings, c.RingsUntil)
	c.Line = a.line(Post{Room: d.portal(), Text: a.staffText(d.site, "call.room.ringing."+string(c.Kind), a.customerName(d.site, d.customer))})
	a.attended(c.Conversation)
	if err := a.putCall(c); err != nil {
		return err
	}
	return a.noteCall(c, string(c.Caller), "call.started", "")
}

func (a *act) armCall(c *Call, name string, due time.Time) {
	a.emit(Arm{ID: a.effectID(), Due: due, Name: name, Ticket: c.Ticket, Of: string(c.ID)})
}

// putCall stores a call and shows its customer what has become of it.
func (a *act) putCall(c *Call) error {
	if err := a.tx.PutCall(c); err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	a.changed(c.Conversation)
	return nil
}

// openCall gives the call of a conversation that is not ended, or nil.
func (a *act) openCall(id ConversationID) (*Call, error) {
	c, err := a.tx.CallOf(id)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("call of conversation %s: %w", id, err)
	} else if !ok {
		return nil, nil
	}
	return c, nil
}
