package store

import "frontdesk/desk"

const (
	putPrivateLine   = `INSERT INTO private_line (room, hash) VALUES ($1, $2) ON CONFLICT (room, hash) DO NOTHING`
	countPrivateLine = `SELECT COUNT(*) FROM private_line WHERE room=$1 AND hash=$2`
)

var _ desk.PrivacyTx = (*tx)(nil)

func (t *tx) PutPrivateLines(room desk.RoomKey, hashes []string) error {
	for _, hash := range hashes {
		if _, err := t.exec(putPrivateLine, room, hash); err != nil {
			return wrap(err, "put private line of room", room)
		}
	}
	return nil
}

func (t *tx) IsPrivateLine(room desk.RoomKey, hash string) (bool, error) {
	counts, err := all(t, func(r row, n *int) error { return r.Scan(n) }, countPrivateLine, room, hash)
	return len(counts) > 0 && counts[0] > 0, wrap(err, "look up private line of room", room)
}
