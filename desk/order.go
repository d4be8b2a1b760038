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
	staff *Operator // who that is; nil for somebody who is no staff
	room  RoomKey
	kind  string // of the room
	event EventID
	in    StaffMessage // as it came
	given arguments
	text  string // what was given, unread
	site  *Site  // whose language is answered in, unless the staff member has one; nil in rooms of no site
	place *portalPlace
	card  TicketID // the card whose thread it was given in, or that it answers
}

// order carries out a command and answers it. A command never goes to the customer, whatever it says.
func (a *act) order(in StaffMessage) error {
	o := &order{by: in.Sender, room: in.Room, event: in.Event, in: in}
	o.kind, _ = in.Room.Split()
	var err error
	if o.place, err = a.place(in.Room); err != nil {
		return err
	}
	if err := a.noteOrder(o, in); err != nil {
		return err
	}
	if o.staff, err = a.staff(in.Sender); err != nil {
		return err
	}
	if o.site, err = a.orderSite(o); err != nil {
		return err
	}
	if o.card, err = a.orderCard(in); err != nil {
		return err
	}
	name, text := parseCommand(commandWords(in))
	o.text = text
	out, private, err := a.carryOut(o, name)
	var refusal *Error
	if errors.As(err, &refusal) {
		out, err = said(a.word(o, refusal.Key, refusal.Args...)), nil
	}
	if err != nil {
		return err
	}
	return a.respond(o, in, out, private)
}

// respond posts an answer: in the room, or what is private in the direct chat. An empty one is none.
func (a *act) respond(o *order, in StaffMessage, out answer, private bool) error {
	if out.text == "" && out.file == nil {
		return nil // what was done shows for itself
	}
	post := Post{Text: out.text, HTML: out.html, File: out.file, Data: out.data, Mentions: []UserID{in.Sender}}
	if private && o.kind != KindDirect {
		a.mark(in.Room, in.Event, markAnswered)
		return a.tell(in.Sender, post)
	}
	post.Room, post.Reply = in.Room, Ref{Event: in.Event}
	if in.Relation == InThread {
		post.Thread = Ref{Event: in.Relates}
	}
	a.line(post)
	return nil
}

// word is a text for who gave an order: in their own language, else that of the room.
func (a *act) word(o *order, key string, args ...any) string {
	if o.staff != nil && o.staff.Lang != "" {
		return a.texts.Text(o.staff.Lang, key, args...)
	}
	return a.staffText(o.site, key, args...)
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

// carryOut finds the command of a name, judges whether it may be given, reads what was given to it, and runs it.
func (a *act) carryOut(o *order, name string) (out answer, private bool, err error) {
	if o.staff == nil {
		return answer{}, false, Refuse(Denied, "command.not_staff")
	}
	c, ok := findCommand(name)
	if !ok {
		if meant := nearestCommand(name); meant != "" {
			return answer{}, false, Refuse(NotFound, "command.unknown_near", name, meant)
		}
		return answer{}, false, Refuse(NotFound, "command.unknown", name)
	}
	if err := a.mayOrder(o, c); err != nil {
		return answer{}, false, err
	}
	if o.given, ok = parseArguments(c.params, o.text, a.bot.Server()); !ok {
		return answer{}, false, Refuse(Invalid, "command.usage", clip(flat(o.text), 40), a.usage(o, c))
	}
	out, err = c.run(a, o)
	return out, c.private, err
}

// mayOrder refuses a command in the wrong room or from somebody who has the right to it nowhere.
func (a *act) mayOrder(o *order, c command) error {
	if c.right != nil {
		may, err := a.canSomewhere(o.staff, c.right.module, c.right.edit)
		if err != nil {
			return err
		}
		if !may {
			return Refuse(Denied, "command.no_right", c.name, a.word(o, "module."+string(c.right.module)))
		}
	}
	if slices.Contains(c.rooms, o.kind) {
		return nil
	}
	var rooms []string
	for _, kind := range c.rooms {
		rooms = append(rooms, a.word(o, "room.kind."+kind))
	}
	return Refuse(Denied, "command.not_here", c.name, strings.Join(rooms, ", "))
}

// usage shows how a command is given: "!accept [#42]".
func (a *act) usage(o *order, c command) string {
	out := "!" + c.name
	for _, p := range c.params {
		word := a.word(o, "param."+p.name)
		if p.many {
			word += " …"
		}
		if p.optional {
			word = "[" + word + "]"
		}
		out += " " + word
	}
	return out
}

// orderTicket finds the ticket a command is about: the one named, else the one of the room, of the card it answers, or the only one
// waiting in the lobby.
func (a *act) orderTicket(o *order) (*dossier, error) {
	if number := o.given.ticket; number > 0 {
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
