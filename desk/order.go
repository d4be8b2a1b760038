package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// order is a command given: by whom, where, and which ticket it is about.
type order struct {
	by    UserID
	room  RoomKey
	kind  string // of the room
	args  string
	site  *Site // whose language is answered in; nil in rooms of no site
	place *portalPlace
	card  TicketID // the card whose thread it was given in, or that it answers
}

// order carries out a command and answers in the room. A command never goes to the customer, whatever it says.
func (a *act) order(in StaffMessage) error {
	o := &order{by: in.Sender, room: in.Room}
	o.kind, _ = in.Room.Split()
	var err error
	if o.place, err = a.place(in.Room); err != nil {
		return err
	}
	if err := a.noteOrder(o, in); err != nil {
		return err
	}
	if o.site, err = a.orderSite(o); err != nil {
		return err
	}
	if o.card, err = a.orderCard(in); err != nil {
		return err
	}
	name, args := parseCommand(commandWords(in.Content))
	o.args = args
	answer, err := a.carryOut(o, name)
	var refusal *Error
	if errors.As(err, &refusal) {
		answer, err = a.staffText(o.site, refusal.Key, refusal.Args...), nil
	}
	if err != nil {
		return err
	}
	reply := Post{Room: in.Room, Text: answer, Reply: Ref{Event: in.Event}, Mentions: []UserID{in.Sender}}
	if in.Relation == InThread {
		reply.Thread = Ref{Event: in.Relates}
	}
	a.line(reply)
	return nil
}

// noteOrder remembers a command's event, so that nothing that relates to it goes out and it is carried out once.
func (a *act) noteOrder(o *order, in StaffMessage) error {
	ev := &Event{Room: in.Room, ID: in.Event, Kind: EventCommand, Sender: in.Sender, Relates: in.Relates}
	if o.place != nil {
		return a.keepInside(o.place, ev, EventCommand)
	}
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put command %s: %w", in.Event, err)
	}
	return nil
}

func (a *act) orderSite(o *order) (*Site, error) {
	if o.place != nil {
		return o.place.site, nil
	}
	if _, id := o.room.Split(); o.kind == KindLobby {
		return a.queueSite(QueueID(id))
	}
	return nil, nil
}

// orderCard gives the ticket on whose card a command was given.
func (a *act) orderCard(in StaffMessage) (TicketID, error) {
	for _, id := range []EventID{in.Relates, in.ReplyTo} {
		ev, err := a.event(in.Room, id)
		if err != nil {
			return "", err
		}
		if ev == nil {
			continue
		}
		if t, ok := cardTicket(ev.Row); ok {
			return t, nil
		}
	}
	return "", nil
}

func (a *act) carryOut(o *order, name string) (string, error) {
	staff, err := a.staff(o.by)
	if err != nil {
		return "", err
	}
	if staff == nil {
		return "", Refuse(Denied, "command.not_staff")
	}
	c, ok := findCommand(name)
	if !ok {
		return "", Refuse(NotFound, "command.unknown", name)
	}
	if c.admin && !staff.Admin {
		return "", Refuse(Denied, "command.not_admin")
	}
	if c.admin && !slices.Contains(c.rooms, o.kind) {
		return "", Refuse(Denied, "command.not_here")
	}
	return c.run(a, o)
}

// orderTicket finds the ticket a command is about: the one named, else the one of the room, of the card it answers, or the only one
// waiting in the lobby.
func (a *act) orderTicket(o *order) (*dossier, error) {
	number, ok := parseNumber(o.args)
	if !ok {
		return nil, Refuse(Invalid, "command.bad_number", o.args)
	}
	if number > 0 {
		t, err := a.tx.TicketByNumber(number)
		if err != nil {
			return nil, a.missingTicket(err, number)
		}
		return a.dossier(t, nil)
	}
	if o.place != nil {
		if !o.place.current {
			return nil, Refuse(Conflict, "unsent.closed")
		}
		return a.dossier(o.place.ticket, o.place.conversation)
	}
	if o.card != "" {
		t, err := a.tx.Ticket(o.card)
		if err != nil {
			return nil, fmt.Errorf("ticket of a card: %w", err)
		}
		return a.dossier(t, nil)
	}
	if o.kind == KindLobby {
		return a.onlyWaiting(o)
	}
	return nil, Refuse(Invalid, "command.which_ticket")
}

func (a *act) missingTicket(err error, number int64) error {
	if ok, err := found(err); !ok && err == nil {
		return Refuse(NotFound, "ticket.unknown", number)
	}
	return err
}

func (a *act) onlyWaiting(o *order) (*dossier, error) {
	_, id := o.room.Split()
	waiting, err := a.tx.TicketsIn(QueueID(id), Waiting)
	if err != nil {
		return nil, fmt.Errorf("list waiting tickets of queue %s: %w", id, err)
	}
	switch len(waiting) {
	case 0:
		return nil, Refuse(NotFound, "command.none_waiting")
	case 1:
		return a.dossier(&waiting[0], nil)
	}
	var numbers []string
	for _, t := range waiting[:min(len(waiting), 20)] {
		numbers = append(numbers, fmt.Sprintf("#%d", t.Number))
	}
	return nil, Refuse(Invalid, "command.which_waiting", strings.Join(numbers, ", "))
}

func (a *act) orderAccept(o *order) (string, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return "", err
	}
	if err := a.accept(d, o.by); err != nil {
		return "", err
	}
	return a.staffText(o.site, "command.accepted", d.ticket.Number, a.customerName(d.site, d.customer)), nil
}

func (a *act) orderDecline(o *order) (string, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return "", err
	}
	if err := a.decline(d, o.by); err != nil {
		return "", err
	}
	return a.staffText(o.site, "command.declined", d.ticket.Number), nil
}

func (a *act) orderClose(o *order) (string, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return "", err
	}
	if err := a.mayClose(d, o.by); err != nil {
		return "", err
	}
	if err := a.closeTicket(d, o.by); err != nil {
		return "", err
	}
	return a.staffText(o.site, "command.closed", d.ticket.Number), nil
}

// orderHelp lists what can be said in this room by who asks.
func (a *act) orderHelp(o *order) (string, error) {
	staff, err := a.staff(o.by)
	if err != nil {
		return "", err
	}
	lines := []string{a.staffText(o.site, "help.title")}
	for _, c := range commands() {
		if slices.Contains(c.rooms, o.kind) && (!c.admin || staff.Admin) {
			lines = append(lines, a.staffText(o.site, "help."+c.name+"."+o.kind, "!"+c.name, "!"+strings.Join(c.aliases, ", !")))
		}
	}
	lines = append(lines, a.staffText(o.site, "help.room."+o.kind))
	return strings.Join(lines, "\n"), nil
}
