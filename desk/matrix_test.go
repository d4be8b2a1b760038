package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// asker is a member of staff who has the rights a test gives, and no others.
const asker desk.UserID = "@asker:test"

// teaRoom is a room of the staff.
var teaRoom = desk.TalkRoom("tea")

// matrixDesks gives desks that are all alike, made once.
func matrixDesks(t *testing.T) func(grants ...desk.Grant) (*desktest.Desk, desk.RoomKey) {
	t.Helper()
	d, portal := matrixDesk(t)
	made := d.Clone()
	return func(grants ...desk.Grant) (*desktest.Desk, desk.RoomKey) {
		d.Tx, d.Sent = made.Clone(), nil
		for _, g := range grants {
			must(d.PutHolding(desk.Holding{Operator: asker, Grant: g}))
		}
		return d, portal
	}
}

// matrixDesk has two sites, three tickets (one of the asker's, one of Anna's in the same queue, one of Boris's on the other site), and the
// asker without rights.
func matrixDesk(t *testing.T) (*desktest.Desk, desk.RoomKey) {
	t.Helper()
	d := newDesk(t, twoSites, func(in *desk.SitesConfigured) {
		in.Queues = append(in.Queues,
			desk.Queue{ID: "returns", Site: desktest.Site, Name: "Returns", InviteLimit: 5, Position: 1, Operators: []desk.UserID{desktest.Anna, desktest.Boris}},
			desk.Queue{ID: "posts", Site: "blog", Name: "Posts", InviteLimit: 5, Position: 1},
		)
		in.Staff = append(in.Staff, desk.Operator{ID: asker, PublicName: "Asker"})
	})
	var portal desk.RoomKey
	for i, owner := range []desk.UserID{asker, desktest.Anna, desktest.Boris} {
		c := d.Open()
		d.Write(c, "hello")
		ticket := d.TicketOf(c)
		ticket.State, ticket.Owner, ticket.LastOwner = desk.Assigned, owner, owner
		if i == 0 {
			portal = d.PortalOf(c)
		}
		if i == 2 {
			ticket.Site, ticket.Queue = "blog", "letters"
		}
		must(d.PutTicket(ticket))
	}
	anna, err := d.Operator(desktest.Anna)
	must(err)
	anna.Department = "Day"
	must(d.PutOperator(anna))
	must(d.PutTalk(&desk.Talk{ID: "tea", Name: "Tea", Creator: desktest.Anna, Created: d.Now}))
	must(d.PutRoom(&desk.Room{Key: teaRoom, ID: "!tea"}))
	for _, u := range []desk.UserID{desktest.Anna, desktest.Admin} {
		d.Desire(desk.Desire{Room: teaRoom, Thing: desk.ThingMember + string(u), Value: []byte(`{"want":"join"}`)})
	}
	return d, portal
}

// tell gives an order in a room and gives everything that was answered, there or in the direct chat.
func tell(d *desktest.Desk, who desk.UserID, room desk.RoomKey, text string) string {
	before := len(d.Sent)
	d.Say(who, room, text)
	var out []string
	for _, s := range d.Sent[before:] {
		if p, ok := s.Effect.(desk.Post); ok && (p.Room == room || p.Room == desk.DirectRoom(who)) {
			out = append(out, p.Text)
		}
	}
	return strings.Join(out, "\n")
}

func TestMatrixIsWhole(t *testing.T) {
	names := desk.CommandNames()
	for _, name := range names {
		if _, ok := commandRules[name]; !ok {
			t.Errorf("!%s has no row in commandRules (matrix_table_test.go): say by hand who may give it, where, and what it is judged by", name)
		}
	}
	for name, rule := range commandRules {
		if !slices.Contains(names, name) {
			t.Errorf("there is no command !%s", name)
		}
		if _, ok := reachOrders[rule.on][name]; rule.on != "" && !ok {
			t.Errorf("!%s has no orders in reachOrders", name)
		}
	}
}

// TestMatrixOfGates: every command × every right × every kind of room.
func TestMatrixOfGates(t *testing.T) {
	type person struct {
		name   string
		module desk.Module
		edit   bool
	}
	people := []person{{name: "without rights"}, {name: "stranger"}}
	for _, m := range desk.Modules() {
		people = append(people, person{string(m), m, false}, person{string(m) + "+", m, true})
	}
	fresh := matrixDesks(t)
	for _, p := range people {
		var grants []desk.Grant
		if p.module != "" {
			grants = []desk.Grant{{Module: p.module, Scope: desk.ScopeSite, Target: string(desktest.Site), Edit: p.edit}}
		}
		who := asker
		if p.name == "stranger" {
			who = desktest.Outside
		}
		for _, place := range []string{"p", "l", "d", "a", "s", "q"} {
			d, portal := fresh(grants...)
			must(d.PutRoom(&desk.Room{Key: desk.DirectRoom(who), ID: "!direct"}))
			room := map[string]desk.RoomKey{
				"p": portal, "l": lobby, "d": desk.DirectRoom(who), "a": desk.AdminRoom(), "s": teaRoom, "q": desk.AdminsRoom(desktest.Site),
			}[place]
			for name, rule := range commandRules {
				answer := tell(d, who, room, "!"+name+" #999999")
				want := ""
				may := rule.needs == "" || rule.needs == p.name || rule.needs+"+" == p.name
				switch {
				case p.name == "stranger":
					want = "not on its list"
				case !may:
					want = "no right to «!" + name + "»"
				case !strings.Contains(rule.rooms, place):
					want = "«!" + name + "» is taken in"
				}
				for _, refusal := range []string{"not on its list", "no right to «!" + name + "»", "is taken in"} {
					if got := strings.Contains(answer, refusal); got != (want != "" && strings.Contains(want, refusal)) {
						t.Errorf("%s gives !%s in %s: %q, want %q", p.name, name, place, answer, want)
					}
				}
			}
		}
	}
}

