package appservice_test

import (
	"testing"

	"maunium.net/go/mautrix/event"

	"frontdesk/desk"
)

// In a big queue nobody is invited. Members of the lobby may join a waiting room, which is accepting it; then it is closed to others.
func TestJoiningIsAccepting(t *testing.T) {
	f := open(t, officeOptions{operators: 3, inviteLimit: 2})
	anna, boris := f.operators[0], f.operators[1]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "No invitations, please")
	f.card(anna, "No invitations, please")
	portal := f.portal(c)
	f.applied()
	for _, invite := range anna.Invites() {
		if invite.Room == portal {
			t.Errorf("anna is invited: %+v", invite)
		}
	}
	if err := anna.Join(ctx, portal); err != nil {
		t.Fatal(err)
	}
	if got := f.state(c, desk.Assigned); got.Owner != desk.UserID(anna.ID) {
		t.Errorf("owner is %s", got.Owner)
	}
	f.seesText(anna, portal, "No invitations, please")
	f.applied()
	if err := boris.Join(ctx, portal); err == nil {
		t.Error("boris has joined an assigned ticket")
	}
	f.noDeadLetters()
}

// The same by the button, with double puppeting: joined without a click.
func TestButtonInABigQueue(t *testing.T) {
	f := open(t, officeOptions{operators: 3, inviteLimit: 2, double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Press the button")
	card := f.card(anna, "Press the button")
	portal := f.portal(c)
	f.applied()
	opened := len(f.history(portal))
	if _, err := anna.React(ctx, f.lobby(), card.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitMembership(ctx, portal, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	f.applied()
	t.Logf("events of the portal: opened %d, accepted %d", opened, len(f.history(portal))-opened)
	f.noDeadLetters()
}
