package desktest

import "frontdesk/desk"

func (t *Tx) PutPrivateLines(room desk.RoomKey, hashes []string) error {
	for _, hash := range hashes {
		t.rows.PrivateLines[string(room)+" "+hash] = true
	}
	return nil
}

func (t *Tx) IsPrivateLine(room desk.RoomKey, hash string) (bool, error) {
	return t.rows.PrivateLines[string(room)+" "+hash], nil
}
