package appservice

import (
	"context"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// translateCall reads who of the staff is in a call, and who rings.
func translateCall(room desk.RoomKey, e *matrixEvent) []desk.Input {
	of := matrixrtc.Event{
		ID: e.ID, Type: e.Type, Sender: e.Sender, StateKey: e.StateKey, Content: e.Content, At: e.at(), Sticky: matrixrtc.ReadSticky(e.Sticky),
	}
	if e.Type == matrixrtc.TypeNotification {
		if in, ok := matrixrtc.ReadNotification(room, of); ok {
			return []desk.Input{in}
		}
		return nil
	}
	if in, ok := matrixrtc.ReadMembership(room, of); ok {
		return []desk.Input{in}
	}
	return nil
}

// declineCall answers the ringing of somebody's client with no, in the customer's name.
func (s *Service) declineCall(ctx context.Context, e desk.DeclineCall, a journal.Attempt) (journal.Delivered, error) {
	room, err := s.room(ctx, e.Room)
	if err != nil {
		return journal.Delivered{}, err
	}
	event, err := s.send(ctx, message{
		room: room, as: e.As, row: e.ID, txn: string(e.ID), kind: matrixrtc.TypeDecline, attempt: a, content: matrixrtc.Decline(e.Notification),
	})
	return journal.Delivered{Event: event}, err
}

// clearCall takes a membership out of a session, as the bot. One that nobody but its owner can take expires.
func (s *Service) clearCall(ctx context.Context, e desk.ClearCall) error {
	if !matrixrtc.Clearable(e.User, e.Key) {
		return nil
	}
	room, err := s.room(ctx, e.Room)
	if err != nil {
		return err
	}
	return s.putState(ctx, room, stateEvent{Type: matrixrtc.TypeMembership, Key: e.Key, Content: map[string]any{}})
}
