package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func actionCard(d *desktest.Desk, c desk.ConversationID) desk.Card {
	var card desk.Card
	d.Want(d.PortalOf(c), string(desk.ActionCardRow(d.TicketOf(c).Portal)), &card)
	return card
}

// press presses a button of the action card.
func press(t *testing.T, d *desktest.Desk, c desk.ConversationID, u desk.UserID, key string) {
	t.Helper()
	room := d.PortalOf(c)
	ev, err := d.EventByRowIn(room, desk.ActionCardRow(d.TicketOf(c).Portal))
	if err != nil {
		t.Fatal(err)
	}
	pressed := d.React(u, room, ev.ID, key)
	last := d.Sent[len(d.Sent)-1].Effect
	if r, ok := last.(desk.Redact); !ok || r.Target.Event != pressed {
		t.Errorf("the button stays pressed: %+v", last)
	}
}

// TestActionCard: it is pinned in every ticket's room and tells where the ticket stands (Q13).
func TestActionCard(t *testing.T) {
	d, c, room := assigned(t, twoQueues)
	check := func(words string) {
		t.Helper()
		card := actionCard(d, c)
		if !card.Pinned || !slices.Equal(card.Buttons, []string{"✔️", "↩️", "➡️", "⛔", "📞", "📹", "🖥️"}) || !strings.Contains(card.Text, words) {
			t.Errorf("card %+v, want %q on it", card, words)
		}
	}
	check("#1 · Visitor 1 — answered by Anna Petrova")
	d.Say(desktest.Anna, room, "!close")
	check("#1 · Visitor 1 — closed")
	d.Write(c, "again")
	check("#2 · Visitor 1 — waiting")
}

func TestActionButtons(t *testing.T) {
	t.Run("return", func(t *testing.T) {
		d, c, _ := assigned(t, twoQueues)
		press(t, d, c, desktest.Anna, "↩️")
		if ticket := d.TicketOf(c); ticket.State != desk.Waiting {
			t.Errorf("ticket %+v", ticket)
		}
	})
	t.Run("close asks once", func(t *testing.T) {
		d, c, room := assigned(t, twoQueues)
		press(t, d, c, desktest.Anna, "✔")
		if got := d.LastPost(room).Text; !strings.Contains(got, "Close ticket #1?") || d.TicketOf(c).State != desk.Assigned {
			t.Fatalf("asked %q", got)
		}
		d.React(desktest.Anna, room, lastEvent(d, room), "✅")
		if ticket := d.TicketOf(c); ticket.State != desk.Closed {
			t.Errorf("ticket %+v", ticket)
		}
	})
	t.Run("block asks once", func(t *testing.T) {
		d, c, room := assigned(t, twoQueues)
		press(t, d, c, desktest.Anna, "⛔")
		d.React(desktest.Anna, room, lastEvent(d, room), "✅")
		if ticket := d.TicketOf(c); ticket.CloseReason != "blocked" {
			t.Errorf("ticket %+v", ticket)
		}
	})
	t.Run("transfer asks where", func(t *testing.T) {
		d, c, room := assigned(t, twoQueues)
		press(t, d, c, desktest.Anna, "➡️")
		if got := d.LastPost(room).Text; !strings.Contains(got, "1. Boris (Support): never seen here, 0 tickets\n2. Clara (Sales and returns): never seen here, 0 tickets\n3. queue Sales and returns") {
			t.Fatalf("asked %q", got)
		}
		d.Say(desktest.Anna, room, "!1")
		if ticket := d.TicketOf(c); ticket.Owner != desktest.Boris {
			t.Errorf("ticket %+v", ticket)
		}
	})
	for key, kind := range map[string]desk.CallKind{"📞": desk.CallVoice, "📹": desk.CallVideo, "🖥": desk.CallScreen} {
		t.Run("call by "+key, func(t *testing.T) {
			d, c, room := assigned(t, twoQueues)
			press(t, d, c, desktest.Anna, key)
			calls := d.Calls(c)
			if len(calls) != 1 || calls[0].Kind != kind || calls[0].State != desk.CallRinging || calls[0].Caller != desktest.Anna {
				t.Fatalf("calls %+v", calls)
			}
			if !slices.ContainsFunc(d.Posts(room), func(p desk.Post) bool { return strings.Contains(p.Text, "join") }) {
				t.Error("how to join was not told")
			}
		})
	}
	t.Run("by who may not", func(t *testing.T) {
		d, c, room := assigned(t, twoQueues)
		for _, key := range []string{"✔️", "↩️", "➡️", "⛔"} {
			press(t, d, c, desktest.Boris, key)
			if got := d.LastPost(room).Text; !strings.Contains(got, "responsible for it or by a supervisor") {
				t.Errorf("%s is answered %q", key, got)
			}
		}
		if ticket := d.TicketOf(c); ticket.Generation != 2 {
			t.Errorf("ticket %+v", ticket)
		}
	})
	t.Run("another reaction", func(t *testing.T) {
		d, c, room := assigned(t, twoQueues)
		ev, err := d.EventByRowIn(room, desk.ActionCardRow(d.TicketOf(c).Portal))
		if err != nil {
			t.Fatal(err)
		}
		before := len(d.Sent)
		d.React(desktest.Anna, room, ev.ID, "👍")
		if len(d.Sent) != before || strings.Contains(customerView(t, d, c), "👍") {
			t.Errorf("effects %+v", d.Sent[before:])
		}
	})
}
