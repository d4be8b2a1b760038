package appservice

import (
	"context"
	"fmt"
	"net/http"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// retireRoom empties a room that was replaced: it is marked with its successor, taken out of its parent, everybody is made to leave, and the
// bot goes last, so that a retirement that was cut short is found and finished.
func (s *Service) retireRoom(ctx context.Context, e desk.RetireRoom) error {
	successor, err := s.room(ctx, e.Room)
	if err != nil {
		return err
	}
	if successor.ID == e.Old {
		return fmt.Errorf("room %s has no successor: %w", e.Old, journal.ErrNotYet) // making it was given up
	}
	if e.Parent != "" {
		parent, err := s.room(ctx, e.Parent)
		if err != nil {
			return err
		}
		if err := s.putState(ctx, parent, stateEvent{Type: "m.space.child", Key: string(e.Old), Content: map[string]any{}}); err != nil {
			return err
		}
	}
	now, err := s.membership(ctx, e.Old, s.cfg.Bot)
	if hasCode(err, codeForbidden) || err == nil && now != memberJoin {
		return nil // done before
	} else if err != nil {
		return err
	}
	old := desk.Room{Key: e.Room, ID: e.Old}
	tombstone := map[string]any{"body": e.Reason, "replacement_room": successor.ID}
	if err := s.putState(ctx, old, stateEvent{Type: "m.room.tombstone", Content: tombstone}); err != nil {
		return err
	}
	people, err := s.people(ctx, e.Old)
	if err != nil {
		return err
	}
	for _, user := range people {
		if err := s.remove(ctx, old, user, desk.Member{Reason: e.Reason}); err != nil {
			return err
		}
	}
	return s.leave(ctx, e.Old)
}

// people lists who is in a room or invited to it, besides the bot.
func (s *Service) people(ctx context.Context, room desk.RoomID) ([]desk.UserID, error) {
	var members struct {
		Chunk []struct {
			User    desk.UserID `json:"state_key"`
			Content struct {
				Membership string `json:"membership"`
			} `json:"content"`
		} `json:"chunk"`
	}
	err := s.do(ctx, s.bot, "list members of room "+string(room), request{
		method: http.MethodGet, path: []any{"v3", "rooms", room, "members"}, query: map[string]string{"not_membership": memberLeave},
		out: &members,
	})
	if err != nil {
		return nil, err
	}
	var out []desk.UserID
	for _, m := range members.Chunk {
		if m.User != s.cfg.Bot && m.Content.Membership != memberBan {
			out = append(out, m.User)
		}
	}
	return out, nil
}
