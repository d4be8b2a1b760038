package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// waiting gives a desk with one waiting ticket.
func waiting(t *testing.T, change ...func(*desk.SitesConfigured)) (*desktest.Desk, desk.ConversationID) {
	t.Helper()
	d := newDesk(t, change...)
	c := d.Open()
	d.Write(c, "help me")
	return d, c
}

// assigned gives a desk with one ticket that Anna has accepted.
func assigned(t *testing.T, change ...func(*desk.SitesConfigured)) (*desktest.Desk, desk.ConversationID, desk.RoomKey) {
	t.Helper()
	d, c := waiting(t, change...)
	d.Accept(desktest.Anna, c)
	return d, c, d.PortalOf(c)
}

var lobby = desk.LobbyRoom(desktest.Queue)

// TestWaysToAccept: each way makes Anna responsible and brings about the same (Q5).
func TestWaysToAccept(t *testing.T) {
	for name, accept := range map[string]func(*desktest.Desk, desk.ConversationID){
		"reaction":                  func(d *desktest.Desk, c desk.ConversationID) { d.React(desktest.Anna, lobby, d.CardOf(c), "✅") },
		"reaction in coloured form": func(d *desktest.Desk, c desk.ConversationID) { d.React(desktest.Anna, lobby, d.CardOf(c), "✅\ufe0f") },
		"command in lobby":          func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, lobby, "!accept 1") },
		"short command":             func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, lobby, "!a1") },
		"Russian command":           func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, lobby, "!принять #1") },
		"command without number":    func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, lobby, "!accept") },
		"command in a direct chat": func(d *desktest.Desk, c desk.ConversationID) {
			d.Say(desktest.Anna, desk.DirectRoom(desktest.Anna), "!accept 1")
		},
		"command in the ticket room": func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, d.PortalOf(c), "!accept") },
		"command in the card's thread": func(d *desktest.Desk, c desk.ConversationID) {
			d.SayAs(desktest.Anna, lobby, "!accept", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, d.CardOf(c) })
		},
		"invitation accepted": func(d *desktest.Desk, c desk.ConversationID) {
			d.Member(d.PortalOf(c), desktest.Anna, desktest.Anna, "invite", "join")
		},
		"joined by the lobby's right": func(d *desktest.Desk, c desk.ConversationID) {
			d.Member(d.PortalOf(c), desktest.Anna, desktest.Anna, "leave", "join")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := waiting(t)
			direct := desk.Room{Key: desk.DirectRoom(desktest.Anna), ID: "!direct"}
			if err := d.PutRoom(&direct); err != nil {
				t.Fatal(err)
			}
			accept(d, c)
			checkAssigned(t, d, c)
		})
	}
}

func checkAssigned(t *testing.T, d *desktest.Desk, c desk.ConversationID) {
	t.Helper()
	ticket, room := d.TicketOf(c), d.PortalOf(c)
	if ticket.State != desk.Assigned || ticket.Owner != desktest.Anna || ticket.Generation != 2 {
		t.Fatalf("ticket %+v", ticket)
	}
	if a, b := d.Membership(room, desktest.Anna), d.Membership(room, desktest.Boris); a != "join" || b != "leave" {
		t.Errorf("anna %q, boris %q", a, b)
	}
	var join desk.JoinRule
	d.Want(room, desk.ThingJoin, &join)
	if len(join.Allow) > 0 {
		t.Errorf("the room is still open")
	}
	if !join.Restricted {
		t.Errorf("joins of this moment would be forgotten: join rule %+v", join)
	}
	var inQueue, onDesk desk.Child
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(room), &inQueue)
	d.Want(desk.DeskRoom(desktest.Anna), desk.ThingChild+string(room), &onDesk)
	if inQueue.Present || !onDesk.Present || onDesk.Suggested {
		t.Errorf("in the queue %+v, on the desk %+v", inQueue, onDesk)
	}
	card := d.Card(c)
	if len(card.Buttons)+len(card.Mentions) > 0 || !strings.Contains(card.Text, "answered by Anna Petrova") {
		t.Errorf("card %+v", card)
	}
	last := d.Messages(c)[len(d.Messages(c))-1]
	if last.Kind != "joined" || last.Args[0] != "Anna Petrova" {
		t.Errorf("the customer is told %+v", last)
	}
	journal := d.Journal()
	if e := journal[len(journal)-1]; e.Action != "ticket.accepted" || e.Actor != string(desktest.Anna) || e.From != "waiting" || e.To != "assigned" {
		t.Errorf("journal %+v", e)
	}
}

