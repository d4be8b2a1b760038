package store

import "frontdesk/desk"

const putRecord = `
	INSERT INTO journal (at, actor, action, ticket, from_state, to_state, comment) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (t *tx) Record(e desk.JournalEntry) error {
	_, err := t.exec(putRecord, nanos(e.At), e.Actor, e.Action, e.Ticket, e.From, e.To, e.Comment)
	return wrap(err, "record", e.Action)
}
