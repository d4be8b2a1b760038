package desk

import (
	"fmt"
)

// move is something that can happen to a ticket.
type move string

const (
	moveChoose  move = "chosen" // the customer has chosen a topic
	moveRoute   move = "routed" // nobody chose: the default queue
	moveAccept  move = "accepted"
	moveDecline move = "declined" // one operator does not want it; the state stays
	moveReturn  move = "returned" // back to the queue
	moveClose   move = "closed"
)

// step is the outcome of a move: the next state, or the refusal with its key in the catalogue.
type step struct {
	to      TicketState
	refusal string
}

// ticketSteps is the state machine: every state with every move.
var ticketSteps = map[TicketState]map[move]step{
	Choosing: {
		moveChoose:  {to: Waiting},
		moveRoute:   {to: Waiting},
		moveAccept:  {refusal: "ticket.choosing"},
		moveDecline: {refusal: "ticket.choosing"},
		moveReturn:  {refusal: "ticket.choosing"},
		moveClose:   {to: Closed},
	},
	Waiting: {
		moveChoose:  {refusal: "topic.late"},
		moveRoute:   {refusal: "topic.late"},
		moveAccept:  {to: Assigned},
		moveDecline: {to: Waiting},
		moveReturn:  {refusal: "ticket.waits_already"},
		moveClose:   {to: Closed},
	},
	Assigned: {
		moveChoose:  {refusal: "topic.late"},
		moveRoute:   {refusal: "topic.late"},
		moveAccept:  {refusal: "ticket.taken"},
		moveDecline: {refusal: "ticket.taken"},
		moveReturn:  {to: Waiting},
		moveClose:   {to: Closed},
	},
	Closed: {
		moveChoose:  {refusal: "topic.late"},
		moveRoute:   {refusal: "topic.late"},
		moveAccept:  {refusal: "ticket.closed_already"},
		moveDecline: {refusal: "ticket.closed_already"},
		moveReturn:  {refusal: "ticket.closed_already"},
		moveClose:   {refusal: "ticket.closed_already"},
	},
}

// allowed answers the refusal of a move, or nil. The arguments of its text are the ticket's number and who has it.
func (a *act) allowed(t *Ticket, m move) error {
	s := ticketSteps[t.State][m]
	if s.to != "" {
		return nil
	}
	if s.refusal == "" {
		return fmt.Errorf("ticket %s: no step from %q by %s", t.ID, t.State, m)
	}
	owner, err := a.staffName(t.Owner)
	if err != nil {
		return err
	}
	return Refuse(Conflict, s.refusal, t.Number, owner)
}

// transit moves a ticket to its next state. change sets the fields that go with it. Losing against somebody faster is the refusal
// of what the ticket has become.
func (a *act) transit(t *Ticket, m move, actor, comment string, change func(*Ticket)) error {
	if err := a.allowed(t, m); err != nil {
		return err
	}
	next := *t
	next.State = ticketSteps[t.State][m].to
	next.Generation++
	next.Since = a.now
	change(&next)
	won, err := a.tx.ClaimTicket(&next, t.State)
	if err != nil {
		return fmt.Errorf("claim ticket %d: %w", t.Number, err)
	}
	if !won {
		return a.lost(t.ID, m)
	}
	entry := JournalEntry{
		Actor: actor, Action: "ticket." + string(m), Ticket: t.ID, From: string(t.State), To: string(next.State), Comment: comment,
		Changes: changes(t, &next),
	}
	if err := a.note(entry); err != nil {
		return fmt.Errorf("record %s of ticket %d: %w", m, t.Number, err)
	}
	*t = next
	return nil
}

// lost tells what a ticket has become that somebody else moved first.
func (a *act) lost(id TicketID, m move) error {
	now, err := a.tx.Ticket(id)
	if err != nil {
		return fmt.Errorf("read lost ticket %s: %w", id, err)
	}
	if err := a.allowed(now, m); err != nil {
		return err
	}
	return Refuse(Conflict, "ticket.changed", now.Number)
}
