package appservice

import (
	"encoding/json"

	"frontdesk/desk"
)

// invitedBot reads an invitation of the bot into a room that is not ours: a direct chat, or a room made by hand. Whose invitations count is for
// the desk to say.
func (s *Service) invitedBot(e *matrixEvent) []desk.Input {
	if !s.invitesBot(e.eventHead) || s.cfg.isOurs(e.Sender) {
		return nil
	}
	var content struct {
		Membership string `json:"membership"`
	}
	if json.Unmarshal(e.Content, &content) != nil || content.Membership != memberInvite {
		return nil
	}
	return []desk.Input{desk.BotInvited{Event: e.ID, Child: e.RoomID, By: e.Sender}}
}
