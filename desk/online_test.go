package desk_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestWaitingText follows the office hours of the site, in the customer's language and the site's words (Q3).
func TestWaitingText(t *testing.T) {
	for _, test := range []struct {
		name string
		week string
		lang string
		want string
	}{
		{"no hours", "", "en", "Thank you for writing. Please wait"},
		{"open", "mon-fri 09:00-18:00", "en", "Thank you for writing. Please wait"},
		{"closed", "tue-fri 09:00-18:00", "en", "Thank you for writing! Our office is closed"},
		{"closed, in Russian", "tue-fri 09:00-18:00", "ru", "Мы на даче"},
		{"open, in Russian", "mon 09:00-18:00", "ru", "Спасибо за обращение! Пожалуйста, подождите"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, func(in *desk.SitesConfigured) {
				in.Sites[0].Texts = map[string]map[string]string{"ru": {"customer.away": "Мы на даче"}}
				if test.week != "" && !in.Sites[0].Schedule.SetWeek(test.week) {
					t.Fatalf("no hours: %s", test.week)
				}
			})
			c, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, desk.ChannelWidget, test.lang)
			if err != nil {
				t.Fatal(err)
			}
			d.Write(c.ID, "hello")
			told := d.Messages(c.ID)[1]
			if !strings.HasPrefix(told.Content.Text, test.want) {
				t.Errorf("told %q", told.Content.Text)
			}
			if got := d.LastPost(d.PortalOf(c.ID)); got.Message != told.ID {
				t.Errorf("the staff read %+v", got)
			}
		})
	}
}

// TestStaffed: the header and the offers know the same operators.
func TestStaffed(t *testing.T) {
	d := newDesk(t, twoTopics, func(in *desk.SitesConfigured) { in.Queues[1].Operators = nil })
	for id, want := range map[desk.QueueID]bool{desktest.Queue: true, sales: false, delivery: true, "none": false} {
		if got, err := d.Engine.Staffed(d.Tx, d.Now, id); err != nil || got != want {
			t.Errorf("%s is staffed: %v, %v", id, got, err)
		}
	}
	boris, err := d.Operator(desktest.Boris)
	if err != nil {
		t.Fatal(err)
	}
	boris.Quiet = d.Now.Add(time.Hour)
	if err := d.PutOperator(boris); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]bool{d.Now: false, d.Now.Add(2 * time.Hour): true} {
		if got, err := d.Engine.Staffed(d.Tx, at, delivery); err != nil || got != want {
			t.Errorf("delivery is staffed at %s: %v, %v", at, got, err)
		}
	}
	site, err := d.Site(desktest.Site)
	if err != nil {
		t.Fatal(err)
	}
	c := d.Open()
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "[support delivery sales]"},
		{func() { d.Write(c, "hello") }, "[support delivery sales]"},
		{func() { choose(d, c, delivery) }, "[delivery]"},
		{func() { d.React(desktest.Boris, desk.LobbyRoom(delivery), d.CardOf(c), "✅") }, "[delivery]"},
		{func() { d.Say(desktest.Boris, d.PortalOf(c), "!close") }, "[delivery]"},
		{func() { hide(d, delivery) }, "[support]"},
	} {
		step.do()
		conversation, err := d.Conversation(c)
		if err != nil {
			t.Fatal(err)
		}
		customer, err := d.Customer(conversation.Customer)
		if err != nil {
			t.Fatal(err)
		}
		var ticket *desk.Ticket
		if conversation.Ticket != "" {
			ticket = d.TicketOf(c)
		}
		got, err := desk.Destinations(d, site, customer, ticket)
		if err != nil || fmtQueues(got) != step.want {
			t.Errorf("destinations %v, %v; want %s", got, err, step.want)
		}
	}
}

func fmtQueues(ids []desk.QueueID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return "[" + strings.Join(words, " ") + "]"
}
