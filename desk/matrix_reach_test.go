package desk_test

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// reachRow is how far the rights to a command reach, written by hand from SPEC. Its three places are: something of the asker's own (#1), of Anna's in
// the queue support of the site shop (#2), of the other site, blog (#3).
type reachRow struct {
	module desk.Module
	edit   bool   // viewing is not enough
	before string // what the administrator has done first
	// orders stand for the command; "" where there is nothing of the kind. Those that begin with "p:" are given in the ticket's room.
	orders [3]string
	shows  [3]string // what the answer holds where it may be seen; none: it is no refusal
	enough [3]string // the scopes of a right that suffice
}

var (
	ofTickets = [3]string{"own queue:support site:shop all", "queue:support site:shop department:Day all", "queue:letters site:blog all"}
	ofSites   = [3]string{"", "site:shop all", "site:blog all"}
	ofAll     = [3]string{"", "all", "all"}
	three     = func(order string) [3]string {
		var out [3]string
		for i, n := range []string{"1", "2", "3"} {
			out[i] = strings.ReplaceAll(order, "N", n)
		}
		return out
	}
	same    = func(order string) [3]string { return [3]string{order, order, order} }
	numbers = [3]string{"#1", "#2", "#3"}
)

// reachRows has the commands that are judged by what they are about, besides those of reachOrders. A command that is judged in several ways has several
// rows, told apart behind a slash.
var reachRows = map[string]reachRow{
	"all":     {module: desk.ModTickets, orders: same("!all"), shows: numbers, enough: ofTickets},
	"search":  {module: desk.ModTickets, orders: same("!search hello"), shows: numbers, enough: ofTickets},
	"archive": {module: desk.ModTickets, before: "!close #1\n!close #2\n!close #3", orders: same("!archive"), shows: numbers, enough: ofTickets},
	"open":    {module: desk.ModTickets, before: "!close #1\n!close #2\n!close #3", orders: three("!open N"), enough: ofTickets},
	"admin":   {module: desk.ModTickets, orders: three("!admin #N what?"), enough: ofTickets},
	"dm":      {module: desk.ModTickets, orders: three("!dm @vera:test #N"), enough: ofTickets},
	"remind":  {module: desk.ModTickets, orders: three("!remind #N 2h x"), enough: ofTickets},
	"snooze":  {module: desk.ModTickets, edit: true, orders: three("!snooze #N 2h"), enough: ofTickets},
	"rename":  {module: desk.ModTickets, edit: true, orders: three("p:!rename X"), enough: ofTickets},
	"unblock": {
		module: desk.ModTickets, edit: true, before: "!block yes #1\n!block yes #2\n!block yes #3", orders: three("!unblock #N"),
		enough: [3]string{"queue:support site:shop all", "queue:support site:shop all", "queue:letters site:blog all"},
	},

	"contact":         {module: desk.ModContacts, orders: three("!contact #N"), enough: ofTickets},
	"contact hidden":  {module: desk.ModContacts, orders: three("!contact hidden #N"), enough: ofTickets},
	"contact history": {module: desk.ModContacts, orders: three("!contact history #N"), enough: ofTickets},
	"contact add":     {module: desk.ModContacts, edit: true, orders: three("!contact add #N a@b.ru"), enough: ofTickets},
	"contact edit":    {module: desk.ModContacts, edit: true, before: known, orders: three("!contact edit #N 1 c@d.ru"), enough: ofTickets},
	"contact hide":    {module: desk.ModContacts, edit: true, before: known, orders: three("!contact hide #N 1"), enough: ofTickets},
	"contact show":    {module: desk.ModContacts, edit: true, before: known + "\n" + hidden, orders: three("!contact show #N 1"), enough: ofTickets},
	"contact undo":    {module: desk.ModContacts, edit: true, before: known, orders: three("!contact undo #N"), enough: ofTickets},

	"template":        {module: desk.ModTemplates, orders: [3]string{"", "!t site:shop", "!t site:blog"}, enough: [3]string{"", "queue:support site:shop all", "queue:letters site:blog all"}},
	"template/change": {module: desk.ModTemplates, edit: true, orders: [3]string{"!t add X", "!t add site:shop X", "!t add site:blog X"}, enough: [3]string{"own queue:support queue:letters site:shop site:blog all", "queue:support site:shop all", "queue:letters site:blog all"}},

	"operators":        {module: desk.ModUsers, orders: [3]string{"!operators", "!operators", ""}, shows: [3]string{"@asker:test", "@anna:test", ""}, enough: [3]string{"own all", "queue:support site:shop department:Day all", ""}},
	"operator":         {module: desk.ModUsers, orders: [3]string{"!operator @asker:test", "!operator @anna:test", ""}, enough: [3]string{"own all", "queue:support site:shop department:Day all", ""}},
	"operator set":     {module: desk.ModUsers, edit: true, orders: [3]string{"!operator set @asker:test name X", "!operator set @anna:test name X", ""}, enough: [3]string{"own all", "site:shop department:Day all", ""}},
	"operator contact": {module: desk.ModUsers, edit: true, orders: [3]string{"!operator contact @asker:test a@b.ru", "!operator contact @anna:test a@b.ru", ""}, enough: [3]string{"own all", "site:shop department:Day all", ""}},
	"operator remove":  {module: desk.ModUsers, edit: true, orders: [3]string{"", "!operator remove @anna:test", ""}, enough: [3]string{"", "site:shop department:Day all", ""}},

	"departments add":    {module: desk.ModUsers, edit: true, orders: [3]string{"", "!departments add X", ""}, enough: ofAll},
	"departments rename": {module: desk.ModUsers, edit: true, before: "!departments add X", orders: [3]string{"", "!departments rename X Y", ""}, enough: ofAll},
	"departments remove": {module: desk.ModUsers, edit: true, before: "!departments add X", orders: [3]string{"", "!departments remove X", ""}, enough: ofAll},

	"queues default": {module: desk.ModSettings, edit: true, orders: [3]string{"", "!queues default returns", "!queues default posts"}, enough: ofSites},
	"sites":          {module: desk.ModSettings, orders: [3]string{"", "!sites", "!sites"}, shows: [3]string{"", "shop-key", "Letters"}, enough: [3]string{"", "site:shop all", ""}},
	"sites add":      {module: desk.ModSettings, edit: true, orders: [3]string{"", "!sites add toys https://toys.example Toys", ""}, enough: ofAll},
	"sites remove":   {module: desk.ModSettings, edit: true, orders: [3]string{"", "!sites remove shop", "!sites remove blog"}, enough: ofAll},
	"sites restore":  {module: desk.ModSettings, edit: true, before: "!sites remove blog", orders: [3]string{"", "", "!sites restore blog"}, enough: ofAll},
	"config":         {module: desk.ModSettings, orders: [3]string{"", "!config site.shop.name", "!config site.blog.name"}, enough: ofSites},
	"config get":     {module: desk.ModSettings, orders: [3]string{"", "!config get site.shop.name", "!config get site.blog.name"}, enough: ofSites},
	"config export":  {module: desk.ModSettings, orders: [3]string{"", "!config export", ""}, enough: ofAll},
	"room adopt":     {module: desk.ModSettings, edit: true, orders: [3]string{"", "!room adopt !hand", ""}, enough: ofAll},
	"room drop":      {module: desk.ModSettings, edit: true, orders: [3]string{"", "!room drop !hand", ""}, enough: ofAll},

	"audit": {module: desk.ModJournal, orders: [3]string{"!audit ticket.opened #1", "!audit ticket.opened #2", ""}, shows: [3]string{"· #1", "· #2", ""}, enough: [3]string{"queue:support site:shop all", "queue:support site:shop all", ""}},
}

