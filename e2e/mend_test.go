package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// as gives a client of the bot or a puppet: somebody who holds the desk's token breaks things with it.
func (o *office) as(user id.UserID) *mautrix.Client {
	o.t.Helper()
	text, err := os.ReadFile(o.stack.Frontdesk.Registrations[0])
	if err != nil {
		o.t.Fatal(err)
	}
	var registration struct {
		Token string `yaml:"as_token"`
	}
	if err := yaml.Unmarshal(text, &registration); err != nil {
		o.t.Fatal(err)
	}
	client, err := mautrix.NewClient(o.stack.Synapse.URL, user, registration.Token)
	if err != nil {
		o.t.Fatal(err)
	}
	client.SetAppServiceUserID = true
	return client
}

// What people break in the desk's rooms is put back while it runs, and the conversation goes on.
func TestBrokenRoomsAreMended(t *testing.T) {
	o := sharedOffice(t, true)
	anna, visitor := o.login(o.stack.Operators[0]), o.guest()
	room, _, _ := begin(t, visitor, anna, "Do you repair grinders?")
	card := anna.card("Do you repair grinders?")
	bot := id.UserID("@frontdesk:localhost")
	anna.atRest(room)
	ctx, cancel := anna.within()
	defer cancel()

	// While the desk is away Anna is given power over the room, renames it and opens it to everybody.
	if err := o.stack.Frontdesk.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	empower(t, o.as(bot), room, anna.ID)
	for kind, content := range map[event.Type]any{
		event.StateRoomName:  map[string]any{"name": "Anna's corner"},
		event.StateJoinRules: map[string]any{"join_rule": "public"},
		event.StateTopic:     map[string]any{"topic": "whatever"},
	} {
		if _, err := anna.Client.SendStateEvent(ctx, room, kind, "", content); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.stack.Frontdesk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	// The name of who is responsible is taken over, with the ticket's number; everything else is put back.
	for kind, broken := range map[event.Type]string{
		event.StateRoomName: `Anna's corner"`, event.StateTopic: "whatever", event.StateJoinRules: "public", event.StatePowerLevels: string(anna.ID),
	} {
		anna.putBack(room, kind, broken)
	}
	visitor.say("And sell spare parts?")
	anna.reads(room, "And sell spare parts?")
	anna.says(room, "Both.")
	visitor.reads("Both.")

	// A card that was removed is shown anew.
	if _, err := o.as(bot).RedactEvent(ctx, card.RoomID, card.ID); err != nil {
		t.Fatal(err)
	}
	anna.sees(card.RoomID, "the card anew", func(e *event.Event, m *event.MessageEventContent) bool {
		return e.ID != card.ID && m.RelatesTo == nil && strings.Contains(m.Body, "Do you repair grinders?") && strings.Contains(m.Body, "answered by Anna")
	})
}

// putBack waits until the homeserver's state of a room does not contain a word any more.
func (o *operator) putBack(room id.RoomID, kind event.Type, broken string) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	for {
		seen := len(o.Seen(room))
		var content json.RawMessage
		if err := o.Client.StateEvent(ctx, room, kind, "", &content); err != nil {
			o.t.Fatalf("%s was not put back: %v", kind.Type, err)
		}
		if !strings.Contains(string(content), broken) {
			return
		}
		_, err := o.WaitFor(ctx, func(e *event.Event) bool {
			if e.RoomID == room {
				seen--
			}
			return seen < 0
		})
		if err != nil {
			o.t.Fatalf("%s was not put back, it is %s", kind.Type, content)
		}
	}
}

// empower gives somebody the power to change a room's state.
func empower(t *testing.T, bot *mautrix.Client, room id.RoomID, user id.UserID) {
	t.Helper()
	var levels map[string]any
	if err := bot.StateEvent(t.Context(), room, event.StatePowerLevels, "", &levels); err != nil {
		t.Fatal(fmt.Errorf("read power levels: %w", err))
	}
	levels["users"] = map[id.UserID]int{user: 100}
	if _, err := bot.SendStateEvent(t.Context(), room, event.StatePowerLevels, "", levels); err != nil {
		t.Fatal(fmt.Errorf("change power levels: %w", err))
	}
}

// atRest waits until the desk has brought about what accepting a ticket means for its room: what is broken at that moment may be lost with
// what is being made.
func (o *operator) atRest(room id.RoomID) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	err := o.WaitState(ctx, room, event.StateJoinRules, "", func(e *event.Event) bool {
		return e != nil && len(e.Content.AsJoinRules().Allow) == 0
	})
	if err == nil {
		err = o.WaitState(ctx, room, event.StateTopic, "", func(e *event.Event) bool {
			return e != nil && strings.HasPrefix(e.Content.AsTopic().Topic, "answered by ")
		})
	}
	if err != nil {
		o.t.Fatalf("waited for the room of an accepted ticket: %v", err)
	}
}
