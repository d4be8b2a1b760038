package appservice

import (
	"encoding/json"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// commandState makes the state event by which clients learn of a command (MSC4391). Of one that is gone the event is emptied.
func (s *Service) commandState(d desk.Desire) (stateEvent, error) {
	var want desk.Description
	if err := readValue(d, &want); err != nil {
		return stateEvent{}, err
	}
	content := &cmdschema.EventContent{Command: d.Thing[len(desk.ThingCommand):]}
	out := stateEvent{Type: event.StateMSC4391BotCommand.Type, Key: content.StateKey(id.UserID(s.cfg.Bot))}
	if want.Command == "" {
		out.Content = map[string]any{}
		return out, nil
	}
	content.Aliases, content.Description = want.Aliases, event.MakeExtensibleText(want.Words)
	for _, p := range want.Parameters {
		content.Parameters = append(content.Parameters, &cmdschema.Parameter{
			Key: p.Key, Schema: parameterSchema(p), Optional: p.Optional, Description: event.MakeExtensibleText(p.Words),
		})
		if p.Tail {
			content.TailParam = p.Key
		}
	}
	out.Content = content
	return out, nil
}

func parameterSchema(p desk.ParameterDescription) *cmdschema.ParameterSchema {
	schema := cmdschema.PrimitiveTypeString.Schema()
	switch p.Kind {
	case desk.ParameterNumber:
		schema = cmdschema.PrimitiveTypeInteger.Schema()
	case desk.ParameterUser:
		schema = cmdschema.PrimitiveTypeUserID.Schema()
	}
	if p.Many {
		return cmdschema.Array(schema)
	}
	return schema
}

// maxCommand is how many bytes of a command given as a structure are read.
const maxCommand = 16 << 10

// structuredOrder writes a command that was given as a structure as its text, or "" where there is none. One that mentions others, and not our
// bot, is theirs.
func (s *Service) structuredOrder(m messageContent) string {
	if len(m.Command) == 0 || len(m.Command) > maxCommand {
		return ""
	}
	var command struct {
		Name      string          `json:"command"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if json.Unmarshal(m.Command, &command) != nil || command.Name == "" {
		return ""
	}
	if mentioned := m.mentioned(); len(mentioned) > 0 && !slices.Contains(mentioned, string(s.cfg.Bot)) {
		return ""
	}
	var arguments map[string]json.RawMessage
	_ = json.Unmarshal(command.Arguments, &arguments)
	return words(desk.OrderText(words(command.Name), arguments))
}
