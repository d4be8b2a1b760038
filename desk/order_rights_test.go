package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// ask lets somebody give an order in the direct chat and gives the answer.
func ask(t testing.TB, d *desktest.Desk, who desk.UserID, text string) string {
	t.Helper()
	room := desk.DirectRoom(who)
	if _, err := d.Room(room); err != nil {
		if err := d.PutRoom(&desk.Room{Key: room, ID: desk.RoomID("!" + string(room))}); err != nil {
			t.Fatal(err)
		}
	}
	d.Say(who, room, text)
	return d.LastPost(room).Text
}

// twoSites adds a second site with a queue, and a manager of the first one's rights.
func twoSites(in *desk.SitesConfigured) {
	in.Sites = append(in.Sites, desk.Site{
		ID: "blog", Key: "blog", Name: "Blog", Languages: []string{"ru"}, StaffLang: "ru", History: desk.HistoryShared, DefaultQueue: "letters",
	})
	in.Queues = append(in.Queues, desk.Queue{ID: "letters", Site: "blog", Name: "Letters", InviteLimit: 5, Operators: []desk.UserID{desktest.Boris}})
	in.Staff = append(in.Staff, desk.Operator{ID: manager, PublicName: "Manager"})
}

const manager desk.UserID = "@manager:test"

// managed is a desk whose manager may give rights for the site of the tests, and has some there.
func managed(t *testing.T) *desktest.Desk {
	d := newDesk(t, twoSites)
	for _, m := range []desk.Module{desk.ModRights, desk.ModTickets, desk.ModContacts, desk.ModUsers} {
		g := desk.Grant{Module: m, Scope: desk.ScopeSite, Target: string(desktest.Site), Edit: m != desk.ModContacts}
		must(d.PutHolding(desk.Holding{Operator: manager, Grant: g}))
	}
	return d
}

func TestRightsOrders(t *testing.T) {
	for _, test := range []struct {
		by     desk.UserID
		text   string
		answer string
	}{
		{desktest.Admin, "!rights give @anna:test journal site:shop view", "Anna Petrova has this right now: journal, site Shop: view."},
		{desktest.Admin, "!права выдать @anna:test журнал сайт:shop просмотр", "Anna Petrova has this right now: journal, site Shop: view."},
		{desktest.Admin, "!rights give @anna:test tickets all edit", "tickets, everything: edit"},
		{desktest.Admin, "!rights give @anna:test tickets queue:Support edit", "tickets, queue Support: edit"},
		{desktest.Admin, "!rights give @anna:test wishes all edit", "«wishes» is no part of the desk. There are: tickets"},
		{desktest.Admin, "!rights give @anna:test tickets site:none edit", "There is no site «none». There are: blog, shop."},
		{desktest.Admin, "!rights give @anna:test tickets queue:none edit", "There is no queue «none». There are: letters, support."},
		{desktest.Admin, "!rights give @anna:test tickets site edit", "There is no site «»"},
		{desktest.Admin, "!rights give @anna:test tickets department:None edit", "There is no department «None»"},
		{desktest.Admin, "!rights give @anna:test tickets everywhere edit", "I do not understand «everywhere»"},
		{desktest.Admin, "!rights give @anna:test tickets all touch", "I do not understand «touch»"},
		{desktest.Admin, "!rights give @nobody:test tickets all edit", "@nobody:test is not among the staff"},
		{desktest.Admin, "!rights give", "Like this: !rights give @anna tickets"},
		{desktest.Admin, "!rights take @anna:test tickets own", "by the template «operator»"},
		{desktest.Admin, "!rights take @anna:test jobs all", "no right to this: jobs, everything"},
		{desktest.Anna, "!rights give @boris:test tickets own edit", "no right to «!rights give»"},
		{desktest.Anna, "!rights @boris:test", "your own rights only"},
		{desktest.Anna, "!rights", "Rights of Anna Petrova: 6"},
		{desktest.Admin, "!rights @vera:test", "Rights of Vera: 6"},
		{manager, "!rights give @anna:test tickets site:shop edit", "Anna Petrova has this right now"},
		{manager, "!rights give @anna:test tickets queue:support view", "Anna Petrova has this right now"},
		{manager, "!rights give @anna:test contacts site:shop edit", "Nobody can give or take more than he has"},
		{manager, "!rights give @anna:test journal site:shop view", "Nobody can give or take more than he has"},
		{manager, "!rights give @anna:test tickets site:blog view", "Nobody can give or take more than he has"},
		{manager, "!rights give @anna:test tickets queue:letters view", "Nobody can give or take more than he has"},
		{manager, "!rights give @manager:test tickets all edit", "Nobody can give or take more than he has"},
		{manager, "!rights assign @anna:test admin all", "Nobody can give or take more than he has"},
		{manager, "!rights assign @anna:test supervisor site:shop", "Nobody can give or take more than he has"},
		{manager, "!rights template supervisor rights all edit", "Nobody can give or take more than he has"},
		{manager, "!rights unassign @root:test admin all", "Nobody can give or take more than he has"},
		{desktest.Admin, "!rights assign @anna:test supervisor site:shop", "Anna Petrova is now supervisor: site Shop."},
		{desktest.Admin, "!rights assign @anna:test супервизор сайт:shop", "Anna Petrova is now supervisor: site Shop."},
		{desktest.Admin, "!rights assign @vera:test supervisor queue:support", "Vera is supervisor already"},
		{desktest.Admin, "!rights assign @anna:test operator queue:support", "Anna Petrova is operator already"},
		{desktest.Admin, "!rights assign @anna:test none all", "There is no rights template «none». There are: admin, operator, supervisor."},
		{desktest.Admin, "!rights assign @anna:test supervisor own", "I do not understand «own»"},
		{desktest.Admin, "!rights unassign @anna:test operator queue:support", "Take him out of its group"},
		{desktest.Admin, "!rights unassign @anna:test supervisor all", "Anna Petrova is not supervisor: everything."},
		{desktest.Admin, "!rights unassign @root:test admin all", "nobody could give rights any more"},
		{desktest.Admin, "!rights template admin rights all off", "nobody could give rights any more"},
		{desktest.Admin, "!rights template admin rights all view", "nobody could give rights any more"},
		{desktest.Admin, "!rights templates", "Rights templates: 3"},
		{desktest.Admin, "!rights template night tickets assigned edit", "The template «night» has 1 right now."},
		{desktest.Admin, "!rights template a:b tickets assigned edit", "cannot be the name"},
		{desktest.Admin, "!rights template night tickets queue edit", "I do not understand «queue»"},
		{desktest.Admin, "!rights drop operator", "cannot be deleted"},
		{desktest.Admin, "!rights drop none", "There is no rights template"},
	} {
		t.Run(fmt.Sprint(test.by, " ", test.text), func(t *testing.T) {
			d := managed(t)
			before := rightsDump(d)
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			changed := rightsDump(d) != before
			if says := strings.Contains(answer, " now"); says != changed {
				t.Errorf("answer %q, something changed: %v", answer, changed)
			}
			if journal := d.Journal(); changed && journal[len(journal)-1].Actor != string(test.by) {
				t.Errorf("recorded %+v", journal[len(journal)-1])
			}
		})
	}
}

