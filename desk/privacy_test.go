package desk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// secret stands in every private text; it must be nowhere the customer can read.
const secret = "SECRET"

// customerView is everything a customer could ever be shown of a conversation.
func customerView(t *testing.T, d *desktest.Desk, c desk.ConversationID) string {
	t.Helper()
	data, err := json.Marshal(d.Messages(c))
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	return string(data)
}

// privateTargets makes, in an assigned ticket's room, something that stays among the staff, and gives its event.
var privateTargets = map[string]func(*desktest.Desk, desk.RoomKey) desk.EventID{
	"note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Anna, room, "// "+secret)
	},
	"note behind white space": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Anna, room, " \n\u200b// "+secret)
	},
	"note in HTML": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Content.HTML = "<p><b>//</b> " + secret + "</p>" })
	},
	"note as Element sends it": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Anna, room, "/ "+secret)
	},
	"note without a space as Element sends it": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Anna, room, "/"+secret)
	},
	"note with a file": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.SayAs(desktest.Anna, room, "// "+secret, func(in *desk.StaffMessage) { in.Files = []desk.File{staffFile(secret + ".png")} })
	},
	"thread message": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		root := d.Say(desktest.Anna, room, "public root")
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
	},
	"reply inside a thread": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		root := d.Say(desktest.Anna, room, "public root")
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates, in.ReplyTo = desk.InThread, root, root
		})
	},
	"thread on a note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, note })
	},
	"edit of a note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		return d.Edit(desktest.Anna, room, note, "// still "+secret)
	},
	"note edited into public words": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		d.Edit(desktest.Anna, room, note, secret)
		return note
	},
	"reply to a note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
	},
	"reaction to a note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		return d.React(desktest.Anna, room, note, secret)
	},
	"redacted note": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		note := d.Say(desktest.Anna, room, "// "+secret)
		d.Redact(desktest.Anna, room, note)
		return note
	},
	"another bot's notice": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Notice = true })
	},
	"words nobody was told": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Vera, room, secret)
	},
	"command": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		return d.Say(desktest.Anna, room, "!unknown "+secret)
	},
	"answer of the bot": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		d.Say(desktest.Anna, room, "!help")
		return d.Sent[len(d.Sent)-1].Event
	},
	"contacts shown by the bot": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		d.Say(desktest.Anna, room, "!contact add other «"+secret+"»")
		return lastEvent(d, room)
	},
	"reminder that came back": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		d.Say(desktest.Anna, room, "!remind 1m "+secret)
		d.Pass(time.Minute)
		return lastEvent(d, room)
	},
	"template that is listed": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		d.Say(desktest.Anna, room, "!t add "+secret)
		return lastEvent(d, room)
	},
	"action card": func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
		kind, portal := room.Split()
		ev, err := d.EventByRow(desk.ActionCardRow(desk.PortalID(portal)))
		if err != nil || kind != desk.KindPortal {
			return ""
		}
		return ev.ID
	},
	"event nothing is known of": func(d *desktest.Desk, _ desk.RoomKey) desk.EventID { return d.NextEvent() },
}

func staffFile(name string) desk.File {
	return desk.File{Attachment: content.Attachment{Name: name, Type: "image/png", Size: 10, Kind: content.Image}, MXC: "mxc://test/file"}
}

// relations are the ways in which an operator can relate to an event.
var relations = map[string]func(*desktest.Desk, desk.RoomKey, desk.EventID){
	"reply": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, target })
	},
	"reply with the quoted words in its body": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, "> <@anna:test> // "+secret+"\n\n"+secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates = desk.InReply, target
			in.Content.HTML = "<mx-reply><blockquote>" + secret + "</blockquote></mx-reply>" + secret
		})
	},
	"edit": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.Edit(desktest.Anna, room, target, secret)
	},
	"reaction": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.React(desktest.Anna, room, target, secret)
	},
	"redaction": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.Redact(desktest.Anna, room, target)
	},
	"quote": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, "see "+secret, func(in *desk.StaffMessage) { in.Quoted = []desk.EventID{target} })
	},
	"permalink left in the text": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.Say(desktest.Anna, room, secret+" https://matrix.to/#/!room:test/"+string(target)+"?via=test")
	},
	"quote in an edit": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		original := d.Say(desktest.Anna, room, "public words")
		d.Decide(desk.StaffEdit{
			Room: room, Event: d.NextEvent(), Sender: desktest.Anna, Replaces: original,
			Content: content.Message{Text: "see " + secret}, Quoted: []desk.EventID{target},
		})
		d.Deliver()
	},
	"reply inside a thread": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		root := d.Say(desktest.Anna, room, "public root")
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates, in.ReplyTo = desk.InThread, root, target
		})
	},
	"reply in a thread of it": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, target })
	},
	"reply to a reply to it": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		first := d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, target })
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, first })
	},
	"template as a reply": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, "!t 1", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, target })
	},
	"template in a thread of it": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, "!t 1", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, target })
	},
	"photo with words": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) {
			in.Relation, in.Relates, in.Files = desk.InReply, target, []desk.File{staffFile(secret + ".png")}
		})
	},
	"edit of a reply to it": func(d *desktest.Desk, room desk.RoomKey, target desk.EventID) {
		first := d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, target })
		d.Edit(desktest.Anna, room, first, "now "+secret)
	},
}

