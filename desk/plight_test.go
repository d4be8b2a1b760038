package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// sign is a mark of the bot's as it is now.
type sign struct {
	key  string
	gone bool
}

// signsNow are the marks that the bot has put on an event, and whether they were taken back.
func signsNow(d *desktest.Desk, event desk.EventID) (out []sign) {
	rows := map[desk.EffectID]int{}
	for _, s := range d.Sent {
		switch e := s.Effect.(type) {
		case desk.React:
			if e.As == desk.Bot && e.Target.Event == event {
				rows[e.ID] = len(out)
				out = append(out, sign{key: e.Key})
			}
		case desk.Redact:
			if at, ok := rows[e.Target.Row]; ok {
				out[at].gone = true
			}
		}
	}
	return out
}

// saidOf are the bot's lines about an event, as they read now.
func saidOf(d *desktest.Desk, room desk.RoomKey, event desk.EventID) (out []string) {
	rows := map[desk.EffectID]int{}
	for _, p := range d.Posts(room) {
		if at, ok := rows[p.Replaces.Row]; ok {
			out[at] = p.Text
		} else if p.As == desk.Bot && p.Reply.Event == event {
			rows[p.ID] = len(out)
			out = append(out, p.Text)
		}
	}
	return out
}

// TestPlightEnds: what stands in the room since a message did not arrive goes when it has, and only then.
func TestPlightEnds(t *testing.T) {
	const failed = "nobody knows whether the customer got it"
	both, none := []sign{{"⚠️", false}, {"🔁", false}}, []sign{{"⚠️", true}, {"🔁", true}}
	for _, tc := range []struct {
		name  string
		then  func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey, event desk.EventID, fails, arrives desk.Input)
		signs []sign
		told  []string // beginnings or parts of lines
	}{
		{"not sent again", func(*desktest.Desk, desk.ConversationID, desk.RoomKey, desk.EventID, desk.Input, desk.Input) {}, both, []string{failed}},
		{"sent again, not there yet", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, event desk.EventID, _, _ desk.Input) {
			d.React(desktest.Anna, room, event, "🔁")
		}, both, []string{failed, "Being sent again"}},
		{"arrived", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, event desk.EventID, _, arrives desk.Input) {
			d.React(desktest.Anna, room, event, "🔁")
			d.Decide(arrives)
			d.Decide(arrives)
		}, none, []string{"Delivered to the customer later.", "Being sent again"}},
		{"failed again", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, _ desk.EventID, fails, _ desk.Input) {
			d.Say(desktest.Anna, room, "!resend")
			d.Decide(fails)
		}, both, []string{"Sent once more, see below.", failed}},
		{"arrived the third time", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, _ desk.EventID, fails, arrives desk.Input) {
			d.Say(desktest.Anna, room, "!resend")
			d.Decide(fails)
			d.Deliver()
			d.Say(desktest.Anna, room, "!resend")
			d.Decide(arrives)
		}, none, []string{"Sent once more, see below.", "Delivered to the customer later."}},
		{"deleted", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, event desk.EventID, _, _ desk.Input) {
			d.Redact(desktest.Anna, room, event)
		}, none, []string{"Deleted. It is not sent any more."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, c, room := inTelegram(t)
			event := d.Say(desktest.Anna, room, "It costs 10 euros")
			id := messageOf(t, d, c, "It costs 10 euros").ID
			fails := desk.Undelivered{Conversation: c, Message: id, Reason: "undelivered.doubt", Doubt: true}
			d.Decide(fails)
			d.Deliver()
			tc.then(d, c, room, event, fails, desk.Delivered{Conversation: c, Message: id})
			d.Deliver()
			if got := signsNow(d, event); !slices.Equal(got, tc.signs) {
				t.Errorf("the message is marked %v, want %v", got, tc.signs)
			}
			got := saidOf(d, room, event)
			if !slices.EqualFunc(got, tc.told, strings.Contains) {
				t.Errorf("told is %q, want %q", got, tc.told)
			}
			m, err := d.Message(id)
			if err != nil || m.Plight.None() == slices.Contains(tc.signs, sign{"🔁", false}) {
				t.Errorf("kept is %+v, %v", m.Plight, err)
			}
		})
	}
}

// TestPressCanBeRepeated: the sign that asks to send again is taken back, so that it is there to be pressed when that failed, too.
func TestPressCanBeRepeated(t *testing.T) {
	d, c, room := inTelegram(t)
	event := d.Say(desktest.Anna, room, "One")
	fails := desk.Undelivered{Conversation: c, Message: messageOf(t, d, c, "One").ID, Reason: "undelivered.blocked"}
	for range 2 {
		d.Decide(fails)
		d.Deliver()
		press := d.React(desktest.Anna, room, event, "🔁")
		d.Deliver()
		if now := messageOf(t, d, c, "One"); now.Status != desk.Stored {
			t.Fatalf("after the press the message is %s", now.Status)
		}
		if !slices.ContainsFunc(d.Sent, func(s desktest.Sent) bool {
			r, ok := s.Effect.(desk.Redact)
			return ok && r.Target.Event == press
		}) {
			t.Error("the press is still there")
		}
	}
}
