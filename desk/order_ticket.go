package desk

// ticketCommands are those by which a ticket moves.
func ticketCommands() []command {
	which := []param{{name: "ticket", kind: paramTicket, optional: true}}
	return []command{
		{name: "accept", aliases: []string{"a", "принять", "п"}, rooms: talkRooms, params: which, run: (*act).orderAccept},
		{name: "decline", aliases: []string{"d", "отказаться", "отклонить", "о"}, rooms: talkRooms, params: which, run: (*act).orderDecline},
		{name: "close", aliases: []string{"c", "закрыть", "з"}, rooms: talkRooms, params: which, run: (*act).orderClose},
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

func (a *act) orderClose(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.mayClose(d, o.by); err != nil {
		return answer{}, err
	}
	if err := a.closeTicket(d, o.by); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.closed", d.ticket.Number)), nil
}
