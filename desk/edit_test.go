package desk_test

import (
	"strings"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// lastOf gives the newest message of a conversation and the event that stands for it in the room.
func lastOf(t *testing.T, d *desktest.Desk, c desk.ConversationID) (desk.Message, desk.EventID) {
	t.Helper()
	all := d.Messages(c)
	m := all[len(all)-1]
	events, err := d.EventsOf(m.ID)
	if err != nil || len(events) != 1 {
		t.Fatalf("events of %q: %v, %v", m.Content.Text, events, err)
	}
	return m, events[0].ID
}

// TestEditTemplate: what the bot has posted for an operator changes by !edit, for the customer with the mark of an edit, and in the room.
func TestEditTemplate(t *testing.T) {
	for _, how := range []string{"in answer", "in answer to the edit before", "right after"} {
		t.Run(how, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, "!t 4")
			sent, event := lastOf(t, d, c)
			answer := func(in *desk.StaffMessage) {}
			if how != "right after" {
				d.Say(desktest.Anna, room, "and this")
				answer = func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, event }
			}
			if how == "in answer to the edit before" {
				d.SayAs(desktest.Anna, room, "!edit once", answer)
				event = lastEvent(d, room)
			}
			d.Pass(1)
			d.SayAs(desktest.Anna, room, "!исправить One\nmore <line>", answer)
			m, err := d.Tx.Message(sent.ID)
			if err != nil || m.Content.Text != "One\nmore <line>" || !m.Edited.Equal(d.Now) || m.Rev <= sent.Rev {
				t.Errorf("the customer reads %+v, %v", m, err)
			}
			p := d.LastPost(room)
			if p.Replaces.Message != sent.ID || p.As != desk.Bot || p.Text != "Anna Petrova: One\nmore <line>" || !strings.HasSuffix(p.HTML, "One<br>more &lt;line&gt;") {
				t.Errorf("the room shows %+v", p)
			}
			if view := customerView(t, d, c); strings.Contains(view, "!") {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestEditRefused: !edit changes nothing that somebody else said, that a client can edit, or that must not go out.
func TestEditRefused(t *testing.T) {
	template := func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) { d.Say(desktest.Anna, room, "!t 4") }
	for _, test := range []struct {
		name   string
		before func(*desktest.Desk, desk.ConversationID, desk.RoomKey)
		by     desk.UserID
		say    string
		change func(*testing.T, *desktest.Desk, desk.ConversationID, desk.RoomKey, *desk.StaffMessage)
		want   string
	}{
		{name: "nothing said yet", by: desktest.Anna, say: "!edit x", want: "There is none"},
		{name: "no new text", before: template, by: desktest.Anna, say: "!edit", want: "Like this: !edit new text"},
		{
			name: "written by oneself", by: desktest.Anna, say: "!edit x", want: "edit it in your client",
			before: func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) { d.Say(desktest.Anna, room, "hello") },
		},
		{name: "into a note", before: template, by: desktest.Anna, say: "!edit // " + secret, want: "notes (//)"},
		{name: "into a command", before: template, by: desktest.Anna, say: "!edit !close", want: "commands (!)"},
		{name: "into the same", before: template, by: desktest.Anna, say: "!edit Please describe your problem.", want: "exactly that"},
		{name: "too long", before: template, by: desktest.Anna, say: "!edit " + strings.Repeat("long ", 5000), want: "cannot be edited"},
		{
			name: "the customer's", before: template, by: desktest.Anna, say: "!edit x", want: "not said by you",
			change: func(t *testing.T, d *desktest.Desk, c desk.ConversationID, _ desk.RoomKey, in *desk.StaffMessage) {
				d.Write(c, "mine")
				_, in.Relates = lastOf(t, d, c)
				in.Relation = desk.InReply
			},
		},
		{
			name: "a note", before: template, by: desktest.Anna, say: "!edit x", want: "Answer a message",
			change: func(_ *testing.T, d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, in *desk.StaffMessage) {
				in.Relation, in.Relates = desk.InReply, d.Say(desktest.Anna, room, "// "+secret)
			},
		},
		{
			name: "with a quote of a note", before: template, by: desktest.Anna, say: "!edit as said", want: "cannot see",
			change: func(_ *testing.T, d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey, in *desk.StaffMessage) {
				in.Quoted = []desk.EventID{d.Say(desktest.Anna, room, "// "+secret)}
			},
		},
		{
			name: "in a thread", before: template, by: desktest.Anna, say: "!edit x", want: "outside of the thread",
			change: func(t *testing.T, d *desktest.Desk, c desk.ConversationID, _ desk.RoomKey, in *desk.StaffMessage) {
				_, in.Relates = lastOf(t, d, c)
				in.Relation = desk.InThread
			},
		},
		{
			name: "a colleague's", before: template, by: desktest.Boris, say: "!edit x", want: "not said by you",
			change: func(t *testing.T, d *desktest.Desk, c desk.ConversationID, room desk.RoomKey, in *desk.StaffMessage) {
				_, in.Relates = lastOf(t, d, c)
				in.Relation = desk.InReply
				d.Say(desktest.Anna, room, "!transfer @boris")
			},
		},
		{
			name: "of a ticket that was handed on", by: desktest.Anna, say: "!edit x", want: "Boris",
			before: func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey) {
				template(d, c, room)
				d.Say(desktest.Anna, room, "!transfer @boris")
			},
		},
		{
			name: "taken back", by: desktest.Anna, say: "!edit x", want: "deleted already",
			before: template,
			change: func(t *testing.T, d *desktest.Desk, c desk.ConversationID, room desk.RoomKey, in *desk.StaffMessage) {
				_, in.Relates = lastOf(t, d, c)
				in.Relation = desk.InReply
				d.Redact(desktest.Anna, room, in.Relates)
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			if test.before != nil {
				test.before(d, c, room)
			}
			in := desk.StaffMessage{}
			if test.change != nil {
				test.change(t, d, c, room, &in)
			}
			before := customerView(t, d, c)
			d.SayAs(test.by, room, test.say, func(m *desk.StaffMessage) { m.Relation, m.Relates, m.Quoted = in.Relation, in.Relates, in.Quoted })
			if got := d.LastPost(room).Text; !strings.Contains(got, test.want) {
				t.Errorf("answered %q", got)
			}
			if after := customerView(t, d, c); after != before {
				t.Errorf("the customer read %s, and now %s", before, after)
			}
		})
	}
}

