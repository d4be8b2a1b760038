package appservice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"frontdesk/desk"
)

// applyOther does what is wanted with a room that is none of ours: put into the staff space by hand, or one the bot was invited into.
func (s *Service) applyOther(ctx context.Context, space desk.Room, d desk.Desire, id desk.RoomID) error {
	var want desk.Other
	if err := readValue(d, &want); err != nil {
		return err
	}
	switch want.Want {
	case desk.OtherDrop:
		return s.putState(ctx, space, stateEvent{Type: "m.space.child", Key: string(id), Content: map[string]any{}})
	case desk.OtherLeave:
		return s.leave(ctx, id)
	case desk.OtherAdopt, desk.OtherMeet, desk.OtherLook:
		seen, err := s.lookInto(ctx, id)
		if err != nil {
			return err
		}
		seen.By = want.By
		if _, err := s.journal.Decide(ctx, *seen); err != nil {
			return fmt.Errorf("tell of room %s: %w", id, err)
		}
	}
	return nil
}

// leave has the bot leave a room; having left it before is success.
func (s *Service) leave(ctx context.Context, id desk.RoomID) error {
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return err
	}
	err = s.do(ctx, bot, "leave room "+string(id), request{method: http.MethodPost, path: []any{"v3", "rooms", id, "leave"}, body: map[string]any{}})
	if hasCode(err, codeForbidden) {
		return nil
	}
	return err
}

// foreignState is a state event of a room that is not ours.
type foreignState struct {
	Type    string          `json:"type"`
	Key     string          `json:"state_key"`
	Sender  desk.UserID     `json:"sender"`
	Content json.RawMessage `json:"content"`
}

// lookInto has the bot join a room and tells what is there. Being kept out is an answer, too.
func (s *Service) lookInto(ctx context.Context, id desk.RoomID) (*desk.RoomSeen, error) {
	seen := &desk.RoomSeen{Child: id}
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return nil, err
	}
	err = s.do(ctx, bot, "join room "+string(id), request{method: http.MethodPost, path: []any{"v3", "rooms", id, "join"}, body: map[string]any{}})
	if r := refused(err); r != nil && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests {
		return seen, nil
	} else if err != nil {
		return nil, err
	}
	seen.Joined = true
	var state []foreignState
	err = s.do(ctx, bot, "read state of room "+string(id), request{method: http.MethodGet, path: []any{"v3", "rooms", id, "state"}, out: &state})
	if err != nil {
		return nil, err
	}
	for _, e := range state {
		s.noteForeign(seen, e)
	}
	return seen, nil
}

// noteForeign takes one state event into what was seen. What a stranger has written there may be anything.
func (s *Service) noteForeign(seen *desk.RoomSeen, e foreignState) {
	var content struct {
		Name       string `json:"name"`
		Membership string `json:"membership"`
	}
	switch e.Type {
	case "m.room.create":
		seen.Creator = e.Sender
	case "m.room.name":
		if json.Unmarshal(e.Content, &content) == nil {
			seen.Name = words(content.Name)
		}
	case "m.room.power_levels":
		seen.Powerful = s.isPowerful(e.Content)
	case "m.room.member":
		if json.Unmarshal(e.Content, &content) == nil && (content.Membership == memberJoin || content.Membership == memberInvite) {
			seen.Members = append(seen.Members, desk.UserID(e.Key))
		}
	}
}

// isPowerful reports whether the bot may name a room, bring people in and remove them by these levels.
func (s *Service) isPowerful(raw json.RawMessage) bool {
	levels := struct {
		Users   map[desk.UserID]int `json:"users"`
		Default int                 `json:"users_default"`
		State   int                 `json:"state_default"`
		Invite  int                 `json:"invite"`
		Kick    int                 `json:"kick"`
		Events  map[string]int      `json:"events"`
	}{State: 50, Kick: 50}
	if json.Unmarshal(raw, &levels) != nil {
		return false
	}
	own, ok := levels.Users[s.cfg.Bot]
	if !ok {
		own = levels.Default
	}
	name, ok := levels.Events["m.room.name"]
	if !ok {
		name = levels.State
	}
	return own >= max(name, levels.Invite, levels.Kick)
}
