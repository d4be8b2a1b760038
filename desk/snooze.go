package desk

import (
	"fmt"
	"time"
)

// timerSnooze brings a snoozed ticket back.
const timerSnooze = "snooze"

// markSnoozed begins the name of a snoozed ticket's room.
const markSnoozed = "💤 "

// IsSnoozed reports whether a ticket was put aside until a time, or until its customer writes (O5).
func (t *Ticket) IsSnoozed() bool { return t.State == Assigned && !t.Snoozed.IsZero() }

// orderSnooze puts a ticket aside, or with "off" takes it back.
func (a *act) orderSnooze(o *order) (answer, error) {
	givenTicket(o)
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if d.ticket.State != Assigned {
		return answer{}, Refuse(Conflict, "snooze.not_assigned", d.ticket.Number)
	}
	if may, err := a.can(o.staff, ModTickets, true, d.about()); err != nil {
		return answer{}, err
	} else if !may {
		return answer{}, Refuse(Denied, "snooze.not_yours", d.ticket.Number)
	}
	if word, rest, _ := nextWord(o.given.rest); isWord(wordsOff, word) && rest == "" {
		if !d.ticket.IsSnoozed() {
			return answer{}, Refuse(Conflict, "snooze.is_not", d.ticket.Number)
		}
		return said(a.word(o, "snooze.ended", d.ticket.Number)), a.wake(d, string(o.by))
	}
	at, rest, err := a.orderWhen(o, o.given.rest)
	if err != nil {
		return answer{}, err
	}
	if rest != "" {
		return answer{}, Refuse(Invalid, "when.unknown", clip(flat(o.given.rest), 40))
	}
	before := *d.ticket
	d.ticket.Snoozed = at
	if err := a.putSnooze(d, before, string(o.by), "ticket.snoozed"); err != nil {
		return answer{}, err
	}
	a.emit(Arm{ID: a.effectID(), Due: at, Name: timerSnooze, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	return said(a.word(o, "snooze.set", d.ticket.Number, a.orderMoment(o, at, clock))), nil
}

func (a *act) putSnooze(d *dossier, before Ticket, actor, action string) error {
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
	}
	if err := a.note(JournalEntry{Actor: actor, Action: action, Ticket: d.ticket.ID, Changes: changes(before, d.ticket)}); err != nil {
		return err
	}
	return a.shape(d)
}

// wake takes a snoozed ticket back among the others.
func (a *act) wake(d *dossier, actor string) error {
	before := *d.ticket
	d.ticket.Snoozed = time.Time{}
	return a.putSnooze(d, before, actor, "ticket.woken")
}

// snoozeOver brings a ticket back on time, unless it has been taken back, put aside anew or moved since.
func (a *act) snoozeOver(timer Arm) error {
	t, err := a.tx.Ticket(timer.Ticket)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if !t.IsSnoozed() || t.Generation != timer.Generation || !t.Snoozed.Equal(timer.Due) {
		return nil
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	if err := a.wake(d, actorTimer); err != nil {
		return err
	}
	o, err := a.staff(t.Owner)
	if err != nil {
		return err
	}
	a.line(Post{Room: d.portal(), Text: a.speaker(o, d.site)("snooze.over", t.Number), Mentions: []UserID{t.Owner}})
	return nil
}
