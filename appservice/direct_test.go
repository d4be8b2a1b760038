package appservice_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

// A new direct chat begins with the descriptions of the commands: in clients that show every event they would hide its first line if they came
// after it.
func TestDescriptionsBeforeTheFirstAnswer(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	f.join(anna, f.room(desk.LobbyRoom(queueID)).ID)
	if _, err := anna.SendText(ctx, f.lobby(), "!my"); err != nil {
		t.Fatal(err)
	}
	direct := id.RoomID(f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID)
	f.sees(anna, direct, event.EventMessage, func(e *event.Event) bool { return e.Sender == id.UserID(bot) })
	page, err := f.as(id.UserID(bot)).Messages(ctx, direct, "", "", mautrix.DirectionForward, nil, 500)
	if err != nil {
		t.Fatal(err)
	}
	described, answered := 0, false
	for _, e := range page.Chunk {
		answered = answered || e.Type == event.EventMessage
		if e.Type.Type != event.StateMSC4391BotCommand.Type {
			continue
		}
		if described++; answered {
			t.Fatal("a command is described after the first line")
		}
	}
	if !answered || described < 50 {
		t.Errorf("%d commands described, answered: %t", described, answered)
	}
	f.noDeadLetters()
}

// A member of staff opens a chat with the bot and is answered there; a stranger's invitation is left alone. The newest chat counts.
func TestDirectChatWithTheBot(t *testing.T) {
	o := officeOptions{}
	f := open(t, o)
	anna := f.operators[0]
	ctx := bounded(t)
	direct := true
	ask := func(p *devstack.Operator, others ...id.UserID) id.RoomID {
		t.Helper()
		room, err := p.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{
			Preset: "trusted_private_chat", IsDirect: direct, Invite: append(others, id.UserID(bot)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return room.RoomID
	}
	strangers := ask(f.person("guest"))
	talk := func(room id.RoomID) {
		t.Helper()
		f.eventually("bot in the direct chat", func() bool { return f.memberships(anna, room, id.UserID(bot)) == "join" })
		if _, err := anna.SendText(ctx, room, "!help"); err != nil {
			t.Fatal(err)
		}
		f.sees(anna, room, event.EventMessage, func(e *event.Event) bool {
			return e.Sender == id.UserID(bot) && strings.Contains(e.Content.AsMessage().Body, "!")
		})
	}
	talk(ask(anna))
	second := ask(anna)
	talk(second)
	if got := f.room(desk.DirectRoom(desk.UserID(anna.ID))); got.ID != desk.RoomID(second) {
		t.Errorf("direct chat is %s", got.ID)
	}

	// An invitation that came while we were down is found by the catch-up.
	f.stop()
	third := ask(anna)
	f.start(o)
	talk(third)

	// Not every client says that it is to be a direct chat. A room with others in it is none, and stays none of ours.
	direct = false
	colleague := f.person("colleague").ID
	fourth := ask(anna)
	talk(fourth)
	many := ask(anna, colleague)
	f.sees(anna, fourth, event.EventMessage, func(e *event.Event) bool {
		return e.Sender == id.UserID(bot) && strings.Contains(e.Content.AsMessage().Body, "There are others in the room")
	})
	if got := f.room(desk.DirectRoom(desk.UserID(anna.ID))); got.ID != desk.RoomID(fourth) {
		t.Errorf("direct chat is %s, and that with others %s", got.ID, many)
	}

	// Somebody else is asked in: the bot goes, and opens another chat.
	if _, err := anna.Client.InviteUser(ctx, fourth, &mautrix.ReqInviteUser{UserID: colleague}); err != nil {
		t.Fatal(err)
	}
	f.eventually("bot out of the chat of three", func() bool { return f.memberships(anna, fourth, id.UserID(bot)) == "leave" })
	f.eventually("a new direct chat", func() bool { return f.room(desk.DirectRoom(desk.UserID(anna.ID))).ID != desk.RoomID(fourth) })
	if resp, err := f.as(id.UserID(bot)).JoinedRooms(ctx); err != nil {
		t.Fatal(err)
	} else {
		for _, room := range resp.JoinedRooms {
			if room == strangers {
				t.Error("the bot has joined a stranger's room")
			}
		}
	}
	f.noDeadLetters()
}