// rightsDump shows everything stored of rights.
func rightsDump(d *desktest.Desk) string {
	templates, err := d.RightsTemplates()
	must(err)
	assignments, err := d.Assignments()
	must(err)
	holdings, err := d.Holdings()
	must(err)
	return fmt.Sprint(templates, assignments, holdings)
}

// TestRightsFollow: what rights mean follows at once: rooms, offers of help, and what may be done.
func TestRightsFollow(t *testing.T) {
	d := newDesk(t, twoSites)
	c := d.Open()
	d.Write(c, "hello")
	d.Accept(desktest.Boris, c)
	say := func(who desk.UserID, text, answer string) {
		t.Helper()
		if got := ask(t, d, who, text); !strings.Contains(got, answer) {
			t.Errorf("%s: %q, want %q in it", text, got, answer)
		}
	}
	say(desktest.Anna, "!close 1", "Accept it first")
	say(desktest.Admin, "!rights assign @anna:test supervisor site:blog", "is now")
	if got := d.Membership(desk.LobbyRoom("letters"), desktest.Anna); got != "join" {
		t.Errorf("anna, supervisor of the blog, in its lobby: %q", got)
	}
	say(desktest.Anna, "!close 1", "Accept it first")
	say(desktest.Admin, "!rights unassign @anna:test supervisor site:blog", "no longer")
	if got := d.Membership(desk.LobbyRoom("letters"), desktest.Anna); got != "leave" {
		t.Errorf("anna, nothing of the blog, in its lobby: %q", got)
	}
	say(desktest.Admin, "!rights give @anna:test tickets site:shop edit", "now")
	say(desktest.Anna, "!rights", "tickets · site Shop · edit · given by itself")
	say(desktest.Anna, "!close 1", "is closed")
	say(desktest.Admin, "!rights give @anna:test tickets site:shop view", "now")
	say(desktest.Admin, "!rights take @anna:test tickets site:shop", "any more")

	say(desktest.Admin, "!rights assign @vera:test admin all", "is now administrator")
	if got := d.Membership(desk.AdminRoom(), desktest.Vera); got != "join" {
		t.Errorf("vera in the administrators' room: %q", got)
	}
	say(desktest.Admin, "!rights unassign @root:test admin all", "no longer")
	if got := d.Membership(desk.AdminRoom(), desktest.Admin); got != "leave" {
		t.Errorf("root in the administrators' room: %q", got)
	}
	say(desktest.Admin, "!rights templates", "no right to")

	say(desktest.Vera, "!rights template night tickets assigned edit", "has 1 right")
	say(desktest.Vera, "!rights assign @root:test night queue:letters", "is now night")
	say(desktest.Vera, "!rights drop night", "still assigned")
	say(desktest.Admin, "!rights", "tickets · queue Letters · edit · night")
	say(desktest.Vera, "!rights template night tickets assigned view", "has 1 right")
	say(desktest.Admin, "!rights", "tickets · queue Letters · view · night")
	say(desktest.Vera, "!rights unassign @root:test night queue:letters", "no longer")
	say(desktest.Vera, "!rights drop night", "deleted")

	d.Decide(desktest.Configuration())
	if got := d.Membership(desk.AdminRoom(), desktest.Admin); got != "leave" {
		t.Errorf("root in the administrators' room after a start: %q", got)
	}
}

// TestSitesByAnyWord: a right for a site is given by each word that names one.
func TestSitesByAnyWord(t *testing.T) {
	for _, scope := range []string{"site:shop", "ресурс:shop", "Сайт:Shop", "ресурс:Shop"} {
		d := managed(t)
		if got := asked(t, d, desktest.Admin, "!права дать @anna:test службы "+scope+" просмотр").Text; !strings.Contains(got, "site Shop") {
			t.Errorf("%s: %q", scope, got)
		}
	}
	d := managed(t)
	change(t, d, desktest.Admin, func(o *desk.Operator) { o.Lang = "ru" })
	got := asked(t, d, desktest.Admin, "!помощь все").Text
	for line := range strings.SplitSeq(got, "\n") {
		if first, _, _ := strings.Cut(line, " "); strings.HasPrefix(first, "!") && strings.ContainsFunc(first, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			t.Errorf("Russian help begins %q", line)
		}
	}
}
