package desk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// order is a command given: by whom, where, and which ticket it is about.
type order struct {
	by    UserID
	staff *Operator // who that is; nil for somebody who is no staff
	room  RoomKey
	kind  string  // of the room
	event EventID // the command, or the reaction that stands for it
	// answers is the event that the answer replies to, thread the root of the thread it stands in.
	answers EventID
	thread  EventID
	in      StaffMessage // as it came; empty for what was pressed
	given   arguments
	text    string // what was given, unread
	site    *Site  // whose language is answered in, unless the staff member has one; nil in rooms of no site
	place   *portalPlace
	card    TicketID // the card whose thread it was given in, or that it answers
	// reading tells that it is answered outside the decisions, see Answer.
	reading bool
	// pressed tells that it was not written but pressed as a button, which may be a slip.
	pressed bool
}

// order carries out a command and answers it. A command never goes to the customer, whatever it says.
func (a *act) order(in StaffMessage) error {
	o, err := a.newOrder(in.Room, in.Sender, in.Event)
	if err != nil {
		return err
	}
	o.in = in
	if err := a.noteOrder(o, in); err != nil {
		return err
	}
	if in.Relation == InThread {
		o.thread = in.Relates
	}
	if o.card, err = a.orderCard(in); err != nil {
		return err
	}
	name, text := parseCommand(commandWords(in))
	o.text = text
	return a.attempt(o, func() (answer, bool, error) { return a.carryOut(o, name) })
}

// newOrder says who orders something where.
func (a *act) newOrder(room RoomKey, by UserID, event EventID) (*order, error) {
	o := &order{by: by, room: room, event: event, answers: event}
	o.kind, _ = room.Split()
	var err error
	if o.place, err = a.place(room); err != nil {
		return nil, err
	}
	if o.staff, err = a.staff(by); err != nil {
		return nil, err
	}
	o.site, err = a.orderSite(o)
	return o, err
}

// attempt carries something out and answers it; a refusal is an answer as well.
func (a *act) attempt(o *order, run func() (answer, bool, error)) error {
	out, private, err := run()
	var refusal *Error
	if errors.As(err, &refusal) {
		out, err = said(a.word(o, refusal.Key, refusal.Args...)), nil
	}
	if err != nil {
		return err
	}
	return a.respond(o, out, private)
}

// Answer makes the post of an Answer. It only reads: what it is given may be a transaction that cannot write.
func (e *Engine) Answer(tx Tx, now time.Time, q Answer) (Post, error) {
	post := Post{ID: q.ID, Room: q.Room, As: Bot, Notice: true, Mentions: []UserID{q.By}, Reply: q.Reply, Thread: q.Thread}
	a := &act{Engine: e, tx: tx, now: now, wishes: map[roomThing]int{}, room: q.In}
	o, err := a.newOrder(q.In, q.By, "")
	if err != nil {
		return post, fmt.Errorf("answer %s: %w", q.Command, err)
	}
	o.text, o.reading = q.Given, true
	out, _, err := a.carryOut(o, q.Command)
	var refusal *Error
	if errors.As(err, &refusal) {
		out, err = said(a.word(o, refusal.Key, refusal.Args...)), nil
	}
	if err == nil && (len(a.out.Effects) > 0 || len(out.options) > 0 || out.text == "") {
		err = errors.New("a command that only reads has to answer, and to do nothing else")
	}
	if err != nil {
		return post, fmt.Errorf("answer %s: %w", q.Command, err)
	}
	post.Text, post.HTML, post.File, post.Data = out.text, out.html, out.file, out.data
	return post, nil
}

// respond posts an answer: in the room, or what is private in the direct chat. An empty one is none.
func (a *act) respond(o *order, out answer, private bool) error {
	if out.text == "" && out.file == nil && out.later == nil {
		return nil // what was done shows for itself
	}
	post := Post{Room: o.room, Text: out.text, HTML: out.html, File: out.file, Data: out.data, Mentions: []UserID{o.by}}
	if lost, err := a.hasLost(o.room, o.by); err != nil {
		return err
	} else if lost {
		return a.respondAfterwards(o, post)
	}
	if private && o.room != DirectRoom(o.by) {
		a.mark(o.room, o.event, markAnswered)
		var err error
		if post.Room, err = a.ensureDirect(o.by); err != nil {
			return err
		}
	} else {
		post.Reply, post.Thread = Ref{Event: o.answers}, Ref{Event: o.thread}
	}
	if out.later != nil {
		e := *out.later
		e.ID, e.Room, e.Reply, e.Thread = a.effectID(), post.Room, post.Reply, post.Thread
		a.emit(e)
		return nil
	}
	row := a.line(post)
	if len(out.options) == 0 {
		return nil
	}
	return a.keepQuestion(post.Room, o.by, row, out.options)
}

