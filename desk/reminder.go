package desk

import (
	"fmt"
	"time"
)

const (
	timerRemind = "remind" // of a waiting ticket
	timerHanded = "handed" // of one that was handed to somebody
)

// reminders bounds how often a waiting ticket is announced again: after 1, 2, 4 … 2^(reminders-1) times the queue's period.
const reminders = 8

// timerFired judges a timer by what it is about has become.
func (a *act) timerFired(in TimerFired) error {
	switch in.Timer.Name {
	case timerRemind, timerOffer:
		return a.waitTimer(in.Timer)
	case timerHanded:
		return a.handedTimer(in.Timer)
	case timerChoose:
		return a.chooseLapsed(in.Timer)
	case timerQuiet:
		return a.quietOver(in.Timer)
	case timerReminder:
		return a.reminderDue(in.Timer)
	case timerReading:
		return a.readingOver(in.Timer)
	case timerSnooze:
		return a.snoozeOver(in.Timer)
	case timerCallRings, timerCallStaff, timerCallShare:
		return a.callTimer(in.Timer)
	case timerCallClear:
		return a.clearCall(PortalID(in.Timer.Of))
	}
	return nil
}

// waitTimer works a timer of a waiting ticket.
func (a *act) waitTimer(timer Arm) error {
	t, err := a.tx.Ticket(timer.Ticket)
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if t.State != Waiting || t.Generation != timer.Generation {
		return nil
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	if timer.Name == timerOffer {
		return a.offerTimedOut(d, timer.Due)
	}
	return a.stillWaiting(d, timer.Due)
}

// stillWaiting announces a waiting ticket again.
func (a *act) stillWaiting(d *dossier, due time.Time) error {
	t := d.ticket
	mentions, err := a.offered(d)
	if err != nil {
		return err
	}
	if len(mentions) == 0 {
		if mentions, err = a.supervisors(d.queue); err != nil {
			return err
		}
	}
	waited := max(due.Sub(t.Since), d.queue.RemindAfter)
	text := a.staffText(d.site, "card.still_waiting", t.Number, duration(a.speaker(nil, d.site), a.now.Sub(t.Since)))
	if err := a.lobbyLine(d, text, mentions); err != nil {
		return err
	}
	if waited < d.queue.RemindAfter<<(reminders-1) {
		a.armReminder(d, t.Since.Add(2*waited))
	}
	return a.record(actorTimer, "ticket.reminded", t.ID, "")
}

// duration says a length of time in whole minutes or hours.
func duration(say sayer, length time.Duration) string {
	if length >= 2*time.Hour {
		return say("duration.hours", int(length.Hours()))
	}
	return say("duration.minutes", max(1, int(length.Minutes())))
}

// armHanded sets the timer that sees whether somebody answers a ticket they were handed.
func (a *act) armHanded(d *dossier, due time.Time) {
	if d.queue.RemindAfter > 0 {
		a.emit(Arm{ID: a.effectID(), Due: due, Name: timerHanded, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
	}
}

// handedTimer tells, once, of a ticket that was handed to somebody whose customer still has no answer: that somebody in the direct chat, and the
// supervisors in the card's thread. It waits until the office is open.
func (a *act) handedTimer(timer Arm) error {
	t, err := a.tx.Ticket(timer.Ticket)
	if ok, err := found(err); err != nil || !ok || t.State != Assigned || t.Generation != timer.Generation || t.IsSnoozed() {
		return err
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return err
	}
	if hours := d.site.Schedule; !hours.Open(a.now) {
		if opens := hours.Opening(a.now); !opens.IsZero() {
			a.armHanded(d, opens)
		}
		return nil
	}
	last, err := a.tx.LastMessage(d.conversation.ID, d.conversation.Rev, FromCustomer, FromStaff)
	if ok, err := found(err); err != nil {
		return fmt.Errorf("last message of conversation %s: %w", d.conversation.ID, err)
	} else if !ok || last.Author == FromStaff {
		return nil
	}
	owner, err := a.staff(t.Owner)
	if err != nil || owner == nil {
		return err
	}
	waited, say := a.now.Sub(t.Since), a.speaker(owner, d.site)
	if err := a.tellOf(d, owner.ID, say("handed.unanswered", duration(say, waited))); err != nil {
		return err
	}
	name, err := a.staffName(owner.ID)
	if err != nil {
		return err
	}
	supervisors, err := a.supervisors(d.queue)
	if err != nil {
		return err
	}
	if err := a.lobbyLine(d, a.staffText(d.site, "card.unanswered", t.Number, name, duration(a.speaker(nil, d.site), waited)), supervisors); err != nil {
		return err
	}
	return a.record(actorTimer, "ticket.reminded", t.ID, string(owner.ID))
}
