package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestContacts is their whole life: added, changed, out of date, current again, and each step taken back; topic and card follow (O7, Q9).
func TestContacts(t *testing.T) {
	d, c, room := assigned(t, inMoscow)
	topic := func() (out string) {
		d.Want(room, desk.ThingTopic, &out)
		return out
	}
	say := func(text, want string) {
		t.Helper()
		d.Pass(time.Minute)
		d.Say(desktest.Anna, room, text)
		if got := d.LastPost(room).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", text, got, want)
		}
	}
	knows := func(words string, is bool) {
		t.Helper()
		if inTopic, onCard := strings.Contains(topic(), words), strings.Contains(d.Card(c).Text, words); inTopic != is || onCard != is {
			t.Errorf("%q: in the topic %v, on the card %v, want %v", words, inTopic, onCard, is)
		}
	}
	say("!contact", "no current contacts of Visitor 1")
	say("!contact add 8 916 1234567 after six", "Added: +7 916 123-45-67\nContacts of Visitor 1: 1\n+7 916 123-45-67 · 1 · phone · after six · Anna Petrova, 2 March, 12:02")
	knows("+7 916 123-45-67", true)
	say("!контакт добавить irina@company.ru", "irina@company.ru · 2 · e-mail")
	knows("irina@company.ru", true)
	knows("+7 916", false)
	if html := d.LastPost(room).HTML; !strings.Contains(html, `<a href="mailto:irina@company.ru">irina@company.ru</a>`) {
		t.Errorf("no link: %s", html)
	}
	say("!contact hide 2", "Out of date now, and not used any more: irina@company.ru")
	hidden := d.LastPost(room)
	if !strings.Contains(hidden.Text, "Out of date: 1 («!contact hidden» shows them)") || strings.Contains(strings.SplitN(hidden.Text, "\n", 2)[1], "irina") {
		t.Errorf("hidden ones in words: %q", hidden.Text)
	}
	if !strings.Contains(hidden.HTML, "</table><details><summary>Out of date: 1</summary>") || strings.Contains(hidden.HTML, "mailto:") ||
		!strings.Contains(hidden.HTML, "out of date: Anna Petrova, 2 March, 12:04") {
		t.Errorf("hidden ones folded: %s", hidden.HTML)
	}
	knows("irina@company.ru", false)
	knows("+7 916 123-45-67", true)
	say("!contact hidden", "irina@company.ru · 2 · e-mail")
	say("!contact add irina@company.ru", "«!contact show 2» makes it current again")
	say("!contact show 2", "Current again: irina@company.ru")
	knows("irina@company.ru", true)
	say("!contact edit 2 ira@company.ru office", "Changed: ira@company.ru")
	say("!contact edit 2 comment home", "ira@company.ru · 2 · e-mail · home")
	say("!contact undo", "Taken back: ira@company.ru (office) → ira@company.ru (home)")
	say("!contact undo", "Taken back: irina@company.ru → ira@company.ru (office)")
	knows("irina@company.ru", true)
	say("!contact undo", "irina@company.ru, out of date → irina@company.ru")
	say("!contact undo", "irina@company.ru → irina@company.ru, out of date")
	say("!contact undo", "Taken back: — → irina@company.ru")
	knows("irina@company.ru", false)
	say("!contact undo", "Taken back: — → +7 916 123-45-67 (after six)")
	say("!contact undo", "no change of these contacts to take back")
	knows("+7 916", false)
	say("!contact history", "What was changed of the contacts of Visitor 1: 12")
	if view := customerView(t, d, c); strings.Contains(view, "916") || strings.Contains(view, "irina") {
		t.Errorf("the customer reads %s", view)
	}
	recorded := 0
	for _, e := range d.Journal() {
		if strings.HasPrefix(e.Action, "contact.") && len(e.Changes) > 0 && e.Actor == string(desktest.Anna) && e.Ticket != "" {
			recorded++
		}
	}
	if recorded != 12 {
		t.Errorf("%d changes in the journal", recorded)
	}
}