const (
	known  = "!contact add #1 +79160000000\n!contact add #2 +79160000000\n!contact add #3 +79160000000"
	hidden = "!contact hide #1 1\n!contact hide #2 1\n!contact hide #3 1"
)

// unjudged are the commands that no scope of a right decides about, each with what does.
var unjudged = map[string]string{
	"accept": "the queue's group", "decline": "the queue's group", "undecline": "the queue's group",
	"my": "being responsible", "new": "the queue's group", "who": "the queue's group, and rights to the staff add to it: TestWho",
	"resend": "being in the ticket's room", "edit": "having said it", "retract": "having said it",
	"call": "being responsible, or a guest", "video": "being responsible, or a guest", "screen": "being responsible, or a guest",
	"screen stop": "being responsible, or a guest", "hangup": "being responsible, or a guest", "call link": "being responsible, or a guest",
	"blocked": "the sites whose tickets one may see: TestBlock", "leave": "reading oneself",
	"room": "being in it", "room new": "nothing: any of the staff", "room add": "being in it", "room remove": "having made it", "room rename": "being in it",
	"reminders": "one's own", "dnd": "one's own", "pick": "being asked", "help": "nothing: it shows what one may",
	"profile": "one's own", "profile name": "one's own", "profile photo": "one's own", "profile fullname": "one's own", "profile position": "one's own",
	"profile language": "one's own", "profile gender": "one's own", "profile zone": "one's own", "profile contact": "one's own",
	"departments": "nothing: any of the staff", "queues": "the queue's group, and any right to it",
	"rights": "one's own, and others' with any right to rights", "rights templates": "any right to rights",
	"rights give": "having it and the right to pass it on: TestRightsOrders", "rights take": "having it and the right to pass it on: TestRightsOrders",
	"rights assign": "having all it holds: TestRightsOrders", "rights unassign": "having all it holds: TestRightsOrders",
	"rights template": "having the right everywhere: TestRightsOrders", "rights drop": "having the right everywhere: TestRightsOrders",
	"dead": "any right to change settings", "retry": "any right to change settings",
}

