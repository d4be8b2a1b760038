package desk_test

import (
	"slices"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// limited makes Anna and Boris have one open ticket at most.
func limited(mode desk.AssignMode) func(*desk.SitesConfigured) {
	return func(in *desk.SitesConfigured) {
		assigning(mode)(in)
		in.Queues[0].MaxOpen = 1
		in.Queues[0].Operators = []desk.UserID{desktest.Anna, desktest.Boris}
		in.Queues = append(in.Queues, desk.Queue{ID: sales, Site: desktest.Site, Name: "Sales", Operators: []desk.UserID{clara}, Position: 1})
		in.Rights = append(in.Rights, desk.Assignment{Operator: clara, Template: desk.TemplateSupervisor, Scope: desk.ScopeSite, Target: string(desktest.Site)})
	}
}

// TestRoomForMore: however somebody comes to have less to do, what waits is offered to them.
func TestRoomForMore(t *testing.T) {
	for _, mode := range []desk.AssignMode{"", desk.AssignRoundRobin} {
		for name, part := range map[string]func(d *desktest.Desk, room desk.RoomKey){
			"closed":   func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!close") },
			"returned": func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!return") },
			"left": func(d *desktest.Desk, room desk.RoomKey) {
				d.Member(room, desktest.Anna, desktest.Anna, "join", "leave")
			},
			"to a queue":     func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!queue sales") },
			"to a colleague": func(d *desktest.Desk, room desk.RoomKey) { d.Say(desktest.Anna, room, "!transfer @clara") },
			"taken":          func(d *desktest.Desk, room desk.RoomKey) { d.Say(clara, lobby, "!take #1") },
		} {
			t.Run(string(mode)+" "+name, func(t *testing.T) {
				d := newDesk(t, limited(mode))
				first, second, third := d.Open(), d.Open(), d.Open()
				for i, u := range []desk.UserID{desktest.Anna, desktest.Boris} {
					c := []desk.ConversationID{first, second}[i]
					d.Write(c, "help")
					d.Accept(u, c)
				}
				d.Write(third, "help")
				checkOffered(t, d, third)
				part(d, d.PortalOf(first))
				checkOffered(t, d, third, desktest.Anna)
			})
		}
	}
}

// TestLoadCostsTheSame: coming to the limit and below it has as many effects whether few tickets wait or many.
func TestLoadCostsTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		mode desk.AssignMode
		few  int // so many tickets are as good as any number
		in   func(*desk.SitesConfigured)
	}{
		"cards":       {"", 2, func(in *desk.SitesConfigured) { in.Queues[0].InviteLimit = 1 }},
		"invitations": {"", 14, func(*desk.SitesConfigured) {}},
		"assigned":    {desk.AssignRoundRobin, 24, func(*desk.SitesConfigured) {}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []int
			for _, waiting := range []int{test.few, 60} {
				d := newDesk(t, limited(test.mode), test.in)
				var all []desk.ConversationID
				for range waiting {
					c := d.Open()
					d.Write(c, "help")
					all = append(all, c)
				}
				accept := d.Decide(desk.StaffMessage{Room: lobby, Event: d.NextEvent(), Sender: desktest.Anna, Content: content.Message{Text: "!accept 1"}})
				d.Deliver()
				closed := d.Decide(desk.StaffMessage{Room: d.PortalOf(all[0]), Event: d.NextEvent(), Sender: desktest.Anna, Content: content.Message{Text: "!close"}})
				got := []int{len(accept.Effects), len(closed.Effects)}
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Errorf("with %d waiting tickets accepting and closing have %v effects, with %d %v", waiting, got, test.few, want)
				}
			}
		})
	}
}
