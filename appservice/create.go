package appservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// plan is a room as it is desired when it is made.
type plan struct {
	row      desk.EffectID
	replaces desk.RoomID
	room     desk.RoomKey
	version  string
	state    []stateEvent
	levels   map[desk.UserID]int
	customer desk.CustomerID
	profile  desk.Profile
	// applied is what of the desired is brought about by making the room so.
	applied map[string]json.RawMessage
}

type stateEvent struct {
	Type    string `json:"type"`
	Key     string `json:"state_key"`
	Content any    `json:"content"`
}

// createRoom makes a room in one call with everything that is desired of it, and lets the customer's puppet join. createRoom has no
// transaction id: a room of an earlier attempt is found by the row in its create event, and completed.
func (s *Service) createRoom(ctx context.Context, e desk.CreateRoom, a journal.Attempt) (journal.Delivered, error) {
	if _, err := s.account(ctx, desk.Bot); err != nil {
		return journal.Delivered{}, err
	}
	p, desired, err := s.planRoom(ctx, e)
	if err != nil {
		return journal.Delivered{}, err
	}
	if p.customer != "" {
		if err := s.prepareCustomer(ctx, p); err != nil {
			return journal.Delivered{}, err
		}
	}
	room, ok, err := s.madeBefore(ctx, e, a)
	if err != nil {
		return journal.Delivered{}, err
	}
	if ok {
		return s.completeRoom(ctx, room, p, desired)
	}
	if room, err = s.requestRoom(ctx, p); err != nil {
		return journal.Delivered{}, err
	}
	s.created.put(e.ID, room)
	if p.customer != "" {
		if err := s.join(ctx, room, desk.Puppet(p.customer)); err != nil {
			return journal.Delivered{}, err
		}
	}
	return journal.Delivered{Room: &room, Applied: p.applied}, nil
}

// planRoom reads what is desired of the room now.
func (s *Service) planRoom(ctx context.Context, e desk.CreateRoom) (*plan, []desk.Desire, error) {
	p := &plan{row: e.ID, room: e.Room, replaces: e.Replaces, levels: map[desk.UserID]int{}, applied: map[string]json.RawMessage{}}
	var desired []desk.Desire
	allowed := map[desk.RoomKey]desk.RoomID{}
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		if desired, err = tx.DesiredOf(e.Room); err != nil {
			return err
		}
		return lookUpAllowed(tx, desired, allowed)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read what is desired of room %s: %w", e.Room, err)
	}
	if p.version, err = s.newestVersion(ctx); err != nil {
		return nil, nil, err
	}
	join := joinContent{Rule: "invite"}
	for _, d := range desired {
		if err := s.planThing(ctx, p, d, allowed, &join); err != nil {
			return nil, nil, err
		}
	}
	p.state = append(p.state, stateEvent{Type: "m.room.join_rules", Content: join})
	p.state = append(p.state, s.fixedState(e.Room)...)
	return p, desired, nil
}

// planThing takes one desired thing into the plan, if it can be had at creation.
func (s *Service) planThing(ctx context.Context, p *plan, d desk.Desire, allowed map[desk.RoomKey]desk.RoomID, join *joinContent) error {
	if user, ok := strings.CutPrefix(d.Thing, desk.ThingMember); ok {
		var m desk.Member
		if json.Unmarshal(d.Value, &m) == nil && m.Level != 0 && m.Want != "leave" {
			p.levels[desk.UserID(user)] = m.Level
		}
		return nil
	}
	if strings.HasPrefix(d.Thing, desk.ThingCommand) {
		event, err := s.commandState(d)
		if err != nil {
			return err
		}
		p.state = append(p.state, event)
		p.applied[d.Thing] = d.Value
		return nil
	}
	switch d.Thing {
	case desk.ThingProfile:
		if err := json.Unmarshal(d.Value, &p.profile); err != nil {
			return journal.Permanent(fmt.Errorf("read %s of room %s: %w", d.Thing, d.Room, err))
		}
		p.customer = p.profile.Customer
	case desk.ThingJoin:
		content, err := joinRules(d.Value, allowed)
		if errors.Is(err, journal.ErrNotYet) {
			return nil // invite only until the other room exists
		} else if err != nil {
			return err
		}
		*join = content
		memo, err := s.accessMemo(desk.Room{Key: p.room, Version: p.version}, d.Value)
		if err != nil {
			return err
		}
		p.applied[d.Thing] = memo
		return nil
	case desk.ThingName, desk.ThingTopic, desk.ThingAvatar, desk.ThingBridge:
		event, err := s.stateOf(ctx, d)
		if err != nil {
			return err
		}
		p.state = append(p.state, event)
	default:
		return nil
	}
	p.applied[d.Thing] = d.Value
	return nil
}

