package appservice

import (
	"encoding/json"
	"fmt"

	"frontdesk/appservice/matrixrtc"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Translate turns a stored event into what it means. Events of the bot and of puppets are echoes or nothing; what others change of state
// that is ours is put right and noted.
func (s *Service) Translate(tx journal.Tx, in journal.Input) ([]desk.Input, error) {
	if in.Kind == kindUnreadable {
		return nil, journal.Permanent(fmt.Errorf("event is no Matrix event"))
	}
	e, err := parseEvent(in.Body)
	if err != nil {
		return nil, journal.Permanent(err)
	}
	room, err := tx.RoomByID(e.RoomID)
	switch {
	case isNotFound(err):
		return s.invitedBot(in.ID, e), nil
	case err != nil:
		return nil, fmt.Errorf("look up room %s: %w", e.RoomID, err)
	}
	if e.StateKey != nil {
		return s.translateState(tx, room.Key, e)
	}
	if s.cfg.isOurs(e.Sender) {
		return s.translateOwn(tx, room.Key, e)
	}
	return s.translateAct(tx, room.Key, e)
}

// translateOwn reads an event that we sent.
func (s *Service) translateOwn(tx journal.Tx, room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	if e.Type == "m.room.redaction" {
		if err := s.breakRedacted(tx, room, e); err != nil {
			return nil, err
		}
	}
	if e.row == "" {
		return nil, nil
	}
	return []desk.Input{desk.Echo{Room: room, Event: e.ID, Row: e.row}}, nil
}

// translateAct reads what a person did in a room of ours.
func (s *Service) translateAct(tx journal.Tx, room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	switch e.Type {
	case "m.room.message", "m.sticker":
		return s.translateMessage(room, e)
	case "m.room.encrypted", "m.poll.start", "org.matrix.msc3381.poll.start":
		// Its writer has to learn that it goes nowhere.
		return []desk.Input{desk.StaffMessage{Room: room, Event: e.ID, Sender: e.Sender, At: e.at()}}, nil
	case "m.reaction":
		return s.translateReaction(room, e)
	case matrixrtc.TypeSticky, matrixrtc.TypeNotification:
		return translateCall(room, e), nil
	case "m.room.redaction":
		if err := s.breakRedacted(tx, room, e); err != nil {
			return nil, err
		}
		redacts := e.redacts()
		if redacts == "" {
			return nil, nil
		}
		return []desk.Input{desk.StaffRedaction{Room: room, Event: e.ID, Sender: e.Sender, Redacts: redacts}}, nil
	}
	return nil, nil
}

// redacts gives the redacted event: in the content since room version 11, beside it before.
func (e *matrixEvent) redacts() desk.EventID {
	var content struct {
		Redacts desk.EventID `json:"redacts"`
	}
	if json.Unmarshal(e.Content, &content) == nil && isMatrixID(string(content.Redacts), "$") {
		return content.Redacts
	}
	if isMatrixID(string(e.Redacts), "$") {
		return e.Redacts
	}
	return ""
}

// breakRedacted makes a card due again whose event was redacted.
func (s *Service) breakRedacted(tx journal.Tx, room desk.RoomKey, e *matrixEvent) error {
	known, err := tx.Event(room, e.redacts())
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("look up redacted event: %w", err)
	}
	thing := string(known.Row)
	if !isCard(thing) {
		return nil
	}
	if err := tx.BreakDesires(room, thing); err != nil {
		return fmt.Errorf("break %s in room %s: %w", thing, room, err)
	}
	return nil
}

func (s *Service) translateReaction(room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	var content struct {
		Relates struct {
			Type  string       `json:"rel_type"`
			Event desk.EventID `json:"event_id"`
			Key   string       `json:"key"`
		} `json:"m.relates_to"`
	}
	if json.Unmarshal(e.Content, &content) != nil {
		return nil, nil
	}
	relates := content.Relates
	key := words(relates.Key)
	if relates.Type != "m.annotation" || !isMatrixID(string(relates.Event), "$") || key == "" || len(key) > maxID {
		return nil, nil
	}
	return []desk.Input{desk.StaffReaction{Room: room, Event: e.ID, Sender: e.Sender, Relates: relates.Event, Key: key}}, nil
}