// TestNothingPrivateLeaves tries every relation with every private target (O3).
func TestNothingPrivateLeaves(t *testing.T) {
	for targetName, target := range privateTargets {
		for relationName, relate := range relations {
			t.Run(relationName+" × "+targetName, func(t *testing.T) {
				d, c, room := assigned(t)
				relate(d, room, target(d, room))
				if view := customerView(t, d, c); strings.Contains(view, secret) {
					t.Errorf("the customer can read it: %s", view)
				}
				for _, m := range d.Messages(c) {
					if len(m.Reactions) > 0 {
						t.Errorf("the customer sees reactions %+v", m.Reactions)
					}
				}
			})
		}
	}
}

// TestPublicRelations: the same relations to what the customer has read do reach the customer.
func TestPublicRelations(t *testing.T) {
	d, c, room := assigned(t)
	question := d.Messages(c)[0]
	target := d.Resolve(desk.Ref{Message: question.ID})

	d.SayAs(desktest.Anna, room, "> <@desk_c_1:test> help me\n\nof course", func(in *desk.StaffMessage) {
		in.Relation, in.Relates, in.Quoted = desk.InReply, target, []desk.EventID{target}
	})
	messages := d.Messages(c)
	answer := messages[len(messages)-1]
	if answer.Reply != question.ID || answer.Content.Text != "of course" {
		t.Errorf("answer %+v", answer)
	}
	reaction := d.React(desktest.Anna, room, target, "👍")
	if got, _ := d.Message(question.ID); len(got.Reactions) != 1 || got.Reactions[0].Key != "👍" || got.Reactions[0].By != string(desktest.Anna) {
		t.Errorf("reactions %+v", got.Reactions)
	}
	d.Redact(desktest.Anna, room, reaction)
	if got, _ := d.Message(question.ID); len(got.Reactions) != 0 {
		t.Errorf("reactions after taking them back %+v", got.Reactions)
	}
}

// TestPublicEditedIntoNote: the message was public and stays as it was; the room is told.
func TestPublicEditedIntoNote(t *testing.T) {
	for _, words := range []string{"// " + secret, "!close " + secret, "* // " + secret, "/ " + secret, "* / " + secret} {
		d, c, room := assigned(t)
		event := d.Say(desktest.Anna, room, "public")
		edit := d.Edit(desktest.Anna, room, event, words)
		if view := customerView(t, d, c); strings.Contains(view, secret) || !strings.Contains(view, `"public"`) {
			t.Errorf("the customer reads %s", view)
		}
		if p := d.LastPost(room); p.Reply.Event != event || !strings.Contains(p.Text, "still sees the old text") {
			t.Errorf("the room is told %+v", p)
		}
		if d.TicketOf(c).State != desk.Assigned {
			t.Errorf("an edit was taken for a command")
		}
		d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, edit })
		if view := customerView(t, d, c); strings.Contains(view, secret) {
			t.Errorf("the customer reads %s", view)
		}
	}
}

