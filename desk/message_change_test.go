package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestCustomerEdit(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "helo")
	d.Decide(desk.CustomerEdit{Conversation: c, Message: m.ID, Text: "hello"})
	d.Deliver()
	p := d.LastPost(room)
	if p.Text != "hello" || p.Replaces != (desk.Ref{Message: m.ID}) || p.As != desk.Puppet(d.TicketOf(c).Customer) {
		t.Errorf("the edit is posted as %+v", p)
	}
	stored, _ := d.Message(m.ID)
	if stored.Content.Text != "hello" || stored.Edited.IsZero() || stored.Rev <= m.Rev || stored.Seq != m.Seq {
		t.Errorf("stored %+v", stored)
	}
	sent := len(d.Sent)
	d.Decide(desk.CustomerEdit{Conversation: c, Message: m.ID, Text: "hello"})
	d.Deliver()
	if again, _ := d.Message(m.ID); again.Rev != stored.Rev || len(d.Sent) != sent {
		t.Errorf("an edit that changes nothing did something")
	}
}

func TestCustomerEditsCaption(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "", d.Upload(c, "a.png", "image/png"), d.Upload(c, "b.png", "image/png"))
	d.Decide(desk.CustomerEdit{Conversation: c, Message: m.ID, Text: "two pictures"})
	d.Deliver()
	if p := d.LastPost(room); p.File == nil || p.File.Name != "a.png" || p.Text != "two pictures" || p.Replaces.Part != 0 {
		t.Errorf("the edit is posted as %+v", p)
	}
	d.Decide(desk.CustomerEdit{Conversation: c, Message: m.ID, Text: ""})
	if stored, _ := d.Message(m.ID); stored.Content.Text != "" || len(stored.Content.Files) != 2 {
		t.Errorf("without its caption %+v", stored.Content)
	}
}

func TestChangesRefused(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "mine")
	long := d.Write(c, strings.Repeat("слово ", 2500))
	gone := d.Write(c, "gone")
	d.Decide(desk.CustomerDelete{Conversation: c, Message: gone.ID})
	d.Say(desktest.Anna, room, "theirs")
	messages := d.Messages(c)
	staff, system := messages[len(messages)-1], messages[1]
	other := d.Open()
	for _, test := range []struct {
		name string
		in   desk.Input
		code desk.Code
		key  string
	}{
		{"edit in no conversation", desk.CustomerEdit{Conversation: "none", Message: m.ID, Text: "x"}, desk.NotFound, "conversation.unknown"},
		{"edit nothing", desk.CustomerEdit{Conversation: c, Message: "none", Text: "x"}, desk.NotFound, "message.unknown"},
		{"edit another's", desk.CustomerEdit{Conversation: other, Message: m.ID, Text: "x"}, desk.NotFound, "message.unknown"},
		{"edit staff's", desk.CustomerEdit{Conversation: c, Message: staff.ID, Text: "x"}, desk.Denied, "message.not_yours"},
		{"edit system's", desk.CustomerEdit{Conversation: c, Message: system.ID, Text: "x"}, desk.Denied, "message.not_yours"},
		{"edit deleted", desk.CustomerEdit{Conversation: c, Message: gone.ID, Text: "x"}, desk.Conflict, "message.deleted"},
		{"edit to nothing", desk.CustomerEdit{Conversation: c, Message: m.ID, Text: " "}, desk.Invalid, "message.empty"},
		{"edit to too much", desk.CustomerEdit{Conversation: c, Message: m.ID, Text: strings.Repeat("a", desk.MaxText+1)}, desk.Invalid, "message.too_long"},
		{"edit into two events", desk.CustomerEdit{Conversation: c, Message: m.ID, Text: strings.Repeat("ж", desk.MaxText)}, desk.Invalid, "message.edit_too_long"},
		{"edit of two events", desk.CustomerEdit{Conversation: c, Message: long.ID, Text: "short"}, desk.Invalid, "message.edit_too_long"},
		{"delete staff's", desk.CustomerDelete{Conversation: c, Message: staff.ID}, desk.Denied, "message.not_yours"},
		{"delete nothing", desk.CustomerDelete{Conversation: c, Message: "none"}, desk.NotFound, "message.unknown"},
		{"react with words", desk.CustomerReaction{Conversation: c, Message: m.ID, Key: "two words", On: true}, desk.Invalid, "reaction.invalid"},
		{"react with nothing", desk.CustomerReaction{Conversation: c, Message: m.ID, On: true}, desk.Invalid, "reaction.invalid"},
		{"react with too much", desk.CustomerReaction{Conversation: c, Message: m.ID, Key: strings.Repeat("👍", 9), On: true}, desk.Invalid, "reaction.invalid"},
		{"react to system", desk.CustomerReaction{Conversation: c, Message: system.ID, Key: "👍", On: true}, desk.Conflict, "reaction.not_here"},
		{"react to deleted", desk.CustomerReaction{Conversation: c, Message: gone.ID, Key: "👍", On: true}, desk.Conflict, "reaction.not_here"},
		{"page that is none", desk.CustomerPage{Conversation: c, URL: "javascript:alert(1)"}, desk.Invalid, "page.invalid"},
		{"page too long", desk.CustomerPage{Conversation: c, URL: "https://x/" + strings.Repeat("a", 3000)}, desk.Invalid, "page.invalid"},
		{"seen in no conversation", desk.CustomerSeen{Conversation: "none", Seq: 1}, desk.NotFound, "conversation.unknown"},
		{"got in no conversation", desk.CustomerGot{Conversation: "none", Seq: 1}, desk.NotFound, "conversation.unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := refused(t, d, test.in); got.Code != test.code || got.Key != test.key {
				t.Errorf("refused with %s %s, want %s %s", got.Code, got.Key, test.code, test.key)
			}
		})
	}
}

