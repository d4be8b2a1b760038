package appservice

import (
	"context"
	"slices"

	"frontdesk/desk"
)

// pin adds an event to those pinned in a room, in the place of an earlier one of ours, and leaves what others have pinned.
func (s *Service) pin(ctx context.Context, room desk.Room, before, event desk.EventID) error {
	guard := s.door(room.Key)
	guard.Lock()
	defer guard.Unlock()
	var now struct {
		Pinned []desk.EventID `json:"pinned"`
	}
	err := s.state(ctx, room.ID, "m.room.pinned_events", "", &now)
	if err != nil && !hasCode(err, codeNotFound) {
		return err
	}
	if slices.Contains(now.Pinned, event) {
		return nil
	}
	pinned := slices.DeleteFunc(now.Pinned, func(e desk.EventID) bool { return e == before })
	return s.putState(ctx, room, stateEvent{
		Type: "m.room.pinned_events", Content: map[string]any{"pinned": append(pinned, event)},
	})
}
