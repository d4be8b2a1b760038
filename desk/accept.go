package desk

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// accept makes an operator responsible for a waiting ticket. Of many who try exactly one wins; the others' refusal says who has it.
func (a *act) accept(d *dossier, u UserID) error {
	if err := a.mayTake(d, u); err != nil {
		return err
	}
	if d.ticket.State == Assigned && d.ticket.Owner == u {
		return Refuse(Conflict, "ticket.yours_already", d.ticket.Number)
	}
	err := a.transit(d.ticket, moveAccept, string(u), "", func(t *Ticket) {
		t.Owner, t.LastOwner, t.Declined = u, u, nil
	})
	if err != nil {
		return err
	}
	name, err := a.publicName(d.site.ID, u)
	if err != nil {
		return err
	}
	if err := a.afterMove(d, kindJoined, name); err != nil {
		return err
	}
	return a.loadChanged(u)
}

// afterMove tells the customer of a ticket's new state, if there is anything to tell, and makes rooms and card follow.
func (a *act) afterMove(d *dossier, told string, args ...string) error {
	if d.ticket.Queue == "" {
		if err := a.withdrawTopics(d, false); err != nil {
			return err
		}
	}
	if told != "" {
		if _, err := a.say(d, told, args...); err != nil {
			return err
		}
		if err := a.tx.PutConversation(d.conversation); err != nil {
			return fmt.Errorf("put conversation %s: %w", d.conversation.ID, err)
		}
	}
	return a.shape(d)
}

// mayTake refuses those who are no operators of the ticket's queue, or could not answer it.
func (a *act) mayTake(d *dossier, u UserID) error {
	o, err := a.staff(u)
	if err != nil {
		return err
	}
	if o == nil {
		return Refuse(Denied, "command.not_staff")
	}
	if !slices.Contains(d.queue.Operators, u) {
		if may, err := a.can(o, ModTickets, true, subject{site: d.ticket.Site, queue: d.ticket.Queue}); err != nil {
			return err
		} else if may {
			return Refuse(Denied, "ticket.supervised", d.ticket.Number, d.queue.Name)
		}
		return Refuse(Denied, "ticket.not_your_queue", d.ticket.Number, d.queue.Name)
	}
	if may, err := a.mayAnswer(o, d.ticket.Site, d.queue.ID); err != nil || may {
		return err
	}
	return Refuse(Denied, "ticket.view_only", d.ticket.Number, d.queue.Name)
}

// decline takes a waiting ticket out of an operator's offers until it waits anew (Q6).
func (a *act) decline(d *dossier, u UserID) error {
	if err := a.mayTake(d, u); err != nil {
		return err
	}
	if d.ticket.State == Assigned && d.ticket.Owner == u {
		return Refuse(Conflict, "ticket.leave_to_return", d.ticket.Number)
	}
	if err := a.allowed(d.ticket, moveDecline); err != nil {
		return err
	}
	if slices.Contains(d.ticket.Declined, u) {
		return nil
	}
	if err := a.putDeclined(d, u, moveDecline, append(slices.Clone(d.ticket.Declined), u)); err != nil {
		return err
	}
	if err := a.renewOffer(d); err != nil {
		return err
	}
	if err := a.shape(d); err != nil {
		return err
	}
	return a.callSupervisors(d)
}

// undecline takes a decline back.
func (a *act) undecline(d *dossier, u UserID) error {
	at := slices.Index(d.ticket.Declined, u)
	if at < 0 || ticketSteps[d.ticket.State][moveUndecline].to == "" {
		return nil // too late, or never declined: there is nothing to take back
	}
	if err := a.putDeclined(d, u, moveUndecline, slices.Delete(slices.Clone(d.ticket.Declined), at, at+1)); err != nil {
		return err
	}
	if err := a.renewOffer(d); err != nil {
		return err
	}
	return a.shape(d)
}

// putDeclined keeps who has declined a ticket's wait, and records who has changed that.
func (a *act) putDeclined(d *dossier, u UserID, m move, declined []UserID) error {
	before := *d.ticket
	d.ticket.Declined = declined
	if err := a.tx.PutTicket(d.ticket); err != nil {
		return fmt.Errorf("put ticket %d: %w", d.ticket.Number, err)
	}
	return a.note(JournalEntry{Actor: string(u), Action: "ticket." + string(m), Ticket: d.ticket.ID, Changes: changes(before, d.ticket)})
}

// lobbyLine posts a line about a ticket into the thread of its card.
func (a *act) lobbyLine(d *dossier, text string, mentions []UserID) error {
	card, err := a.cardEvent(d.lobby(), d.ticket.ID)
	if err != nil {
		return err
	}
	a.emit(Post{
		ID: lineRow(d.ticket.ID, a.newID()), Room: d.lobby(), As: Bot, Notice: true, Text: text, Thread: Ref{Event: card}, Mentions: mentions,
	})
	return nil
}

// pressButton works a reaction on a card, or on a line about its ticket, since those ring. Those who were too late see on the card who has it; those
// who may not are told.
func (a *act) pressButton(in StaffReaction, target *Event) error {
	id, ok := pressedTicket(target.Row)
	if !ok {
		return nil
	}
	d, err := a.cardDossier(id)
	if err != nil || d == nil {
		return err
	}
	switch emoji(in.Key) {
	case buttonAccept:
		err = a.accept(d, in.Sender)
	case buttonDecline:
		err = a.decline(d, in.Sender)
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err
	}
	if refusal.Code == Denied {
		card, err := a.cardEvent(in.Room, id)
		if err != nil {
			return err
		}
		text := a.staffText(d.site, refusal.Key, refusal.Args...)
		a.line(Post{Room: in.Room, Text: text, Thread: Ref{Event: card}, Mentions: []UserID{in.Sender}})
	}
	return nil
}

// releaseButton works the taking back of such a reaction: without ❌ the decline is gone (Q6).
func (a *act) releaseButton(ev *Event) error {
	if emoji(ev.Key) != buttonDecline {
		return nil
	}
	target, err := a.event(ev.Room, ev.Relates)
	if err != nil || target == nil {
		return err
	}
	id, ok := pressedTicket(target.Row)
	if !ok {
		return nil
	}
	d, err := a.cardDossier(id)
	if err != nil || d == nil {
		return err
	}
	return a.undecline(d, ev.Sender)
}

func (a *act) cardDossier(id TicketID) (*dossier, error) {
	t, err := a.tx.Ticket(id)
	if ok, err := found(err); err != nil || !ok {
		return nil, err
	}
	return a.dossier(t, nil)
}

// armReminder sets the timer that announces a waiting ticket again, where the queue wants it.
func (a *act) armReminder(d *dossier, due time.Time) {
	if d.queue.RemindAfter > 0 {
		a.emit(Arm{ID: a.effectID(), Due: due, Name: timerRemind, Ticket: d.ticket.ID, Generation: d.ticket.Generation})
	}
}
