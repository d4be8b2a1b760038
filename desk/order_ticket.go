package desk

import "fmt"

// ticketCommands are those by which a ticket moves.
func ticketCommands() []command {
	which := []param{{name: "ticket", kind: paramTicket, optional: true}}
	return []command{
		{name: "accept", aliases: []string{"a", "принять", "п"}, rooms: talkRooms, params: which, run: (*act).orderAccept},
		{name: "decline", aliases: []string{"d", "отказаться", "отклонить", "о"}, rooms: talkRooms, params: which, run: (*act).orderDecline},
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
	return said(a.word(o, "command.accepted", d.ticket.Number, a.customerName(d.site, d.customer))), nil
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
