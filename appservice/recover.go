package appservice

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// createContent is what we read of a room's create event.
type createContent struct {
	Room    desk.RoomKey  `json:"frontdesk.room"`
	Row     desk.EffectID `json:"frontdesk.row"`
	Version string        `json:"room_version"`
}

// madeBefore looks for the room of an earlier attempt: of this process by memory, of an earlier one among the bot's rooms that the
// database does not know.
func (s *Service) madeBefore(ctx context.Context, e desk.CreateRoom, a journal.Attempt) (desk.Room, bool, error) {
	if room, ok := s.created.get(e.ID); ok {
		return room, true, nil
	}
	if a.N <= 1 && a.First.IsZero() {
		return desk.Room{}, false, nil
	}
	var joined struct {
		Rooms []desk.RoomID `json:"joined_rooms"`
	}
	err := s.do(ctx, s.bot, "list rooms of the bot", request{method: http.MethodGet, path: []any{"v3", "joined_rooms"}, out: &joined})
	if err != nil {
		return desk.Room{}, false, err
	}
	for _, room := range joined.Rooms {
		key, err := s.keyOf(ctx, room)
		if err != nil {
			return desk.Room{}, false, err
		}
		if key != "" {
			continue
		}
		var create createContent
		if err := s.state(ctx, room, "m.room.create", "", &create); err != nil {
			return desk.Room{}, false, err
		}
		if create.Row == e.ID {
			return desk.Room{Key: e.Room, ID: room, Version: create.Version}, true, nil
		}
	}
	return desk.Room{}, false, nil
}

// completeRoom brings a room that was made before to what is desired: it may have been left half made. Memberships of the staff and children
// are not part of making a room.
func (s *Service) completeRoom(ctx context.Context, room desk.Room, p *plan, desired []desk.Desire) (journal.Delivered, error) {
	if err := s.mendLevels(ctx, room, p.levels); err != nil {
		return journal.Delivered{}, err
	}
	for _, event := range s.fixedState(room.Key) {
		if err := s.putState(ctx, room, event); err != nil {
			return journal.Delivered{}, err
		}
	}
	if p.customer != "" {
		if err := s.bringBack(ctx, room, desk.Puppet(p.customer)); err != nil {
			return journal.Delivered{}, err
		}
	}
	out := journal.Delivered{Room: &room, Applied: p.applied}
	for _, d := range desired {
		if _, part := p.applied[d.Thing]; !part || d.Thing == desk.ThingProfile {
			continue
		}
		if _, err := s.apply(ctx, room, d, nil); errors.Is(err, journal.ErrNotYet) {
			delete(out.Applied, d.Thing)
		} else if err != nil {
			return journal.Delivered{}, fmt.Errorf("complete room %s: %w", room.Key, err)
		}
	}
	return out, nil
}
