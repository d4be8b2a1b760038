package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestEditedCommand: correcting a command carries nothing out, and its giver is told so, wherever it was given.
func TestEditedCommand(t *testing.T) {
	for name, where := range map[string]func(desk.RoomKey) desk.RoomKey{
		"in the ticket's room": func(room desk.RoomKey) desk.RoomKey { return room },
		"in the lobby":         func(desk.RoomKey) desk.RoomKey { return lobby },
		"in the direct chat":   func(desk.RoomKey) desk.RoomKey { return desk.DirectRoom(desktest.Anna) },
	} {
		for before, after := range map[string]string{"!clsoe #1": "!close #1", "!c": "* !close #1", "!my": "nothing", "close it": "!close #1", "// x": "!close"} {
			if before == "// x" && name != "in the ticket's room" {
				continue
			}
			t.Run(name+" "+before, func(t *testing.T) {
				d, c, portal := assigned(t)
				direct(t, d, desktest.Anna)
				d.Accept(desktest.Boris, c)
				room := where(portal)
				if name == "in the ticket's room" && before == "close it" {
					before = "/ close it" // not for the customer
				}
				if before == "!c" {
					before = "!c #99"
				}
				event := d.Say(desktest.Anna, room, before)
				posts := len(d.Posts(room))
				d.Edit(desktest.Anna, room, event, after)
				told := d.Posts(room)[posts:]
				if len(told) != 1 || !strings.Contains(told[0].Text, "edited command is not carried out") || told[0].Reply.Event != event {
					t.Errorf("told %+v", told)
				}
				if state := d.TicketOf(c).State; state != desk.Assigned {
					t.Errorf("the ticket is %s", state)
				}
				if _, err := d.Event(room, event); err == nil { // whose it is is known
					d.Edit(desktest.Boris, room, event, after)
				}
				d.Edit(desktest.Outside, lobby, d.NextEvent(), "!close #1")
				if now := len(d.Posts(room)); now != posts+1 {
					t.Errorf("told %d times", now-posts)
				}
			})
		}
	}
}

// TestEditedNote: a note edited into words that look like the customer's to read says that they are not; one in a thread, or that stays a note, needs
// not to.
func TestEditedNote(t *testing.T) {
	for name, test := range map[string]struct {
		say    string
		change func(*desk.StaffMessage)
		edit   string
		told   string
	}{
		"words":               {"// " + secret, nil, secret, "began as a note never goes to the customer"},
		"without new content": {"// " + secret, nil, "* " + secret, "began as a note"},
		"of one slash":        {"/ " + secret, nil, secret, "began as a note"},
		"in answer": {"// " + secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates = desk.InReply, "$e00001"
		}, secret, "began as a note"},
		"still a note":            {"// " + secret, nil, "// more " + secret, ""},
		"still one, in old words": {"// " + secret, nil, "* // more " + secret, ""},
		"in a thread": {secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates = desk.InThread, "$e00001"
		}, "more " + secret, ""},
		"a note in a thread": {"// " + secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates = desk.InThread, "$e00001"
		}, secret, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t)
			change := test.change
			if change == nil {
				change = func(*desk.StaffMessage) {}
			}
			event := d.SayAs(desktest.Anna, room, test.say, change)
			posts := len(d.Posts(room))
			d.Edit(desktest.Anna, room, event, test.edit)
			told := d.Posts(room)[posts:]
			if (len(told) > 0) != (test.told != "") || len(told) > 0 && !strings.Contains(told[0].Text, test.told) {
				t.Errorf("told %+v", told)
			}
			if view := customerView(t, d, c); strings.Contains(view, secret) {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestEditedAnswerToANote: whoever edits their answer to a note sees that it is one, and is told nothing.
func TestEditedAnswerToANote(t *testing.T) {
	d, c, room := assigned(t)
	note := d.Say(desktest.Anna, room, "// call him")
	event := d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
	posts := len(d.Posts(room))
	d.Edit(desktest.Anna, room, event, "more "+secret)
	if told := d.Posts(room)[posts:]; len(told) != 0 {
		t.Errorf("told %+v", told)
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
}

// TestEditedUnsent: editing words that did not go out does not send them, and says so.
func TestEditedUnsent(t *testing.T) {
	d, c, room := assigned(t)
	event := d.Say(desktest.Boris, room, secret)
	d.Edit(desktest.Boris, room, event, "more "+secret)
	if p := d.LastPost(room); !strings.Contains(p.Text, "the customer never got the message it changes") || p.Reply.Event != event {
		t.Errorf("told %+v", p)
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
}
