package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-telegram/bot/models"
)

// update is an update as far as we can read it.
type update struct {
	models.Update
	partly bool // there is something in it that we cannot read
}

// readUpdate reads an update. Telegram adds to its types what the library does not know, and one such thing makes it refuse the whole; then it
// is read field by field, and what cannot be read is left out.
func readUpdate(raw json.RawMessage) (*update, error) {
	u := &update{}
	if err := json.Unmarshal(raw, &u.Update); err == nil {
		u.readStory(raw)
		return u, nil
	}
	u = &update{partly: true}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("read an update: %w", err)
	}
	for name, value := range fields {
		switch name {
		case "message":
			u.Message = readMessage(value)
		case "edited_message":
			u.EditedMessage = readMessage(value)
		case "callback_query":
			u.CallbackQuery = readPress(value)
		case "message_reaction":
			u.MessageReaction = readReaction(value)
		default:
			readFields(value, name, &u.Update)
		}
	}
	u.readStory(raw)
	return u, nil
}

// readStory reads the story that a message answers, which the library looks for under a wrong name.
func (u *update) readStory(raw json.RawMessage) {
	const name = "reply_to_story"
	if u.Message == nil || !bytes.Contains(raw, []byte(name)) {
		return
	}
	var answered struct {
		Message map[string]json.RawMessage `json:"message"`
	}
	if json.Unmarshal(raw, &answered) == nil && answered.Message[name] != nil {
		u.Message.ReplyToStore = &models.Story{}
	}
}

// readFields reads a value into the field of a name of what is pointed at, or leaves it as it is.
func readFields(value json.RawMessage, name string, into any) {
	one, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err == nil {
		_ = json.Unmarshal(one, into) // what cannot be read is left out
	}
}

func readMessage(raw json.RawMessage) *models.Message {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	m := &models.Message{}
	for name, value := range fields {
		if name == "reply_to_message" {
			m.ReplyToMessage = readMessage(value)
			continue
		}
		readFields(value, name, m)
	}
	return m
}

func readPress(raw json.RawMessage) *models.CallbackQuery {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	q := &models.CallbackQuery{}
	for name, value := range fields {
		if name == "message" {
			if m := readMessage(value); m != nil && m.Date != 0 {
				q.Message.Message = m
			} else if m != nil {
				q.Message.InaccessibleMessage = &models.InaccessibleMessage{Chat: m.Chat, MessageID: m.ID}
			}
			continue
		}
		readFields(value, name, q)
	}
	return q
}

func readReaction(raw json.RawMessage) *models.MessageReactionUpdated {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	r := &models.MessageReactionUpdated{}
	for name, value := range fields {
		switch name {
		case "old_reaction":
			r.OldReaction = readReactions(value)
		case "new_reaction":
			r.NewReaction = readReactions(value)
		default:
			readFields(value, name, r)
		}
	}
	return r
}

// readReactions reads reactions; one of a kind that we do not know has no kind.
func readReactions(raw json.RawMessage) []models.ReactionType {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	out := make([]models.ReactionType, len(all))
	for i := range all {
		var r models.ReactionType
		if json.Unmarshal(all[i], &r) == nil {
			out[i] = r
		}
	}
	return out
}
