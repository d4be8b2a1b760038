package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// replacements lists the effects that replace rooms, in order.
func replacements(d *desktest.Desk) (out []desk.Effect) {
	for _, s := range d.Sent {
		create, ok := s.Effect.(desk.CreateRoom)
		if ok && create.Replaces != "" {
			out = append(out, create)
		}
		if retire, ok := s.Effect.(desk.RetireRoom); ok {
			out = append(out, retire)
		}
	}
	return out
}

// TestFullSpacesAreReplaced: the queue's space and the operator's own get a new room each time so many children have gone, with what
// lives in it; lobby and site space stay.
func TestFullSpacesAreReplaced(t *testing.T) {
	d := newDesk(t)
	living := d.Open()
	d.Write(living, "I wait all the time")
	queue, own := desk.QueueRoom(desktest.Queue), desk.DeskRoom(desktest.Anna)
	ids := map[desk.RoomKey]desk.RoomID{}
	for _, key := range []desk.RoomKey{queue, own} {
		r, err := d.Room(key)
		if err != nil {
			t.Fatal(err)
		}
		ids[key] = r.ID
	}
	serve := func(times int) {
		for range times {
			c := d.Open()
			d.Write(c, "hello")
			d.Accept(desktest.Anna, c)
			d.Say(desktest.Anna, d.PortalOf(c), "!close")
		}
	}
	serve(desktest.SpaceLimit)
	if got := replacements(d); len(got) != 0 {
		t.Fatalf("replaced too early: %+v", got)
	}
	serve(1)
	want := []desk.Effect{
		desk.CreateRoom{ID: desk.EffectID("replace/" + ids[queue]), Room: queue, Replaces: ids[queue]},
		desk.RetireRoom{
			ID: desk.EffectID("retire/" + ids[queue]), Room: queue, Old: ids[queue], Parent: desk.SiteRoom(desktest.Site),
			Reason: "This space has been replaced by a new one of the same name.",
		},
		desk.CreateRoom{ID: desk.EffectID("replace/" + ids[own]), Room: own, Replaces: ids[own]},
		desk.RetireRoom{
			ID: desk.EffectID("retire/" + ids[own]), Room: own, Old: ids[own],
			Reason: "This space has been replaced by a new one of the same name.",
		},
	}
	if got := replacements(d); !slices.Equal(got, want) {
		t.Fatalf("replaced\n%+v\nwant\n%+v", got, want)
	}
	var children []string
	all, err := d.DesiredOf(queue)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range all {
		if strings.HasPrefix(w.Thing, desk.ThingChild) && strings.Contains(string(w.Value), `"present":true`) {
			children = append(children, w.Thing)
		}
	}
	if want := []string{desk.ThingChild + string(lobby), desk.ThingChild + string(d.PortalOf(living))}; !slices.Equal(children, want) {
		t.Errorf("children of the queue's space %q, want %q", children, want)
	}
	if got := d.Membership(queue, desktest.Anna); got != "join" {
		t.Errorf("anna in the queue's space: %q", got)
	}
	serve(desktest.SpaceLimit - 2)
	if got := replacements(d); len(got) != 4 {
		t.Errorf("replaced again too early: %+v", got[4:])
	}
	serve(3)
	if got := replacements(d); len(got) != 8 || got[4].(desk.CreateRoom).Replaces == ids[queue] {
		t.Errorf("not replaced a second time: %+v", got[4:])
	}
}
