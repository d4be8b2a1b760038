package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestSiteOrders(t *testing.T) {
	for _, test := range []struct {
		by      desk.UserID
		text    string
		answer  string
		changes bool
	}{
		{desktest.Admin, "!sites", "Sites: 2\nblog · Blog · blog", false},
		{desktest.Admin, "!сайты", "shop · Shop · shop-key", false},
		{desktest.Admin, "!sites add toys https://toys.example Toys and games", "Site Toys and games is there, with the queue toys. For its pages: <script src=", true},
		{desktest.Admin, "!sites add toys https://toys.example Toys", `data-site="toys" async></script>`, true},
		{desktest.Admin, "!sites add Toys https://*.toys.example Toys", "!operator join @anna toys", true},
		{desktest.Admin, "!sites add toys toys.example Toys", "toys.example is no web origin; write scheme and host", false},
		{desktest.Admin, "!sites add шоп https://toys.example Toys", "is no code of a site", false},
		{desktest.Admin, "!sites add toys https://toys.example " + strings.Repeat("x", 61), "at most 60", false},
		{desktest.Admin, "!sites add toys https://toys.example shop", "There is a site «shop» already", false},
		{desktest.Admin, "!sites add shop https://toys.example Toys", "«shop» is taken", false},
		{desktest.Admin, "!sites add shop-key https://toys.example Toys", "«shop-key» is taken", false},
		{desktest.Admin, "!sites add support https://toys.example Toys", "taken by a queue", false},
		{desktest.Admin, "!sites remove blog", "Site Blog is removed: visitors are told so", true},
		{desktest.Admin, "!сайты закрыть Blog", "Site Blog is removed", true},
		{desktest.Admin, "!sites remove toys", "no site «toys»", false},
		{desktest.Admin, "!sites restore blog", "is not removed", false},
		{settler, "!sites", "Sites: 1\nshop", false},
		{settler, "!sites add toys https://toys.example Toys", "the settings of all sites", false},
		{settler, "!sites remove shop", "the settings of all sites", false},
		{settler, "!sites restore shop", "the settings of all sites", false},
		{desktest.Anna, "!sites", "no right to «!sites»", false},
	} {
		t.Run(string(test.by)+" "+test.text, func(t *testing.T) {
			d := managed(t)
			must(d.PutOperator(&desk.Operator{ID: settler, PublicName: "Settler"}))
			must(d.PutHolding(desk.Holding{Operator: settler, Grant: desk.Grant{
				Module: desk.ModSettings, Scope: desk.ScopeSite, Target: string(desktest.Site), Edit: true,
			}}))
			ask(t, d, test.by, "!help accept")
			before := deskDump(d)
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			if changed := deskDump(d) != before; changed != test.changes {
				t.Errorf("answer %q, something changed: %v", answer, changed)
			}
		})
	}
}

// twoSitesFile is what the file of a managed desk says.
func twoSitesFile() desk.SitesConfigured {
	in := desktest.Configuration()
	twoSites(&in)
	return in
}

// TestNewSiteWorks: a site made by command has its space, its queue and its templates at once, its customers reach its operators, and neither a
// start with the old file nor the exported one lose it.
func TestNewSiteWorks(t *testing.T) {
	d := managed(t)
	ask(t, d, desktest.Admin, "!sites add toys https://toys.example Toys")
	ask(t, d, desktest.Admin, "!operator join @anna:test toys")
	site, err := d.SiteByKey("toys")
	must(err)
	if fmt.Sprintln(site.Origins, site.Languages, site.DefaultQueue, site.StaffLang, site.ChooseTimeout, site.Schedule.Zone) != "[https://toys.example] [ru] toys ru 1m0s UTC\n" {
		t.Errorf("site %+v", site)
	}
	for _, room := range []desk.RoomKey{desk.SiteRoom("toys"), desk.QueueRoom("toys"), desk.LobbyRoom("toys")} {
		if got := d.Membership(room, desktest.Anna); got != "join" {
			t.Errorf("anna in %s: %q", room, got)
		}
	}
	if templates, err := d.TemplatesOf("toys", ""); err != nil || len(templates) == 0 {
		t.Errorf("templates %v, %v", templates, err)
	}
	c, err := d.Engine.OpenConversation(d.Tx, d.Now, "toys", desk.ChannelWidget, "en")
	must(err)
	d.Write(c.ID, "a doll, please")
	if ticket := d.TicketOf(c.ID); ticket.Queue != "toys" || ticket.State != desk.Waiting || d.Membership(d.PortalOf(c.ID), desktest.Anna) != "invite" {
		t.Errorf("ticket %+v", ticket)
	}
	d.Decide(twoSitesFile())
	d.Deliver()
	if again, err := d.Site("toys"); err != nil || again.Removed || again.Name != "Toys" {
		t.Errorf("after a start: %+v, %v", again, err)
	}
	ask(t, d, desktest.Admin, "!config export")
	if data := string(d.LastPost(desk.DirectRoom(desktest.Admin)).Data); !strings.Contains(data, "id: toys") || !strings.Contains(data, "- https://toys.example") {
		t.Errorf("exported:\n%s", data)
	}
}