// TestMatrixOfObjectsIsWhole: it is said of every command what decides about it.
func TestMatrixOfObjectsIsWhole(t *testing.T) {
	judged := map[string]bool{}
	for key := range reachRows {
		name, _, _ := strings.Cut(key, "/")
		judged[name] = true
	}
	for _, name := range desk.CommandNames() {
		ways := 0
		for _, is := range []bool{judged[name], unjudged[name] != "", commandRules[name].on != ""} {
			if is {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("!%s stands in %d of reachRows, unjudged and reachOrders: say by hand, in one of them, how far a right to it reaches", name, ways)
		}
	}
}

// refusals are what people are told who lack the right to what a command is about, besides denials.
var refusals = []string{
	"There is no ticket", "may not see", "puts ticket", "can put ticket", "renames its room", "no right to templates", "the right to edit the site's",
	"whose templates you may see", "see the templates of no site", "that you may see", "administrators to adopt",
}

// TestMatrixOfObjects: every command that is judged by what it is about × every scope, to view and to edit × one's own, a colleague's, another
// site's × the direct chat and, where it is taken there, a lobby.
func TestMatrixOfObjects(t *testing.T) {
	scopes := []string{"own", "queue:support", "queue:letters", "department:Day", "department:Night", "site:shop", "site:blog", "all"}
	for key, row := range reachRows {
		t.Run(key, func(t *testing.T) {
			d, _ := matrixDesk(t)
			for _, u := range []desk.UserID{asker, desktest.Admin} {
				must(d.PutRoom(&desk.Room{Key: desk.DirectRoom(u), ID: "!direct" + desk.RoomID(u)}))
			}
			d.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: d.NextEvent(), Child: "!hand", Sender: desktest.Admin})
			for order := range strings.SplitSeq(row.before, "\n") {
				if order != "" {
					tell(d, desktest.Admin, desk.DirectRoom(desktest.Admin), order)
				}
			}
			made := d.Clone()
			name, _, _ := strings.Cut(key, "/")
			places := []desk.RoomKey{desk.DirectRoom(asker)}
			if strings.Contains(commandRules[name].rooms, "l") {
				places = append(places, lobby)
			}
			for i, order := range row.orders {
				for _, scope := range scopes {
					for _, edit := range []bool{true, false} {
						for _, place := range places {
							if order == "" || place == lobby && !edit {
								continue
							}
							d.Tx, d.Sent = made.Clone(), nil
							kind, target, _ := strings.Cut(scope, ":")
							must(d.PutHolding(desk.Holding{Operator: asker, Grant: desk.Grant{Module: row.module, Scope: desk.Scope(kind), Target: target, Edit: edit}}))
							text := order
							if rest, inPortal := strings.CutPrefix(order, "p:"); inPortal {
								ticket, err := d.TicketByNumber(int64(i + 1))
								must(err)
								place, text = desk.PortalRoom(ticket.Portal), rest
							}
							answer := tell(d, asker, place, text)
							want := (edit || !row.edit) && slices.Contains(strings.Fields(row.enough[i]), scope)
							got := !slices.ContainsFunc(append(refusals, denials...), func(s string) bool { return strings.Contains(answer, s) })
							if row.shows[i] != "" {
								got = strings.Contains(answer, row.shows[i])
							}
							if got != want {
								t.Errorf("%s, edit %v, in %s: %s: %q, want allowed %v", scope, edit, place, text, answer, want)
							}
						}
					}
				}
			}
		})
	}
}
