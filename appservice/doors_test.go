package appservice_test

import (
	"encoding/json"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// Joining an operator in their name and closing the room to others happen together when a ticket is accepted. Done side by side, the
// join would be one that the homeserver forgets when it resolves the room's state.
func TestJoinSurvivesAClosingJoinRule(t *testing.T) {
	f := open(t, officeOptions{operators: 1, double: true, inviteLimit: -1})
	anna := f.operators[0]
	ctx := bounded(t)
	for range 5 {
		c := f.visitor()
		f.write(c, "Hello")
		portal := f.portal(c)
		f.applied()
		room := f.room(desk.PortalRoom(f.conversation(c).Portal))

		done := make(chan error)
		for thing, value := range map[string]any{
			desk.ThingJoin:                     desk.JoinRule{},
			desk.ThingMember + string(anna.ID): desk.Member{Want: "join", By: desk.Puppet(f.conversation(c).Customer)},
		} {
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				_, err := f.service.Apply(ctx, room, desk.Desire{Room: room.Key, Thing: thing, Value: raw}, nil)
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		f.write(c, "Are you there?") // what follows both makes the homeserver resolve them
		f.seesText(anna, portal, "Are you there?")
		if members := f.members(portal); !slices.Contains(members, anna.ID) {
			t.Fatalf("%s was joined, and is not among %v", anna.ID, members)
		}
	}
}

// members lists who has joined a room, as the homeserver tells the bot.
func (f *office) members(room id.RoomID) []id.UserID {
	f.t.Helper()
	answer, err := f.as(id.UserID(bot)).JoinedMembers(f.t.Context(), room)
	if err != nil {
		f.t.Fatal(err)
	}
	var all []id.UserID
	for u := range answer.Joined {
		all = append(all, u)
	}
	return all
}
