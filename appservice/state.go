package appservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// stateOf makes the state event of a desired name, topic, avatar or bridge.
func (s *Service) stateOf(ctx context.Context, d desk.Desire) (stateEvent, error) {
	if d.Thing == desk.ThingBridge {
		var b desk.Bridge
		if err := readValue(d, &b); err != nil {
			return stateEvent{}, err
		}
		return s.bridgeState(b), nil
	}
	var text string
	if err := readValue(d, &text); err != nil {
		return stateEvent{}, err
	}
	switch d.Thing {
	case desk.ThingName:
		return stateEvent{Type: "m.room.name", Content: map[string]any{"name": text}}, nil
	case desk.ThingTopic:
		return stateEvent{Type: "m.room.topic", Content: map[string]any{"topic": text}}, nil
	case desk.ThingAvatar:
		mxc, err := s.avatar(ctx, text)
		if err != nil {
			return stateEvent{}, err
		}
		content := map[string]any{}
		if mxc != "" {
			content["url"] = mxc
		}
		return stateEvent{Type: "m.room.avatar", Content: content}, nil
	}
	return stateEvent{}, journal.Permanent(fmt.Errorf("%s is no state of a room", d.Thing))
}

// bridgeState says where the conversation comes from (MSC2346).
func (s *Service) bridgeState(b desk.Bridge) stateEvent {
	return stateEvent{Type: "m.bridge", Key: "frontdesk", Content: map[string]any{
		"bridgebot": s.cfg.Bot,
		"protocol":  map[string]any{"id": b.Channel, "displayname": b.ChannelName},
		"network":   map[string]any{"id": b.Site, "displayname": b.SiteName},
		"channel":   map[string]any{"id": b.Customer},
	}}
}

// readValue decodes what is desired.
func readValue(d desk.Desire, into any) error {
	if err := json.Unmarshal(d.Value, into); err != nil {
		return journal.Permanent(fmt.Errorf("read %s of room %s: %w", d.Thing, d.Room, err))
	}
	return nil
}

type joinContent struct {
	Rule  string      `json:"join_rule"`
	Allow []allowRule `json:"allow,omitempty"`
}

type allowRule struct {
	Type string      `json:"type"`
	Room desk.RoomID `json:"room_id"`
}

// joinRules makes the content of m.room.join_rules, or journal.ErrNotYet while a room that it names does not exist.
func joinRules(value json.RawMessage, allowed map[desk.RoomKey]desk.RoomID) (joinContent, error) {
	var want desk.JoinRule
	if err := json.Unmarshal(value, &want); err != nil {
		return joinContent{}, journal.Permanent(fmt.Errorf("read join rule: %w", err))
	}
	if !want.Restricted {
		return joinContent{Rule: "invite"}, nil
	}
	out := joinContent{Rule: "restricted"}
	for _, key := range want.Allow {
		room := allowed[key]
		if room == "" {
			return joinContent{}, fmt.Errorf("join rule names room %s: %w", key, journal.ErrNotYet)
		}
		out.Allow = append(out.Allow, allowRule{Type: "m.room_membership", Room: room})
	}
	return out, nil
}

// lookUpAllowed finds the rooms that join rules among the desires name, as far as they exist.
func lookUpAllowed(tx journal.Tx, desired []desk.Desire, into map[desk.RoomKey]desk.RoomID) error {
	for _, d := range desired {
		var want desk.JoinRule
		if d.Thing != desk.ThingJoin || json.Unmarshal(d.Value, &want) != nil {
			continue
		}
		for _, key := range want.Allow {
			room, err := tx.Room(key)
			if isNotFound(err) {
				continue
			} else if err != nil {
				return err
			}
			into[key] = room.ID
		}
	}
	return nil
}

// applyJoin brings about the join rule. If it was in place before, somebody has changed what decides about access; then all of that is
// compared, as it is where an earlier version of the program left something else.
func (s *Service) applyJoin(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error) {
	now, err := s.accessMemo(room, d.Value)
	if err != nil {
		return nil, err
	}
	before, current := readAccessMemo(memo), readAccessMemo(now)
	mend := sameJSON(before.Rule, d.Value) || len(memo) > 0 && before.Access != current.Access
	return now, s.putJoin(ctx, room, d, mend)
}

