package appservice_test

import (
	"errors"
	"fmt"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// TestReadingTheArchive: on a real homeserver a reader sees an archived room and cannot speak there; who leaves and accepts the next ticket
// can.
func TestReadingTheArchive(t *testing.T) {
	for name, double := range map[string]bool{"clicking": false, "double puppeting": true} {
		t.Run(name, func(t *testing.T) {
			f := open(t, officeOptions{operators: 2, double: double})
			anna := f.operators[0]
			ctx := bounded(t)
			lobby := f.lobby()
			c := f.visitor()
			f.write(c, "My question")
			number := f.ticket(c).Number
			say := func(text string) {
				t.Helper()
				if _, err := anna.SendText(ctx, lobby, text); err != nil {
					t.Fatal(err)
				}
			}
			say(fmt.Sprintf("!accept %d", number))
			f.state(c, desk.Assigned)
			portal := f.portal(c)
			f.join(anna, desk.RoomID(portal))
			say(fmt.Sprintf("!close %d", number))
			f.state(c, desk.Closed)
			if err := anna.WaitMembership(ctx, portal, event.MembershipLeave); err != nil {
				t.Fatal(err)
			}

			say(fmt.Sprintf("!open %d", number))
			f.join(anna, desk.RoomID(portal))
			f.applied()
			_, err := anna.SendText(ctx, portal, "psst")
			if !errors.Is(err, mautrix.MForbidden) {
				t.Errorf("a reader speaks: %v", err)
			}
			history, err := anna.History(ctx, portal)
			if err != nil || !containsText(history, "My question") {
				t.Errorf("a reader does not see what was said: %v", err)
			}
			if err := anna.Leave(ctx, portal); err != nil {
				t.Fatal(err)
			}
			f.eventually("the level is gone", func() bool { return !listsLevel(f.currentState(portal, "m.room.power_levels", ""), anna.ID) })
			f.applied()

			f.write(c, "And another one")
			say(fmt.Sprintf("!accept %d", f.ticket(c).Number))
			f.state(c, desk.Assigned)
			f.join(anna, desk.RoomID(portal))
			if _, err := anna.SendText(ctx, portal, "Here I am"); err != nil {
				t.Errorf("who was a reader cannot answer: %v", err)
			}
			f.hears(c, "Here I am")
			f.noDeadLetters()
		})
	}
}

func containsText(history []*event.Event, text string) bool {
	for _, e := range history {
		if body, _ := e.Content.Raw["body"].(string); body == text {
			return true
		}
	}
	return false
}

func listsLevel(levels map[string]any, u id.UserID) bool {
	users, _ := levels["users"].(map[string]any)
	_, listed := users[string(u)]
	return listed
}
