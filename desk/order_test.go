package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestOrders: each command is answered in its room, to who gave it, and never goes to the customer.
func TestOrders(t *testing.T) {
	for _, test := range []struct {
		name   string
		by     desk.UserID
		room   string // portal, lobby, direct or admin
		text   string
		answer string
	}{
		{"help in the lobby", desktest.Anna, "lobby", "!help", "Tickets: !accept, !decline, "},
		{"help for everything", desktest.Anna, "lobby", "!help all", "!accept [#42] accepts a ticket (also !a, !принять, !п)"},
		{"help for a subject", desktest.Anna, "lobby", "!help Tickets", "Tickets\n!accept [#42] accepts a ticket (also !a, !принять, !п)\n!decline"},
		{"help for a subject in Russian", desktest.Anna, "lobby", "!помощь списки", "Lists and search\n!my [page] "},
		{"help for a part of a subject", desktest.Anna, "lobby", "!help colleagues", "Among colleagues\n!room"},
		{"help for a subject there is nothing of", desktest.Anna, "direct", "!help settings", "Nothing of «Settings» can be done by you here"},
		{"help for the unknown", desktest.Anna, "lobby", "!help xyzxyz", "There is no command «!xyzxyz». Type !help"},
		{"help in the portal", desktest.Anna, "portal", "!помощь", "begin with // and threads stay among the staff"},
		{"help in a direct chat", desktest.Anna, "direct", "!h", "!decline"},
		{"help in the admin room", desktest.Admin, "admin", "!? what went", "!retry [1a2b3c or all] tries"},
		{"help for one command", desktest.Anna, "portal", "!help close", "!close [#42] [comment] closes a ticket (also !c"},
		{"misspelt", desktest.Anna, "portal", "!acept 1", "Did you mean «!accept»?"},
		{"misspelt in Russian", desktest.Anna, "portal", "!приянть", "Did you mean «!принять»?"},
		{"in the wrong room", desktest.Admin, "admin", "!accept 1", "«!accept» is taken in: the room of a ticket"},
		{"unknown", desktest.Anna, "portal", "!frobnicate now", "no command «!frobnicate»"},
		{"just an exclamation", desktest.Anna, "portal", "!", "no command «!»"},
		{"many exclamations", desktest.Anna, "portal", "!!! hurry", "no command «!!!»"},
		{"long and unknown", desktest.Anna, "portal", "!" + strings.Repeat("x", 500), "«!" + strings.Repeat("x", 39) + "…»"},
		{"stranger", desktest.Outside, "lobby", "!help", "you are not on its list"},
		{"not a number", desktest.Anna, "lobby", "!accept soon", "do not understand «soon». Like this: !accept [#42]"},
		{"no such ticket", desktest.Anna, "lobby", "!accept 99", "no ticket #99"},
		{"no ticket named", desktest.Anna, "direct", "!accept", "Name the ticket"},
		{"several waiting", desktest.Anna, "lobby", "!accept", "#2, #3"},
		{"one's own already", desktest.Anna, "portal", "!accept", "#1 is yours already"},
		{"somebody else's", desktest.Boris, "lobby", "!accept 1", "taken already, Anna Petrova answers it"},
		{"declining one's own", desktest.Anna, "lobby", "!decline 1", "!return"},
		{"declining somebody else's", desktest.Boris, "lobby", "!decline 1", "taken already"},
		{"declining", desktest.Boris, "lobby", "!отказаться 2", "not offered to you any more"},
		{"taking back a decline that never was", desktest.Boris, "lobby", "!undecline 2", "have not declined ticket #2"},
		{"taking back a decline too late", desktest.Boris, "lobby", "!undecline 1", "taken already"},
		{"taking a decline back for one's own", desktest.Anna, "lobby", "!передумать 1", "#1 is yours already"},
		{"closing somebody else's", desktest.Boris, "lobby", "!close 1", "Accept it first"},
		{"closing one's own", desktest.Anna, "direct", "!close 1", "Ticket #1 is closed."},
		{"accepting", desktest.Boris, "lobby", "!п3", "Ticket #3 (Visitor 3) is yours now."},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, portal := assigned(t)
			for range 2 {
				d.Write(d.Open(), "me too")
			}
			rooms := map[string]desk.RoomKey{"portal": portal, "lobby": lobby, "direct": desk.DirectRoom(test.by), "admin": desk.AdminRoom()}
			if err := d.PutRoom(&desk.Room{Key: rooms["direct"], ID: "!direct"}); err != nil {
				t.Fatal(err)
			}
			room := rooms[test.room]
			event := d.Say(test.by, room, test.text)
			answer := d.LastPost(room)
			if !strings.Contains(answer.Text, test.answer) {
				t.Errorf("answer %q, want %q in it", answer.Text, test.answer)
			}
			if answer.Reply.Event != event || !answer.Notice || answer.As != desk.Bot || len(answer.Mentions) != 1 || answer.Mentions[0] != test.by {
				t.Errorf("answer %+v", answer)
			}
			if view := customerView(t, d, c); strings.Contains(view, test.text) {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

func TestOrderWithoutTicketWaiting(t *testing.T) {
	d, _, _ := assigned(t)
	d.Say(desktest.Boris, lobby, "!accept")
	if p := d.LastPost(lobby); p.Text != "Nobody waits in this queue." {
		t.Errorf("answer %+v", p)
	}
}

// TestOrdersInDisguise: whatever way a command is dressed, it does not go to the customer.
func TestOrdersInDisguise(t *testing.T) {
	for name, change := range map[string]func(*desk.StaffMessage){
		"white space before": func(in *desk.StaffMessage) { in.Content.Text = " \u200b!close" },
		"in HTML":            func(in *desk.StaffMessage) { in.Content.Text, in.Content.HTML = "close", "<p>!close</p>" },
		"as a reply": func(in *desk.StaffMessage) {
			in.Content.Text, in.Relation, in.Relates = "> <@x:test> hm\n\n!close", desk.InReply, "$unknown"
		},
		"as a caption": func(in *desk.StaffMessage) {
			in.Content.Text, in.Files = "!close", []desk.File{staffFile("a.png")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t)
			event := d.SayAs(desktest.Anna, room, "", change)
			if d.TicketOf(c).State != desk.Closed {
				t.Errorf("not carried out: %+v", d.TicketOf(c))
			}
			if ev, err := d.Event(room, event); err != nil || ev.Kind != desk.EventCommand {
				t.Errorf("event %+v, %v", ev, err)
			}
			if view := customerView(t, d, c); strings.Contains(view, "!close") || strings.Contains(view, "a.png") {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestNoticesGiveNoOrders: another bot's notice is no command.
func TestNoticesGiveNoOrders(t *testing.T) {
	d, c, room := assigned(t)
	d.SayAs(desktest.Anna, room, "!close", func(in *desk.StaffMessage) { in.Notice = true })
	if d.TicketOf(c).State != desk.Assigned {
		t.Errorf("ticket %+v", d.TicketOf(c))
	}
}

// TestOldRoom: with a room per ticket, the room of a closed one takes neither words nor commands.
func TestOldRoom(t *testing.T) {
	d, c, old := assigned(t, func(in *desk.SitesConfigured) { in.Sites[0].History = desk.HistoryTicket })
	d.Say(desktest.Anna, old, "!close")
	d.Write(c, "again")
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, old, secret)
	d.Say(desktest.Anna, old, "!close")
	d.Member(old, desktest.Anna, desktest.Anna, "join", "leave")
	if ticket := d.TicketOf(c); ticket.State != desk.Assigned {
		t.Errorf("ticket %+v", ticket)
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	d.Member(old, desktest.Boris, desktest.Boris, "leave", "join")
	if got := d.Membership(old, desktest.Boris); got != "leave" {
		t.Errorf("boris in the old room: %q", got)
	}
}