// TestOneWins: of thirty operators who press at once exactly one gets the ticket, the others change nothing.
func TestOneWins(t *testing.T) {
	d, c := waiting(t, func(in *desk.SitesConfigured) {
		for i := range 30 {
			u := desk.UserID(fmt.Sprintf("@op%02d:test", i))
			in.Staff = append(in.Staff, desk.Operator{ID: u, PublicName: fmt.Sprintf("Op %d", i)})
			in.Queues[0].Operators = append(in.Queues[0].Operators, u)
		}
	})
	for i := range 30 {
		u := desk.UserID(fmt.Sprintf("@op%02d:test", (i+7)%30))
		switch i % 3 {
		case 0:
			d.React(u, lobby, d.CardOf(c), "✅")
		case 1:
			d.Member(d.PortalOf(c), u, u, "leave", "join")
		default:
			d.Say(u, lobby, "!accept 1")
		}
	}
	if ticket := d.TicketOf(c); ticket.Owner != "@op07:test" || ticket.Generation != 2 {
		t.Fatalf("ticket %+v", ticket)
	}
	joined := 0
	for _, m := range d.Messages(c) {
		if m.Kind == "joined" {
			joined++
		}
	}
	if joined != 1 {
		t.Errorf("the customer is told of %d operators", joined)
	}
	room := d.PortalOf(c)
	for i := range 30 {
		u := desk.UserID(fmt.Sprintf("@op%02d:test", i))
		if got := d.Membership(room, u); u != "@op07:test" && got == "join" {
			t.Errorf("%s is wanted in the room: %q", u, got)
		}
	}
	answers := d.Posts(lobby)
	if !strings.Contains(answers[len(answers)-1].Text, "taken already, Op 7 answers it") {
		t.Errorf("a loser's command is answered %q", answers[len(answers)-1].Text)
	}
}

