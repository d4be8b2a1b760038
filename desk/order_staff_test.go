package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestStaffOrders(t *testing.T) {
	for _, test := range []struct {
		by      desk.UserID
		text    string
		answer  string
		changes bool
	}{
		{desktest.Admin, "!operators", "Staff: 5", false},
		{desktest.Admin, "!сотрудники", "1 · @anna:test · Anna Petrova · not yet", false},
		{desktest.Vera, "!operators", "Staff: 2", false},
		{desktest.Anna, "!operators", "no right to «!operators»", false},
		{desktest.Admin, "!operator @anna:test", "Rights · operator, queue Support", false},
		{desktest.Vera, "!operator @root:test", "You may not do that with Root", false},
		{desktest.Anna, "!who", "There to answer: 2 of 2", false},
		{desktest.Anna, "!кто", "Boris · available · 0 · Letters, Support", false},
		{desktest.Admin, "!departments", "Departments: 1\nSales and more · 0", false},
		{desktest.Admin, "!operator add @chef:test", "Tickets come to queues", true},
		{desktest.Admin, "!operator add @chef:test support letters", "@chef:test is now among the staff.", true},
		{desktest.Admin, "!сотрудник добавить @chef letters", "@chef:test is now among the staff.", true},
		{desktest.Admin, "!operator add @chef:elsewhere", "name somebody's account of test", false},
		{desktest.Admin, "!operator add @desk_c_1:test", "cannot be staff", false},
		{desktest.Admin, "!operator add @frontdesk:test", "cannot be staff", false},
		{desktest.Admin, "!operator add @anna:test", "among the staff already", false},
		{desktest.Admin, "!operator add @chef:test nowhere", "There is no queue «nowhere»", false},
		{manager, "!operator add @chef:test", "Name a queue", false},
		{manager, "!operator add @chef:test letters", "no right to the staff of the queue Letters", false},
		{manager, "!operator add @chef:test support", "now among the staff", true},
		{manager, "!operator remove @boris:test", "You may not do that with Boris", false},
		{manager, "!operator remove @anna:test", "no longer among the staff", true},
		{desktest.Admin, "!operator remove @root:test", "nobody could give rights any more", false},
		{desktest.Admin, "!operator join @vera:test support", "Vera now answers in: Support.", true},
		{desktest.Admin, "!operator join @anna:test support", "Anna Petrova answers in Support already.", false},
		{desktest.Admin, "!operator leave @anna:test support", "Anna Petrova does not answer in Support any more.", true},
		{desktest.Admin, "!operator leave @anna:test letters", "Anna Petrova does not answer in Letters.", false},
		{manager, "!operator leave @boris:test letters", "no right to the staff of the queue Letters", false},
		{desktest.Vera, "!operator leave @anna:test support", "no right to «!operator leave»", false},
		{desktest.Admin, "!operator set @anna:test department sales AND more", "@anna:test, department: «Sales and more».", true},
		{desktest.Admin, "!operator set @anna:test department Night", "There is no department «Night». Add it first with !departments add Night, or choose one of: Sales and more.", false},
		{desktest.Admin, "!сотрудник изменить @anna:test должность Старший", "@anna:test, position: «Старший».", true},
		{desktest.Admin, "!operator set @anna:test public", "customers have to see a name", false},
		{desktest.Admin, "!operator set @anna:test shoes 40", "A card has no «shoes»", false},
		{desktest.Admin, "!operator set @anna:test name " + strings.Repeat("x", 101), "at most 100 characters", false},

		{desktest.Anna, "!queues", "Queues: 1", false},
		{desktest.Admin, "!queues", "letters · Letters · Blog · do not see it, default · 1 · 0 · 0", false},
		{desktest.Admin, "!queues add shop/returns Returns and more", "The queue Returns and more is there.", true},
		{desktest.Admin, "!queues add returns Returns", "There is no site «»", false},
		{desktest.Admin, "!queues add none/returns Returns", "There is no site «none»", false},
		{desktest.Admin, "!queues add shop/Возврат Returns", "cannot be the id", false},
		{desktest.Admin, "!queues add shop/letters Returns", "The id «letters» is taken", false},
		{desktest.Admin, "!queues add shop/returns support", "There is a queue «support» already", false},
		{desktest.Admin, "!queues add shop/returns", "Like this: !queues add", false},
		{desktest.Admin, "!queues rename support Помощь", "The queue Support is now called Помощь.", true},
		{desktest.Admin, "!queues rename support " + strings.Repeat("ж", 61), "at most 60 characters", false},
		{desktest.Admin, "!очереди показать support", "Customers may choose the queue Support now.", true},
		{desktest.Admin, "!queues hide support", "Customers do not see the queue Support anyway.", false},
		{desktest.Admin, "!queues remove support", "is the default queue of its site", false},
		{desktest.Admin, "!queues default support", "is the default queue already", false},
		{manager, "!queues hide support", "no right to «!queues hide»", false},
		{desktest.Anna, "!queues remove support", "no right to «!queues remove»", false},
	} {
		t.Run(fmt.Sprint(test.by, " ", test.text), func(t *testing.T) {
			d := managed(t)
			d.Pass(time.Minute)
			must(d.PutDepartment("Sales and more"))
			ask(t, d, test.by, "!help accept") // so that the direct chat is there, and it is known who was seen
			before, entries := deskDump(d), len(d.Journal())
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			if changed := deskDump(d) != before; changed != test.changes {
				t.Errorf("answer %q, something changed: %v", answer, changed)
			}
			journal := d.Journal()[entries:]
			if test.changes != (len(journal) > 0) {
				t.Errorf("recorded %+v", journal)
			}
			for _, e := range journal {
				if e.Actor != string(test.by) && e.Actor != "system" || len(e.Changes) == 0 || e.Room != desk.DirectRoom(test.by) {
					t.Errorf("recorded %+v", e)
				}
			}
		})
	}
}

