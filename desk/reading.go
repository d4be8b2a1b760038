package desk

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Reading an archived room (O4): whoever may see a closed ticket is brought into its room for a while, below the level that speaking takes.

const (
	// timerReading ends somebody's reading; it is about the member of staff.
	timerReading = "reading"
	// readingTime is how long an archived room stays open for somebody.
	readingTime = time.Hour
	// readerLevel is below what a room asks for speaking.
	readerLevel = -1
)

// reads reports whether a membership is somebody's reading of an archived room.
func (m Member) reads() bool { return m.Want != "leave" && m.Level < 0 }

// watches reports whether a membership is somebody's reading along in an open ticket.
func (m Member) watches() bool { return m.Want != "leave" && m.Watch && !m.reads() }

// stays reports whether somebody keeps their place in a room without a part in its ticket: who watches an open one, is the guest of whoever
// is responsible for it now, or reads a closed one.
func (m Member) stays(t *Ticket) bool {
	switch {
	case t.State == Closed:
		return m.reads()
	case m.watches():
		return true
	}
	return t.State == Assigned && m.Want != "leave" && m.Guest == t.Generation
}

// reading gives somebody's membership of a room and whether it is one for reading.
func (a *act) reading(room RoomKey, u UserID) (Member, bool, error) {
	var m Member
	ok, err := a.desired(room, ThingMember+string(u), &m)
	return m, ok && m.reads(), err
}

// readingCommands open archived rooms and leave them.
func readingCommands() []command {
	which := []param{{name: "ticket", kind: paramTicket, optional: true}}
	found := []param{{name: "ticket_message", kind: paramWord, optional: true}}
	return []command{
		{name: "open", aliases: []string{"o", "открыть"}, rooms: allRooms, right: &right{module: ModTickets}, params: found, private: true, run: (*act).orderOpen},
		{name: "leave", aliases: []string{"lv", "выйти"}, rooms: allRooms, params: which, private: true, run: (*act).orderLeave},
	}
}

// readFound reads a ticket's number with that of one of its messages, as a search shows them: "42/17"; "42" alone is the ticket.
func readFound(word string) (ticket, seq int64, ok bool) {
	number, message, _ := strings.Cut(word, "/")
	ticket, ok = parseNumber(number)
	if !ok {
		return 0, 0, false
	}
	seq, ok = parseNumber(message)
	return ticket, seq, ok
}

// orderOpen lets the asker read the room of a closed ticket, and leads to the message that a search has found there.
func (a *act) orderOpen(o *order) (answer, error) {
	var seq int64
	var ok bool
	if o.given.ticket, seq, ok = readFound(o.given.word(0)); !ok {
		return answer{}, Refuse(Invalid, "archive.bad_number", clip(o.given.word(0), 40))
	}
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.mayRead(o.staff, d); err != nil {
		return answer{}, err
	}
	until := a.now.Add(readingTime)
	event, err := a.foundEvent(d, seq)
	if err != nil {
		return answer{}, err
	}
	wish := Member{Want: "join", By: Bot, Watch: true, Level: readerLevel, Until: until, Ticket: d.ticket.ID}
	if err := a.wish(d.portal(), o.by, wish, true); err != nil {
		return answer{}, err
	}
	a.emit(Arm{ID: a.effectID(), Due: until, Name: timerReading, Ticket: d.ticket.ID, Of: string(o.by)})
	if err := a.record(string(o.by), "archive.opened", d.ticket.ID, ""); err != nil {
		return answer{}, err
	}
	clock, err := a.clockOf(o.staff, d.site)
	if err != nil {
		return answer{}, err
	}
	link, err := a.permalink(d.portal(), event)
	if err != nil {
		return answer{}, err
	}
	text := a.word(o, "archive.opened", d.ticket.Number, a.nameFor(o, d), until.In(clock).Format("15:04"))
	return answer{text: text + "\n" + link, html: escape(text) + `<br><a href="` + escape(link) + `">#` + fmt.Sprint(d.ticket.Number) + `</a>`}, nil
}

// foundEvent gives the event of a message of a ticket by its number; "" where none is named, or it never came into the room.
func (a *act) foundEvent(d *dossier, seq int64) (EventID, error) {
	if seq == 0 {
		return "", nil
	}
	found, err := a.tx.MessagesBefore(d.conversation.ID, seq+1, 1)
	if err != nil {
		return "", fmt.Errorf("message %d of conversation %s: %w", seq, d.conversation.ID, err)
	}
	if len(found) == 0 || found[0].Seq != seq || found[0].Ticket != d.ticket.ID {
		return "", Refuse(NotFound, "archive.no_message", d.ticket.Number, seq)
	}
	events, err := a.tx.EventsOf(found[0].ID)
	if err != nil || len(events) == 0 {
		return "", err
	}
	return events[0].ID, nil
}

