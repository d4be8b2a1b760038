package desk

import (
	"fmt"
	"time"
)

// move is something that can happen to a ticket.
type move string

const (
	moveChoose    move = "chosen" // the customer named a queue
	moveRoute     move = "routed" // the time for that is over: the default queue
	moveAccept    move = "accepted"
	moveDecline   move = "declined"    // one operator does not want it; the state stays
	moveUndecline move = "undeclined"  // and takes that back
	moveReturn    move = "returned"    // back to the queue
	moveQueue     move = "queued"      // into another queue of the site
	moveHand      move = "transferred" // to another operator
	moveTake      move = "taken"       // by a supervisor, from whoever has it or from the queue
	moveClose     move = "closed"
	moveBlock     move = "blocked" // the customer is kept out; a closed ticket stays as it is
)

// step is the outcome of a move: the next state, or the refusal with its key in the catalogue.
type step struct {
	to      TicketState
	refusal string
}

// ticketSteps is the state machine: every state with every move.
var ticketSteps = map[TicketState]map[move]step{
	Choosing: {
		moveChoose:    {to: Waiting},
		moveRoute:     {to: Waiting},
		moveAccept:    {refusal: "ticket.choosing"},
		moveDecline:   {refusal: "ticket.choosing"},
		moveUndecline: {refusal: "ticket.choosing"},
		moveReturn:    {refusal: "ticket.choosing"},
		moveQueue:     {refusal: "ticket.choosing"},
		moveHand:      {refusal: "ticket.choosing"},
		moveTake:      {refusal: "ticket.choosing"},
		moveClose:     {to: Closed},
		moveBlock:     {to: Closed},
	},
	Waiting: {
		moveChoose:    {refusal: "topic.late"},
		moveRoute:     {refusal: "topic.late"},
		moveAccept:    {to: Assigned},
		moveDecline:   {to: Waiting},
		moveUndecline: {to: Waiting},
		moveReturn:    {refusal: "ticket.waits_already"},
		moveQueue:     {to: Waiting},
		moveHand:      {to: Assigned},
		moveTake:      {to: Assigned},
		moveClose:     {to: Closed},
		moveBlock:     {to: Closed},
	},
	Assigned: {
		moveChoose:    {refusal: "topic.late"},
		moveRoute:     {refusal: "topic.late"},
		moveAccept:    {refusal: "ticket.taken"},
		moveDecline:   {refusal: "ticket.taken"},
		moveUndecline: {refusal: "ticket.taken"},
		moveReturn:    {to: Waiting},
		moveQueue:     {to: Waiting},
		moveHand:      {to: Assigned},
		moveTake:      {to: Assigned},
		moveClose:     {to: Closed},
		moveBlock:     {to: Closed},
	},
	Closed: {
		moveChoose:    {refusal: "topic.late"},
		moveRoute:     {refusal: "topic.late"},
		moveAccept:    {refusal: "ticket.closed_already"},
		moveDecline:   {refusal: "ticket.closed_already"},
		moveUndecline: {refusal: "ticket.closed_already"},
		moveReturn:    {refusal: "ticket.closed_already"},
		moveQueue:     {refusal: "ticket.closed_already"},
		moveHand:      {refusal: "ticket.closed_already"},
		moveTake:      {refusal: "ticket.closed_already"},
		moveClose:     {refusal: "ticket.closed_already"},
		moveBlock:     {to: Closed},
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
	next.Since, next.Snoozed = a.now, time.Time{}
	next.Comment, next.Offer = "", Offer{}
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
	a.movedOn = append(a.movedOn, next.Conversation)
	if next.State == Closed {
		a.closed = append(a.closed, next.Site)
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
