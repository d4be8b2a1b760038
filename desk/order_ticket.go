package desk

import (
	"fmt"
	"slices"
)

// ticketCommands are those by which a ticket moves.
func ticketCommands() []command {
	which := []param{{name: "ticket", kind: paramTicket, optional: true}}
	return []command{
		{name: "accept", aliases: []string{"a", "принять", "п"}, rooms: talkRooms, params: which, run: (*act).orderAccept},
		{name: "decline", aliases: []string{"d", "отказаться", "отклонить", "о"}, rooms: talkRooms, params: which, run: (*act).orderDecline},
		{name: "undecline", aliases: []string{"ud", "передумать", "неотклонять"}, rooms: talkRooms, params: which, run: (*act).orderUndecline},
		{name: "close", aliases: []string{"c", "закрыть", "з"}, rooms: talkRooms, right: &right{ModTickets, true}, params: commentParams(), run: (*act).orderClose},
	}
}

func (a *act) orderAccept(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.accept(d, o.by); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.accepted", d.ticket.Number, a.nameFor(o, d))), nil
}

func (a *act) orderDecline(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.decline(d, o.by); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.declined", d.ticket.Number)), nil
}

// orderUndecline gives an offer back to who declined it by mistake: by the invitation, for which there is nothing to take back, or otherwise.
func (a *act) orderUndecline(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.mayTake(d, o.by); err != nil {
		return answer{}, err
	}
	if d.ticket.State == Assigned && d.ticket.Owner == o.by {
		return answer{}, Refuse(Conflict, "ticket.yours_already", d.ticket.Number)
	}
	if err := a.allowed(d.ticket, moveUndecline); err != nil {
		return answer{}, err
	}
	if !slices.Contains(d.ticket.Declined, o.by) {
		return answer{}, Refuse(Conflict, "ticket.not_declined", d.ticket.Number)
	}
	if err := a.releaseButtons(d, func(ev *Event) bool { return ev.Sender == o.by && emoji(ev.Key) == buttonDecline }); err != nil {
		return answer{}, err
	}
	if err := a.undecline(d, o.by); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.undeclined", d.ticket.Number)), nil
}

// orderClose closes a ticket. Written, the word itself is enough; pressed, it may be a slip, and is asked about once.
func (a *act) orderClose(o *order) (answer, error) {
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.maySteer(d, o.by, moveClose); err != nil {
		return answer{}, err
	}
	if err := a.allowed(d.ticket, moveClose); err != nil {
		return answer{}, err
	}
	if o.pressed {
		order := fmt.Sprintf("close #%d", d.ticket.Number)
		return a.asking(o, a.word(o, "close.sure", d.ticket.Number), []option{{order: order}}), nil
	}
	if err := a.closeTicket(d, moveClose, movedBy(o.by, o.given.rest)); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.closed", d.ticket.Number)), nil
}
