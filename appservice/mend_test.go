package appservice_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
)

// Whoever is made to leave comes back: the bot by the puppet, the puppet by the bot.
func TestBotAndPuppetComeBack(t *testing.T) {
	for _, version := range []string{"11", "12"} {
		t.Run("version "+version, func(t *testing.T) {
			f := open(t, officeOptions{roomVersion: version})
			anna := f.operators[0]
			ctx := bounded(t)
			c := f.visitor()
			f.write(c, "Hello")
			portal := f.accepted(c, anna)
			f.applied()
			for _, who := range []id.UserID{id.UserID(bot), f.customer(c)} {
				if _, err := f.as(who).LeaveRoom(ctx, portal); err != nil {
					t.Fatal(err)
				}
				gone := func(m string) func() bool {
					return func() bool { return f.memberships(anna, portal, who) == m }
				}
				f.eventually(string(who)+" back", gone("join"))
			}
			f.write(c, "Still there?")
			f.seesText(anna, portal, "Still there?")
			f.applied()
			f.noDeadLetters()
		})
	}
}

// With bot and puppet both gone the bot is invited in the name of who answers, and brings the puppet back.
func TestBotAndPuppetComeBackTogether(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	f.applied()
	for _, who := range []id.UserID{f.customer(c), id.UserID(bot)} {
		if _, err := f.as(who).LeaveRoom(ctx, portal); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []id.UserID{id.UserID(bot), f.customer(c)} {
		f.eventually(string(who)+" back", func() bool { return f.memberships(anna, portal, who) == "join" })
	}
	f.write(c, "Still there?")
	f.seesText(anna, portal, "Still there?")
	f.applied()
	f.noDeadLetters()
}

// memberships gives somebody's membership as an operator sees it.
func (f *office) memberships(p *devstack.Operator, room id.RoomID, who id.UserID) string {
	f.t.Helper()
	var member struct {
		Membership string `json:"membership"`
	}
	if err := p.Client.StateEvent(f.t.Context(), room, event.StateMember, string(who), &member); err != nil {
		f.t.Fatal(err)
	}
	return member.Membership
}

// Where there is no puppet, the bot is invited in the name of a member of staff.
func TestBotComesBackToLobby(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	f.applied()
	if _, err := f.as(id.UserID(bot)).LeaveRoom(bounded(t), f.lobby()); err != nil {
		t.Fatal(err)
	}
	f.eventually("bot back in the lobby", func() bool { return f.memberships(anna, f.lobby(), id.UserID(bot)) == "join" })
	f.write(f.visitor(), "Hello lobby")
	f.card(anna, "Hello lobby")
	f.noDeadLetters()
}

// A card that was redacted is shown anew, and its buttons work.
func TestRedactedCardIsShownAnew(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Card, please")
	card := f.card(anna, "Card, please")
	f.applied()
	if _, err := f.as(id.UserID(bot)).RedactEvent(ctx, f.lobby(), card.ID); err != nil {
		t.Fatal(err)
	}
	again := f.sees(anna, f.lobby(), event.EventMessage, func(e *event.Event) bool {
		return e.ID != card.ID && e.Content.AsMessage().RelatesTo.GetReplaceID() == "" && strings.Contains(e.Content.AsMessage().Body, "Card, please")
	})
	f.sees(anna, f.lobby(), event.EventReaction, func(e *event.Event) bool { return e.Content.AsReaction().RelatesTo.EventID == again.ID })
	if _, err := anna.React(ctx, f.lobby(), again.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Assigned)
	f.sees(anna, f.lobby(), event.EventMessage, func(e *event.Event) bool {
		return e.Content.AsMessage().RelatesTo.GetReplaceID() == again.ID
	})
	f.applied()
	f.noDeadLetters()
}

// Somebody who was given power over a room changes it while we are down: levels, name, topic, join rule and history are put back.
func TestChangedRoomIsPutBack(t *testing.T) {
	for _, version := range []string{"11", "12"} {
		t.Run("version "+version, func(t *testing.T) {
			o := officeOptions{roomVersion: version}
			f := open(t, o)
			anna := f.operators[0]
			ctx := bounded(t)
			f.applied()
			lobby := f.lobby()
			things := map[string]string{
				"m.room.power_levels": "", "m.room.name": "", "m.room.topic": "", "m.room.join_rules": "", "m.room.history_visibility": "",
			}
			for kind := range things {
				things[kind] = asJSON(t, f.currentState(lobby, kind, ""))
			}
			f.stop()
			levels := f.currentState(lobby, "m.room.power_levels", "")
			levels["users"].(map[string]any)[string(anna.ID)] = 100
			send := func(kind string, content map[string]any) {
				t.Helper()
				client := anna.Client
				if kind == "m.room.power_levels" {
					client = f.as(id.UserID(bot))
				}
				if _, err := client.SendStateEvent(ctx, lobby, event.Type{Type: kind, Class: event.StateEventType}, "", content); err != nil {
					t.Fatal(err)
				}
			}
			send("m.room.power_levels", levels)
			send("m.room.name", map[string]any{"name": "Anna's room"})
			send("m.room.topic", map[string]any{"topic": "mine"})
			send("m.room.join_rules", map[string]any{"join_rule": "public"})
			send("m.room.history_visibility", map[string]any{"history_visibility": "world_readable"})
			f.start(o)
			if version == "11" {
				// Nobody can take power from his equal: that is told in the admin room, the rest is mended.
				delete(things, "m.room.power_levels")
				f.eventually("report", func() bool { return f.dead(desk.ThingJoin) })
			}
			for kind, want := range things {
				f.eventually(kind+" put back", func() bool { return asJSON(t, f.currentState(lobby, kind, "")) == want })
			}
		})
	}
}

// Strangers whom an operator brings into a lobby are shown out; an operator who leaves it is asked back.
func TestWhoIsInTheLobby(t *testing.T) {
	f := open(t, officeOptions{})
	anna := f.operators[0]
	ctx := bounded(t)
	stranger := f.person("guest")
	lobby := f.lobby()
	if _, err := anna.Client.InviteUser(ctx, lobby, invitation(stranger.ID)); err != nil {
		t.Fatal(err)
	}
	f.eventually("stranger's invitation withdrawn", func() bool { return f.memberships(anna, lobby, stranger.ID) == "leave" })
	if err := anna.Leave(ctx, lobby); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.WaitInvite(ctx, func(in devstack.Invite) bool { return in.Room == lobby }); err != nil {
		t.Fatal(err)
	}
}

// dead reports whether a desired thing was given up.
func (f *office) dead(thing string) bool {
	f.t.Helper()
	letters, err := f.journal.DeadLetters(f.t.Context(), 10)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, l := range letters {
		if l.Of == journal.OfDesire && strings.HasSuffix(l.ID, " "+thing) {
			return true
		}
	}
	return false
}