// deskDump shows sites, queues, staff and rights.
func deskDump(d *desktest.Desk) string {
	out := rightsDump(d)
	sites, err := d.Sites()
	must(err)
	for _, s := range sites {
		queues, err := d.Queues(s.ID)
		must(err)
		out += fmt.Sprint(s, queues)
	}
	staff, err := d.Operators()
	must(err)
	for i := range staff {
		staff[i].Seen = time.Time{}
	}
	return out + fmt.Sprint(staff)
}

// TestOperatorRemovedByOrder: rooms, spaces, rights and offers go at once, tickets return; added anew, everything of a new one is there.
func TestOperatorRemovedByOrder(t *testing.T) {
	d := newDesk(t)
	c, watched, offered := d.Open(), d.Open(), d.Open()
	for _, k := range []desk.ConversationID{c, watched, offered} {
		d.Write(k, "hello")
	}
	d.Accept(desktest.Anna, c)
	d.Accept(desktest.Boris, watched)
	ask(t, d, desktest.Admin, "!rights assign @anna:test supervisor site:shop")
	ask(t, d, desktest.Anna, "!watch 2")
	rooms := []desk.RoomKey{
		desk.SiteRoom(desktest.Site), desk.QueueRoom(desktest.Queue), lobby, desk.DeskRoom(desktest.Anna), d.PortalOf(c), d.PortalOf(watched),
		d.PortalOf(offered),
	}
	if got := d.Membership(d.PortalOf(watched), desktest.Anna); got != "join" {
		t.Fatalf("anna watches by %q", got)
	}
	answer := ask(t, d, desktest.Admin, "!operator remove @anna:test")
	if !strings.Contains(answer, "1 ticket has returned") {
		t.Errorf("answer %q", answer)
	}
	for _, room := range rooms {
		if got := d.Membership(room, desktest.Anna); got != "leave" {
			t.Errorf("anna in %s: %q", room, got)
		}
	}
	if ticket := d.TicketOf(c); ticket.State != desk.Waiting {
		t.Errorf("ticket %+v", ticket)
	}
	if dump := rightsDump(d); strings.Contains(dump, string(desktest.Anna)) {
		t.Errorf("rights %s", dump)
	}
	if got := ask(t, d, desktest.Anna, "!who"); !strings.Contains(got, "not on its list") {
		t.Errorf("answer to anna: %q", got)
	}
	d.Decide(desktest.Configuration())
	if got := d.Membership(lobby, desktest.Anna); got != "leave" {
		t.Errorf("anna in the lobby after a start: %q", got)
	}

	ask(t, d, desktest.Admin, "!operator add @anna:test support")
	for _, room := range []desk.RoomKey{desk.SiteRoom(desktest.Site), desk.QueueRoom(desktest.Queue), lobby, desk.DeskRoom(desktest.Anna)} {
		if got := d.Membership(room, desktest.Anna); got != "join" {
			t.Errorf("anna, added anew, in %s: %q", room, got)
		}
	}
	if got := d.Membership(d.PortalOf(offered), desktest.Anna); got != "invite" {
		t.Errorf("anna, added anew, is offered a waiting ticket by %q", got)
	}
}

