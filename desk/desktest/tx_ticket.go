package desktest

import (
	"cmp"
	"fmt"
	"slices"

	"frontdesk/desk"
)

func (t *Tx) Ticket(id desk.TicketID) (*desk.Ticket, error) { return get(t.rows.Tickets, id) }

func (t *Tx) TicketByNumber(n int64) (*desk.Ticket, error) {
	return find(t.rows.Tickets, func(k desk.Ticket) bool { return k.Number == n })
}

func (t *Tx) PutTicket(k *desk.Ticket) error { t.rows.Tickets[k.ID] = clone(*k); return nil }

func (t *Tx) ClaimTicket(k *desk.Ticket, from desk.TicketState) (bool, error) {
	stored, ok := t.rows.Tickets[k.ID]
	if !ok || stored.State != from || stored.Generation != k.Generation-1 {
		return false, nil
	}
	return true, t.PutTicket(k)
}

func (t *Tx) NextTicketNumber() (int64, error) { t.rows.LastTicket++; return t.rows.LastTicket, nil }

func byNumber(a, b desk.Ticket) int { return cmp.Compare(a.Number, b.Number) }

func (t *Tx) TicketsIn(q desk.QueueID, s desk.TicketState) ([]desk.Ticket, error) {
	return list(t.rows.Tickets, func(k desk.Ticket) bool { return k.Queue == q && k.State == s }, byNumber), nil
}

func (t *Tx) TicketsOf(u desk.UserID) ([]desk.Ticket, error) {
	return list(t.rows.Tickets, func(k desk.Ticket) bool { return k.Owner == u && k.State == desk.Assigned }, byNumber), nil
}

func (t *Tx) Message(id desk.MessageID) (*desk.Message, error) { return get(t.rows.Messages, id) }

func (t *Tx) MessageByClientID(c desk.ConversationID, cid string) (*desk.Message, error) {
	return find(t.rows.Messages, func(m desk.Message) bool { return m.Conversation == c && m.ClientID == cid })
}

func (t *Tx) PutMessage(m *desk.Message) error { t.rows.Messages[m.ID] = clone(*m); return nil }

func (t *Tx) MessagesAfter(c desk.ConversationID, rev int64, limit int) ([]desk.Message, error) {
	out := list(t.rows.Messages, func(m desk.Message) bool { return m.Conversation == c && m.Rev > rev },
		func(a, b desk.Message) int { return cmp.Compare(a.Rev, b.Rev) })
	return out[:min(limit, len(out))], nil
}

func (t *Tx) MessagesBefore(c desk.ConversationID, seq int64, limit int) ([]desk.Message, error) {
	out := list(t.rows.Messages, func(m desk.Message) bool { return m.Conversation == c && (seq == 0 || m.Seq < seq) },
		func(a, b desk.Message) int { return cmp.Compare(a.Seq, b.Seq) })
	return out[max(0, len(out)-limit):], nil
}

func (t *Tx) LastMessage(c desk.ConversationID, seq int64, authors ...desk.Author) (*desk.Message, error) {
	out := list(t.rows.Messages, func(m desk.Message) bool {
		return m.Conversation == c && m.Seq <= seq && (len(authors) == 0 || slices.Contains(authors, m.Author))
	}, func(a, b desk.Message) int { return cmp.Compare(a.Seq, b.Seq) })
	if len(out) == 0 {
		return nil, fmt.Errorf("last message of %s: %w", c, desk.ErrNotFound)
	}
	return &out[len(out)-1], nil
}

func (t *Tx) File(id desk.FileID) (*desk.File, error) { return get(t.rows.Files, id) }

func (t *Tx) FileByClientID(c desk.ConversationID, cid string) (*desk.File, error) {
	return find(t.rows.Files, func(f desk.File) bool { return f.Conversation == c && f.ClientID == cid })
}

func (t *Tx) PutFile(f *desk.File) error { t.rows.Files[desk.FileID(f.ID)] = clone(*f); return nil }

func (t *Tx) Room(key desk.RoomKey) (*desk.Room, error) { return get(t.rows.Rooms, key) }

func (t *Tx) RoomByID(id desk.RoomID) (*desk.Room, error) {
	return find(t.rows.Rooms, func(r desk.Room) bool { return id != "" && r.ID == id })
}

func (t *Tx) PutRoom(r *desk.Room) error { t.rows.Rooms[r.Key] = clone(*r); return nil }

func (t *Tx) Event(room desk.RoomKey, id desk.EventID) (*desk.Event, error) {
	return t.findEvent(func(e desk.Event) bool { return e.Room == room && e.ID == id })
}

func (t *Tx) EventByRow(row desk.EffectID) (*desk.Event, error) {
	return t.findEvent(func(e desk.Event) bool { return row != "" && e.Row == row })
}

func (t *Tx) findEvent(is func(desk.Event) bool) (*desk.Event, error) {
	for _, e := range slices.Backward(t.rows.Events) {
		if is(e) {
			return &e, nil
		}
	}
	return nil, fmt.Errorf("event: %w", desk.ErrNotFound)
}

func (t *Tx) EventsOf(m desk.MessageID) ([]desk.Event, error) {
	var out []desk.Event
	for _, e := range t.rows.Events {
		if e.Message == m && e.Kind == desk.EventMessage {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b desk.Event) int { return a.Part - b.Part })
	return out, nil
}

func (t *Tx) PutEvent(e *desk.Event) error {
	t.rows.Events = slices.DeleteFunc(t.rows.Events, func(o desk.Event) bool { return o.Room == e.Room && o.ID == e.ID })
	t.rows.Events = append(t.rows.Events, *e)
	return nil
}