func TestCustomerDelete(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "look", d.Upload(c, "a.png", "image/png"), d.Upload(c, "b.png", "image/png"))
	sent := len(d.Sent)
	d.Decide(desk.CustomerDelete{Conversation: c, Message: m.ID})
	d.Deliver()
	var redacted []desk.EventID
	for _, s := range d.Sent[sent:] {
		r := s.Effect.(desk.Redact)
		if r.Room != room || r.As != desk.Puppet(d.TicketOf(c).Customer) {
			t.Errorf("redaction %+v", r)
		}
		redacted = append(redacted, d.Resolve(r.Target))
	}
	if len(redacted) != 2 || redacted[0] == redacted[1] {
		t.Errorf("redacted %v", redacted)
	}
	stored, _ := d.Message(m.ID)
	if stored.Deleted.IsZero() || !stored.Content.Empty() || stored.Seq != m.Seq || stored.Rev <= m.Rev {
		t.Errorf("stored %+v", stored)
	}
	rev := stored.Rev
	d.Decide(desk.CustomerDelete{Conversation: c, Message: m.ID})
	if again, _ := d.Message(m.ID); again.Rev != rev {
		t.Errorf("deleting twice changed something")
	}
}

func TestCustomerReaction(t *testing.T) {
	d, c, room := assigned(t)
	event := d.Say(desktest.Anna, room, "done")
	messages := d.Messages(c)
	m := messages[len(messages)-1]
	on := desk.CustomerReaction{Conversation: c, Message: m.ID, Key: "👍", On: true}
	for range 2 {
		d.Decide(on)
		d.Deliver()
	}
	put := d.Sent[len(d.Sent)-1]
	react, ok := put.Effect.(desk.React)
	if !ok || d.Resolve(react.Target) != event || react.Key != "👍" || react.As != desk.Puppet(d.TicketOf(c).Customer) {
		t.Fatalf("last effect %+v", put.Effect)
	}
	if stored, _ := d.Message(m.ID); len(stored.Reactions) != 1 || stored.Reactions[0].By != "customer" {
		t.Errorf("reactions %+v", stored.Reactions)
	}
	off := on
	off.On = false
	for range 2 {
		d.Decide(off)
		d.Deliver()
	}
	taken, ok := d.Sent[len(d.Sent)-1].Effect.(desk.Redact)
	if !ok || d.Resolve(taken.Target) != put.Event {
		t.Errorf("last effect %+v", taken)
	}
	if stored, _ := d.Message(m.ID); len(stored.Reactions) != 0 {
		t.Errorf("reactions %+v", stored.Reactions)
	}
	for i := range 10 {
		on.Key = fmt.Sprint(i)
		d.Decide(on)
	}
	on.Key = "x"
	if got := refused(t, d, on); got.Key != "reaction.too_many" {
		t.Errorf("refused with %s", got.Key)
	}
}

