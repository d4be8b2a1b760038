package desktest

import (
	"testing"

	"frontdesk/desk"
)

func testPrivateLines(t *testing.T, w *world) {
	room, other := desk.PortalRoom("one"), desk.PortalRoom("two")
	for range 2 {
		if err := w.PutPrivateLines(room, []string{"aa", "bb"}); err != nil {
			t.Fatalf("put private lines: %v", err)
		}
	}
	for _, test := range []struct {
		room desk.RoomKey
		hash string
		want bool
	}{{room, "aa", true}, {room, "bb", true}, {room, "cc", false}, {other, "aa", false}} {
		if got, err := w.IsPrivateLine(test.room, test.hash); err != nil || got != test.want {
			t.Errorf("line %s of %s: %v, %v", test.hash, test.room, got, err)
		}
	}
}
