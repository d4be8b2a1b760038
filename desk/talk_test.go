package desk_test

import (
	"strings"
	"sync"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/texts"
)

// strictTexts is the real catalogue; a text it lacks fails the test.
type strictTexts struct {
	t testing.TB
	*texts.Catalogue
}

func (s strictTexts) Text(lang, key string, args ...any) string {
	out := s.Catalogue.Text(lang, key, args...)
	if out == key {
		s.t.Errorf("no text for key %q in %s", key, lang)
	}
	return out
}

var loadTexts = sync.OnceValues(texts.Load)

func newDesk(t testing.TB, change ...func(*desk.SitesConfigured)) *desktest.Desk {
	t.Helper()
	catalogue, err := loadTexts()
	if err != nil {
		t.Fatalf("load texts: %v", err)
	}
	return desktest.New(t, strictTexts{t, catalogue}, change...)
}

// TestTalk is the whole story: a first message, the offer, one who accepts, words both ways, the end, and a new ticket in the same
// room.
func TestTalk(t *testing.T) {
	d := newDesk(t)
	c := d.Open()
	first := d.Write(c, "My order has not come")

	ticket, room := d.TicketOf(c), d.PortalOf(c)
	if ticket.State != desk.Waiting || ticket.Number != 1 || ticket.Words != "My order has not come" {
		t.Fatalf("ticket after the first message: %+v", ticket)
	}
	if posts := d.Posts(room); len(posts) != 2 || posts[0].Text != "My order has not come" || posts[0].As != desk.Puppet(ticket.Customer) {
		t.Fatalf("posts after the first message: %+v", posts)
	}
	if got := d.Membership(room, desktest.Anna); got != "invite" {
		t.Fatalf("anna is offered the ticket by %q", got)
	}
	if stored, _ := d.Message(first.ID); stored.Status != desk.Sent {
		t.Fatalf("status of the first message: %s", stored.Status)
	}

	d.Accept(desktest.Anna, c)
	ticket = d.TicketOf(c)
	if ticket.State != desk.Assigned || ticket.Owner != desktest.Anna {
		t.Fatalf("ticket after accepting: %+v", ticket)
	}
	if a, b := d.Membership(room, desktest.Anna), d.Membership(room, desktest.Boris); a != "join" || b != "leave" {
		t.Fatalf("memberships after accepting: anna %q boris %q", a, b)
	}
	d.Say(desktest.Anna, room, "Let me look")
	d.Write(c, "Thank you")
	d.Say(desktest.Anna, room, "!close")

	ticket = d.TicketOf(c)
	if ticket.State != desk.Closed || d.Membership(room, desktest.Anna) != "leave" {
		t.Fatalf("after closing: %+v, anna %q", ticket, d.Membership(room, desktest.Anna))
	}
	want := []string{
		"customer: My order has not come",
		"system: Thank you for writing. Please wait a moment, we will answer you soon.",
		"system: Anna Petrova is answering you.",
		"staff: Let me look",
		"customer: Thank you",
		"system: End of the conversation",
	}
	var got []string
	for _, m := range d.Messages(c) {
		got = append(got, string(m.Author)+": "+m.Content.Text)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("the customer reads:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	d.Write(c, "One more thing")
	again := d.TicketOf(c)
	if again.Number != 2 || again.State != desk.Waiting || d.PortalOf(c) != room {
		t.Fatalf("ticket after writing again: %+v in %s", again, d.PortalOf(c))
	}
	if got := d.Membership(room, desktest.Anna); got != "invite" {
		t.Fatalf("anna is offered the new ticket by %q", got)
	}
}
