package appservice_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// children lists what hangs in a space as an operator's client shows it.
func (f *office) children(p *devstack.Operator, space id.RoomID) []id.RoomID {
	f.t.Helper()
	chunks, err := p.Children(f.t.Context(), space)
	if err != nil {
		f.t.Fatal(err)
	}
	var out []id.RoomID
	for _, c := range chunks {
		if c.RoomID != space {
			out = append(out, c.RoomID)
		}
	}
	slices.Sort(out)
	return out
}

// served lets a ticket pass from its first word to its end.
func (f *office) served(p *devstack.Operator) {
	f.t.Helper()
	c := f.visitor()
	f.write(c, "Short question")
	portal := f.accepted(c, p)
	if _, err := p.SendText(bounded(f.t), portal, "!close"); err != nil {
		f.t.Fatal(err)
	}
	f.state(c, desk.Closed)
	f.applied()
}

// replaced waits until a room has another id than the one given.
func (f *office) replaced(key desk.RoomKey, old desk.RoomID) id.RoomID {
	f.t.Helper()
	f.eventually("replacement of "+string(key), func() bool { return f.room(key).ID != old })
	return id.RoomID(f.room(key).ID)
}

// A queue's space and an operator's own are replaced when too many of their children have gone. What lives moves over, and everybody.
func TestFullSpacesAreReplaced(t *testing.T) {
	for name, o := range map[string]officeOptions{
		"by invitation": {spaceLimit: 1},
		"joined":        {spaceLimit: 1, double: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, o)
			anna := f.operators[0]
			ctx := bounded(t)
			c := f.visitor()
			f.write(c, "I wait")
			f.portal(c)
			f.applied()
			site := id.RoomID(f.room(desk.SiteRoom(siteID)).ID)
			queue, own := desk.QueueRoom(queueID), desk.DeskRoom(desk.UserID(anna.ID))
			before := map[desk.RoomKey]desk.RoomID{queue: f.room(queue).ID, own: f.room(own).ID}
			f.served(anna)
			f.served(anna)
			for key, old := range before {
				space := f.replaced(key, old)
				f.join(anna, desk.RoomID(space))
				if err := anna.WaitMembership(ctx, id.RoomID(old), event.MembershipLeave); err != nil {
					t.Fatal(err)
				}
			}
			f.applied()
			space := id.RoomID(f.room(queue).ID)
			if got, want := f.children(anna, space), sorted(f.lobby(), f.portal(c)); !slices.Equal(got, want) {
				t.Errorf("children of the new space %q, want %q", got, want)
			}
			inSite := f.children(anna, site)
			if !slices.Contains(inSite, space) || slices.Contains(inSite, id.RoomID(before[queue])) {
				t.Errorf("in the site's space: %q, want %s and not %s", inSite, space, before[queue])
			}
			if name := f.currentState(space, "m.room.name", "")["name"]; name != "Help" {
				t.Errorf("name of the new space %q", name)
			}
			if successor := f.successor(anna, id.RoomID(before[queue])); successor != space {
				t.Errorf("the old space's successor is %q, want %s", successor, space)
			}
			f.noDeadLetters()
		})
	}
}

// successor gives what a room's tombstone names, as somebody saw it before leaving.
func (f *office) successor(p *devstack.Operator, room id.RoomID) id.RoomID {
	f.t.Helper()
	var content event.TombstoneEventContent
	if err := p.Client.StateEvent(f.t.Context(), room, event.StateTombstone, "", &content); err != nil {
		f.t.Fatal(err)
	}
	return content.ReplacementRoom
}

func sorted(rooms ...id.RoomID) []id.RoomID {
	slices.Sort(rooms)
	return rooms
}

// Replacing a space that was cut short at any point is finished: the new room is found and not made twice, and the old one is emptied.
func TestReplacementIsFinishedAfterACrash(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	f.applied()
	key := desk.QueueRoom(queueID)
	old := f.room(key)
	create := desk.CreateRoom{ID: desk.EffectID("replace/" + old.ID), Room: key, Replaces: old.ID}
	retire := desk.RetireRoom{ID: desk.EffectID("retire/" + old.ID), Room: key, Old: old.ID, Parent: desk.SiteRoom(siteID), Reason: "Replaced"}

	// Made, and the answer not noted: another process asks again.
	made, err := f.service.Deliver(t.Context(), create, journal.Attempt{N: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.service.Deliver(t.Context(), retire, journal.Attempt{N: 1}); err == nil {
		t.Error("retired before the successor is known")
	}
	f.stop()
	f.start(officeOptions{})
	err = f.journal.Write(t.Context(), func(tx journal.Tx) error {
		return errors.Join(tx.AppendEffects([]desk.Effect{create, retire}), tx.BeginEffect(create.ID, time.Now()))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.replaced(key, old.ID); got != id.RoomID(made.Room.ID) {
		t.Errorf("replaced by %s, made was %s", got, made.Room.ID)
	}
	f.join(anna, made.Room.ID)
	if err := anna.WaitMembership(bounded(t), id.RoomID(old.ID), event.MembershipLeave); err != nil {
		t.Fatal(err)
	}
	f.applied()
	// Retired, and that not noted.
	if _, err := f.service.Deliver(t.Context(), retire, journal.Attempt{N: 2}); err != nil {
		t.Errorf("retired twice: %v", err)
	}
	f.noDeadLetters()
}
