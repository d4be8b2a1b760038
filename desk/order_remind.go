package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ReminderID identifies a reminder.
type ReminderID string

// Reminder is what a member of staff wants to be told at a time (O5).
type Reminder struct {
	ID      ReminderID
	By      UserID
	Number  int64    // among those By is still to be reminded of
	Ticket  TicketID // may be empty
	Text    string   // may be empty, if there is a ticket
	Due     time.Time
	Done    bool // came, or was cancelled
	Created time.Time
}

const (
	timerReminder    = "reminder" // of a member of staff; Of is the reminder
	maxReminders     = 100        // of one person
	maxReminderWords = 1000       // characters
)

// remindCommands bring something back at a time.
func remindCommands() []command {
	return []command{
		{
			name: "remind", aliases: []string{"rem", "напомни", "напомнить", "нап"}, rooms: allRooms, run: (*act).orderRemind,
			params: []param{{name: "when_text", kind: paramRest}},
		},
		{
			name: "reminders", aliases: []string{"rl", "напоминания"}, rooms: allRooms, private: true, run: (*act).orderReminders,
			params: []param{{name: "cancel_number", kind: paramRest, optional: true}},
		},
		{
			name: "snooze", aliases: []string{"z", "отложить", "отложи"}, rooms: talkRooms, run: (*act).orderSnooze,
			params: []param{{name: "when_or_off", kind: paramRest}},
		},
	}
}

// givenTicket cuts a ticket's number off the beginning of what was given to an order whose times are numbers too: "#42".
func givenTicket(o *order) {
	word, rest, quoted := nextWord(o.given.rest)
	if quoted || !strings.HasPrefix(word, "#") && !strings.HasPrefix(word, "№") {
		return
	}
	if n, ok := parseNumber(word); ok && n > 0 {
		o.given.ticket, o.given.rest = n, strings.TrimSpace(rest)
	}
}

// orderRemind notes what somebody wants to be reminded of. In a ticket's room it is about that ticket.
func (a *act) orderRemind(o *order) (answer, error) {
	if word, rest, _ := nextWord(o.given.rest); isWord(wordsCancel, word) {
		o.given.rest = word + " " + rest
		return a.orderReminders(o)
	}
	givenTicket(o)
	r := &Reminder{ID: ReminderID(a.newID()), By: o.by, Created: a.now}
	if o.given.ticket > 0 || o.place != nil || o.card != "" {
		d, err := a.remindedTicket(o)
		if err != nil {
			return answer{}, err
		}
		r.Ticket = d.ticket.ID
	}
	var err error
	if r.Due, r.Text, err = a.orderWhen(o, o.given.rest); err != nil {
		return answer{}, err
	}
	if r.Text == "" && r.Ticket == "" {
		return answer{}, Refuse(Invalid, "remind.no_text")
	}
	if utf8.RuneCountInString(r.Text) > maxReminderWords {
		return answer{}, Refuse(Invalid, "remind.too_long", maxReminderWords)
	}
	pending, err := a.tx.RemindersOf(o.by)
	if err != nil {
		return answer{}, fmt.Errorf("list reminders of %s: %w", o.by, err)
	}
	if len(pending) >= maxReminders {
		return answer{}, Refuse(Conflict, "remind.too_many", maxReminders)
	}
	taken := make([]int64, len(pending))
	for i := range pending {
		taken[i] = pending[i].Number
	}
	r.Number = freeNumber(1, taken)
	if err := a.tx.PutReminder(r); err != nil {
		return answer{}, fmt.Errorf("put reminder: %w", err)
	}
	a.emit(Arm{ID: a.effectID(), Due: r.Due, Name: timerReminder, Ticket: r.Ticket, Of: string(r.ID)})
	err = a.note(JournalEntry{Actor: string(o.by), Action: "reminder.set", Ticket: r.Ticket, Changes: changes(nil, r)})
	if err != nil {
		return answer{}, err
	}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	due, err := a.orderDeadline(o, r.Due, clock)
	return said(a.word(o, "remind.set", due, r.Number)), err
}

