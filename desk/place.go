package desk

import "fmt"

// portalPlace is a portal with its conversation and its own latest ticket.
type portalPlace struct {
	room         RoomKey
	conversation *Conversation
	ticket       *Ticket
	site         *Site
	current      bool // the conversation's newest portal: its ticket is the conversation's latest
}

// place gives the portal that a room is, or nil.
func (a *act) place(room RoomKey) (*portalPlace, error) {
	kind, id := room.Split()
	if kind != KindPortal {
		return nil, nil
	}
	portal, err := a.tx.Portal(PortalID(id))
	if ok, err := found(err); err != nil || !ok {
		return nil, err
	}
	p := &portalPlace{room: room}
	if p.conversation, err = a.tx.Conversation(portal.Conversation); err != nil {
		return nil, fmt.Errorf("conversation of %s: %w", room, err)
	}
	p.current = p.conversation.Portal == portal.ID
	if p.current {
		p.ticket, err = a.tx.Ticket(p.conversation.Ticket)
	} else {
		p.ticket, err = a.tx.LastTicketIn(portal.Conversation, portal.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("ticket of %s: %w", room, err)
	}
	if p.site, err = a.tx.Site(p.conversation.Site); err != nil {
		return nil, fmt.Errorf("site of %s: %w", room, err)
	}
	return p, nil
}

// event gives what is known of a Matrix event, or nil.
func (a *act) event(room RoomKey, id EventID) (*Event, error) {
	if id == "" {
		return nil, nil
	}
	ev, err := a.tx.Event(room, id)
	if ok, err := found(err); err != nil {
		return nil, fmt.Errorf("event %s of room %s: %w", id, room, err)
	} else if !ok {
		return nil, nil
	}
	return ev, nil
}

// known reports whether an event was worked before.
func (a *act) known(room RoomKey, id EventID) (bool, error) {
	ev, err := a.event(room, id)
	return ev != nil, err
}

// keepInside remembers an event of a portal that does not go to the customer.
func (a *act) keepInside(p *portalPlace, ev *Event, kind EventKind) error {
	ev.Kind = kind
	m, err := a.anchor(p.conversation)
	if err != nil {
		return err
	}
	if m != nil {
		ev.Message = m.ID
	}
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put event %s: %w", ev.ID, err)
	}
	return nil
}

// maySpeak answers why somebody's words in a portal do not go to the customer, or nil: only the responsible's, and those of
// colleagues the responsible has invited, do, and only while the ticket is assigned.
func (a *act) maySpeak(p *portalPlace, u UserID) (*Error, error) {
	t := p.ticket
	switch {
	case !p.current || t.State == Closed:
		return Refuse(Conflict, "unsent.closed"), nil
	case t.State != Assigned:
		return Refuse(Conflict, "unsent.waiting", t.Number), nil
	case t.Owner == u:
		return nil, nil
	}
	guest, err := a.isGuest(p.room, u)
	if err != nil || guest {
		return nil, err
	}
	if watching, err := a.isWatching(p.room, u); err != nil || watching {
		return Refuse(Denied, "unsent.watching", t.Number), err
	}
	owner, err := a.staffName(t.Owner)
	return Refuse(Denied, "unsent.not_yours", t.Number, owner), err
}

// isGuest reports whether somebody was invited into an assigned ticket's portal by its owner. A guest's stay is desired, and ends when the ticket
// moves on.
func (a *act) isGuest(room RoomKey, u UserID) (bool, error) {
	var m Member
	ok, err := a.desired(room, ThingMember+string(u), &m)
	return ok && m.Want != "leave" && m.Guest != 0, err
}

// isWatching reports whether somebody reads along in a portal.
func (a *act) isWatching(room RoomKey, u UserID) (bool, error) {
	var m Member
	ok, err := a.desired(room, ThingMember+string(u), &m)
	return ok && m.watches(), err
}
