package desk

import "time"

// timerRemind is the timer of a waiting ticket.
const timerRemind = "remind"

// reminders bounds how often a waiting ticket is announced again: after 1, 2, 4 … 2^(reminders-1) times the queue's period.
const reminders = 8

// timerFired judges a timer by what it is about has become.
func (a *act) timerFired(in TimerFired) error {
	switch in.Timer.Name {
	case timerRemind, timerOffer:
		return a.waitTimer(in.Timer)
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
	text := a.staffText(d.site, "card.still_waiting", t.Number, a.duration(d, a.now.Sub(t.Since)))
	if err := a.lobbyLine(d, text, mentions); err != nil {
		return err
	}
	if waited < d.queue.RemindAfter<<(reminders-1) {
		a.armReminder(d, t.Since.Add(2*waited))
	}
	return a.record(actorTimer, "ticket.reminded", t.ID, "")
}

// duration says a length of time in whole minutes or hours.
func (a *act) duration(d *dossier, length time.Duration) string {
	if length >= 2*time.Hour {
		return a.staffText(d.site, "duration.hours", int(length.Hours()))
	}
	return a.staffText(d.site, "duration.minutes", max(1, int(length.Minutes())))
}