func TestContactRefused(t *testing.T) {
	for _, test := range []struct {
		name       string
		by         desk.UserID
		room       string
		text, want string
	}{
		{"no number", desktest.Anna, "portal", "!contact add", "!contact add +7 916 123-45-67 after six"},
		{"bad phone", desktest.Anna, "portal", "!contact add +7 916", "«+7 916» is no phone number"},
		{"bad e-mail", desktest.Anna, "portal", "!contact add irina@company", "is no e-mail address"},
		{"there already", desktest.Anna, "portal", "!contact add +79160000000", "there already, as contact 1"},
		{"there already, by another edit", desktest.Anna, "portal", "!contact edit 2 89160000000", "there already, as contact 1"},
		{"unknown", desktest.Anna, "portal", "!contact edit 7 x@y.ru", "no contact «7»"},
		{"nothing to do", desktest.Anna, "portal", "!contact show 1", "is so already"},
		{"the same again", desktest.Anna, "portal", "!contact edit 1 +79160000000", "is so already"},
		{"words behind", desktest.Anna, "portal", "!contact hide 1 please", "do not understand «please»"},
		{"words behind the card", desktest.Anna, "portal", "!contact please", "do not understand «please»"},
		{"somebody else's ticket", desktest.Boris, "lobby", "!contact #1", "only the responsible may"},
		{"editing somebody else's", desktest.Boris, "lobby", "!contact add #1 x@y.ru", "only the responsible may"},
		{"no such ticket", desktest.Anna, "lobby", "!contact #9", "no ticket #9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, "!contact add +79160000000")
			d.Say(desktest.Anna, room, "!contact add a@b.ru")
			before, _ := d.Contacts(d.TicketOf(c).Customer)
			where := map[string]desk.RoomKey{"portal": room, "lobby": lobby}[test.room]
			d.Say(test.by, where, test.text)
			if where == lobby {
				where = desk.DirectRoom(test.by)
			}
			if got := d.LastPost(where).Text; !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q in it", got, test.want)
			}
			after, err := d.Contacts(d.TicketOf(c).Customer)
			if err != nil || len(after) != len(before) || after[0] != before[0] || after[1] != before[1] {
				t.Errorf("contacts %+v, %v", after, err)
			}
		})
	}
}

// TestContactOfSupervisor: whoever may edit the queue's contacts may do so from the lobby.
func TestContactOfSupervisor(t *testing.T) {
	d, c, _ := assigned(t)
	d.Say(desktest.Vera, lobby, "!contact add #1 @irina_p")
	all, err := d.Contacts(d.TicketOf(c).Customer)
	if err != nil || len(all) != 1 || all[0].Value != "@irina_p" || all[0].By != desktest.Vera {
		t.Errorf("contacts %+v, %v: %q", all, err, d.LastPost(lobby).Text)
	}
}

// TestGivenEmail: the address that the customer gave becomes a contact, once, and stays hidden if it was hidden.
func TestGivenEmail(t *testing.T) {
	d, c, room := assigned(t)
	customer, err := d.Customer(d.TicketOf(c).Customer)
	if err != nil {
		t.Fatal(err)
	}
	customer.Email = "Irina@Company.ru"
	if err := d.PutCustomer(customer); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d.Write(c, "write to me")
	}
	all, err := d.Contacts(customer.ID)
	if err != nil || len(all) != 1 || all[0].Value != "Irina@company.ru" || all[0].By != "" {
		t.Fatalf("contacts %+v, %v", all, err)
	}
	var topic string
	if d.Want(room, desk.ThingTopic, &topic); !strings.Contains(topic, "Irina@company.ru") {
		t.Errorf("topic %q", topic)
	}
	d.Say(desktest.Anna, room, "!contact")
	if got := d.LastPost(room).Text; !strings.Contains(got, "Irina@company.ru · 1 · e-mail · the customer, ") {
		t.Errorf("card %q", got)
	}
	d.Say(desktest.Anna, room, "!contact hide 1")
	d.Write(c, "and again")
	if d.Want(room, desk.ThingTopic, &topic); strings.Contains(topic, "Irina") {
		t.Errorf("topic %q", topic)
	}
}

// TestSharedPhone: a number that a channel vouches for is a contact, once.
func TestSharedPhone(t *testing.T) {
	d, c, room := assigned(t)
	for i, phone := range []string{"+79001234567", "8 (900) 123-45-67", "", "no number"} {
		d.Decide(desk.CustomerMessage{Conversation: c, ClientID: fmt.Sprintf("shared%d", i), Text: "call me", Phone: phone, At: d.Now})
	}
	all, err := d.Contacts(d.TicketOf(c).Customer)
	if err != nil || len(all) != 1 || all[0].Kind != desk.ContactPhone || all[0].Value != "+79001234567" || all[0].By != "" {
		t.Fatalf("contacts %+v, %v", all, err)
	}
	d.Deliver()
	var topic string
	if d.Want(room, desk.ThingTopic, &topic); !strings.Contains(topic, "+7 900 123-45-67") {
		t.Errorf("topic %q", topic)
	}
}

