package store

import "frontdesk/desk"

const (
	getRoom   = `SELECT key, id, version FROM room WHERE key=$1`
	getRoomID = `SELECT key, id, version FROM room WHERE id=$1 AND id <> ''`
	putRoom   = `
		INSERT INTO room (key, id, version) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET id=excluded.id, version=excluded.version`
)

func scanRoom(r row, m *desk.Room) error { return r.Scan(&m.Key, &m.ID, &m.Version) }

func (t *tx) Room(key desk.RoomKey) (*desk.Room, error) {
	m, err := one(t, scanRoom, getRoom, key)
	return m, wrap(err, "get room", key)
}

func (t *tx) RoomByID(id desk.RoomID) (*desk.Room, error) {
	m, err := one(t, scanRoom, getRoomID, id)
	return m, wrap(err, "get room by id", id)
}

func (t *tx) PutRoom(m *desk.Room) error {
	_, err := t.exec(putRoom, m.Key, m.ID, m.Version)
	return wrap(err, "put room", m.Key)
}