// hasLost reports whether somebody loses a room by this decision.
func (a *act) hasLost(room RoomKey, u UserID) (bool, error) {
	thing := ThingMember + string(u)
	if _, ok := a.wishes[roomThing{room, thing}]; !ok {
		return false, nil
	}
	var m Member
	_, err := a.desired(room, thing, &m)
	return m.Want == "leave", err
}

// respondAfterwards answers a command by which its giver has left the room: in the direct chat, if there is one, and without ringing. It is no news, so
// nobody is invited for it.
func (a *act) respondAfterwards(o *order, p Post) error {
	r, err := a.tx.Room(DirectRoom(o.by))
	if ok, err := found(err); err != nil || !ok || r.ID == "" {
		return err
	}
	p.Room, p.Mentions = r.Key, nil
	a.line(p)
	return nil
}

// word is a text for who gave an order: in their own language, else that of the room.
func (a *act) word(o *order, key string, args ...any) string {
	if o.staff != nil && o.staff.Lang != "" {
		return a.texts.Text(o.staff.Lang, key, args...)
	}
	return a.staffText(o.site, key, args...)
}

// nameFor is what who gave an order is told that a customer is called.
func (a *act) nameFor(o *order, d *dossier) string {
	return a.nameIn(a.speaker(o.staff, o.site), d.customer)
}

// langOf is the language of word.
func (a *act) langOf(o *order) string {
	switch {
	case o.staff != nil && o.staff.Lang != "":
		return o.staff.Lang
	case o.site != nil && o.site.StaffLang != "":
		return o.site.StaffLang
	}
	return a.staffLang
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
	if _, err := strconv.ParseUint(o.text, 10, 16); name == "" && err == nil {
		name = commandPick // "!1"
	}
	later := &Answer{By: o.by, In: o.room, Command: name, Given: o.text}
	c, text, ok := lookUpCommand(name, o.text)
	o.text = text
	if !ok {
		if meant := nearestCommand(name); meant != "" {
			return answer{}, false, Refuse(NotFound, "command.unknown_near", cut(name), meant)
		}
		return answer{}, false, Refuse(NotFound, "command.unknown", cut(name))
	}
	if err := a.mayOrder(o, c); err != nil {
		return answer{}, false, err
	}
	if o.given, ok = parseArguments(c.params, o.text, a.bot.Server()); !ok {
		return answer{}, false, Refuse(Invalid, "command.usage", clip(flat(o.text), 40), a.usage(o, c))
	}
	if c.reads && !o.reading {
		return answer{later: later}, c.private, nil
	}
	out, err = c.run(a, o)
	return out, c.private || out.private, err
}

// mayOrder refuses a command in the wrong room or from somebody who has the right to it nowhere.
func (a *act) mayOrder(o *order, c command) error {
	if c.right != nil {
		may, err := a.canSomewhere(o.staff, c.right.module, c.right.edit)
		if err != nil {
			return err
		}
		if !may {
			return Refuse(Denied, "command.no_right", a.called(o, c.name), a.word(o, "module."+string(c.right.module)))
		}
	}
	if slices.Contains(c.rooms, o.kind) {
		return nil
	}
	var rooms []string
	for _, kind := range c.rooms {
		rooms = append(rooms, a.word(o, "room.kind."+kind))
	}
	return Refuse(Denied, "command.not_here", a.called(o, c.name), strings.Join(rooms, ", "))
}

// called gives what a command is called in the language of who gave an order.
func (a *act) called(o *order, name string) string { return calledIn(a.langOf(o), name) }

// usage shows how a command is given: "!accept [#42]".
func (a *act) usage(o *order, c command) string {
	out := "!" + a.called(o, c.name)
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