// mayRead refuses who may not see a ticket, and tickets that are not in the archive. A room that holds a later ticket too shows that one as well.
func (a *act) mayRead(o *Operator, d *dossier) error {
	reach, err := a.reach(o)
	if err != nil {
		return err
	}
	if !reach.Covers(d.ticket) {
		return Refuse(Denied, "archive.not_yours", d.ticket.Number)
	}
	if d.ticket.State != Closed {
		return Refuse(Conflict, "archive.still_open", d.ticket.Number)
	}
	if d.ticket.ID == d.conversation.Ticket {
		return nil
	}
	newest, err := a.tx.Ticket(d.conversation.Ticket)
	if err != nil {
		return fmt.Errorf("newest ticket of conversation %s: %w", d.conversation.ID, err)
	}
	switch {
	case newest.Portal != d.ticket.Portal:
		return nil
	case !reach.Covers(newest):
		return Refuse(Denied, "archive.goes_on_elsewhere", d.ticket.Number, newest.Number)
	case newest.State != Closed:
		return Refuse(Conflict, "archive.goes_on", d.ticket.Number, newest.Number)
	}
	return nil
}

// orderLeave ends the asker's reading of a ticket's room, or of all; in a room of the staff it ends being there.
func (a *act) orderLeave(o *order) (answer, error) {
	if o.kind == KindRoom && o.given.ticket == 0 {
		return a.leaveTalk(o)
	}
	rooms, err := a.readingRooms(o)
	if err != nil {
		return answer{}, err
	}
	count := 0
	for _, room := range rooms {
		_, reads, err := a.reading(room, o.by)
		if err != nil {
			return answer{}, err
		}
		if !reads {
			continue
		}
		count++
		if err := a.endReading(room, o.by, string(o.by), a.word(o, "archive.left_reason")); err != nil {
			return answer{}, err
		}
	}
	if count == 0 {
		return answer{}, Refuse(NotFound, "archive.not_reading")
	}
	return said(a.word(o, "archive.left", count)), nil
}

// readingRooms lists the rooms that leaving is about: that of the ticket named, else every room the asker is in.
func (a *act) readingRooms(o *order) ([]RoomKey, error) {
	if o.given.ticket == 0 && o.place == nil {
		rooms, err := a.tx.RoomsOf(o.by)
		if err != nil {
			return nil, fmt.Errorf("list rooms of %s: %w", o.by, err)
		}
		return rooms, nil
	}
	if o.given.ticket == 0 {
		return []RoomKey{o.room}, nil
	}
	d, err := a.orderTicket(o)
	if err != nil {
		return nil, err
	}
	return []RoomKey{d.portal()}, nil
}

// endReading takes a reader out of a room again.
func (a *act) endReading(room RoomKey, u UserID, actor, reason string) error {
	p, err := a.place(room)
	if err != nil {
		return err
	}
	m, _, err := a.reading(room, u)
	if err != nil {
		return err
	}
	if err := a.note(JournalEntry{Actor: actor, Action: "archive.left", Room: room, Site: p.site.ID, Ticket: m.Ticket, Target: string(u)}); err != nil {
		return err
	}
	return a.wish(room, u, Member{Want: "leave", By: Bot, Reason: reason}, false)
}

// readingOver ends a reading whose time is up, unless it was opened anew.
func (a *act) readingOver(timer Arm) error {
	t, err := a.tx.Ticket(timer.Ticket)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	room, u := PortalRoom(t.Portal), UserID(timer.Of)
	m, reads, err := a.reading(room, u)
	if err != nil || !reads || m.Until.After(a.now) {
		return err
	}
	return a.endReading(room, u, actorTimer, a.staffText(nil, "archive.time_up", t.Number))
}

// endStrayReading takes those who have lost rights out of the rooms that they read along in, or read in the archive, without the right to now.
func (a *act) endStrayReading() error {
	people, err := a.lostTickets()
	if err != nil {
		return err
	}
	for _, o := range people {
		rooms, err := a.tx.RoomsOf(o.ID)
		if err != nil {
			return fmt.Errorf("list rooms of %s: %w", o.ID, err)
		}
		for _, room := range rooms {
			if err := a.endStray(o, room); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *act) endStray(o *Operator, room RoomKey) error {
	m, reads, err := a.reading(room, o.ID)
	if err != nil || !reads && !m.watches() {
		return err
	}
	p, err := a.place(room)
	if err != nil || p == nil {
		return err
	}
	d, err := a.dossier(p.ticket, p.conversation)
	if err != nil {
		return err
	}
	if reads {
		err = a.mayRead(o, d)
	} else {
		err = a.maySupervise(d, o.ID)
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err
	}
	reason := a.personalText(d.site, o, refusal.Key, refusal.Args...)
	if reads {
		return a.endReading(room, o.ID, actorSystem, reason)
	}
	if err := a.record(actorSystem, "member.removed", d.ticket.ID, string(o.ID)); err != nil {
		return err
	}
	return a.wish(room, o.ID, Member{Want: "leave", By: Bot, Reason: reason}, false)
}