func TestStaffEditAndRedaction(t *testing.T) {
	d, c, room := assigned(t)
	event := d.Say(desktest.Anna, room, "helo")
	edit := d.Edit(desktest.Anna, room, event, "hello")
	last := func() desk.Message { m := d.Messages(c); return m[len(m)-1] }
	if m := last(); m.Content.Text != "hello" || m.Edited.IsZero() {
		t.Errorf("after the edit %+v", m)
	}
	d.Edit(desktest.Boris, room, event, "forged")
	if m := last(); m.Content.Text != "hello" {
		t.Errorf("after another's edit %+v", m)
	}
	d.Redact(desktest.Anna, room, edit)
	if p := d.LastPost(room); !strings.Contains(p.Text, "still sees the edited text") || p.Reply.Event != event {
		t.Errorf("redacting an edit is answered %+v", p)
	}
	d.Redact(desktest.Anna, room, event)
	if m := last(); m.Deleted.IsZero() || !m.Content.Empty() {
		t.Errorf("after the redaction %+v", m)
	}
	rev := last().Rev
	d.Edit(desktest.Anna, room, event, "back again")
	d.Redact(desktest.Anna, room, event)
	if m := last(); m.Rev != rev || !m.Content.Empty() {
		t.Errorf("a deleted message changed %+v", m)
	}
}

// TestStaffEditRefused: an edit that may not go out leaves the customer's copy as it is, and the room is told.
func TestStaffEditRefused(t *testing.T) {
	d, c, room := assigned(t)
	event := d.Say(desktest.Anna, room, "public")
	d.SayAs(desktest.Anna, room, "x", func(in *desk.StaffMessage) { in.Files = []desk.File{staffFile("a.png")} })
	d.Decide(desk.StaffEdit{Room: room, Event: d.NextEvent(), Sender: desktest.Anna, Replaces: event, Content: content.Message{}})
	d.Deliver()
	if p := d.LastPost(room); !strings.Contains(p.Text, "nothing in it") {
		t.Errorf("emptying is answered %+v", p)
	}
	d.Edit(desktest.Anna, room, "$unknown", "new words")
	if p := d.LastPost(room); !strings.Contains(p.Text, "never got the message") {
		t.Errorf("editing the unknown is answered %+v", p)
	}
	d.Say(desktest.Anna, room, "!close")
	d.Edit(desktest.Anna, room, event, "too late")
	if p := d.LastPost(room); !strings.Contains(p.Text, "the ticket is closed") {
		t.Errorf("editing after the end is answered %+v", p)
	}
	if view := customerView(t, d, c); !strings.Contains(view, `"public"`) || strings.Contains(view, "too late") {
		t.Errorf("the customer reads %s", view)
	}
}

