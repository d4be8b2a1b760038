package appservice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"frontdesk/desk"
)

// Keys of ours in events.
const (
	keyRow  = "frontdesk.row"  // the effect, or signed act, that an event belongs to
	keyRoom = "frontdesk.room" // in a create event: which room it is
)

// matrixEvent is an event as a transaction or a sync tells it (client format).
type matrixEvent struct {
	eventHead
	Sender   desk.UserID     `json:"sender"`
	Content  json.RawMessage `json:"content"`
	Redacts  desk.EventID    `json:"redacts"` // room versions before 11
	Time     int64           `json:"origin_server_ts"`
	Unsigned struct {
		PrevContent *struct {
			Membership string `json:"membership"`
		} `json:"prev_content"`
		Replaces string `json:"replaces_state"`
	} `json:"unsigned"`
	Sticky json.RawMessage `json:"msc4354_sticky"` // of an event that holds for a while

	row desk.EffectID
}

// parseEvent reads an event. Its content is an object, or empty.
func parseEvent(raw []byte) (*matrixEvent, error) {
	var e matrixEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("parse event: %w", err)
	}
	if !isMatrixID(string(e.Sender), "@") {
		return nil, fmt.Errorf("parse event %s: sender is missing or malformed", e.ID)
	}
	var content map[string]json.RawMessage
	if len(e.Content) == 0 {
		e.Content = json.RawMessage(`{}`)
	}
	if err := json.Unmarshal(e.Content, &content); err != nil {
		return nil, fmt.Errorf("parse content of event %s: %w", e.ID, err)
	}
	var row string
	if json.Unmarshal(content[keyRow], &row) == nil && len(row) <= maxID {
		e.row = desk.EffectID(row)
	}
	return &e, nil
}

// at is when the event was sent, as its server says; zero if that is no time.
func (e *matrixEvent) at() time.Time {
	if e.Time <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(e.Time).UTC()
}

// isInitial reports whether a state event is the first of its kind in the room.
func (e *matrixEvent) isInitial() bool {
	return e.Unsigned.PrevContent == nil && e.Unsigned.Replaces == ""
}

// words makes a decoded string fit for every database: no NUL, valid UTF-8.
func words(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}
