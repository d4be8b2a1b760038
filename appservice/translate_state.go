package appservice

import (
	"encoding/json"
	"fmt"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// stateThings says which desired thing the state of a room belongs to. What has none of its own is looked after together with the join rule:
// it decides who may do what in the room.
var stateThings = map[string]string{
	"m.room.name":                   desk.ThingName,
	"m.room.topic":                  desk.ThingTopic,
	"m.room.avatar":                 desk.ThingAvatar,
	"m.room.join_rules":             desk.ThingJoin,
	"m.room.power_levels":           desk.ThingJoin,
	"m.room.history_visibility":     desk.ThingJoin,
	"m.room.guest_access":           desk.ThingJoin,
	"m.room.server_acl":             desk.ThingJoin,
	"m.room.encryption":             desk.ThingJoin,
	"m.room.tombstone":              desk.ThingJoin,
	"io.element.functional_members": desk.ThingJoin,
	"m.bridge":                      desk.ThingBridge,
}

// translateState reads a state event.
func (s *Service) translateState(tx journal.Tx, room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	if e.Type == "m.room.member" {
		return s.translateMember(tx, room, e)
	}
	if s.cfg.isOurs(e.Sender) {
		if !e.isTelling() {
			return nil, nil
		}
		return nil, breakThing(tx, room, desk.ThingJoin)
	}
	if e.Type == matrixrtc.TypeMembership || e.Type == matrixrtc.TypeSticky {
		return translateCall(room, e), nil
	}
	thing, err := brokenThing(tx, e)
	if err != nil {
		return nil, err
	}
	kind, _ := room.Split()
	if thing == "" && kind == desk.KindStaff {
		return foundChild(room, e), nil
	}
	if thing == "" || kind == desk.KindRoom && (thing == desk.ThingTopic || thing == desk.ThingAvatar) {
		return nil, nil
	}
	if err := breakThing(tx, room, thing); err != nil {
		return nil, err
	}
	broken := desk.StateBroken{Room: room, Thing: thing, Sender: e.Sender}
	if thing == desk.ThingName {
		var named struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(e.Content, &named) == nil {
			broken.Name = words(named.Name)
		}
	}
	return []desk.Input{broken}, nil
}

// isTelling reports whether a state event tells something even if one of us has sent it: a homeserver's administrator changes levels in the
// bot's name.
func (e *matrixEvent) isTelling() bool {
	return e.Type == "m.room.member" || e.Type == "m.room.power_levels" && !e.isInitial()
}

// foundChild reads that somebody has put a room of their own into a space.
func foundChild(room desk.RoomKey, e *matrixEvent) []desk.Input {
	var content struct {
		Via []string `json:"via"`
	}
	if e.Type != "m.space.child" || !isMatrixID(*e.StateKey, "!") || json.Unmarshal(e.Content, &content) != nil || len(content.Via) == 0 {
		return nil
	}
	return []desk.Input{desk.ChildFound{Room: room, Event: e.ID, Child: desk.RoomID(*e.StateKey), Sender: e.Sender}}
}

// brokenThing gives the desired thing that a state event touches; "" if none.
func brokenThing(tx journal.Tx, e *matrixEvent) (string, error) {
	if e.Type != "m.space.child" {
		return stateThings[e.Type], nil
	}
	child, err := tx.RoomByID(desk.RoomID(*e.StateKey))
	if isNotFound(err) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("look up child %s: %w", *e.StateKey, err)
	}
	return desk.ThingChild + string(child.Key), nil
}

func breakThing(tx journal.Tx, room desk.RoomKey, thing string) error {
	if err := tx.BreakDesires(room, thing); err != nil {
		return fmt.Errorf("break %s of room %s: %w", thing, room, err)
	}
	return nil
}

// translateMember reads a membership event. Those we made are nothing; those that concern bot and puppets are put right.
func (s *Service) translateMember(tx journal.Tx, room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	var content struct {
		Membership string `json:"membership"`
		Name       string `json:"displayname"`
		Avatar     string `json:"avatar_url"`
	}
	if json.Unmarshal(e.Content, &content) != nil || !isMatrixID(*e.StateKey, "@") {
		return nil, nil
	}
	user := desk.UserID(*e.StateKey)
	var inputs []desk.Input
	if content.Membership == "join" && !s.cfg.isOurs(user) {
		s.joins.put(joined{room, user}, struct{}{})
		var err error
		if inputs, err = staffProfile(tx, desk.StaffProfile{User: user, Name: words(content.Name), Avatar: words(content.Avatar)}); err != nil {
			return nil, err
		}
	}
	change := desk.MemberChanged{
		Room: room, Event: e.ID, User: user, Sender: e.Sender, Membership: content.Membership, Previous: "leave",
	}
	var err error
	if change.Previous, err = previousMembership(tx, room, user, e); err != nil {
		return nil, err
	}
	if change.Membership == change.Previous && change.Membership == "join" {
		return inputs, nil // a change of name or photo
	}
	gone := change.Membership == "leave" || change.Membership == "ban"
	if s.cfg.isOurs(user) {
		return s.translateOwnMember(tx, change, gone)
	}
	if s.cfg.isOurs(e.Sender) {
		return nil, nil
	}
	if ours, err := s.isSigned(tx, e, change); err != nil || ours {
		return inputs, err
	}
	if kind, _ := room.Split(); gone && change.Previous == "join" && kind != desk.KindPortal && kind != desk.KindRoom {
		// Who belongs to a room of the staff is said in the configuration.
		if err := breakThing(tx, room, desk.ThingMember+string(user)); err != nil {
			return nil, err
		}
	}
	return append(inputs, change), nil
}

// staffProfile is how a member of staff is called and looks in Matrix, if that is news. Each room of theirs tells it.
func staffProfile(tx journal.Tx, now desk.StaffProfile) ([]desk.Input, error) {
	o, err := tx.Operator(now.User)
	if isNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("look up operator %s: %w", now.User, err)
	}
	if o.Matrix == (desk.Face{Name: now.Name, Avatar: now.Avatar}) {
		return nil, nil
	}
	return []desk.Input{now}, nil
}

// translateOwnMember reads a membership event of the bot or a puppet. We never leave by ourselves.
func (s *Service) translateOwnMember(tx journal.Tx, change desk.MemberChanged, gone bool) ([]desk.Input, error) {
	if !gone {
		return nil, nil
	}
	// Bringing about the name needs the bot in the room, the profile the puppet.
	thing := desk.ThingName
	if change.User != s.cfg.Bot {
		thing = desk.ThingProfile
	}
	if err := breakThing(tx, change.Room, thing); err != nil {
		return nil, err
	}
	return []desk.Input{change}, nil
}

// previousMembership gives what somebody's membership was. A transaction that is sent again does not say it; then what was desired is the
// best guess.
func previousMembership(tx journal.Tx, room desk.RoomKey, user desk.UserID, e *matrixEvent) (string, error) {
	if e.Unsigned.PrevContent != nil {
		return e.Unsigned.PrevContent.Membership, nil
	}
	if e.Unsigned.Replaces == "" {
		return "leave", nil
	}
	d, err := tx.Desired(room, desk.ThingMember+string(user))
	if isNotFound(err) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("look up desired membership of %s: %w", user, err)
	}
	var want desk.Member
	if json.Unmarshal(d.Value, &want) == nil && want.Want == "invite" {
		return "invite", nil
	}
	return "", nil
}