// remindedTicket finds the ticket a reminder is about: any the asker may see.
func (a *act) remindedTicket(o *order) (*dossier, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return nil, err
	}
	if o.place != nil && o.place.ticket.ID == d.ticket.ID {
		return d, nil
	}
	if group, err := a.group(d.queue); err != nil {
		return nil, err
	} else if slices.Contains(group, o.by) {
		return d, nil
	}
	may, err := a.can(o.staff, ModTickets, false, d.about())
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, Refuse(NotFound, "ticket.unknown", d.ticket.Number)
	}
	return d, nil
}

// orderReminders lists what the asker is still to be reminded of, or cancels one of them.
func (a *act) orderReminders(o *order) (answer, error) {
	pending, err := a.tx.RemindersOf(o.by)
	if err != nil {
		return answer{}, fmt.Errorf("list reminders of %s: %w", o.by, err)
	}
	word, rest, _ := nextWord(o.given.rest)
	if isWord(wordsCancel, word) || isWord(wordsDelete, word) {
		return a.cancelReminder(o, pending, strings.TrimSpace(rest))
	}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "remind.list", len(pending)), name: "reminders",
		head: []string{a.word(o, "list.number"), a.word(o, "remind.when"), a.word(o, "remind.ticket"), a.word(o, "remind.text")},
	}
	if len(pending) == 0 {
		l.title = a.word(o, "remind.none")
	}
	for _, r := range pending {
		number := ""
		if r.Ticket != "" {
			t, err := a.tx.Ticket(r.Ticket)
			if err != nil {
				return answer{}, fmt.Errorf("ticket of reminder %s: %w", r.ID, err)
			}
			number = fmt.Sprintf("#%d", t.Number)
		}
		l.rows = append(l.rows, []string{strconv.FormatInt(r.Number, 10), a.orderMoment(o, r.Due, clock), number, r.Text})
	}
	return a.list(o, l, word)
}

func (a *act) cancelReminder(o *order, pending []Reminder, word string) (answer, error) {
	number, ok := parseNumber(word)
	for i := range pending {
		if r := &pending[i]; ok && r.Number == number {
			before := *r
			if err := a.endReminder(r); err != nil {
				return answer{}, err
			}
			err := a.note(JournalEntry{
				Actor: string(o.by), Action: "reminder.cancelled", Ticket: r.Ticket, Comment: r.Text, Changes: changes(before, r),
			})
			return said(a.word(o, "remind.cancelled", r.Number)), err
		}
	}
	return answer{}, Refuse(NotFound, "remind.unknown", clip(flat(word), 20))
}

func (a *act) endReminder(r *Reminder) error {
	r.Done = true
	if err := a.tx.PutReminder(r); err != nil {
		return fmt.Errorf("put reminder %s: %w", r.ID, err)
	}
	return nil
}

// reminderDue brings a reminder back: in the ticket's room if whoever wanted it is still responsible there, else in the direct chat.
func (a *act) reminderDue(timer Arm) error {
	r, err := a.tx.Reminder(ReminderID(timer.Of))
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if r.Done || !r.Due.Equal(timer.Due) {
		return nil
	}
	if err := a.endReminder(r); err != nil {
		return err
	}
	o, err := a.staff(r.By)
	if err != nil || o == nil {
		return err
	}
	mentions := []UserID{o.ID}
	if r.Ticket == "" {
		return a.tell(o.ID, Post{Text: a.speaker(o, nil)("remind.due", r.Text), Mentions: mentions})
	}
	t, err := a.tx.Ticket(r.Ticket)
	if err != nil {
		return fmt.Errorf("ticket of reminder %s: %w", r.ID, err)
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	say := a.speaker(o, d.site)
	if t.State == Assigned && t.Owner == o.ID {
		text := say("remind.due", r.Text)
		if r.Text == "" {
			text = say("remind.due_ticket")
		}
		a.line(Post{Room: d.portal(), Text: text, Mentions: mentions})
		return nil
	}
	name := a.nameIn(say, d.customer)
	post, err := a.withWay(d, o, Post{
		Text: say("remind.due_elsewhere", t.Number, name, r.Text), HTML: say("remind.due_elsewhere", t.Number, escape(name), escape(r.Text)), Mentions: mentions,
	})
	if err != nil {
		return err
	}
	return a.tell(o.ID, post)
}