// TestQueueRemovedByOrder: waiting tickets wait in the default queue, assigned ones stay assigned and return there.
func TestQueueRemovedByOrder(t *testing.T) {
	d := newDesk(t)
	ask(t, d, desktest.Admin, "!queues add returns Returns")
	ask(t, d, desktest.Admin, "!operator join @anna:test returns")
	ask(t, d, desktest.Admin, "!operator join @boris:test returns")
	ask(t, d, desktest.Admin, "!rights assign @vera:test supervisor queue:returns")
	c, waits := d.Open(), d.Open()
	for _, k := range []desk.ConversationID{c, waits} {
		d.Write(k, "hello")
	}
	ask(t, d, desktest.Anna, "!accept 1")
	ask(t, d, desktest.Anna, "!queue returns #1")
	ask(t, d, desktest.Anna, "!accept 1")
	ask(t, d, desktest.Boris, "!accept 2")
	ask(t, d, desktest.Boris, "!queue returns #2")
	if a, b := d.TicketOf(c), d.TicketOf(waits); a.Queue != "returns" || a.State != desk.Assigned || b.Queue != "returns" || b.State != desk.Waiting {
		t.Fatalf("tickets %+v %+v", a, b)
	}
	if got := ask(t, d, desktest.Admin, "!queues remove returns"); !strings.Contains(got, "its open tickets are now in Support") {
		t.Errorf("answer %q", got)
	}
	if a, b := d.TicketOf(c), d.TicketOf(waits); a.Queue != desktest.Queue || a.State != desk.Assigned || b.Queue != desktest.Queue || b.State != desk.Waiting {
		t.Errorf("tickets %+v %+v", a, b)
	}
	if got := d.Membership(desk.LobbyRoom("returns"), desktest.Anna); got != "leave" {
		t.Errorf("anna in the lobby of the removed queue: %q", got)
	}
	ask(t, d, desktest.Anna, "!return #1")
	if a := d.TicketOf(c); a.Queue != desktest.Queue || a.State != desk.Waiting {
		t.Errorf("returned ticket %+v", a)
	}
	if got := ask(t, d, desktest.Admin, "!queues add returns Returns again"); !strings.Contains(got, "is there") {
		t.Errorf("answer %q", got)
	}
	for _, u := range []desk.UserID{desktest.Anna, desktest.Vera} {
		if got := d.Membership(desk.LobbyRoom("returns"), u); got != "leave" {
			t.Errorf("%s in the lobby of the queue that is new: %q", u, got)
		}
	}
}

// TestSeen: it is noted when somebody of the staff did something, at most every few minutes.
func TestSeen(t *testing.T) {
	d, _, room := assigned(t)
	first := d.Now
	for range 3 {
		d.Pass(2 * time.Minute)
		d.Say(desktest.Anna, room, "hello")
	}
	if o, _ := d.Operator(desktest.Anna); !o.Seen.Equal(first.Add(6 * time.Minute)) {
		t.Errorf("seen at %s, said at %s", o.Seen, d.Now)
	}
	ask(t, d, desktest.Admin, "!operator set @anna:test position Senior")
	ask(t, d, desktest.Admin, "!departments add Day")
	ask(t, d, desktest.Admin, "!operator set @anna:test department Day")
	got := ask(t, d, desktest.Admin, "!operators")
	if !strings.Contains(got, "\n1 · @anna:test · Anna Petrova · Senior · Day · 2 March, 09:06\n") {
		t.Errorf("operators: %s", got)
	}
}

// TestWho: whoever answers in one's queues, or is among the staff one minds, and why somebody there is offered nothing.
func TestWho(t *testing.T) {
	d, _, _ := assigned(t, twoSites)
	ask(t, d, desktest.Admin, "!operator add @chef:test letters")
	ask(t, d, desktest.Admin, "!config set queue.support.max_open 1")
	ask(t, d, desktest.Boris, "!dnd 2h")
	anna, boris := "Anna Petrova · has as many tickets as the queue allows · 1 · Support", "Boris · do not disturb until 2 March, 11:00 · 0 · Letters, Support"
	for _, test := range []struct {
		name string
		by   desk.UserID
		want string
	}{
		{"an operator of the queue", desktest.Anna, "There to answer: 0 of 2\n" + anna + "\n" + boris},
		{"a supervisor, who answers in none", desktest.Vera, "There to answer: 0 of 2\n" + anna + "\n" + boris},
		{"an operator of another queue", "@chef:test", "There to answer: 1 of 2\n" + boris + "\nchef · available · 0 · Letters"},
	} {
		if got := ask(t, d, test.by, "!who"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	ask(t, d, desktest.Boris, "!dnd off")
	if got := ask(t, d, desktest.Anna, "!who"); !strings.Contains(got, "There to answer: 1 of 2") || !strings.Contains(got, "Boris · available") {
		t.Errorf("disturbable again: %q", got)
	}
}