// fixedState is the state that never changes.
func (s *Service) fixedState(room desk.RoomKey) []stateEvent {
	out := []stateEvent{
		{Type: "m.room.history_visibility", Content: map[string]any{"history_visibility": "shared"}},
		{Type: "m.room.guest_access", Content: map[string]any{"guest_access": "forbidden"}},
	}
	if !room.Space() {
		members := map[string]any{"service_members": []desk.UserID{s.cfg.Bot}}
		out = append(out, stateEvent{Type: "io.element.functional_members", Content: members})
	}
	return out
}

// creatorsRule reports whether creators are above all power levels (room version 12 and later).
func creatorsRule(version string) bool {
	switch version {
	case "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11":
		return false
	}
	return true
}

func (s *Service) requestRoom(ctx context.Context, p *plan) (desk.Room, error) {
	creation := map[string]any{keyRoom: p.room, keyRow: p.row, "m.federate": s.cfg.Federate}
	if p.room.Space() {
		creation["type"] = "m.space"
	}
	if p.replaces != "" {
		creation["predecessor"] = map[string]any{"room_id": p.replaces}
	}
	body := map[string]any{
		"preset": "private_chat", "visibility": "private", "room_version": p.version, "creation_content": creation,
		"initial_state": p.state, "power_level_content_override": s.powerLevels(p.room, p.version, p.levels),
	}
	if p.customer != "" {
		body["invite"] = []desk.UserID{s.cfg.puppetID(p.customer)}
	}
	var made mautrix.RespCreateRoom
	err := s.do(ctx, s.bot, "create room "+string(p.room), request{
		method: http.MethodPost, path: []any{"v3", "createRoom"}, body: body, out: &made, wait: 2 * requestTimeout,
	})
	if err != nil {
		return desk.Room{}, err
	}
	return desk.Room{Key: p.room, ID: desk.RoomID(made.RoomID), Version: p.version}, nil
}

// prepareCustomer makes the puppet known by its name before it first joins: a change afterwards shows in every room.
func (s *Service) prepareCustomer(ctx context.Context, p *plan) error {
	puppet, err := s.account(ctx, desk.Puppet(p.customer))
	if err != nil {
		return err
	}
	return s.setProfile(ctx, puppet, p.profile.Name, p.profile.Avatar)
}

// newestVersion gives the room version to use.
func (s *Service) newestVersion(ctx context.Context) (string, error) {
	if s.cfg.RoomVersion != "" {
		return s.cfg.RoomVersion, nil
	}
	s.versionMu.Lock()
	defer s.versionMu.Unlock()
	if s.roomVersion != "" {
		return s.roomVersion, nil
	}
	var answer struct {
		Capabilities struct {
			Versions struct {
				Available map[string]string `json:"available"`
			} `json:"m.room_versions"`
		} `json:"capabilities"`
	}
	err := s.do(ctx, s.bot, "ask for room versions", request{
		method: http.MethodGet, path: []any{"v3", "capabilities"}, out: &answer,
	})
	if err != nil {
		return "", err
	}
	s.roomVersion = "11"
	if answer.Capabilities.Versions.Available["12"] == "stable" {
		s.roomVersion = "12"
	}
	return s.roomVersion, nil
}