// TestPartRedacted: redacting one event of a customer's message takes away that file only.
func TestPartRedacted(t *testing.T) {
	d, c, room := assigned(t)
	m := d.Write(c, "three", d.Upload(c, "a.png", "image/png"), d.Upload(c, "b.png", "image/png"), d.Upload(c, "c.png", "image/png"))
	part := func(i int) desk.EventID { return d.Resolve(desk.Ref{Message: m.ID, Part: i}) }
	a, b, last := part(0), part(1), part(2)
	names := func() string {
		stored, _ := d.Message(m.ID)
		out := stored.Content.Text
		for _, f := range stored.Content.Files {
			out += " " + f.Name
		}
		return out
	}
	d.Redact(desktest.Admin, room, b)
	if got := names(); got != "three a.png c.png" {
		t.Errorf("without the second file: %q", got)
	}
	d.Redact(desktest.Admin, room, b)
	d.Redact(desktest.Admin, room, a)
	if got := names(); got != " c.png" {
		t.Errorf("without the first two: %q", got)
	}
	sent := len(d.Sent)
	d.Decide(desk.CustomerDelete{Conversation: c, Message: m.ID})
	d.Deliver()
	if r := d.Sent[sent].Effect.(desk.Redact); len(d.Sent) != sent+1 || d.Resolve(r.Target) != last {
		t.Errorf("deleting what is left redacts %+v", d.Sent[sent:])
	}
}

// TestStaffFiles: several files in one event are one message; formatting and author go with it.
func TestStaffFiles(t *testing.T) {
	d, c, room := assigned(t)
	event := d.SayAs(desktest.Anna, room, "two files", func(in *desk.StaffMessage) {
		in.Content.HTML = `<b>two</b> files<script>x</script>`
		in.Files = []desk.File{staffFile("a.png"), staffFile("b.png")}
	})
	messages := d.Messages(c)
	m := messages[len(messages)-1]
	if len(m.Content.Files) != 2 || m.Content.Text != "two files" || m.Content.HTML != "<b>two</b> files" ||
		m.WhoName != "Anna Petrova" || m.WhoAvatar != "mxc://test/anna" || m.Operator != desktest.Anna {
		t.Fatalf("message %+v", m)
	}
	for _, a := range m.Content.Files {
		f, err := d.File(desk.FileID(a.ID))
		if err != nil || f.MXC == "" || f.Message != m.ID || f.Conversation != c {
			t.Errorf("file %+v, %v", f, err)
		}
	}
	d.Edit(desktest.Anna, room, event, "new caption")
	messages = d.Messages(c)
	if m := messages[len(messages)-1]; m.Content.Text != "new caption" || len(m.Content.Files) != 2 {
		t.Errorf("after the edit %+v", m.Content)
	}
	d.Redact(desktest.Anna, room, event)
	messages = d.Messages(c)
	if m := messages[len(messages)-1]; !m.Content.Empty() {
		t.Errorf("after the redaction %+v", m.Content)
	}
}

// TestReplayed: an event that comes again is nothing new.
func TestReplayed(t *testing.T) {
	d, c, room := assigned(t)
	in := desk.StaffMessage{Room: room, Event: "$once", Sender: desktest.Anna, Content: content.Message{Text: "hello"}}
	edit := desk.StaffEdit{Room: room, Event: "$edit", Sender: desktest.Anna, Replaces: "$once", Content: content.Message{Text: "hi"}}
	reaction := desk.StaffReaction{Room: room, Event: "$reaction", Sender: desktest.Anna, Relates: "$once", Key: "👍"}
	command := desk.StaffMessage{Room: lobby, Event: "$command", Sender: desktest.Boris, Content: content.Message{Text: "!help"}}
	for _, input := range []desk.Input{in, edit, reaction, command} {
		d.Decide(input)
	}
	d.Deliver()
	before := d.Dump()
	for _, input := range []desk.Input{in, edit, reaction, command} {
		if out := d.Decide(input); len(out.Effects)+len(out.Changed) > 0 {
			t.Errorf("%T again: %+v", input, out)
		}
	}
	if d.Dump() != before {
		t.Errorf("replays changed something in %s", c)
	}
}