// TestContactByOlderTicket: contacts changed by the number of a closed ticket leave the open one of the same room as it is, and show in every open
// ticket of the customer, whatever channel it came by.
func TestContactByOlderTicket(t *testing.T) {
	for _, how := range []string{"!contact add #1 +79160000000", "!contact add #1 a@b.ru\n!contact undo #1\n!contact add #1 +79160000000"} {
		d, c, room := assigned(t)
		d.Say(desktest.Anna, room, "!close")
		d.Write(c, "me again")
		d.Accept(desktest.Boris, c)
		other := d.Open()
		conversation, err := d.Conversation(other)
		must(err)
		conversation.Customer, conversation.Channel = d.TicketOf(c).Customer, telegramChannel
		must(d.PutConversation(conversation))
		d.Write(other, "and here")
		d.Accept(desktest.Anna, other)
		must(d.PutRoom(&desk.Room{Key: desk.DirectRoom(desktest.Admin), ID: "!direct"}))
		for _, order := range strings.Split(how, "\n") {
			d.Say(desktest.Admin, desk.DirectRoom(desktest.Admin), order)
		}
		if got := d.Membership(room, desktest.Boris); got != "join" {
			t.Errorf("%s: the responsible is to %q", how, got)
		}
		for _, one := range []desk.ConversationID{c, other} {
			var topic string
			d.Want(d.PortalOf(one), desk.ThingTopic, &topic)
			if !strings.Contains(topic, "+7 916 000-00-00") || !strings.Contains(d.Card(one).Text, "+7 916 000-00-00") {
				t.Errorf("%s: topic %q, card %q", how, topic, d.Card(one).Text)
			}
			if !strings.Contains(topic, "Boris") && one == c {
				t.Errorf("%s: topic %q", how, topic)
			}
		}
	}
}

// TestContactsArePrivate: outside the room of their ticket, contacts are shown in the direct chat.
func TestContactsArePrivate(t *testing.T) {
	d, c, room := assigned(t)
	d.Write(d.Open(), "another")
	d.Say(desktest.Anna, room, "!contact add +79160000000")
	other := desk.PortalRoom(d.TicketOf(c).Portal)
	for _, test := range []struct {
		in   desk.RoomKey
		text string
	}{
		{lobby, "!contact #1"}, {lobby, "!contact history #1"}, {lobby, "!contact add #1 a@b.ru"}, {lobby, "!contact hide #1 2"}, {lobby, "!contact hidden #1"},
		{other, "!contact #2"},
	} {
		before := len(d.Posts(test.in))
		d.Say(desktest.Anna, test.in, test.text)
		if now := d.Posts(test.in); len(now) != before {
			t.Errorf("%s in %s shows there %q", test.text, test.in, now[len(now)-1].Text)
		}
	}
	d.Say(desktest.Anna, room, "!contact #1")
	if got := d.LastPost(room).Text; !strings.Contains(got, "+7 916 000-00-00") {
		t.Errorf("in its own room: %q", got)
	}
}

// TestContactsOfTheStaffStay: what the staff have made of an address that a customer gave does not come back with the next message.
func TestContactsOfTheStaffStay(t *testing.T) {
	for _, how := range []string{"!contact edit 1 irina@company.ru", "!contact undo"} {
		d, c := waiting(t)
		customer, err := d.Customer(d.TicketOf(c).Customer)
		must(err)
		customer.Email = "irna@company.ru"
		must(d.PutCustomer(customer))
		d.Write(c, "hello")
		d.Accept(desktest.Anna, c)
		d.Say(desktest.Anna, d.PortalOf(c), how)
		before, err := d.Contacts(customer.ID)
		must(err)
		d.Write(c, "me again")
		if after, err := d.Contacts(customer.ID); err != nil || len(after) != len(before) {
			t.Errorf("%s: contacts %+v, then %+v", how, before, after)
		}
	}
}