// TestLateJoin: who joins an assigned ticket's room uninvited has to go and is told, even if that was wished before.
func TestLateJoin(t *testing.T) {
	d, _, room := assigned(t)
	var before, after desk.Member
	d.Want(room, desk.ThingMember+string(desktest.Boris), &before)
	d.Member(room, desktest.Boris, desktest.Boris, "leave", "join")
	d.Want(room, desk.ThingMember+string(desktest.Boris), &after)
	if after.Want != "leave" || after.Seq <= before.Seq || !strings.Contains(after.Reason, "Anna Petrova") {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestWhoMayNotAccept(t *testing.T) {
	for u, answer := range map[desk.UserID]string{
		desktest.Vera: "To read along: !watch 1. To answer it yourself: !take 1.", desktest.Admin: "!watch 1", clara: "Ask an administrator to add you",
		desktest.Outside: "not",
	} {
		t.Run(string(u), func(t *testing.T) {
			d, c := waiting(t, twoQueues)
			d.Say(u, lobby, "!accept 1")
			if got := d.LastPost(lobby); !slices.Equal(got.Mentions, []desk.UserID{u}) || !strings.Contains(got.Text, answer) {
				t.Errorf("answer %+v", got)
			}
			d.React(u, lobby, d.CardOf(c), "✅")
			if got := d.LastPost(lobby); got.Thread.Event != d.CardOf(c) {
				t.Errorf("answer to the reaction %+v", got)
			}
			d.Member(d.PortalOf(c), u, u, "leave", "join")
			if got := d.Membership(d.PortalOf(c), u); got != "leave" {
				t.Errorf("after joining: %q", got)
			}
			if ticket := d.TicketOf(c); ticket.State != desk.Waiting {
				t.Errorf("ticket %+v", ticket)
			}
		})
	}
}

// TestDecline: a decline holds for one operator and one wait, and can be taken back (Q6).
func TestDecline(t *testing.T) {
	d, c := waiting(t)
	room := d.PortalOf(c)
	pressed := d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	if got := d.Membership(room, desktest.Anna); got != "leave" {
		t.Errorf("anna's invitation after declining: %q", got)
	}
	if card := d.Card(c); !slices.Equal(card.Mentions, []desk.UserID{desktest.Boris}) || len(card.Buttons) != 2 {
		t.Errorf("card after declining %+v", card)
	}
	d.Redact(desktest.Anna, lobby, pressed)
	if got := d.Membership(room, desktest.Anna); got != "invite" || len(d.TicketOf(c).Declined) != 0 {
		t.Errorf("after taking ❌ back: %q, %v", got, d.TicketOf(c).Declined)
	}

	d.Say(desktest.Anna, lobby, "!decline 1")
	d.Accept(desktest.Anna, c)
	if ticket := d.TicketOf(c); ticket.Owner != desktest.Anna {
		t.Errorf("who declined may still accept: %+v", ticket)
	}
}

// TestUndecline: who declined by mistake gets the offer back, however it was declined: the invitation, the mention on the card, the place in
// !new, and ❌ that can be pressed again.
func TestUndecline(t *testing.T) {
	for name, decline := range map[string]func(*desktest.Desk, desk.ConversationID){
		"by invitation": func(d *desktest.Desk, c desk.ConversationID) {
			d.Member(d.PortalOf(c), desktest.Anna, desktest.Anna, "invite", "leave")
		},
		"by command": func(d *desktest.Desk, c desk.ConversationID) { d.Say(desktest.Anna, lobby, "!decline 1") },
		"by button":  func(d *desktest.Desk, c desk.ConversationID) { d.React(desktest.Anna, lobby, d.CardOf(c), "❌") },
	} {
		t.Run(name, func(t *testing.T) {
			d, c := waiting(t)
			var invited, after desk.Member
			d.Want(d.PortalOf(c), desk.ThingMember+string(desktest.Anna), &invited)
			other := d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
			decline(d, c)
			d.Say(desktest.Anna, lobby, "!undecline 1")
			if p := d.LastPost(lobby); !strings.Contains(p.Text, "offered to you again") {
				t.Errorf("answer %+v", p)
			}
			d.Want(d.PortalOf(c), desk.ThingMember+string(desktest.Anna), &after)
			if after.Want != "invite" || after.Reason != invited.Reason {
				t.Errorf("invited %+v, then %+v", invited, after)
			}
			if card := d.Card(c); !slices.Equal(card.Mentions, []desk.UserID{desktest.Anna}) {
				t.Errorf("card %+v", card)
			}
			if got := d.TicketOf(c).Declined; !slices.Equal(got, []desk.UserID{desktest.Boris}) {
				t.Errorf("declined by %v", got)
			}
			for _, s := range d.Sent {
				if r, ok := s.Effect.(desk.Redact); ok && r.Target.Event == other {
					t.Error("Boris's ❌ is taken off")
				}
			}
			d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
			if got := d.TicketOf(c).Declined; !slices.Contains(got, desktest.Anna) {
				t.Errorf("declined anew by %v", got)
			}
		})
	}
}

func TestDeclineByInvitation(t *testing.T) {
	d, c := waiting(t)
	d.Member(d.PortalOf(c), desktest.Boris, desktest.Boris, "invite", "leave")
	if got := d.TicketOf(c).Declined; !slices.Equal(got, []desk.UserID{desktest.Boris}) {
		t.Errorf("declined by %v", got)
	}
}

func TestEverybodyDeclined(t *testing.T) {
	d, c := waiting(t)
	d.React(desktest.Anna, lobby, d.CardOf(c), "❌")
	for _, p := range d.Posts(lobby) {
		if slices.Contains(p.Mentions, desktest.Vera) {
			t.Fatalf("the supervisor is called too early: %+v", p)
		}
	}
	d.React(desktest.Boris, lobby, d.CardOf(c), "❌")
	if p := d.LastPost(lobby); !slices.Equal(p.Mentions, []desk.UserID{desktest.Vera}) || p.Thread.Event != d.CardOf(c) {
		t.Errorf("the supervisor is called by %+v", p)
	}
}

// TestOwnerLeaves: leaving the room returns the ticket, and who left is not invited to this wait.
func TestOwnerLeaves(t *testing.T) {
	d, c, room := assigned(t)
	d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
	ticket := d.TicketOf(c)
	if ticket.State != desk.Waiting || ticket.Owner != "" || ticket.LastOwner != desktest.Anna || ticket.Generation != 3 {
		t.Fatalf("ticket %+v", ticket)
	}
	if a, b := d.Membership(room, desktest.Anna), d.Membership(room, desktest.Boris); a != "leave" || b != "invite" {
		t.Errorf("anna %q, boris %q", a, b)
	}
	var onDesk, inQueue desk.Child
	d.Want(desk.DeskRoom(desktest.Anna), desk.ThingChild+string(room), &onDesk)
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(room), &inQueue)
	if onDesk.Present || !inQueue.Present {
		t.Errorf("on the desk %+v, in the queue %+v", onDesk, inQueue)
	}
	if card := d.Card(c); len(card.Buttons) != 2 || !slices.Equal(card.Mentions, []desk.UserID{desktest.Boris}) {
		t.Errorf("card %+v", card)
	}
	d.Accept(desktest.Anna, c)
	if got := d.TicketOf(c); got.Owner != desktest.Anna || d.Membership(room, desktest.Anna) != "join" {
		t.Errorf("accepting again: %+v", got)
	}
}

func TestInvitationRenewed(t *testing.T) {
	d, c, room := assigned(t)
	d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
	d.Accept(desktest.Boris, c)
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	if a, b := d.Membership(room, desktest.Anna), d.Membership(room, desktest.Boris); a != "invite" || b != "leave" {
		t.Errorf("in the third wait: anna %q, boris %q", a, b)
	}
}

// TestGuest: a colleague the owner invites stays, talks, and has to go with the next change of the ticket.
func TestGuest(t *testing.T) {
	d, c, room := assigned(t)
	d.Member(room, desktest.Boris, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "join")
	if got := d.Membership(room, desktest.Boris); got != "invite" {
		t.Fatalf("the guest is wanted by %q", got)
	}
	d.Say(desktest.Boris, room, "I can explain")
	last := d.Messages(c)[len(d.Messages(c))-1]
	if last.Content.Text != "I can explain" || last.WhoName != "Boris" {
		t.Errorf("the customer reads %+v", last)
	}
	event := d.Say(desktest.Anna, room, "my words")
	d.Edit(desktest.Boris, room, event, "forged")
	if view := customerView(t, d, c); strings.Contains(view, "forged") {
		t.Errorf("a guest edits the owner's words: %s", view)
	}
	d.Member(room, desktest.Vera, desktest.Boris, "leave", "invite")
	if got := d.Membership(room, desktest.Vera); got != "leave" {
		t.Errorf("a guest's guest: %q", got)
	}
	d.Member(room, desktest.Outside, desktest.Anna, "leave", "invite")
	if got := d.Membership(room, desktest.Outside); got != "leave" {
		t.Errorf("somebody who is not of the staff is wanted by %q", got)
	}
	d.Say(desktest.Anna, room, "!close")
	if got := d.Membership(room, desktest.Boris); got != "leave" {
		t.Errorf("the guest after closing: %q", got)
	}
}

func TestGuestLeaves(t *testing.T) {
	d, c, room := assigned(t)
	d.Member(room, desktest.Boris, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "join")
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	d.Member(room, desktest.Boris, desktest.Boris, "leave", "join")
	if got := d.Membership(room, desktest.Boris); got != "leave" || d.TicketOf(c).Owner != desktest.Anna {
		t.Errorf("a guest who left comes back uninvited: %q", got)
	}
	checkLeft(t, d, c, desktest.Boris)
}

// checkLeft finds in the journal that somebody has left a ticket's room of their own will, once.
func checkLeft(t *testing.T, d *desktest.Desk, c desk.ConversationID, u desk.UserID) {
	t.Helper()
	count := 0
	for _, e := range d.Journal() {
		if e.Action == "member.left" && e.Actor == string(u) && e.Target == string(u) && e.Ticket == d.TicketOf(c).ID && e.Room == d.PortalOf(c) {
			count++
		}
	}
	if count != 1 {
		t.Errorf("the journal knows of %d times that %s left", count, u)
	}
}

// TestClose: owner and supervisors may close; afterwards nobody of the staff is in the room and it hangs nowhere (Q7).
func TestClose(t *testing.T) {
	for _, test := range []struct {
		name string
		by   desk.UserID
		in   func(desk.RoomKey) desk.RoomKey
		text string
		done bool
	}{
		{"owner", desktest.Anna, func(portal desk.RoomKey) desk.RoomKey { return portal }, "!close", true},
		{"owner in Russian", desktest.Anna, func(portal desk.RoomKey) desk.RoomKey { return portal }, "!закрыть", true},
		{"supervisor in the lobby", desktest.Vera, func(desk.RoomKey) desk.RoomKey { return lobby }, "!c 1", true},
		{"another operator", desktest.Boris, func(desk.RoomKey) desk.RoomKey { return lobby }, "!close 1", false},
		{"stranger", desktest.Outside, func(portal desk.RoomKey) desk.RoomKey { return portal }, "!close", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(test.by, test.in(room), test.text)
			ticket := d.TicketOf(c)
			if (ticket.State == desk.Closed) != test.done {
				t.Fatalf("ticket %+v", ticket)
			}
			if !test.done {
				return
			}
			var onDesk desk.Child
			d.Want(desk.DeskRoom(desktest.Anna), desk.ThingChild+string(room), &onDesk)
			if ticket.CloseReason != "operator" || ticket.Owner != "" || d.Membership(room, desktest.Anna) != "leave" || onDesk.Present {
				t.Errorf("ticket %+v, anna %q, desk %+v", ticket, d.Membership(room, desktest.Anna), onDesk)
			}
			if card := d.Card(c); len(card.Buttons) > 0 || !strings.Contains(card.Text, "closed") {
				t.Errorf("card %+v", card)
			}
			d.Member(room, desktest.Boris, desktest.Boris, "leave", "join")
			if got := d.Membership(room, desktest.Boris); got != "leave" {
				t.Errorf("joining a closed ticket: %q", got)
			}
			before := d.TicketOf(c)
			d.Say(desktest.Vera, lobby, "!close 1")
			if after := d.TicketOf(c); after.Generation != before.Generation {
				t.Errorf("closed twice: %+v", after)
			}
		})
	}
}

