package desk_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// inMoscow puts the site's clock three hours ahead: it is noon there when a desk begins.
func inMoscow(in *desk.SitesConfigured) { in.Sites[0].Schedule.Zone = "Europe/Moscow" }

func direct(t *testing.T, d *desktest.Desk, u desk.UserID) desk.RoomKey {
	t.Helper()
	room := desk.DirectRoom(u)
	if _, err := d.Room(room); err != nil {
		if err := d.PutRoom(&desk.Room{Key: room, ID: desk.RoomID("!direct" + u)}); err != nil {
			t.Fatal(err)
		}
	}
	return room
}

// TestReminderComesBack: in the ticket's room while it is still theirs, else in the direct chat, with number and link (O5).
func TestReminderComesBack(t *testing.T) {
	for _, test := range []struct {
		name, where, say string
		after            time.Duration // when it is due
		meanwhile        func(d *desktest.Desk, room desk.RoomKey)
		portal, want     string
	}{
		{name: "length", where: "portal", say: "!remind 2h call Ivan", after: 2 * time.Hour, portal: "⏰ call Ivan"},
		{name: "Russian", where: "portal", say: "!напомни через 2 часа позвонить", after: 2 * time.Hour, portal: "⏰ позвонить"},
		{name: "on the site's clock", where: "portal", say: "!remind 18:00 call", after: 6 * time.Hour, portal: "⏰ call"},
		{name: "tomorrow", where: "portal", say: "!remind tomorrow 9:00 call", after: 21 * time.Hour, portal: "⏰ call"},
		{name: "without words", where: "portal", say: "!remind 2h", after: 2 * time.Hour, portal: "⏰ You wanted to be reminded of this ticket."},
		{
			name: "given away", where: "portal", say: "!remind 2h call", after: 2 * time.Hour, want: "⏰ #1 (Visitor 1): call",
			meanwhile: func(d *desktest.Desk, room desk.RoomKey) {
				d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
			},
		},
		{
			name: "closed", where: "portal", say: "!remind 2h call", after: 2 * time.Hour, want: "⏰ #1 (Visitor 1): call",
			meanwhile: func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!close") },
		},
		{name: "of a ticket, from the direct chat", where: "direct", say: "!remind #1 2h call", after: 2 * time.Hour, portal: "⏰ call"},
		{name: "of nothing in particular", where: "direct", say: "!remind 2h tea", after: 2 * time.Hour, want: "⏰ tea"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c, room := assigned(t, inMoscow)
			chat := direct(t, d, desktest.Anna)
			where := map[string]desk.RoomKey{"portal": room, "direct": chat}[test.where]
			d.Say(desktest.Anna, where, test.say)
			if p := d.LastPost(where); !strings.Contains(p.Text, "I will remind you on ") {
				t.Fatalf("answer %q", p.Text)
			}
			if test.meanwhile != nil {
				test.meanwhile(d, room)
			}
			inRoom, inChat := len(d.Posts(room)), len(d.Posts(chat))
			d.Pass(test.after - time.Minute)
			if len(d.Posts(room)) != inRoom || len(d.Posts(chat)) != inChat {
				t.Fatal("it came before its time")
			}
			d.Pass(time.Minute)
			target, want := chat, test.want
			if test.portal != "" {
				target, want = room, test.portal
			}
			got := d.LastPost(target)
			if len(d.Posts(room))+len(d.Posts(chat)) != inRoom+inChat+1 || !strings.HasPrefix(got.Text, want) || len(got.Mentions) != 1 {
				t.Errorf("came back as %+v, want %q", got, want)
			}
			if test.want != "" && strings.Contains(want, "#1") && (!strings.HasPrefix(got.HTML, "⏰ #1 (") || !strings.Contains(got.HTML, `">to the room</a>`)) {
				t.Errorf("no number outside of a link, or no link, in %q", got.HTML)
			}
			if closed := test.name == "closed"; test.want != "" && strings.Contains(got.HTML, "To read it: !open 1") != closed {
				t.Errorf("%s: %q", test.name, got.HTML)
			}
			if view := customerView(t, d, c); strings.Contains(view, "call") || strings.Contains(view, "позвонить") {
				t.Errorf("the customer reads %s", view)
			}
		})
	}
}

