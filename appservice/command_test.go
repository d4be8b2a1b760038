package appservice_test

import (
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// TestCommandsForClients: a client reads from the lobby's state which commands there are, and what it makes of them is understood, even where its
// own words are no command.
func TestCommandsForClients(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	state, err := anna.Client.State(ctx, f.lobby())
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]*cmdschema.EventContent{}
	for key, e := range state[event.StateMSC4391BotCommand] {
		content, ok := e.Content.Parsed.(*cmdschema.EventContent)
		if !ok {
			t.Fatalf("%s is no description: %+v", key, e.Content)
		}
		if err := content.Validate(); err != nil {
			t.Errorf("!%s: %v", content.Command, err)
		}
		if want := content.StateKey(id.UserID(bot)); key != want {
			t.Errorf("!%s has state key %s, want %s", content.Command, key, want)
		}
		commands[content.Command] = content
	}
	accept := commands["accept"]
	if accept == nil || commands["rights give"] == nil || commands["dead"] != nil {
		t.Fatalf("commands in the lobby: %d", len(commands))
	}

	c := f.visitor()
	f.write(c, "hello")
	f.card(anna, "hello")
	content, err := accept.ParseInput(id.UserID(bot), []string{"/"}, "/accept 1")
	if err != nil || content == nil {
		t.Fatalf("made of the description: %+v, %v", content, err)
	}
	content.MSC4391BotCommand.Arguments = []byte(`{"ticket": 1}`)
	if _, err := anna.Client.SendMessageEvent(ctx, f.lobby(), event.EventMessage, content); err != nil {
		t.Fatal(err)
	}
	if ticket := f.state(c, desk.Assigned); ticket.Owner != desk.UserID(anna.ID) {
		t.Errorf("ticket %+v", ticket)
	}
}
