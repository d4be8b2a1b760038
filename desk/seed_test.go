package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestSeedAgain: what was changed by command stays until the configuration file says something new about that very thing.
func TestSeedAgain(t *testing.T) {
	const chef = desk.UserID("@chef:test")
	for _, test := range []struct {
		name   string
		change func(*desktest.Desk)                 // by command
		file   func(*desk.SitesConfigured)          // before the next start
		want   func(*desktest.Desk) (got, want any) // after it
	}{
		{
			"the same file", renameQueue, nil,
			func(d *desktest.Desk) (any, any) { return queueOf(d).Name, "Renamed" },
		},
		{
			"the file says something about another field", renameQueue,
			func(in *desk.SitesConfigured) { in.Queues[0].InviteLimit = 9 },
			func(d *desktest.Desk) (any, any) {
				q := queueOf(d)
				return fmt.Sprint(q.Name, q.InviteLimit), "Renamed9"
			},
		},
		{
			"the file says something about it", renameQueue,
			func(in *desk.SitesConfigured) { in.Queues[0].Name = "Of the file" },
			func(d *desktest.Desk) (any, any) { return queueOf(d).Name, "Of the file" },
		},
		{
			"people added and taken away on both sides",
			func(d *desktest.Desk) {
				q := queueOf(d)
				q.Operators = []desk.UserID{desktest.Boris, desktest.Vera}
				must(d.PutQueue(q))
			},
			func(in *desk.SitesConfigured) {
				in.Staff = append(in.Staff, desk.Operator{ID: chef, PublicName: "Chef"})
				in.Queues[0].Operators = []desk.UserID{desktest.Anna, chef}
			},
			func(d *desktest.Desk) (any, any) {
				return fmt.Sprint(queueOf(d).Operators), fmt.Sprint([]desk.UserID{desktest.Vera, chef})
			},
		},
		{
			"an own text, and another one in the file",
			func(d *desktest.Desk) {
				s, err := d.Site(desktest.Site)
				must(err)
				s.Texts = map[string]map[string]string{"en": {"customer.waiting": "Wait"}}
				must(d.PutSite(s))
			},
			func(in *desk.SitesConfigured) {
				in.Sites[0].Texts = map[string]map[string]string{"en": {"customer.closed": "Bye"}}
			},
			func(d *desktest.Desk) (any, any) {
				s, _ := d.Site(desktest.Site)
				return fmt.Sprint(s.Texts), "map[en:map[customer.closed:Bye]]"
			},
		},
		{
			"a right taken by command", func(d *desktest.Desk) { must(d.DeleteAssignment(veraWatches)) }, func(in *desk.SitesConfigured) { in.Sites[0].Name = "Other" },
			func(d *desktest.Desk) (any, any) { return len(assignedTo(d, desktest.Vera)), 0 },
		},
		{
			"a right taken by the file", nil,
			func(in *desk.SitesConfigured) {
				in.Rights = slices.DeleteFunc(in.Rights, func(a desk.Assignment) bool { return a == veraWatches })
			},
			func(d *desktest.Desk) (any, any) { return len(assignedTo(d, desktest.Vera)), 0 },
		},
		{
			"an operator added by command", func(d *desktest.Desk) { must(d.PutOperator(&desk.Operator{ID: chef, PublicName: "Chef"})) },
			func(in *desk.SitesConfigured) { in.Sites[0].Name = "Other" },
			func(d *desktest.Desk) (any, any) { o, _ := d.Operator(chef); return o.Removed, false },
		},
		{
			"an operator removed by command",
			func(d *desktest.Desk) {
				must(d.PutOperator(&desk.Operator{ID: desktest.Boris, PublicName: "Boris", Removed: true}))
			},
			func(in *desk.SitesConfigured) { in.Sites[0].Name = "Other" },
			func(d *desktest.Desk) (any, any) { o, _ := d.Operator(desktest.Boris); return o.Removed, true },
		},
		{
			"an operator the file names for the first time keeps what is known",
			func(d *desktest.Desk) {
				must(d.PutOperator(&desk.Operator{ID: chef, PublicName: "x", FullName: "Chef de Cuisine", Removed: true}))
			},
			func(in *desk.SitesConfigured) {
				in.Staff = append(in.Staff, desk.Operator{ID: chef, PublicName: "Chef"})
			},
			func(d *desktest.Desk) (any, any) {
				o, _ := d.Operator(chef)
				return fmt.Sprint(o.PublicName, o.FullName, o.Removed), "ChefChef de Cuisinefalse"
			},
		},
		{
			"how an operator is reached, set by command",
			func(d *desktest.Desk) {
				o, err := d.Operator(desktest.Anna)
				must(err)
				o.Contacts = []desk.StaffContact{{Kind: desk.ContactEmail, Value: "anna@example.org"}}
				must(d.PutOperator(o))
			},
			func(in *desk.SitesConfigured) { in.Sites[0].Name = "Other" },
			func(d *desktest.Desk) (any, any) {
				o, _ := d.Operator(desktest.Anna)
				return fmt.Sprint(o.Contacts), "[email anna@example.org]"
			},
		},
		{
			"departments added by command and by the file",
			func(d *desktest.Desk) { must(d.PutDepartment("Night")) },
			func(in *desk.SitesConfigured) { in.Departments = []string{"Sales"} },
			func(d *desktest.Desk) (any, any) {
				names, err := d.Departments()
				return fmt.Sprint(names, err), "[Night Sales] <nil>"
			},
		},
		{
			"a queue the file names no longer", nil,
			func(in *desk.SitesConfigured) {
				in.Queues = append(in.Queues[:0], desk.Queue{ID: "new", Site: desktest.Site, Name: "New", InviteLimit: 5})
				in.Sites[0].DefaultQueue = "new"
				in.Rights = in.Rights[:1]
			},
			func(d *desktest.Desk) (any, any) { return queueOf(d).Removed, true },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			if test.change != nil {
				test.change(d)
			}
			in := desktest.Configuration()
			if test.file != nil {
				test.file(&in)
			}
			d.Decide(in)
			d.Deliver()
			if got, want := test.want(d); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// must fails loudly where a test prepares its rows.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

var veraWatches = desk.Assignment{Operator: desktest.Vera, Template: desk.TemplateSupervisor, Scope: desk.ScopeQueue, Target: string(desktest.Queue)}

func queueOf(d *desktest.Desk) *desk.Queue {
	q, err := d.Queue(desktest.Queue)
	must(err)
	return q
}

func renameQueue(d *desktest.Desk) {
	q := queueOf(d)
	q.Name = "Renamed"
	must(d.PutQueue(q))
}

func assignedTo(d *desktest.Desk, u desk.UserID) []desk.Assignment {
	all, err := d.Assignments()
	must(err)
	return slices.DeleteFunc(all, func(a desk.Assignment) bool { return a.Operator != u })
}

// TestQueueGone: the waiting tickets of a queue the file names no longer wait in the default queue, and its rooms are left.
func TestQueueGone(t *testing.T) {
	two := func(in *desk.SitesConfigured) {
		in.Queues = append(in.Queues, desk.Queue{ID: "new", Site: desktest.Site, Name: "New", InviteLimit: 5, Position: 1, Operators: []desk.UserID{desktest.Anna}})
	}
	d := newDesk(t, two)
	c := d.Open()
	d.Write(c, "hello")
	in := desktest.Configuration()
	two(&in)
	in.Queues, in.Sites[0].DefaultQueue, in.Rights = in.Queues[1:], "new", in.Rights[:1]
	d.Decide(in)
	d.Deliver()
	if ticket := d.TicketOf(c); ticket.Queue != "new" || ticket.State != desk.Waiting {
		t.Errorf("ticket %+v", ticket)
	}
	for _, room := range []desk.RoomKey{lobby, desk.QueueRoom(desktest.Queue)} {
		if got := d.Membership(room, desktest.Anna); got != "leave" {
			t.Errorf("anna in %s: %q", room, got)
		}
	}
	if a, b := d.Membership(d.PortalOf(c), desktest.Anna), d.Membership(d.PortalOf(c), desktest.Boris); a != "invite" || b != "leave" {
		t.Errorf("offered to anna by %q, boris %q", a, b)
	}
}

// TestRemovedByTheFile: whom the file names no longer loses rights, queues and «do not disturb», whoever gave them; nothing comes back with them.
func TestRemovedByTheFile(t *testing.T) {
	d := newDesk(t)
	d.Say(desktest.Anna, lobby, "!dnd 2h")
	asked(t, d, desktest.Admin, "!rights give @anna:test journal all view")
	asked(t, d, desktest.Admin, "!rights assign @anna:test supervisor all")
	in := desktest.Configuration()
	in.Staff = slices.DeleteFunc(in.Staff, func(o desk.Operator) bool { return o.ID == desktest.Anna })
	in.Queues[0].Operators = []desk.UserID{desktest.Boris}
	d.Decide(in)
	d.Deliver()
	var quiet desk.Quiet
	if d.Want(desk.DirectRoom(desktest.Anna), desk.ThingQuiet, &quiet); quiet.On {
		t.Error("her devices stay silent")
	}
	for action, actor := range map[string]string{"rights.taken": "file", "rights.unassigned": "file", "operator.removed": "file"} {
		if !slices.ContainsFunc(d.Journal(), func(e desk.JournalEntry) bool {
			return e.Action == action && e.Actor == actor && e.Target == string(desktest.Anna)
		}) {
			t.Errorf("no %s by the %s", action, actor)
		}
	}
	asked(t, d, desktest.Admin, "!operator add @anna:test")
	if got := asked(t, d, desktest.Admin, "!rights @anna:test").Text; !strings.Contains(got, "Anna Petrova: 0") {
		t.Errorf("rights of who is back: %q", got)
	}
}

// TestFileIsRecorded: what the file changes stands in the journal as done by it, the first file aside.
func TestFileIsRecorded(t *testing.T) {
	d := newDesk(t)
	if slices.ContainsFunc(d.Journal(), func(e desk.JournalEntry) bool { return e.Actor == "file" }) {
		t.Errorf("the first file is recorded")
	}
	in := desktest.Configuration()
	in.Sites[0].Name = "Store"
	in.Sites = append(in.Sites, desk.Site{ID: "blog", Key: "blog-key", Name: "Blog", DefaultQueue: "letters"})
	in.Queues[0].InviteLimit = 9
	in.Queues = append(in.Queues, desk.Queue{ID: "letters", Site: "blog", Name: "Letters"})
	in.Staff[0].Position = "Senior"
	in.Staff = append(in.Staff, desk.Operator{ID: "@chef:test", PublicName: "Chef"})
	in.Departments = []string{"Sales"}
	in.Rights = append(in.Rights[:1], desk.Assignment{Operator: "@chef:test", Template: desk.TemplateSupervisor, Scope: desk.ScopeAll})
	in.Given = []desk.Holding{{Operator: "@chef:test", Grant: desk.Grant{Module: desk.ModJournal, Scope: desk.ScopeAll}}}
	in.RightsTemplates = []desk.RightsTemplate{{Name: "night", Rights: []desk.TemplateRight{{Module: desk.ModTickets, Scope: desk.ScopeAll}}}}
	before := len(d.Journal())
	d.Decide(in)
	var got []string
	for _, e := range d.Journal()[before:] {
		fields := ""
		for _, c := range e.Changes {
			fields += " " + c.Field
		}
		if e.Actor == "file" {
			got = append(got, e.Action+" "+e.Target)
		}
		if e.Action == "queue.changed" && fields != " InviteLimit" || e.Action == "operator.changed" && fields != " Position" {
			t.Errorf("%s: %s", e.Action, fields)
		}
	}
	want := []string{
		"site.changed shop", "site.added blog", "queue.changed support", "queue.added letters", "operator.changed @anna:test", "operator.added @chef:test",
		"department.added Sales", "rights.template night", "rights.assigned @chef:test", "rights.unassigned @vera:test", "rights.given @chef:test",
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%q\nwant\n%q", got, want)
	}
	before = len(d.Journal())
	d.Decide(in)
	if after := len(d.Journal()); after != before {
		t.Errorf("the same file again: %d entries", after-before)
	}
	if got := asked(t, d, desktest.Admin, "!audit queue.changed").Text; !strings.Contains(got, "configuration file · queue changed · support") {
		t.Errorf("listed %q", got)
	}
}

// TestSilenceOfThoseGone: whoever was removed while they were not to be disturbed has devices that ring again, at the latest after a start, and is let
// into no room for it.
func TestSilenceOfThoseGone(t *testing.T) {
	d := newDesk(t)
	d.Say(desktest.Anna, lobby, "!dnd 2h")
	asked(t, d, desktest.Admin, "!operator remove @anna:test")
	if got := d.Membership(desk.DirectRoom(desktest.Anna), desktest.Anna); got != "leave" {
		t.Fatalf("once removed, anna in the direct chat: %q", got)
	}
	setQuiet(t, d, desktest.Anna, time.Hour) // as earlier versions left it
	d.Desire(desk.Desire{Room: desk.DirectRoom(desktest.Anna), Thing: desk.ThingQuiet, Value: []byte(`{"user":"@anna:test","on":true}`)})
	d.Decide(desktest.Configuration())
	d.Deliver()
	var quiet desk.Quiet
	if d.Want(desk.DirectRoom(desktest.Anna), desk.ThingQuiet, &quiet); quiet.On {
		t.Error("her devices stay silent")
	}
	if got := d.Membership(desk.DirectRoom(desktest.Anna), desktest.Anna); got != "leave" {
		t.Errorf("anna in the direct chat: %q", got)
	}
}
