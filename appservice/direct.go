package appservice

import (
	"encoding/json"

	"frontdesk/desk"
)

// invitedBot reads an invitation of the bot into a room that is not ours: a direct chat, or a room made by hand. Whose invitations count is for
// the desk to say. One that a sync has shown has no id, and is known by that of its input.
func (s *Service) invitedBot(input string, e *matrixEvent) []desk.Input {
	if !s.invitesBot(e.eventHead) || s.cfg.isOurs(e.Sender) {
		return nil
	}
	var content struct {
		Membership string `json:"membership"`
	}
	if json.Unmarshal(e.Content, &content) != nil || content.Membership != memberInvite {
		return nil
	}
	event := e.ID
	if event == "" {
		event = desk.EventID(input)
	}
	return []desk.Input{desk.BotInvited{Event: event, Child: e.RoomID, By: e.Sender}}
}
