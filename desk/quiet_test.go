package desk_test

import (
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// setQuiet makes somebody not to be disturbed, as if decided before.
func setQuiet(t *testing.T, d *desktest.Desk, u desk.UserID, length time.Duration) {
	t.Helper()
	o, err := d.Operator(u)
	if err != nil {
		t.Fatal(err)
	}
	o.Quiet = d.Now.Add(length)
	if err := d.PutOperator(o); err != nil {
		t.Fatal(err)
	}
}

// TestQuietIsOfferedNothing: who is not to be disturbed gets neither invitation nor mention, but may still accept (O6).
func TestQuietIsOfferedNothing(t *testing.T) {
	d := newDesk(t)
	setQuiet(t, d, desktest.Anna, time.Hour)
	c := d.Open()
	d.Write(c, "hello")
	room := d.PortalOf(c)
	if got := d.Membership(room, desktest.Anna); got != "" {
		t.Errorf("anna in the portal: %q", got)
	}
	if got := d.Membership(room, desktest.Boris); got != "invite" {
		t.Errorf("boris in the portal: %q", got)
	}
	if m := d.Card(c).Mentions; !slices.Equal(m, []desk.UserID{desktest.Boris}) {
		t.Errorf("the card mentions %v", m)
	}
	if got := d.Membership(lobby, desktest.Anna); got != "join" {
		t.Errorf("anna in the lobby: %q", got)
	}
	var child desk.Child
	d.Want(desk.QueueRoom(desktest.Queue), desk.ThingChild+string(room), &child)
	if !child.Present || !child.Suggested {
		t.Errorf("the room in the queue's space: %+v", child)
	}
	d.Accept(desktest.Anna, c)
	if owner := d.TicketOf(c).Owner; owner != desktest.Anna {
		t.Errorf("owner %q", owner)
	}
}
