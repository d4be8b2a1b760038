package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// quoteOf is what Element's button to quote makes of words, with an answer below.
func quoteOf(words, answer string) func(*desk.StaffMessage) {
	return func(in *desk.StaffMessage) {
		in.Content.Text = "> " + strings.ReplaceAll(words, "\n", "\n> ") + "\n\n" + answer
		in.Content.HTML = "<blockquote>\n<p>" + strings.ReplaceAll(words, "\n", "<br>") + "</p>\n</blockquote>\n<p>" + answer + "</p>\n"
	}
}

// TestQuotedNotes: a client's button to quote copies the words and says nothing of where they come from. Words that stayed among the staff do so
// also then (O3).
func TestQuotedNotes(t *testing.T) {
	thread := func(d *desktest.Desk, room desk.RoomKey, words string) {
		root := d.Say(desktest.Anna, room, "public root")
		d.SayAs(desktest.Anna, room, words, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
	}
	for _, test := range []struct {
		name string
		note func(*desktest.Desk, desk.RoomKey)
		send func(*desk.StaffMessage)
	}{
		{"a note with its mark", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "// "+secret) }, quoteOf("// "+secret, "answer")},
		{"a note nobody has seen here", func(*desktest.Desk, desk.RoomKey) {}, quoteOf("// "+secret, "answer")},
		{"a note as Element sends it", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "/ "+secret) }, quoteOf("/ "+secret, "answer")},
		{"a note without a space", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "/"+secret) }, quoteOf("/"+secret, "answer")},
		{"a note whose mark was taken off", func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "// "+secret) }, quoteOf(secret, "answer")},
		{"a thread", func(d *desktest.Desk, room desk.RoomKey) { thread(d, room, secret) }, quoteOf(secret, "answer")},
		{"a line of a thread", func(d *desktest.Desk, room desk.RoomKey) { thread(d, room, "first\n"+secret+"  line") }, quoteOf("FIRST\n"+secret+" line", "answer")},
		{"a reply to a note", func(d *desktest.Desk, room desk.RoomKey) {
			note := d.Say(desktest.Anna, room, "// call him")
			d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, note })
		}, quoteOf(secret, "answer")},
		{"an edit of a note", func(d *desktest.Desk, room desk.RoomKey) {
			d.Edit(desktest.Anna, room, d.Say(desktest.Anna, room, "// call him"), secret)
		}, quoteOf(secret, "answer")},
		{"a quote below an answer", func(d *desktest.Desk, room desk.RoomKey) { thread(d, room, secret) }, func(in *desk.StaffMessage) {
			in.Content.Text = "answer\n\n> " + secret
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			test.note(d, room)
			event := d.SayAs(desktest.Anna, room, "", test.send)
			if view := customerView(t, d, c); strings.Contains(view, secret) {
				t.Errorf("the customer reads %s", view)
			}
			if ev, err := d.Event(room, event); err != nil || ev.Kind != desk.EventPrivate {
				t.Errorf("event %+v, %v", ev, err)
			}
			if key := lastReaction(d).Key; key != "🔒" {
				t.Errorf("its writer is shown %q", key)
			}
		})
	}
}

// lastReaction is the last mark that the bot has put on something.
func lastReaction(d *desktest.Desk) desk.React {
	for i := len(d.Sent) - 1; i >= 0; i-- {
		if r, ok := d.Sent[i].Effect.(desk.React); ok {
			return r
		}
	}
	return desk.React{}
}

// TestBelowAQuote: what stands below quoted words of a customer is a note or a command as it would be without them.
func TestBelowAQuote(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		kind         desk.EventKind
	}{
		{"a note", "// " + secret, desk.EventPrivate},
		{"a note as Element sends it", "/ " + secret, desk.EventPrivate},
		{"a command", "!remind 1h " + secret, desk.EventCommand},
		{"an answer", "we are looking", desk.EventMessage},
		{"an answer with a path", "see /var/log", desk.EventMessage},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t)
			d.Write(c, "where is my order?")
			for _, html := range []bool{true, false} {
				event := d.SayAs(desktest.Anna, room, "", func(in *desk.StaffMessage) {
					if quoteOf("where is my order?", test.answer)(in); !html {
						in.Content.HTML = ""
					}
				})
				if ev, err := d.Event(room, event); err != nil || ev.Kind != test.kind {
					t.Errorf("HTML %v: event %+v, %v", html, ev, err)
				}
			}
			if view := customerView(t, d, c); strings.Contains(view, secret) {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestQuotedWordsOfBoth: what the customer was told, or has said, may be quoted although a thread repeats it.
func TestQuotedWordsOfBoth(t *testing.T) {
	d, c, room := assigned(t)
	d.Write(c, "Order 17 is late")
	root := d.Say(desktest.Anna, room, "We are looking into it")
	for _, words := range []string{"Order 17 is late", "We are looking into it"} {
		d.SayAs(desktest.Anna, room, words, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
		event := d.SayAs(desktest.Anna, room, "", quoteOf(words, "It has left"))
		if ev, err := d.Event(room, event); err != nil || ev.Kind != desk.EventMessage {
			t.Errorf("quoting %q: event %+v, %v", words, ev, err)
		}
	}
}

// TestQuotedLineOfTheCustomer: a customer's own line that looks like a note, and what clients quote of an answered message, are no note.
func TestQuotedLineOfTheCustomer(t *testing.T) {
	d, c, room := assigned(t)
	d.Write(c, "// what does this line do?")
	root := d.Say(desktest.Anna, room, "Which of them?")
	d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
	for _, send := range []func(*desk.StaffMessage){
		quoteOf("// what does this line do?", "Nothing"),
		func(in *desk.StaffMessage) {
			in.Content.Text = "> <@anna:test> Which\n> // of them?\n> " + secret + "\n\nThe first"
			in.Relation, in.Relates = desk.InReply, root
		},
	} {
		event := d.SayAs(desktest.Anna, room, "", send)
		if ev, err := d.Event(room, event); err != nil || ev.Kind != desk.EventMessage {
			t.Errorf("event %+v, %v", ev, err)
		}
	}
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
}

// TestEditQuotingANote: an edit does not bring a quoted note to the customer either.
func TestEditQuotingANote(t *testing.T) {
	d, c, room := assigned(t)
	root := d.Say(desktest.Anna, room, "hello")
	d.SayAs(desktest.Anna, room, secret, func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, root })
	d.Edit(desktest.Anna, room, root, "> "+secret+"\n\nhello")
	if view := customerView(t, d, c); strings.Contains(view, secret) {
		t.Errorf("the customer reads %s", view)
	}
	if got := d.LastPost(room).Text; !strings.Contains(got, "The customer") {
		t.Errorf("its writer is told %q", got)
	}
}
