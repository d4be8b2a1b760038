package appservice

import (
	"encoding/json"
	"fmt"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// direct takes an invitation of the bot into a room that is not ours: a member of staff opens a direct chat, the newest of which counts, or
// lets it into a room made by hand. Others' invitations are left alone.
func (s *Service) direct(tx journal.Tx, e *matrixEvent) error {
	if !s.invitesBot(e.eventHead) || s.cfg.isOurs(e.Sender) {
		return nil
	}
	var content struct {
		Membership string `json:"membership"`
	}
	if json.Unmarshal(e.Content, &content) != nil || content.Membership != "invite" {
		return nil
	}
	operator, err := tx.Operator(e.Sender)
	if isNotFound(err) || (err == nil && operator.Removed) {
		return nil
	} else if err != nil {
		return fmt.Errorf("look up operator %s: %w", e.Sender, err)
	}
	if other, err := s.invitedToOther(tx, e.RoomID); other || err != nil {
		return err
	}
	key := desk.DirectRoom(e.Sender)
	if err := tx.PutRoom(&desk.Room{Key: key, ID: e.RoomID}); err != nil {
		return fmt.Errorf("put direct chat of %s: %w", e.Sender, err)
	}
	// Joining is desired, not done here: it may have to wait for the homeserver.
	value, err := json.Marshal(desk.Member{Want: "join", By: desk.Bot})
	if err != nil {
		return err
	}
	thing := desk.ThingMember + string(s.cfg.Bot)
	if err := tx.AppendEffects([]desk.Effect{desk.Desire{Room: key, Thing: thing, Value: value}}); err != nil {
		return fmt.Errorf("desire to join direct chat of %s: %w", e.Sender, err)
	}
	return breakThing(tx, key, thing)
}