func (s *Service) putJoin(ctx context.Context, room desk.Room, d desk.Desire, mend bool) error {
	allowed := map[desk.RoomKey]desk.RoomID{}
	err := s.journal.Read(ctx, func(tx journal.Tx) error { return lookUpAllowed(tx, []desk.Desire{d}, allowed) })
	if err != nil {
		return fmt.Errorf("look up rooms of join rule: %w", err)
	}
	rules, err := joinRules(d.Value, allowed)
	if err != nil {
		return err
	}
	err = s.putState(ctx, room, stateEvent{Type: "m.room.join_rules", Content: rules})
	if !mend {
		return err
	}
	return errors.Join(err, s.mendAccess(ctx, room))
}

// mendAccess puts levels, history and guests back. What cannot be put back, because somebody has as much power as the bot, keeps nobody
// from mending the rest.
func (s *Service) mendAccess(ctx context.Context, room desk.Room) error {
	levels, err := s.desiredLevels(ctx, room.Key)
	if err != nil {
		return err
	}
	faults := []error{s.mendLevels(ctx, room, levels)}
	for _, event := range s.fixedState(room.Key) {
		faults = append(faults, s.putState(ctx, room, event))
	}
	return errors.Join(faults...)
}

// desiredLevels lists the members of a room who are to have a power level.
func (s *Service) desiredLevels(ctx context.Context, key desk.RoomKey) (map[desk.UserID]int, error) {
	levels := map[desk.UserID]int{}
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		clear(levels)
		desired, err := tx.DesiredOf(key)
		for _, d := range desired {
			var m desk.Member
			user, ok := strings.CutPrefix(d.Thing, desk.ThingMember)
			if ok && json.Unmarshal(d.Value, &m) == nil && m.Level != 0 && m.Want != "leave" {
				levels[desk.UserID(user)] = m.Level
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read members desired of room %s: %w", key, err)
	}
	return levels, nil
}

// mendLevels puts the power levels right and leaves alone what the homeserver wrote there besides.
func (s *Service) mendLevels(ctx context.Context, room desk.Room, levels map[desk.UserID]int) error {
	want, err := json.Marshal(s.powerLevels(room.Key, room.Version, levels))
	if err != nil {
		return err
	}
	var now map[string]json.RawMessage
	err = s.state(ctx, room.ID, "m.room.power_levels", "", &now)
	if r := refused(err); err != nil && (r == nil || r.code != codeNotFound && r.code != codeForbidden) {
		return err
	}
	mended := maps.Clone(now)
	if mended == nil {
		mended = map[string]json.RawMessage{}
	}
	if err := json.Unmarshal(want, &mended); err != nil {
		return err
	}
	if maps.EqualFunc(now, mended, sameJSON) {
		return nil
	}
	return s.putState(ctx, room, stateEvent{Type: "m.room.power_levels", Content: mended})
}

// putState sends state as the bot, who comes back for it if he has to. The homeserver makes no event of what is there already.
func (s *Service) putState(ctx context.Context, room desk.Room, event stateEvent) error {
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return err
	}
	put := func() error {
		return s.do(ctx, bot, "set "+event.Type+" of room "+string(room.ID), request{
			method: http.MethodPut, path: []any{"v3", "rooms", room.ID, "state", event.Type, event.Key}, body: event.Content,
		})
	}
	err = put()
	if !hasCode(err, codeForbidden) {
		return err
	}
	if back := s.bringBack(ctx, room, desk.Bot); back != nil {
		return errors.Join(err, back)
	}
	return put()
}

// state reads the content of a state event as the bot.
func (s *Service) state(ctx context.Context, room desk.RoomID, kind, key string, into any) error {
	return s.do(ctx, s.bot, "read "+kind+" of room "+string(room), request{
		method: http.MethodGet, path: []any{"v3", "rooms", room, "state", kind, key}, out: into,
	})
}

// setProfile gives one of our users a name and a photo, if they differ. Without an avatar the photo stays.
func (s *Service) setProfile(ctx context.Context, a *account, name, avatar string) error {
	var now struct {
		Name   string `json:"displayname"`
		Avatar string `json:"avatar_url"`
	}
	err := s.do(ctx, a, "read profile of "+string(a.user), request{
		method: http.MethodGet, path: []any{"v3", "profile", a.user}, out: &now,
	})
	if err != nil && !hasCode(err, codeNotFound) {
		return err
	}
	for _, field := range []struct{ key, now, want string }{{"displayname", now.Name, name}, {"avatar_url", now.Avatar, avatar}} {
		if field.want == "" || field.want == field.now {
			continue
		}
		err := s.do(ctx, a, "set profile of "+string(a.user), request{
			method: http.MethodPut, path: []any{"v3", "profile", a.user, field.key}, body: map[string]any{field.key: field.want},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
