package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ThingCommand and a command's name is the description of the command for clients that complete commands: a Description.
const ThingCommand = "command/"

// Description tells clients how a command is given. Without a name there is no such command any more.
type Description struct {
	Command    string                 `json:"command,omitempty"`
	Aliases    []string               `json:"aliases,omitempty"`
	Words      string                 `json:"words,omitempty"` // what it does
	Parameters []ParameterDescription `json:"parameters,omitempty"`
}

// ParameterDescription tells what a parameter of a command is.
type ParameterDescription struct {
	Key      string `json:"key"`
	Kind     string `json:"kind"` // ParameterNumber, ParameterUser or ParameterText
	Words    string `json:"words"`
	Optional bool   `json:"optional,omitempty"`
	Many     bool   `json:"many,omitempty"`
	Tail     bool   `json:"tail,omitempty"` // everything up to the end, as written
}

// Kinds of parameters as clients know them.
const (
	ParameterNumber = "number"
	ParameterUser   = "user"
	ParameterText   = "text"
)

// describe makes the description of a command in a language.
func (a *act) describe(c command, lang string) Description {
	out := Description{Command: c.name, Aliases: c.calls(), Words: a.texts.Text(lang, "help."+c.textKey())}
	for _, p := range c.params {
		kind := ParameterText
		switch p.kind {
		case paramTicket:
			kind = ParameterNumber
		case paramStaff:
			kind = ParameterUser
		}
		out.Parameters = append(out.Parameters, ParameterDescription{
			Key: p.name, Kind: kind, Words: a.texts.Text(lang, "param."+p.name), Optional: p.optional, Many: p.many, Tail: p.kind == paramRest,
		})
	}
	return out
}

// describeCommands desires the descriptions of the commands that are taken in a room, and that those of others go.
func (a *act) describeCommands(room RoomKey, lang string) error {
	kind, _ := room.Split()
	if lang == "" {
		lang = a.staffLang
	}
	desired, err := a.tx.DesiredOf(room)
	if err != nil {
		return fmt.Errorf("list what is desired of room %s: %w", room, err)
	}
	known := map[string]json.RawMessage{}
	for _, d := range desired {
		if strings.HasPrefix(d.Thing, ThingCommand) {
			known[d.Thing] = d.Value
		}
	}
	for _, c := range commands() {
		thing := ThingCommand + c.name
		if !taken(c, kind) {
			continue
		}
		value, err := json.Marshal(a.describe(c, lang))
		if err != nil {
			return fmt.Errorf("describe !%s: %w", c.name, err)
		}
		if !bytes.Equal(known[thing], value) {
			if err := a.desire(room, thing, json.RawMessage(value)); err != nil {
				return err
			}
		}
		delete(known, thing)
	}
	for thing, value := range known {
		if string(value) == "{}" {
			continue
		}
		if err := a.desire(room, thing, Description{}); err != nil {
			return err
		}
	}
	return nil
}

// describeDirect brings the descriptions in somebody's direct chat up to date, if there is one that we made: in a room of somebody else's
// the bot may have no power to.
func (a *act) describeDirect(o *Operator) error {
	room, err := a.tx.Room(DirectRoom(o.ID))
	if ok, err := found(err); err != nil || !ok {
		return err
	}
	if room.ID != "" && room.Version == "" {
		return nil
	}
	return a.describeCommands(room.Key, o.Lang)
}

// OrderText writes a command that a client gave as a structure the way people write it, so that it is read like any other. What makes no sense
// is left out: the answer then tells how the command is given.
func OrderText(name string, given map[string]json.RawMessage) string {
	words := []string{"!" + flat(name)}
	c, ok := findCommand(strings.ToLower(flat(name)))
	if !ok {
		return words[0]
	}
	for _, p := range c.params {
		for _, value := range givenValues(given[p.name]) {
			switch p.kind {
			case paramTicket:
				words = append(words, "#"+strings.TrimLeft(value, "#№"))
			case paramRest:
				words = append(words, value)
			default:
				words = append(words, quotedWord(value))
			}
			if !p.many {
				break
			}
		}
	}
	return strings.Join(words, " ")
}

// givenValues reads an argument: a text, a number, or a list of them.
func givenValues(raw json.RawMessage) []string {
	var text string
	var number json.Number
	var list []json.RawMessage
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case json.Unmarshal(raw, &text) == nil:
		if text = strings.TrimSpace(text); text != "" {
			return []string{text}
		}
		return nil
	case json.Unmarshal(raw, &number) == nil:
		if n, err := strconv.ParseFloat(number.String(), 64); err == nil && n == float64(int64(n)) {
			return []string{strconv.FormatInt(int64(n), 10)}
		}
		return []string{number.String()}
	case json.Unmarshal(raw, &list) == nil:
		var out []string
		for _, item := range list {
			if !bytes.HasPrefix(item, []byte("[")) {
				out = append(out, givenValues(item)...)
			}
		}
		return out
	}
	return nil
}

// quotedWord makes one word of a text.
func quotedWord(text string) string {
	text = flat(text)
	if word, rest, quoted := nextWord(text); word == text && rest == "" && !quoted {
		return text
	}
	if strings.Contains(text, `"`) {
		return "«" + strings.NewReplacer("«", "", "»", "").Replace(text) + "»"
	}
	return `"` + text + `"`
}
