package appservice_test

import (
	"testing"

	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Rooms of an earlier version come to the levels of this one at the start, once, and keep what people were given in them.
func TestOldRoomsGetNewLevels(t *testing.T) {
	for _, version := range []string{"11", "12"} {
		t.Run("version "+version, func(t *testing.T) {
			o := officeOptions{roomVersion: version, older: true, operators: 2, admin: true}
			f := open(t, o)
			anna, ctx := f.operators[0], bounded(t)
			c := f.visitor()
			f.write(c, "Hello")
			portal := f.accepted(c, anna)
			if _, err := anna.SendText(ctx, f.lobby(), "!room new Tea"); err != nil {
				t.Fatal(err)
			}
			var talk desk.RoomKey
			f.eventually("room of the staff", func() bool {
				for _, r := range f.remembered() {
					if kind, _ := r.Room.Key.Split(); kind == desk.KindRoom {
						talk = r.Room.Key
					}
				}
				return talk != ""
			})
			f.applied()
			tea := id.RoomID(f.room(talk).ID)
			if got := levelOf(f, portal, "m.room.name"); got != nil {
				t.Fatalf("level to rename a ticket's room is %v already", got)
			}
			host := f.currentState(tea, "m.room.power_levels", "")["users"].(map[string]any)[string(anna.ID)]

			o.older = false
			f.stop()
			f.start(o)
			f.eventually("levels of a ticket's room", func() bool { return levelOf(f, portal, "m.room.name") == 0. })
			f.eventually("levels of a staff room", func() bool { return levelOf(f, tea, "m.room.topic") == 0. })
			if got := f.currentState(tea, "m.room.power_levels", "")["users"].(map[string]any)[string(anna.ID)]; got != host || host == nil {
				t.Errorf("the host's level was %v and is %v", host, got)
			}
			f.eventually("all rooms renewed", func() bool {
				stale, err := f.service.StaleRooms(ctx)
				return err == nil && len(stale) == 0
			})
			f.write(c, "Still there?")
			f.seesText(anna, portal, "Still there?")
			f.noDeadLetters()
		})
	}
}

func levelOf(f *office, room id.RoomID, event string) any {
	f.t.Helper()
	return f.currentState(room, "m.room.power_levels", "")["events"].(map[string]any)[event]
}

func (f *office) remembered() (out []journal.Remembered) {
	f.t.Helper()
	err := f.read(func(tx journal.Tx) (err error) {
		out, err = tx.Remembered(desk.ThingJoin)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}
