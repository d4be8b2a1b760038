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
	err := readFields(raw, &u.Update, fields{
		"message":          func(value json.RawMessage) { u.Message = readMessage(value) },
		"edited_message":   func(value json.RawMessage) { u.EditedMessage = readMessage(value) },
		"callback_query":   func(value json.RawMessage) { u.CallbackQuery = readPress(value) },
		"message_reaction": func(value json.RawMessage) { u.MessageReaction = readReaction(value) },
	})
	if err != nil {
		return nil, fmt.Errorf("read an update: %w", err)
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

// fields are those of an object that are read in a way of their own, by their names.
type fields map[string]func(json.RawMessage)

// readFields reads an object field by field into what is pointed at. What cannot be read there is left as it is.
func readFields(raw json.RawMessage, into any, own fields) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for name, value := range all {
		if read := own[name]; read != nil {
			read(value)
		} else if one, err := json.Marshal(map[string]json.RawMessage{name: value}); err == nil {
			_ = json.Unmarshal(one, into) // what cannot be read is left out
		}
	}
	return nil
}

func readMessage(raw json.RawMessage) *models.Message {
	m := &models.Message{}
	if readFields(raw, m, fields{"reply_to_message": func(value json.RawMessage) { m.ReplyToMessage = readMessage(value) }}) != nil {
		return nil
	}
	return m
}

func readPress(raw json.RawMessage) *models.CallbackQuery {
	q := &models.CallbackQuery{}
	err := readFields(raw, q, fields{"message": func(value json.RawMessage) {
		if m := readMessage(value); m != nil && m.Date != 0 {
			q.Message.Message = m
		} else if m != nil {
			q.Message.InaccessibleMessage = &models.InaccessibleMessage{Chat: m.Chat, MessageID: m.ID}
		}
	}})
	if err != nil {
		return nil
	}
	return q
}

func readReaction(raw json.RawMessage) *models.MessageReactionUpdated {
	r := &models.MessageReactionUpdated{}
	err := readFields(raw, r, fields{
		"old_reaction": func(value json.RawMessage) { r.OldReaction = readReactions(value) },
		"new_reaction": func(value json.RawMessage) { r.NewReaction = readReactions(value) },
	})
	if err != nil {
		return nil
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