// TestBotAndPuppetsAreNoPeople: what happens to them is the reconciler's, not a move of the ticket.
func TestBotAndPuppetsAreNoPeople(t *testing.T) {
	d, c, room := assigned(t)
	before := d.TicketOf(c)
	d.Member(room, desktest.Bot, desktest.Anna, "join", "leave")
	d.Member(room, "@desk_c_x:test", desktest.Anna, "join", "leave")
	if after := d.TicketOf(c); after.Generation != before.Generation {
		t.Errorf("ticket %+v", after)
	}
}

func TestStrangersInStaffRooms(t *testing.T) {
	d := newDesk(t)
	d.Member(lobby, desktest.Outside, desktest.Anna, "", "invite")
	if got := d.Membership(lobby, desktest.Outside); got != "leave" {
		t.Errorf("a stranger invited to the lobby: %q", got)
	}
	d.Member(lobby, desktest.Admin, desktest.Admin, "invite", "join")
	if got := d.Membership(lobby, desktest.Admin); got != "" {
		t.Errorf("an administrator in the lobby: %q", got)
	}
	d.Member(lobby, desktest.Anna, desktest.Anna, "invite", "join")
	if got := d.Membership(lobby, desktest.Anna); got != "join" {
		t.Errorf("an operator in the lobby: %q", got)
	}
	d.Member(desk.DirectRoom(desktest.Outside), desktest.Outside, desktest.Outside, "", "join")
	if got := d.Membership(desk.DirectRoom(desktest.Outside), desktest.Outside); got != "" {
		t.Errorf("a direct chat: %q", got)
	}
}

