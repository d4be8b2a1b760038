package desktest

import (
	"cmp"
	"fmt"
	"slices"

	"frontdesk/desk"
)

func (t *Tx) EventByRowIn(room desk.RoomKey, row desk.EffectID) (*desk.Event, error) {
	for _, e := range slices.Backward(t.rows.Events) {
		if row != "" && e.Row == row && e.Room == room {
			return &e, nil
		}
	}
	return nil, fmt.Errorf("event of row %s in room %s: %w", row, room, desk.ErrNotFound)
}

func (t *Tx) ReactionsTo(room desk.RoomKey, id desk.EventID) ([]desk.Event, error) {
	var out []desk.Event
	for _, e := range t.rows.Events {
		if e.Room == room && e.Relates == id && e.Kind == desk.EventReaction {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b desk.Event) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (t *Tx) OpenTicketsOf(c desk.CustomerID) ([]desk.Ticket, error) {
	return list(t.rows.Tickets, func(k desk.Ticket) bool { return k.Customer == c && k.State != desk.Closed }, byNumber), nil
}

func (t *Tx) LastTicketIn(c desk.ConversationID, p desk.PortalID) (*desk.Ticket, error) {
	all := list(t.rows.Tickets, func(k desk.Ticket) bool { return k.Conversation == c && k.Portal == p }, byNumber)
	if len(all) == 0 {
		return nil, desk.ErrNotFound
	}
	return &all[len(all)-1], nil
}

func (t *Tx) CountTicketsOf(u desk.UserID) (int, error) {
	tickets, err := t.TicketsOf(u)
	return len(tickets), err
}

func blockKey(s desk.SiteID, c desk.CustomerID) string { return string(s) + " " + string(c) }

func (t *Tx) Block(s desk.SiteID, c desk.CustomerID) (*desk.Block, error) {
	return get(t.rows.Blocks, blockKey(s, c))
}

func (t *Tx) Blocks(s desk.SiteID) ([]desk.Block, error) {
	return list(t.rows.Blocks, func(b desk.Block) bool { return b.Site == s }, func(a, b desk.Block) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Customer, b.Customer))
	}), nil
}

func (t *Tx) PutBlock(b *desk.Block) error {
	t.rows.Blocks[blockKey(b.Site, b.Customer)] = clone(*b)
	return nil
}

func (t *Tx) DeleteBlock(s desk.SiteID, c desk.CustomerID) error {
	delete(t.rows.Blocks, blockKey(s, c))
	return nil
}

func questionKey(room desk.RoomKey, u desk.UserID) string { return string(room) + " " + string(u) }

func (t *Tx) Question(room desk.RoomKey, u desk.UserID) (*desk.Question, error) {
	return get(t.rows.Questions, questionKey(room, u))
}

func (t *Tx) PutQuestion(q *desk.Question) error {
	t.rows.Questions[questionKey(q.Room, q.User)] = clone(*q)
	return nil
}

func (t *Tx) DeleteQuestion(room desk.RoomKey, u desk.UserID) error {
	delete(t.rows.Questions, questionKey(room, u))
	return nil
}
