package desk_test

import (
	"slices"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestPicturesThatCannotBeShown: the room is told of them once a call, with what to do; whoever sends them is mentioned.
func TestPicturesThatCannotBeShown(t *testing.T) {
	d, c, room, _ := called(t, "video")
	unshown := func(by desk.UserID) (lines []desk.Post) {
		t.Helper()
		call := lastCall(t, d, c)
		count := len(d.Posts(room))
		d.Decide(desk.CallUnshown{Call: call.ID, User: by})
		d.Deliver()
		if got := lastCall(t, d, c); got.State != call.State {
			t.Errorf("the call is %s, it was %s", got.State, call.State)
		}
		return d.Posts(room)[count:]
	}
	talk := func() {
		t.Helper()
		call := openCall(t, d, c)
		if err := does(d, call, desk.CallAnswer, "tab1"); err != nil {
			t.Fatal(err)
		}
		d.Decide(desk.CallUp{Call: call.ID})
		d.Deliver()
	}
	for range 2 {
		talk()
		lines := unshown(desktest.Anna)
		const want = "⚠️ Visitor 1 does not see the picture of Anna Petrova: it comes in another format than VP8. The voice is heard. " +
			"Please join from another Matrix client; an administrator can set Element Call back to VP8 (media_quality.video_codec)."
		if len(lines) != 1 || lines[0].Text != want || !lines[0].Notice || !slices.Equal(lines[0].Mentions, []desk.UserID{desktest.Anna}) {
			t.Errorf("told %+v", lines)
		}
		for _, again := range []desk.UserID{desktest.Anna, desktest.Boris} {
			if lines := unshown(again); len(lines) > 0 {
				t.Errorf("told again: %+v", lines)
			}
		}
		d.Say(desktest.Anna, room, "!hangup")
		if lines := unshown(desktest.Anna); len(lines) > 0 {
			t.Errorf("told after the end: %+v", lines)
		}
		d.Say(desktest.Anna, room, "!video") // the next call
	}
}