// fasterTx is a database in which somebody else moves a ticket just before each claim.
type fasterTx struct {
	*desktest.Tx
	become func(*desk.Ticket)
}

func (f *fasterTx) ClaimTicket(t *desk.Ticket, from desk.TicketState) (bool, error) {
	now, err := f.Ticket(t.ID)
	if err != nil {
		return false, err
	}
	f.become(now)
	if err := f.PutTicket(now); err != nil {
		return false, err
	}
	return f.Tx.ClaimTicket(t, from)
}

// TestLostClaim: the second line of defence refuses with what the ticket has become.
func TestLostClaim(t *testing.T) {
	for _, test := range []struct {
		name   string
		become func(*desk.Ticket)
		answer string
	}{
		{"taken", func(k *desk.Ticket) { k.State, k.Owner, k.Generation = desk.Assigned, desktest.Boris, 2 }, "taken already, Boris answers it"},
		{"closed", func(k *desk.Ticket) { k.State, k.Generation = desk.Closed, 2 }, "closed already"},
		{"waits anew", func(k *desk.Ticket) { k.Generation = 3 }, "just been changed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := waiting(t)
			in := desk.StaffMessage{Room: lobby, Event: "$x", Sender: desktest.Anna}
			in.Content.Text = "!accept 1"
			out, err := d.Engine.Decide(&fasterTx{d.Tx, test.become}, d.Now, in)
			if err != nil || len(out.Effects) != 1 {
				t.Fatalf("effects %+v, %v", out.Effects, err)
			}
			if p := out.Effects[0].(desk.Post); !strings.Contains(p.Text, test.answer) {
				t.Errorf("answer %q, want %q in it", p.Text, test.answer)
			}
		})
	}
}
