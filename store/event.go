package store

import "frontdesk/desk"

const (
	eventColumns    = `SELECT room, id, row_id, kind, message, part, sender, relates, key FROM event`
	getEvent        = eventColumns + ` WHERE room=$1 AND id=$2`
	getEventByRow   = eventColumns + ` WHERE row_id=$1 AND row_id <> '' ORDER BY put DESC LIMIT 1`
	getEventByRowIn = eventColumns + ` WHERE row_id=$1 AND row_id <> '' AND room=$2 ORDER BY put DESC LIMIT 1`
	getReactionsTo  = eventColumns + ` WHERE room=$1 AND relates=$2 AND kind='reaction' ORDER BY id`
	getEventsOf     = eventColumns + ` WHERE message=$1 AND kind='message' ORDER BY part`
	putEvent        = `
		INSERT INTO event (room, id, row_id, put, kind, message, part, sender, relates, key)
		VALUES ($1, $2, $3, (SELECT COALESCE(MAX(put), 0) + 1 FROM event WHERE row_id=$3 AND row_id <> ''), $4, $5, $6, $7, $8, $9)
		ON CONFLICT (room, id) DO UPDATE SET row_id=excluded.row_id, put=excluded.put, kind=excluded.kind,
			message=excluded.message, part=excluded.part, sender=excluded.sender, relates=excluded.relates, key=excluded.key`
)

func scanEvent(r row, e *desk.Event) error {
	return r.Scan(&e.Room, &e.ID, &e.Row, &e.Kind, &e.Message, &e.Part, &e.Sender, &e.Relates, &e.Key)
}

func (t *tx) Event(room desk.RoomKey, id desk.EventID) (*desk.Event, error) {
	e, err := one(t, scanEvent, getEvent, room, id)
	return e, wrap(err, "get event", id)
}

func (t *tx) EventByRow(id desk.EffectID) (*desk.Event, error) {
	e, err := one(t, scanEvent, getEventByRow, id)
	return e, wrap(err, "get event of row", id)
}

func (t *tx) EventByRowIn(room desk.RoomKey, id desk.EffectID) (*desk.Event, error) {
	e, err := one(t, scanEvent, getEventByRowIn, id, room)
	return e, wrap(err, "get event of row in room", room)
}

func (t *tx) ReactionsTo(room desk.RoomKey, id desk.EventID) ([]desk.Event, error) {
	events, err := all(t, scanEvent, getReactionsTo, room, id)
	return events, wrap(err, "list reactions to", id)
}

func (t *tx) EventsOf(id desk.MessageID) ([]desk.Event, error) {
	events, err := all(t, scanEvent, getEventsOf, id)
	return events, wrap(err, "list events of message", id)
}

func (t *tx) PutEvent(e *desk.Event) error {
	_, err := t.exec(putEvent, e.Room, e.ID, e.Row, e.Kind, e.Message, e.Part, e.Sender, e.Relates, e.Key)
	return wrap(err, "put event", e.ID)
}