// TestRetractTemplate: what the bot has posted for an operator is taken back by !retract, from the customer and from the room; only by who may edit it.
func TestRetractTemplate(t *testing.T) {
	for _, test := range []struct {
		name   string
		by     desk.UserID
		before string // said by Anna after the template
		answer bool   // to the template
		thread bool
		want   string // of the refusal; "" for none
	}{
		{name: "right after", by: desktest.Anna},
		{name: "in answer", by: desktest.Anna, before: "and this", answer: true},
		{name: "what one has written oneself", by: desktest.Anna, before: "and this", want: "delete it in your client"},
		{name: "in a thread", by: desktest.Anna, answer: true, thread: true, want: "outside of the thread"},
		{name: "twice", by: desktest.Anna, before: "!retract", answer: true, want: "deleted already"},
		{name: "a colleague's", by: desktest.Boris, before: "!transfer @boris", answer: true, want: "not said by you"},
		{name: "after handing the ticket on", by: desktest.Anna, before: "!transfer @boris", answer: true, want: "That stays with the customer: "},
		{name: "after closing", by: desktest.Anna, before: "!close", answer: true, want: "stays with the customer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Say(desktest.Anna, room, "!t 4")
			sent, event := lastOf(t, d, c)
			if test.before != "" {
				d.Say(desktest.Anna, room, test.before)
			}
			before, entries := customerView(t, d, c), len(d.Journal())
			d.SayAs(test.by, room, "!отозвать", func(in *desk.StaffMessage) {
				switch {
				case test.thread:
					in.Relation, in.Relates = desk.InThread, event
				case test.answer:
					in.Relation, in.Relates = desk.InReply, event
				}
			})
			if test.want != "" {
				if got := d.LastPost(room).Text; !strings.Contains(got, test.want) || customerView(t, d, c) != before {
					t.Errorf("answered %q, the customer read %s, and now %s", got, before, customerView(t, d, c))
				}
				return
			}
			m, err := d.Tx.Message(sent.ID)
			if err != nil || m.Deleted.IsZero() || !m.Content.Empty() || m.Rev <= sent.Rev || d.Changed[c] == 0 {
				t.Errorf("the customer reads %+v, %v", m, err)
			}
			redact, ok := d.Sent[len(d.Sent)-1].Effect.(desk.Redact)
			if !ok || redact.Room != room || redact.As != desk.Bot || d.Resolve(redact.Target) != event {
				t.Errorf("sent last: %+v", d.Sent[len(d.Sent)-1])
			}
			if journal := d.Journal()[entries:]; len(journal) != 1 || journal[0].Action != "message.retracted" {
				t.Errorf("recorded %+v", journal)
			}
		})
	}
}

