package store_test

import (
	"encoding/json"
	"slices"
	"testing"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// TestRoomsOf: the rooms of somebody are those they are wanted in, not those they were to leave.
func TestRoomsOf(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		member := func(room desk.RoomKey, u string, m desk.Member) desk.Effect {
			value, err := json.Marshal(m)
			check(t, err)
			return wish(room, desk.ThingMember+u, string(value))
		}
		check(t, tx.AppendEffects([]desk.Effect{
			member("portal:a", "@anna:x", desk.Member{Want: "join", Watch: true, Reason: `"want":"leave"`}),
			member("portal:b", "@anna:x", desk.Member{Want: "leave"}),
			member("portal:c", "@anna:x", desk.Member{Want: "invite"}),
			member("portal:d", "@boris:x", desk.Member{Want: "join"}),
		}))
		rooms, err := tx.RoomsOf("@anna:x")
		if err != nil || !slices.Equal(rooms, []desk.RoomKey{"portal:a", "portal:c"}) {
			t.Errorf("rooms %v, %v", rooms, err)
		}
		check(t, tx.AppendEffects([]desk.Effect{member("portal:a", "@anna:x", desk.Member{Want: "leave", Watch: false})}))
		if rooms, err := tx.RoomsOf("@anna:x"); err != nil || !slices.Equal(rooms, []desk.RoomKey{"portal:c"}) {
			t.Errorf("rooms %v, %v", rooms, err)
		}
	})
}
