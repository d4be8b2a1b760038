package e2e

import (
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// Without double puppeting the staff uses what Element has: accepting and declining an invitation, joining a room of a space, leaving,
// inviting a colleague.
func TestTicketsByInvitationsAndRooms(t *testing.T) {
	o := sharedOffice(t, false)
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	clara, dmitri := o.login(o.stack.Operators[2]), o.login(o.stack.Operators[3])
	visitor := o.guest()
	visitor.say("Is the shop open on Sunday?")
	card := anna.card("Is the shop open on Sunday?")
	ticket := number(t, card)

	// Boris declines his invitation. The others are still offered the ticket.
	room := boris.invited(ticket).Room
	ctx, cancel := boris.within()
	defer cancel()
	if err := boris.Leave(ctx, room); err != nil {
		t.Fatal(err)
	}
	for _, other := range []*operator{anna, clara, dmitri} {
		other.invited(ticket)
	}

	// He thinks better of it and joins by the rule that lets members of the lobby in: that accepts the ticket.
	if err := boris.Join(ctx, room); err != nil {
		t.Fatal(err)
	}
	anna.cardSays(card, "answered by Boris")
	for _, other := range []*operator{anna, clara, dmitri} {
		other.gone(room)
	}
	boris.backIn(room)
	boris.says(room, "We are, from ten.")
	visitor.reads("We are, from ten.")

	// He leaves: the ticket waits anew, and is offered to everybody but him.
	if err := boris.Leave(ctx, room); err != nil {
		t.Fatal(err)
	}
	visitor.sees("that the ticket waits again", says("Please wait. All operators are busy right now, we will answer you soon."))
	if in := anna.invited(ticket); in.Room != room {
		t.Errorf("the ticket has another room now: %s", in.Room)
	}
	clara.invited(ticket)
	boris.notInvited(room)

	// Anna accepts her invitation.
	if err := anna.Join(ctx, room); err != nil {
		t.Fatal(err)
	}
	boris.cardSays(card, "answered by Anna")
	clara.gone(room)
	dmitri.gone(room)

	// She invites Clara, who talks to the customer and stays.
	invite(t, anna, room, clara.ID)
	clara.invited(ticket)
	if err := clara.Join(ctx, room); err != nil {
		t.Fatal(err)
	}
	clara.says(room, "And until six, I add.")
	if m := visitor.reads("And until six, I add."); m.Who == nil || m.Who.Name != "Clara" {
		t.Errorf("the visitor sees it said by %+v", m.Who)
	}

	// Whom Clara invites is sent away and told why, and nobody comes in by himself any more.
	invite(t, clara, room, dmitri.ID)
	dmitri.sentAway(room, "Only who is responsible for ticket "+ticket+" invites people here.")
	if err := boris.Join(ctx, room); err == nil {
		t.Error("boris could join a ticket that Anna has")
	}
	if others, err := anna.others(ctx, room); err != nil || len(others) != 1 || others[0] != clara.ID {
		t.Errorf("besides Anna there are %v (%v), it should be Clara", others, err)
	}
	anna.says(room, "!close")
	visitor.sees("the end", says("End of the conversation"))
	anna.gone(room)
	clara.gone(room)
}

func invite(t *testing.T, by *operator, room id.RoomID, user id.UserID) {
	t.Helper()
	ctx, cancel := by.within()
	defer cancel()
	if _, err := by.Client.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: user}); err != nil {
		t.Fatalf("%s invites %s: %v", by.ID, user, err)
	}
}

// sentAway waits until the operator was removed from a room, or an invitation withdrawn, with a reason.
func (o *operator) sentAway(room id.RoomID, reason string) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	_, err := o.WaitFor(ctx, func(e *event.Event) bool {
		return e.Type == event.StateMember && e.RoomID == room && e.GetStateKey() == string(o.ID) &&
			e.Content.AsMember().Membership == event.MembershipLeave && e.Content.AsMember().Reason == reason
	})
	if err != nil {
		o.t.Fatalf("waited for %s to be sent away with %q: %v\n%s", o.ID, reason, err, o.saw(""))
	}
}

// notInvited fails if an invitation to a room is pending.
func (o *operator) notInvited(room id.RoomID) {
	o.t.Helper()
	for _, in := range o.Invites() {
		if in.Room == room {
			o.t.Errorf("%s is invited to %s", o.ID, in.Name)
		}
	}
}

// backIn returns when the operator is in a room of theirs. Joining right after declining may cross with the removal that the decline brought
// about; then there is an invitation again.
func (o *operator) backIn(room id.RoomID) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	var member event.MemberEventContent
	err := o.Client.StateEvent(ctx, room, event.StateMember, string(o.ID), &member)
	if err == nil && member.Membership == event.MembershipJoin {
		return
	}
	if _, err := o.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == room }); err != nil {
		o.t.Fatalf("waited to be invited back: %v", err)
	}
	if err := o.Join(ctx, room); err != nil {
		o.t.Fatal(err)
	}
}