// TestSiteRemoved: visitors of a removed site are refused politely, what is open is worked to its end, and with the last ticket its people lose
// its rooms; a start with the same file brings nothing of it back.
func TestSiteRemoved(t *testing.T) {
	d := managed(t)
	c := d.Open()
	d.Write(c, "hello")
	d.Accept(desktest.Anna, c)
	room, space := d.PortalOf(c), desk.SiteRoom(desktest.Site)
	answer := ask(t, d, desktest.Admin, "!sites remove shop")
	if !strings.Contains(answer, "Still open: 1 ticket,") {
		t.Errorf("answer %q", answer)
	}
	late, err := d.Engine.OpenConversation(d.Tx, d.Now, desktest.Site, desk.ChannelWidget, "en")
	must(err)
	for _, in := range []desk.Input{
		desk.CustomerMessage{Conversation: late.ID, ClientID: "late", Text: "anybody?", At: d.Now},
		desk.CustomerChoice{Conversation: late.ID, Queue: desktest.Queue},
	} {
		if got := refused(t, d, in); got.Key != "customer.gone" || got.Code != desk.Denied {
			t.Errorf("%T of a new visitor: %v", in, got)
		}
	}
	site, err := d.Site(desktest.Site)
	must(err)
	if queues, err := desk.Destinations(d.Tx, site, nil, nil); err != nil || len(queues) != 0 {
		t.Errorf("somebody is there for new visitors: %v, %v", queues, err)
	}
	if d.Write(c, "one more thing") == nil || d.Membership(space, desktest.Anna) != "join" || d.Membership(room, desktest.Anna) != "join" {
		t.Error("the open ticket does not go on")
	}
	d.Say(desktest.Anna, room, "!close")
	for _, key := range []desk.RoomKey{space, desk.QueueRoom(desktest.Queue), lobby, desk.AdminsRoom(desktest.Site)} {
		for _, u := range []desk.UserID{desktest.Anna, desktest.Boris, desktest.Vera, desktest.Admin} {
			if got := d.Membership(key, u); got == "join" {
				t.Errorf("%s is still in %s", u, key)
			}
		}
	}
	d.Pass(24 * time.Hour)
	if got := refused(t, d, desk.CustomerMessage{Conversation: c, ClientID: "back", Text: "me again", At: d.Now}); got.Key != "customer.gone" {
		t.Errorf("the customer who comes again: %v", got)
	}
	if answer := ask(t, d, desktest.Admin, "!archive"); !strings.Contains(answer, "#1") {
		t.Errorf("history: %q", answer)
	}
	for _, again := range []func(){func() { d.Decide(twoSitesFile()) }, func() { ask(t, d, desktest.Admin, "!config set queue.letters.name Mail") }} {
		again()
		d.Deliver()
		if s, _ := d.Site(desktest.Site); !s.Removed || !queueOf(d).Removed || d.Membership(space, desktest.Anna) == "join" {
			t.Errorf("it came back: %+v", s)
		}
	}
	if answer := ask(t, d, desktest.Admin, "!sites remove blog"); !strings.Contains(answer, "the only site") {
		t.Errorf("the last site: %q", answer)
	}
	if answer := ask(t, d, desktest.Admin, "!sites add shop https://x.example Shop"); !strings.Contains(answer, "!sites restore shop") {
		t.Errorf("adding it anew: %q", answer)
	}
	ask(t, d, desktest.Admin, "!sites restore shop")
	ask(t, d, desktest.Admin, "!operator join @anna:test support")
	d.Write(c, "me again")
	if d.TicketOf(c).Number != 2 || d.Membership(space, desktest.Anna) != "join" {
		t.Errorf("ticket after it was brought back: %+v", d.TicketOf(c))
	}
}

// TestSiteGoneFromTheFile: a site that the file names no longer is removed, and one it names again serves visitors again.
func TestSiteGoneFromTheFile(t *testing.T) {
	two := func(in *desk.SitesConfigured) {
		in.Sites = append(in.Sites, desk.Site{ID: "toys", Key: "toys", Name: "Toys", Languages: []string{"en"}, DefaultQueue: "toys"})
		in.Queues = append(in.Queues, desk.Queue{ID: "toys", Site: "toys", Name: "Toys", InviteLimit: 5, Operators: []desk.UserID{desktest.Anna}})
	}
	d := newDesk(t, two)
	d.Decide(desktest.Configuration())
	d.Deliver()
	if s, err := d.Site("toys"); err != nil || !s.Removed || d.Membership(desk.LobbyRoom("toys"), desktest.Anna) != "leave" {
		t.Errorf("site %+v, %v", s, err)
	}
	in := desktest.Configuration()
	two(&in)
	d.Decide(in)
	d.Deliver()
	if s, err := d.Site("toys"); err != nil || s.Removed || d.Membership(desk.LobbyRoom("toys"), desktest.Anna) != "join" {
		t.Errorf("site named again %+v, %v", s, err)
	}
}
