package appservice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// ownLevels are, by kind of room, the events that take another level there than state does elsewhere.
func ownLevels() map[string]map[string]int {
	return map[string]map[string]int{
		// Who answers may rename the room; the rules put others' names back.
		desk.KindPortal: {"m.room.name": 0},
		// Any member's business.
		desk.KindRoom: {"m.room.name": 0, "m.room.topic": 0, "m.room.avatar": 0, "m.room.pinned_events": 0},
		// What is put there by hand is reported.
		desk.KindStaff: {"m.space.child": 0},
	}
}

// powerLevels says who may do what. In room versions from 12 on the bot as creator is above all levels and must not be listed.
func (s *Service) powerLevels(room desk.RoomKey, version string, levels map[desk.UserID]int) map[string]any {
	users := map[desk.UserID]int{}
	for u, level := range levels {
		users[u] = level
	}
	if !creatorsRule(version) {
		users[s.cfg.Bot] = 100
	}
	talk := 0
	if room.Space() {
		talk = 100
	}
	events := map[string]int{matrixrtc.TypeMembership: 0}
	kind, _ := room.Split()
	for own, level := range s.levels[kind] {
		events[own] = level
	}
	return map[string]any{
		"users": users, "users_default": 0, "events_default": talk, "state_default": 100,
		// Anybody may invite: a puppet has to bring the bot back; the rules send away who was not meant.
		"invite": 0, "kick": 50, "ban": 50, "redact": 50,
		"events":        events,
		"notifications": map[string]int{"room": 50},
	}
}

// accessMemo is what is remembered of a room's join rule: the rule, and what else decides about access and is looked after together with it. That
// has no desire of its own, since it follows from the kind of the room and from this version of the program.
type accessMemo struct {
	Rule   json.RawMessage `json:"rule"`
	Access string          `json:"access"` // mark of levels, history and guests
}

func (s *Service) accessMemo(room desk.Room, rule json.RawMessage) (json.RawMessage, error) {
	mark, err := s.accessMark(room)
	if err != nil {
		return nil, err
	}
	return json.Marshal(accessMemo{Rule: rule, Access: mark})
}

// accessMark tells what a room like this is to be in besides its join rule: of two marks that differ one is out of date.
func (s *Service) accessMark(room desk.Room) (string, error) {
	all, err := json.Marshal([]any{s.powerLevels(room.Key, room.Version, nil), s.fixedState(room.Key)})
	if err != nil {
		return "", fmt.Errorf("mark access to room %s: %w", room.Key, err)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:8]), nil
}

// readAccessMemo reads a memo. One of a version before there were marks is the rule alone.
func readAccessMemo(memo json.RawMessage) accessMemo {
	var m accessMemo
	if json.Unmarshal(memo, &m) != nil || m.Rule == nil {
		return accessMemo{Rule: memo}
	}
	return m
}

// renewAccess has the rooms looked after in which an earlier version of the program left other levels than this one wants. The wish is stored
// before anything is done.
func (s *Service) renewAccess(ctx context.Context) {
	stale, err := s.staleRooms(ctx)
	if err == nil && len(stale) > 0 {
		err = s.journal.Write(ctx, func(tx journal.Tx) error {
			for _, room := range stale {
				if err := breakThing(tx, room, desk.ThingJoin); err != nil {
					return err
				}
			}
			return nil
		})
	}
	switch {
	case err == nil && len(stale) > 0:
		s.log.Info().Int("rooms", len(stale)).Msg("Bringing rooms to the power levels of this version")
	case err != nil && ctx.Err() == nil:
		s.log.Err(err).Msg("Looking for rooms with old power levels failed")
	}
}

// staleRooms lists the rooms whose access was last looked after by what is out of date. A direct chat that somebody else made, which has no version,
// is theirs: the bot may lack the power there.
func (s *Service) staleRooms(ctx context.Context) ([]desk.RoomKey, error) {
	var known []journal.Remembered
	err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
		known, err = tx.Remembered(desk.ThingJoin)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list join rules: %w", err)
	}
	var out []desk.RoomKey
	for _, k := range known {
		mark, err := s.accessMark(k.Room)
		if err != nil {
			return nil, err
		}
		if k.Room.Version != "" && readAccessMemo(k.Memo).Access != mark {
			out = append(out, k.Room.Key)
		}
	}
	return out, nil
}
