package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// inThread lists what stands in the thread of the ticket's card in a lobby: words, and names of files.
func inThread(t *testing.T, d *desktest.Desk, c desk.ConversationID, room desk.RoomKey) []string {
	t.Helper()
	card, err := d.EventByRowIn(room, desk.CardRow(d.TicketOf(c).ID))
	must(err)
	var out []string
	for _, p := range d.Posts(room) {
		if p.Thread.Event != card.ID {
			continue
		}
		if p.File != nil {
			out = append(out, p.File.Name)
		} else if len(p.Mentions) == 0 {
			out = append(out, p.Text)
		}
	}
	return out
}

// TestCardOfAReturnedTicket: what the customer wrote while somebody answered stands on the card of the next wait and in its thread, once, in whichever
// lobby.
func TestCardOfAReturnedTicket(t *testing.T) {
	d, c := waiting(t, twoQueues, noReminders)
	d.Accept(desktest.Anna, c)
	d.Write(c, "my order is 5512")
	d.Write(c, "", d.Upload(c, "bill.png", "image/png"))
	d.Write(c, strings.Repeat("long ", 100))
	d.Say(desktest.Anna, d.PortalOf(c), "!return")
	if got := d.Card(c).Text; !strings.Contains(got, "my order is 5512") || !strings.Contains(got, "bill.png") {
		t.Errorf("card %q", got)
	}
	var m desk.Member
	d.Want(d.PortalOf(c), desk.ThingMember+string(desktest.Boris), &m)
	if m.Want != "invite" || !strings.Contains(m.Reason, "my order is 5512") {
		t.Errorf("invited %+v", m)
	}
	want := []string{"bill.png", strings.TrimSpace(strings.Repeat("long ", 100))}
	if got := inThread(t, d, c, lobby); !slices.Equal(got, want) {
		t.Errorf("in the thread %q", got)
	}
	d.Say(desktest.Vera, lobby, "!queue sales #1")
	d.Accept(clara, c)
	d.Say(clara, desk.LobbyRoom(sales), "!accept 1")
	d.Write(c, "", d.Upload(c, "photo.png", "image/png"))
	d.Say(clara, d.PortalOf(c), "!queue support")
	want = append(want, "photo.png")
	if got := inThread(t, d, c, lobby); !slices.Equal(got, want) {
		t.Errorf("back in the first lobby, in the thread %q", got)
	}
}

// TestCardThatCameLate: a ticket that was accepted before its card stood in the lobby has the whole thread when it waits again.
func TestCardThatCameLate(t *testing.T) {
	d := newDesk(t, twoQueues)
	c := d.Open()
	d.Decide(desk.CustomerMessage{Conversation: c, ClientID: "first", Files: []desk.FileID{d.Upload(c, "a.png", "image/png")}})
	d.Decide(desk.StaffMessage{Room: lobby, Event: d.NextEvent(), Sender: desktest.Anna, Order: "!accept 1"})
	d.Deliver()
	if got := inThread(t, d, c, lobby); len(got) > 0 {
		t.Fatalf("in the thread of an accepted ticket %q", got)
	}
	d.Say(desktest.Anna, d.PortalOf(c), "!return")
	if got := inThread(t, d, c, lobby); !slices.Equal(got, []string{"a.png"}) {
		t.Errorf("in the thread %q", got)
	}
}

// TestPressedOnALine: ✅ and ❌ on a line that rings for a ticket are as good as on its card.
func TestPressedOnALine(t *testing.T) {
	offered := func(t *testing.T) (*desktest.Desk, desk.ConversationID) {
		d := newDesk(t, assigning(desk.AssignRoundRobin))
		c := d.Open()
		d.Write(c, "help")
		d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
		return d, c
	}
	again := func(t *testing.T) (*desktest.Desk, desk.ConversationID) {
		d, c, room := assigned(t, func(in *desk.SitesConfigured) { in.Queues[0].InviteLimit = 0 })
		d.Say(desktest.Anna, room, "!return")
		return d, c
	}
	still := func(t *testing.T) (*desktest.Desk, desk.ConversationID) {
		d, c := waiting(t)
		d.Pass(desktest.Configuration().Queues[0].RemindAfter)
		return d, c
	}
	for name, begin := range map[string]func(*testing.T) (*desktest.Desk, desk.ConversationID){
		"is offered to you": offered, "waits again": again, "has been waiting": still,
	} {
		t.Run(name, func(t *testing.T) {
			d, c := begin(t)
			if p := d.LastPost(lobby); !strings.Contains(p.Text, name) {
				t.Fatalf("last in the lobby %+v", p)
			}
			line := lastEvent(d, lobby)
			pressed := d.React(desktest.Boris, lobby, line, "❌")
			if got := d.TicketOf(c).Declined; !slices.Contains(got, desktest.Boris) {
				t.Errorf("declined by %v", got)
			}
			d.Redact(desktest.Boris, lobby, pressed)
			if got := d.TicketOf(c).Declined; slices.Contains(got, desktest.Boris) {
				t.Errorf("declined by %v", got)
			}
			d.React(desktest.Vera, lobby, line, "✅")
			if p := d.LastPost(lobby); !strings.Contains(p.Text, "!take 1") || p.Thread.Event != d.CardOf(c) {
				t.Errorf("to the supervisor %+v", p)
			}
			d.React(desktest.Boris, lobby, line, "✅")
			if got := d.TicketOf(c).Owner; got != desktest.Boris {
				t.Errorf("owner %q", got)
			}
		})
	}
}