// TestOwnReminders: listed in private, numbered, cancelled; what was cancelled does not come.
func TestOwnReminders(t *testing.T) {
	d, _, room := assigned(t, inMoscow)
	chat := direct(t, d, desktest.Anna)
	d.Say(desktest.Anna, room, "!remind 3h third")
	d.Say(desktest.Anna, chat, "!remind 2h second")
	d.Say(desktest.Anna, room, "!reminders")
	list := d.LastPost(chat)
	for _, want := range []string{"Your reminders: 2.", "<td>2</td><td>2 March, 14:00</td><td></td><td>second</td>", "<td>1</td><td>2 March, 15:00</td><td>#1</td><td>third</td>"} {
		if !strings.Contains(list.HTML, want) {
			t.Errorf("the list lacks %q: %s", want, list.HTML)
		}
	}
	d.Say(desktest.Boris, room, "!reminders")
	if got := d.LastPost(desk.DirectRoom(desktest.Boris)).Text; !strings.Contains(got, "You have no reminders") {
		t.Errorf("somebody else's: %q", got)
	}
	d.Say(desktest.Anna, chat, "!напоминания отменить 2")
	if got := d.LastPost(chat).Text; got != "Reminder 2 is cancelled." {
		t.Errorf("cancelling: %q", got)
	}
	d.Say(desktest.Anna, chat, "!remind cancel 7")
	if got := d.LastPost(chat).Text; !strings.Contains(got, "no reminder «7»") {
		t.Errorf("cancelling another: %q", got)
	}
	posts := len(d.Posts(chat))
	d.Pass(4 * time.Hour)
	if len(d.Posts(chat)) != posts {
		t.Errorf("a cancelled one came: %+v", d.LastPost(chat))
	}
	if got := d.LastPost(room).Text; got != "⏰ third" {
		t.Errorf("the other: %q", got)
	}
}

func TestRemindRefused(t *testing.T) {
	for text, want := range map[string]string{
		"!remind soon call":                       "do not understand the time in «soon call»",
		"!remind 1.1.2020 call":                   "1 January 2020, 09:00 is over already",
		"!remind 2 call":                          "do not understand the time",
		"!remind 500d call":                       "more than a year away",
		"!remind":                                 "!remind 2h call back",
		"!remind #99 2h call":                     "no ticket #99",
		"!remind 2h " + strings.Repeat("x", 1001): "at most 1000",
		"!snooze whenever":                        "do not understand the time",
		"!snooze 2h because":                      "do not understand the time",
		"!snooze off":                             "is not put aside",
	} {
		d, _, room := assigned(t)
		d.Say(desktest.Anna, room, text)
		if got := d.LastPost(room).Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", text, got, want)
		}
		if len(d.Journal()) == 0 || strings.HasPrefix(d.Journal()[len(d.Journal())-1].Action, "reminder") {
			t.Errorf("%s: journal %+v", text, d.Journal()[len(d.Journal())-1])
		}
	}
	d := newDesk(t)
	chat := direct(t, d, desktest.Anna)
	d.Say(desktest.Anna, chat, "!remind 2h")
	if got := d.LastPost(chat).Text; !strings.Contains(got, "Say of what") {
		t.Errorf("about nothing: %q", got)
	}
}

// TestSnooze: a ticket put aside says so in its name, topic and card, goes behind the others, and comes back on time, when the customer writes, or
// when told to.
func TestSnooze(t *testing.T) {
	for name, test := range map[string]struct {
		back func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey)
		line string
	}{
		"on time":      {func(d *desktest.Desk, _ desk.ConversationID, _ desk.RoomKey) { d.Pass(2 * time.Hour) }, "⏰ Ticket #1 was put aside until now."},
		"the customer": {func(d *desktest.Desk, c desk.ConversationID, _ desk.RoomKey) { d.Write(c, "are you there?") }, "are you there?"},
		"by command": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Anna, room, "!snooze off")
		}, "back among the others"},
		"by Russian command": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Anna, room, "!отложить нет")
		}, "back among the others"},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t, inMoscow)
			look := func() (name, topic, card string, order string) {
				var child desk.Child
				d.Want(room, desk.ThingName, &name)
				d.Want(room, desk.ThingTopic, &topic)
				d.Want(desk.DeskRoom(desktest.Anna), desk.ThingChild+string(room), &child)
				return name, topic, d.Card(c).Text, child.Order
			}
			n1, t1, c1, o1 := look()
			d.Say(desktest.Anna, room, "!snooze 2h")
			if got := d.LastPost(room).Text; !strings.Contains(got, "put aside until 2 March, 14:00") {
				t.Errorf("answer %q", got)
			}
			n2, t2, c2, o2 := look()
			if n2 != "💤 "+n1 || !strings.Contains(t2, "put aside until 2 March, 14:00") || !strings.Contains(c2, "put aside until 2 March, 14:00") || o2 <= o1 || o2 < "9999999999" {
				t.Errorf("put aside: name %q, topic %q, card %q, order %q", n2, t2, c2, o2)
			}
			test.back(d, c, room)
			if got := d.LastPost(room).Text; !strings.Contains(got, test.line) {
				t.Errorf("back with %q, want %q", got, test.line)
			}
			if n3, t3, c3, o3 := look(); n3 != n1 || t3 != t1 || c3 != c1 || o3 != o1 {
				t.Errorf("back: name %q, topic %q, card %q, order %q", n3, t3, c3, o3)
			}
			posts := len(d.Posts(room))
			d.Pass(3 * time.Hour)
			if len(d.Posts(room)) != posts {
				t.Errorf("came back twice: %q", d.LastPost(room).Text)
			}
		})
	}
}