// denials are what people are told who lack the right to what a command is about.
var denials = []string{
	"no right to", "Accept it first", "You may not do that", "Name a queue whose staff",
	"only its supervisors", "that you may see", "takes the right",
}

// TestMatrixOfReach: every command that is judged by what it is about × every scope, to view and to edit × what is one's own, a
// colleague's, and another site's.
func TestMatrixOfReach(t *testing.T) {
	fresh := matrixDesks(t)
	scopes := []string{"own", "queue:support", "queue:letters", "department:Day", "department:Night", "site:shop", "site:blog", "all"}
	for name, rule := range commandRules {
		if rule.on == "" {
			continue
		}
		module := desk.Module(strings.TrimSuffix(rule.needs, "+"))
		for i, order := range reachOrders[rule.on][name] {
			for _, scope := range scopes {
				kind, target, _ := strings.Cut(scope, ":")
				for _, edit := range []bool{true, false} {
					if order == "" {
						continue
					}
					d, _ := fresh(desk.Grant{Module: module, Scope: desk.Scope(kind), Target: target, Edit: edit})
					must(d.PutRoom(&desk.Room{Key: desk.DirectRoom(asker), ID: "!direct"}))
					answer := tell(d, asker, desk.DirectRoom(asker), order)
					want := edit && slices.Contains(strings.Fields(reachOf[rule.on][i]), scope)
					got := !slices.ContainsFunc(denials, func(s string) bool { return strings.Contains(answer, s) })
					if got != want {
						t.Errorf("%s, edit %v: %s: %q, want allowed %v", scope, edit, order, answer, want)
					}
				}
			}
		}
	}
}

// domain shows the rows of the domain, without those of some tables and what goes with every order: events, rooms, when somebody was seen.
func domain(t *testing.T, d *desktest.Desk, without ...string) string {
	t.Helper()
	var rows map[string]any
	if err := json.Unmarshal([]byte(d.Dump()), &rows); err != nil {
		t.Fatal(err)
	}
	for _, table := range append([]string{"Events", "Rooms", "Desires", "Journal", "Questions", "Dead", "Revived"}, without...) {
		delete(rows, table)
	}
	for _, o := range rows["Operators"].(map[string]any) {
		delete(o.(map[string]any), "Seen")
	}
	return fmt.Sprint(rows)
}

// said are the tables of what was said, whose journal is they themselves.
var said = []string{"Conversations", "Messages", "Files", "Calls", "CallMembers", "PrivateLines"}

// TestEveryActIsRecorded: a command that changes something writes into the journal who did it, and of a row what it was before and is now (A2);
// one that only tells changes nothing.
func TestEveryActIsRecorded(t *testing.T) {
	people := map[string]desk.UserID{"anna": desktest.Anna, "vera": desktest.Vera, "root": desktest.Admin}
	for name, rule := range commandRules {
		t.Run(name, func(t *testing.T) {
			d, _ := matrixDesk(t)
			c := d.Open()
			d.Write(c, "waits")
			portal := desk.RoomKey("")
			for _, number := range []int64{1, 2} { // #1 is Anna's, #2 waits
				ticket, err := d.TicketByNumber(number)
				must(err)
				ticket.Owner, ticket.LastOwner = desktest.Anna, desktest.Anna
				if number == 2 {
					ticket.State, ticket.Owner, ticket.LastOwner = desk.Waiting, "", ""
				} else {
					portal = desk.PortalRoom(ticket.Portal)
				}
				must(d.PutTicket(ticket))
			}
			who := people[rule.by]
			if rule.does == "" {
				who, rule.does = desktest.Admin, "!"+name
			}
			must(d.PutRoom(&desk.Room{Key: desk.DirectRoom(who), ID: "!direct"}))
			d.Pass(time.Second)
			tells := rule.by == ""
			for _, order := range strings.Split(rule.does, "\n") {
				room, text := desk.DirectRoom(who), order
				if rest, ok := strings.CutPrefix(order, "p:"); ok || rule.rooms == "p" {
					room, text = portal, rest
				}
				if rule.rooms == "s" {
					room = teaRoom
				}
				before, rows, entries := domain(t, d), domain(t, d, said...), len(d.Journal())
				answer := tell(d, who, room, text)
				changed := domain(t, d) != before
				recorded, told := false, false
				for _, e := range d.Journal()[entries:] {
					if e.Actor == string(who) && e.Action != "" && e.Room != "" {
						recorded, told = true, told || len(e.Changes) > 0
					}
				}
				switch {
				case domain(t, d, said...) != rows && !told:
					t.Errorf("%s: no entry says what was before and is now: %q", order, answer)
				case tells && changed:
					t.Errorf("%s changed something: %q", order, answer)
				case !tells && changed && !recorded:
					t.Errorf("%s is not recorded: %q", order, answer)
				case !tells && !recorded && order == rule.does[strings.LastIndex(rule.does, "\n")+1:]:
					t.Errorf("%s did nothing: %q", order, answer)
				}
			}
		})
	}
}