// TestNoteOfOneSlashIsShownToBeOne: whoever meant the slash itself sees that the customer did not get it, and how they can.
func TestNoteOfOneSlashIsShownToBeOne(t *testing.T) {
	d, c, room := assigned(t)
	for _, test := range []struct{ words, marks, told string }{
		{"/var/log/syslog " + secret, "[🔒]", "begins with a slash"},
		{"/" + secret, "[🔒]", "begins with a slash"},
		{"/ " + secret, "[🔒]", ""},
		{"// " + secret, "[]", ""},
	} {
		event := d.Say(desktest.Anna, room, test.words)
		if marks := marksOn(d, event); marks != test.marks {
			t.Errorf("marks on %q: %q, want %q", test.words, marks, test.marks)
		}
		if told := toldOf(d, room, event); !strings.Contains(told, test.told) || (told == "") != (test.told == "") {
			t.Errorf("told of %q: %q, want %q", test.words, told, test.told)
		}
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	path := d.SayAs(desktest.Anna, room, "`/var/log/syslog`", func(in *desk.StaffMessage) { in.Content.HTML = "<code>/var/log/syslog</code>" })
	if marks, view := marksOn(d, path), customerView(t, d, c); marks != "[]" || !strings.Contains(view, "/var/log/syslog") {
		t.Errorf("a path in backticks is marked %s, the customer reads %s", marks, view)
	}
}

// toldOf gives what the bot answers to an event.
func toldOf(d *desktest.Desk, room desk.RoomKey, event desk.EventID) string {
	var told strings.Builder
	for _, p := range d.Posts(room) {
		if p.Reply.Event == event {
			told.WriteString(p.Text)
		}
	}
	return told.String()
}

// marksOn lists the bot's reactions on an event.
func marksOn(d *desktest.Desk, event desk.EventID) string {
	var out []string
	for _, s := range d.Sent {
		if r, ok := s.Effect.(desk.React); ok && r.As == desk.Bot && r.Target.Event == event {
			out = append(out, r.Key)
		}
	}
	return fmt.Sprint(out)
}

func TestMarks(t *testing.T) {
	for _, test := range []struct {
		name  string
		say   func(*desktest.Desk, desk.RoomKey) desk.EventID
		marks string
		told  string // part of the notice that answers it; empty: no notice
	}{
		{"note", privateTargets["note"], "[]", ""},
		{"thread", privateTargets["thread message"], "[]", ""},
		{"another bot's notice", privateTargets["another bot's notice"], "[]", ""},
		{"reply to a note", privateTargets["reply to a note"], "[🔒]", ""},
		{"words of a colleague who was not invited", privateTargets["words nobody was told"], "[⚠️]", "answered by Anna Petrova"},
		{"reply to what is not known", func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
			return d.SayAs(desktest.Anna, room, "x", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, "$unknown" })
		}, "[⚠️]", "cannot see"},
		{"nothing that can be passed on", func(d *desktest.Desk, room desk.RoomKey) desk.EventID {
			return d.SayAs(desktest.Anna, room, "", func(in *desk.StaffMessage) { in.Content.HTML = "<script>x</script>" })
		}, "[⚠️]", "nothing in it"},
		{"public words", func(d *desktest.Desk, room desk.RoomKey) desk.EventID { return d.Say(desktest.Anna, room, "hello") }, "[]", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _, room := assigned(t)
			event := test.say(d, room)
			if got := marksOn(d, event); got != test.marks {
				t.Errorf("marks %s, want %s", got, test.marks)
			}
			told := toldOf(d, room, event)
			if !strings.Contains(told, test.told) || (test.told == "") != (told == "") {
				t.Errorf("told %q, want %q", told, test.told)
			}
		})
	}
}

// TestWhoMaySpeak: words go out only while the ticket is assigned, and only the owner's and guests'.
func TestWhoMaySpeak(t *testing.T) {
	d, c := waiting(t)
	room := d.PortalOf(c)
	early := d.Say(desktest.Anna, room, "too early")
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, room, "in time")
	d.Say(desktest.Boris, room, "not invited")
	d.Say(desktest.Anna, room, "!close")
	late := d.Say(desktest.Anna, room, "too late")
	var read []string
	for _, m := range d.Messages(c) {
		if m.Author == desk.FromStaff {
			read = append(read, m.Content.Text)
		}
	}
	if fmt.Sprint(read) != "[in time]" {
		t.Errorf("the customer reads %q", read)
	}
	for _, event := range []desk.EventID{early, late} {
		if got := marksOn(d, event); got != "[⚠️]" {
			t.Errorf("marks on %s: %s", event, got)
		}
	}
}
