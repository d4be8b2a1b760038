package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestAskWhere: a question goes to a site that is there, and names it; where several may be meant, the asker is asked back or says which.
func TestAskWhere(t *testing.T) {
	chat := desk.DirectRoom(desktest.Boris) // he answers on two sites
	d := newDesk(t, twoSites)
	if got := asked(t, d, desktest.Boris, "!admin May I?").Text; !strings.Contains(got, "The administrators of which site") || !strings.Contains(got, "1. Blog\n2. Shop") {
		t.Fatalf("asked back %q", got)
	}
	d.Say(desktest.Boris, chat, "!2")
	if got := d.LastPost(desk.AdminsRoom(desktest.Site)).Text; !strings.HasPrefix(got, "Boris asks\n> May I?") {
		t.Errorf("chosen: %q", got)
	}
	if got := d.LastPost(chat).Text; !strings.Contains(got, "The administrators of Shop have got") {
		t.Errorf("chosen: answered %q", got)
	}
	for _, named := range []string{"!admin site:blog Here?", "!админ ресурс:Blog Here?"} {
		asked(t, d, desktest.Boris, named)
		if got := d.LastPost(desk.AdminsRoom("blog")).Text; !strings.Contains(got, "\n> Here?") {
			t.Errorf("%s: %q", named, got)
		}
	}
	if got := asked(t, d, desktest.Boris, "!admin site:nowhere x").Text; !strings.Contains(got, "no site «nowhere»") {
		t.Errorf("unknown: %q", got)
	}
	if got := asked(t, d, desktest.Boris, "!admin site:shop").Text; !strings.Contains(got, "Write the question") {
		t.Errorf("no question: %q", got)
	}
	asked(t, d, desktest.Admin, "!sites remove blog")
	if got := asked(t, d, desktest.Boris, "!admin And now?").Text; !strings.Contains(got, "of Shop") {
		t.Errorf("one site is left: %q", got)
	}
}

// TestAnswersToAnswers: an administrator's further words, to the question's thread or to what they have answered themselves, arrive as well.
func TestAnswersToAnswers(t *testing.T) {
	d := newDesk(t)
	admins, chat := desk.AdminsRoom(desktest.Site), desk.DirectRoom(desktest.Anna)
	asked(t, d, desktest.Anna, "!admin May I?")
	question, err := d.EventByRow(d.LastPost(admins).ID)
	must(err)
	last := question.ID
	for i, relation := range []desk.RelationKind{desk.InReply, desk.InReply, desk.InThread, desk.InReply} {
		words := "part " + string(rune('a'+i))
		event := d.SayAs(desktest.Admin, admins, words, func(in *desk.StaffMessage) {
			in.Relation, in.Relates = relation, last
			if relation == desk.InThread {
				in.Relates = question.ID
			}
		})
		if got := d.LastPost(chat).Text; !strings.HasSuffix(got, "> "+words) {
			t.Errorf("%s: anna reads %q", words, got)
		}
		if got := marksOn(d, event); got != "[📬]" {
			t.Errorf("%s is marked %s", words, got)
		}
		last = event
	}
	before := len(d.Posts(chat))
	d.SayAs(desktest.Admin, admins, "something else", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InReply, d.NextEvent() })
	if got := len(d.Posts(chat)); got != before {
		t.Error("an answer to something else arrived")
	}
}

// TestAdminsNotes: what administrators note to a question stays among them, and so does all that is said of it, however it relates.
func TestAdminsNotes(t *testing.T) {
	for _, words := range []string{"// she asks too often", "/ she asks too often", "/she asks too often"} {
		t.Run(words, func(t *testing.T) {
			d := newDesk(t)
			admins, chat := desk.AdminsRoom(desktest.Site), desk.DirectRoom(desktest.Anna)
			asked(t, d, desktest.Anna, "!admin May I?")
			question, err := d.EventByRow(d.LastPost(admins).ID)
			must(err)
			before := len(d.Posts(chat))
			say := func(words string, relation desk.RelationKind, relates, replyTo desk.EventID) desk.EventID {
				return d.SayAs(desktest.Admin, admins, words, func(in *desk.StaffMessage) {
					in.Relation, in.Relates, in.ReplyTo = relation, relates, replyTo
				})
			}
			note := say(words, desk.InReply, question.ID, "")
			threaded := say(words, desk.InThread, question.ID, "")
			answers := []desk.EventID{
				say("true, but kind", desk.InReply, note, ""), say("so I think", desk.InThread, note, ""), say("too often", desk.InThread, question.ID, threaded),
			}
			answers = append(answers, say("much too often", desk.InReply, answers[0], ""), say("indeed", desk.InThread, question.ID, answers[2]))
			for _, event := range answers {
				if got := marksOn(d, event); got != "[🔒]" {
					t.Errorf("%s is marked %s", event, got)
				}
			}
			if got := d.Posts(chat)[before:]; len(got) != 0 {
				t.Errorf("anna reads %+v", got)
			}
			say("Yes", desk.InThread, question.ID, "")
			if got := d.LastPost(chat).Text; !strings.HasSuffix(got, "> Yes") {
				t.Errorf("the answer: anna reads %q", got)
			}
		})
	}
}

// TestGuestsAskAboutTheirTicket: whoever was asked into a ticket's room may ask and talk about it; at a colleague's card the ticket is left out.
func TestGuestsAskAboutTheirTicket(t *testing.T) {
	d, c, room := assigned(t)
	d.Member(room, desktest.Boris, desktest.Anna, "leave", "invite")
	d.Member(room, desktest.Boris, desktest.Boris, "invite", "join")
	d.Say(desktest.Boris, room, "!admin What now?")
	if got := d.LastPost(desk.AdminsRoom(desktest.Site)).Text; !strings.HasPrefix(got, "Boris asks, about ticket #1") {
		t.Errorf("from the room: %q", got)
	}
	d.Say(desktest.Boris, room, "!dm @vera")
	if rooms := talks(d); len(rooms) != 1 || !strings.Contains(d.LastPost(rooms[0]).Text, "ticket #1") {
		t.Errorf("from the room: talks %v", rooms)
	}
	d.Member(room, desktest.Boris, desktest.Boris, "join", "leave")
	d.SayAs(desktest.Boris, lobby, "!admin And of this?", func(in *desk.StaffMessage) { in.Relation, in.Relates = desk.InThread, d.CardOf(c) })
	if got := d.LastPost(desk.AdminsRoom(desktest.Site)).Text; !strings.HasPrefix(got, "Boris asks\n> And of this?") {
		t.Errorf("at the card: %q", got)
	}
	d.Say(desktest.Boris, lobby, "!admin #1 By its number?")
	if got := d.LastPost(desk.DirectRoom(desktest.Boris)).Text; !strings.Contains(got, "may not see ticket #1") {
		t.Errorf("by its number: %q", got)
	}
}