// An edit that brings another file changes the words and says that the file stays; one that brings the same file says nothing.
func TestEditWithAnotherFile(t *testing.T) {
	for mxc, told := range map[string]bool{"mxc://desk.example/first": false, "mxc://desk.example/second": true} {
		d, c, room := inTelegram(t)
		bill := func(mxc string) []desk.File {
			return []desk.File{{Attachment: content.Attachment{Name: "bill.pdf", Type: "application/pdf", Kind: content.File}, MXC: mxc}}
		}
		d.Decide(desk.StaffMessage{
			Room: room, Event: "$bill", Sender: desktest.Anna, Content: content.Message{Text: "The bill"}, Files: bill("mxc://desk.example/first"), At: d.Now,
		})
		d.Decide(desk.StaffEdit{
			Room: room, Event: "$edit", Sender: desktest.Anna, Replaces: "$bill", Content: content.Message{Text: "The right bill"}, Files: bill(mxc), At: d.Now,
		})
		messageOf(t, d, c, "The right bill")
		d.Deliver()
		line := d.LastPost(room)
		if is := strings.HasPrefix(line.Text, "The customer still has the first file") && line.Reply.Event == "$bill"; is != told {
			t.Errorf("an edit with %s: the room is told %+v", mxc, line)
		}
	}
}

// TestWordsAreRecorded: what somebody of the staff changes of a message, or takes back, stands in the journal with the words before and after,
// whether by command or in the client (A2).
func TestWordsAreRecorded(t *testing.T) {
	for _, test := range []struct {
		name   string
		do     func(*desktest.Desk, desk.ConversationID, desk.RoomKey)
		action string
		change string
	}{
		{"edited in the client", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Edit(desktest.Anna, room, d.Say(desktest.Anna, room, "one"), "two")
		}, "message.edited", `Text "one" "two"`},
		{"deleted in the client", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Redact(desktest.Anna, room, d.Say(desktest.Anna, room, "one"))
		}, "message.retracted", `Text "one" `},
		{"a customer's deleted in the client", func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey) {
			_, event := lastOf(t, d, c)
			d.Redact(desktest.Anna, room, event)
		}, "message.retracted", `Text "rude words" `},
		{"a file deleted in the client", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Redact(desktest.Anna, room, d.SayAs(desktest.Anna, room, "", func(in *desk.StaffMessage) { in.Files = []desk.File{staffFile("a.png")} }))
		}, "message.retracted", `Files ["a.png"] `},
		{"edited by command", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Anna, room, "!t 1")
			d.Say(desktest.Anna, room, "!edit two")
		}, "message.edited", `Text "Hello!" "two"`},
		{"retracted by command", func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Anna, room, "!t 1")
			d.Say(desktest.Anna, room, "!retract")
		}, "message.retracted", `Text "Hello!" `},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Write(c, "rude words")
			test.do(d, c, room)
			all := d.Journal()
			last := all[len(all)-1]
			got := ""
			if len(last.Changes) == 1 {
				got = last.Changes[0].Field + " " + string(last.Changes[0].Before) + " " + string(last.Changes[0].After)
			}
			if last.Action != test.action || last.Actor != string(desktest.Anna) || last.Ticket == "" || got != test.change {
				t.Errorf("recorded %+v, %s", last, got)
			}
		})
	}
}
