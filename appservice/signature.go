package appservice

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// rowSigned begins the row of a membership event made in the name of a member of staff.
const rowSigned = "member."

// signedRow makes the row for a membership event in somebody's name: "member.<nonce>.<signature>". Members see each other's rows, so
// each counts for one room, one person, one membership, and for one event only.
func (s *Service) signedRow(room desk.RoomID, user desk.UserID, membership string) string {
	nonce := rand.Text()
	return rowSigned + nonce + "." + s.sign(room, user, membership, nonce)
}

func (s *Service) sign(room desk.RoomID, user desk.UserID, membership, nonce string) string {
	mac := hmac.New(sha256.New, []byte("frontdesk membership "+s.cfg.ASToken))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s", room, user, membership, nonce)
	return hex.EncodeToString(mac.Sum(nil))
}

// isSigned reports whether a membership event in the name of a member of staff was made by us. Its row is remembered with the event, so that
// nobody uses it a second time.
func (s *Service) isSigned(tx journal.Tx, e *matrixEvent, change desk.MemberChanged) (bool, error) {
	rest, ok := strings.CutPrefix(string(e.row), rowSigned)
	if !ok || e.Sender != change.User {
		return false, nil
	}
	nonce, signature, ok := strings.Cut(rest, ".")
	if !ok || !hmac.Equal([]byte(signature), []byte(s.sign(e.RoomID, change.User, change.Membership, nonce))) {
		return false, nil
	}
	known, err := tx.EventByRow(e.row)
	if err == nil {
		return known.ID == e.ID, nil
	}
	if !isNotFound(err) {
		return false, fmt.Errorf("look up row of event %s: %w", e.ID, err)
	}
	// A message may not stand in a member event's place; an anchor for read receipts is not needed.
	ev := &desk.Event{Room: change.Room, ID: e.ID, Row: e.row, Kind: desk.EventNotice, Sender: e.Sender}
	if err := tx.PutEvent(ev); err != nil {
		return false, fmt.Errorf("remember row of event %s: %w", e.ID, err)
	}
	return true, nil
}
