package appservice_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
)

// TestQuietDevices: while somebody is not to be disturbed, no rule of theirs rings for the bot and the customers; afterwards all is as before. What the
// homeserver counts as a notification says whether it holds.
func TestQuietDevices(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	rules := func() (out []string) {
		all, err := anna.Client.GetPushRules(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all.Override {
			if strings.HasPrefix(r.RuleID, "frontdesk.") && r.Enabled && len(r.Actions) == 0 {
				out = append(out, r.Conditions[0].Pattern)
			}
		}
		return out
	}
	if got := rules(); len(got) != 0 {
		t.Fatalf("rules before: %v", got)
	}
	if _, err := anna.Client.SendText(ctx, id.RoomID(f.lobby()), "!dnd 2h"); err != nil {
		t.Fatal(err)
	}
	f.eventually("rules set", func() bool { return len(rules()) == 2 })
	for _, pattern := range rules() {
		if pattern != string(bot) && pattern != "@desk_c_*:localhost" {
			t.Errorf("rule for %s", pattern)
		}
	}
	count := func() int64 {
		var answer struct {
			Notifications []struct {
				Room id.RoomID `json:"room_id"`
			} `json:"notifications"`
		}
		if _, err := anna.Client.MakeRequest(ctx, "GET", anna.Client.BuildClientURL("v3", "notifications"), nil, &answer); err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, e := range answer.Notifications {
			if e.Room == portal {
				n++
			}
		}
		return n
	}
	chat := id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID)
	f.eventually("the end is pinned", func() bool {
		pinned, _ := f.currentState(chat, "m.room.pinned_events", "")["pinned"].([]any)
		return len(pinned) == 1
	})
	before := count()
	f.write(c, "Quiet please")
	f.seesText(anna, portal, "Quiet please")
	if got := count(); got != before {
		t.Errorf("%d notifications while quiet, %d before", got, before)
	}
	if _, err := anna.Client.SendText(ctx, chat, "!dnd off"); err != nil {
		t.Fatal(err)
	}
	f.eventually("rules gone", func() bool { return len(rules()) == 0 })
	f.write(c, "Ring please")
	f.seesText(anna, portal, "Ring please")
	f.eventually("a notification", func() bool { return count() > before })
	f.noDeadLetters()
}