// TestSnoozedAnew: a later time counts, and what moves is not put aside any more.
func TestSnoozedAnew(t *testing.T) {
	d, c, room := assigned(t)
	d.Say(desktest.Anna, room, "!snooze 1h")
	d.Say(desktest.Anna, room, "!snooze 3h")
	d.Pass(2 * time.Hour)
	if !d.TicketOf(c).IsSnoozed() {
		t.Fatal("came back by the timer that was replaced")
	}
	d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
	d.Accept(desktest.Boris, c)
	if !d.TicketOf(c).Snoozed.IsZero() {
		t.Errorf("put aside by whoever had it before: %+v", d.TicketOf(c))
	}
	d.Say(desktest.Anna, room, "!snooze 1h")
	if d.TicketOf(c).IsSnoozed() {
		t.Errorf("somebody else put it aside")
	}
	d.Say(desktest.Vera, lobby, "!snooze #1 1h")
	if !d.TicketOf(c).IsSnoozed() {
		t.Errorf("a supervisor could not: %q", d.LastPost(lobby).Text)
	}
}

// TestHandedAndNotAnswered: whoever was handed a ticket whose customer waits for an answer is told so once, and the supervisors are, in office hours.
func TestHandedAndNotAnswered(t *testing.T) {
	for name, test := range map[string]struct {
		after func(d *desktest.Desk, c desk.ConversationID, room desk.RoomKey)
		told  bool
	}{
		"nothing": {func(*desktest.Desk, desk.ConversationID, desk.RoomKey) {}, true},
		"answered": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Boris, room, "Hello!")
		}, false},
		"handed back": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Boris, room, "!return")
		}, false},
		"put aside": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Boris, room, "!snooze 3h")
		}, false},
		"a note": {func(d *desktest.Desk, _ desk.ConversationID, room desk.RoomKey) {
			d.Say(desktest.Boris, room, "// what is this?")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d, c, room := assigned(t, func(in *desk.SitesConfigured) { in.Sites[0].Schedule.SetWeek("mon-fri 09:00-18:00") })
			d.Pass(9*time.Hour - time.Minute)
			d.Say(desktest.Anna, room, "!transfer @boris")
			test.after(d, c, room)
			d.Pass(15 * time.Hour)
			if got := calls(d, lobby, desktest.Vera); test.told && len(got) > 0 {
				t.Errorf("told at night: %q", got)
			}
			d.Pass(24 * time.Hour)
			unanswered := func(told []string, words string) int {
				n := 0
				for _, text := range told {
					if strings.Contains(text, words) {
						n++
					}
				}
				return n
			}
			own := unanswered(calls(d, desk.DirectRoom(desktest.Boris), desktest.Boris), "was handed to you, and its customer has had no answer for 15 hours")
			above := unanswered(calls(d, lobby, desktest.Vera), "Ticket #1 was handed to Boris")
			if want := map[bool]int{true: 1}[test.told]; own != want || above != want {
				t.Errorf("he is told %d times, those above %d times", own, above)
			}
		})
	}
}

// TestRemindOfHiddenTickets: nobody learns by a reminder of a ticket they may not see.
func TestRemindOfHiddenTickets(t *testing.T) {
	d, _ := tickets(t)
	for _, test := range []struct {
		by        desk.UserID
		say, want string
	}{
		{"@kim:test", "!remind #1 2h look", "There is no ticket #1"}, {"@kim:test", "!remind #5 2h look", "I will remind you"},
		{desktest.Vera, "!remind #1 2h look", "I will remind you"},
	} {
		if got := asked(t, d, test.by, test.say).Text; !strings.Contains(got, test.want) {
			t.Errorf("%s: %s: %q, want %q", test.by, test.say, got, test.want)
		}
	}
}
