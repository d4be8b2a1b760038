package desk

import (
	"errors"
	"fmt"
)

// memberChanged judges who comes and goes.
func (a *act) memberChanged(in MemberChanged) error {
	if known, err := a.known(in.Room, in.Event); known || err != nil {
		return err
	}
	if in.User == a.bot || a.isPuppet(in.User) {
		return a.record(string(in.Sender), "member."+in.Membership, "", string(in.Room)+" "+string(in.User))
	}
	p, err := a.place(in.Room)
	if err != nil {
		return err
	}
	if p == nil {
		return a.staffRoomMember(in)
	}
	if err := a.keepInside(p, &Event{Room: in.Room, ID: in.Event, Sender: in.Sender}, EventNotice); err != nil {
		return err
	}
	a.attended(p.conversation.ID)
	switch in.Membership {
	case "join":
		return a.joined(p, in)
	case "invite":
		return a.invited(p, in)
	case "leave", "ban":
		return a.left(p, in)
	}
	return nil
}

// joined works somebody's coming into a portal: operators accept a waiting ticket by it, guests of the owner stay, everybody else has to
// leave and is told why.
func (a *act) joined(p *portalPlace, in MemberChanged) error {
	if _, reads, err := a.reading(p.room, in.User); err != nil || reads {
		return err
	}
	if !p.current || p.ticket.State == Closed {
		return a.sendAway(p.room, in.User, a.staffText(p.site, "member.leave.closed", p.ticket.Number))
	}
	if p.ticket.Owner == in.User {
		return nil
	}
	if watching, err := a.isWatching(p.room, in.User); err != nil || watching {
		return err
	}
	if p.ticket.State == Assigned {
		guest, err := a.isGuest(p.room, in.User)
		if err != nil || guest {
			return err
		}
	}
	d, err := a.dossier(p.ticket, p.conversation)
	if err != nil {
		return err
	}
	err = a.accept(d, in.User)
	var refusal *Error
	if errors.As(err, &refusal) {
		return a.sendAway(p.room, in.User, a.staffText(p.site, refusal.Key, refusal.Args...))
	}
	return err
}

// invited lets the owner of an assigned ticket bring a colleague in; other invitations are withdrawn: who is not of the staff would read what customers
// write in confidence.
func (a *act) invited(p *portalPlace, in MemberChanged) error {
	if p.current && p.ticket.State == Assigned && p.ticket.Owner == in.Sender {
		if o, err := a.staff(in.User); err != nil {
			return err
		} else if o == nil {
			return a.sendAway(p.room, in.User, a.staffText(p.site, "member.leave.staff"))
		}
		if err := a.record(string(in.Sender), "member.invited", p.ticket.ID, string(in.User)); err != nil {
			return err
		}
		return a.wish(p.room, in.User, Member{Want: "invite", By: Bot, Guest: p.ticket.Generation}, true)
	}
	var wanted Member
	if ok, err := a.desired(p.room, ThingMember+string(in.User), &wanted); err != nil || ok && wanted.Want != "leave" {
		return err // belongs here: we have invited them as well
	}
	return a.sendAway(p.room, in.User, a.staffText(p.site, "member.leave.not_invited", p.ticket.Number))
}

// left works somebody's going: the owner's returns the ticket to its queue, an invited operator's declines it.
func (a *act) left(p *portalPlace, in MemberChanged) error {
	if _, reads, err := a.reading(p.room, in.User); err != nil {
		return err
	} else if reads {
		return a.endReading(p.room, in.User, string(in.Sender), "")
	}
	if !p.current {
		return nil
	}
	t := p.ticket
	if t.State == Assigned && t.Owner == in.User {
		d, err := a.dossier(t, p.conversation)
		if err != nil {
			return err
		}
		m := moving{actor: string(in.Sender), by: in.Sender, reason: "left the room"}
		return a.returnToQueue(d, m)
	}
	if watching, err := a.isWatching(p.room, in.User); err != nil || watching {
		if err != nil {
			return err
		}
		return a.watched(p, in)
	}
	if t.State == Waiting && in.Previous == "invite" && in.Sender == in.User {
		d, err := a.dossier(t, p.conversation)
		if err != nil {
			return err
		}
		err = a.decline(d, in.User)
		var refusal *Error
		if errors.As(err, &refusal) {
			return nil
		}
		return err
	}
	return a.forgetGuest(p, in)
}

// watched ends somebody's reading along who has gone. To an operator of the queue the ticket is offered again like to the others.
func (a *act) watched(p *portalPlace, in MemberChanged) error {
	if err := a.endStay(p, in); err != nil || p.ticket.State != Waiting {
		return err
	}
	d, err := a.dossier(p.ticket, p.conversation)
	if err != nil {
		return err
	}
	return a.shapeMembers(d)
}

// forgetGuest ends the stay of a guest who has gone.
func (a *act) forgetGuest(p *portalPlace, in MemberChanged) error {
	guest, err := a.isGuest(p.room, in.User)
	if err != nil || !guest {
		return err
	}
	return a.endStay(p, in)
}

// endStay is the end of somebody's being in a portal of whom the ticket does not depend.
func (a *act) endStay(p *portalPlace, in MemberChanged) error {
	entry := JournalEntry{Actor: string(in.Sender), Action: "member.left", Ticket: p.ticket.ID, Target: string(in.User)}
	if err := a.note(entry); err != nil {
		return err
	}
	return a.wish(p.room, in.User, Member{Want: "leave", By: Bot}, false)
}

// staffRoomMember keeps strangers out of the rooms that show customers' words: whoever is in a lobby may join its waiting tickets.
func (a *act) staffRoomMember(in MemberChanged) error {
	if t, err := a.talkOf(in.Room); err != nil {
		return err
	} else if t != nil {
		return a.talkMember(t, in)
	}
	if kind, _ := in.Room.Split(); kind == KindDirect {
		return a.directMember(in)
	}
	if in.Membership != "join" && in.Membership != "invite" {
		return nil
	}
	o, err := a.staff(in.User)
	if err != nil {
		return err
	}
	if admin, err := a.isAdmin(o); admin || err != nil {
		return err
	}
	var m Member
	ok, err := a.desired(in.Room, ThingMember+string(in.User), &m)
	if err != nil || (ok && m.Want != "leave") {
		return err
	}
	if err := a.record(string(in.Sender), "member.removed", "", fmt.Sprintf("%s %s", in.Room, in.User)); err != nil {
		return err
	}
	return a.sendAway(in.Room, in.User, a.staffText(nil, "member.leave.staff"))
}
