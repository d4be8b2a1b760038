package desk_test

import (
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestWhoseClock: times are meant by one's own zone, else by that of a site one is concerned with. Where there are several zones it is said which.
func TestWhoseClock(t *testing.T) {
	const chef desk.UserID = "@chef:test"
	gone := func(in *desk.SitesConfigured) {
		in.Sites = append(in.Sites, desk.Site{ID: "attic", Key: "attic", Name: "Attic", Removed: true, DefaultQueue: "old", Schedule: desk.Schedule{Zone: "Asia/Tokyo"}})
		in.Queues = append(in.Queues, desk.Queue{ID: "old", Site: "attic", Name: "Old", Removed: true})
	}
	zones := func(shop, blog string) func(*desk.SitesConfigured) {
		return func(in *desk.SitesConfigured) {
			in.Sites[0].Schedule.Zone, in.Sites[1].Schedule.Zone = shop, blog
			in.Staff = append(in.Staff, desk.Operator{ID: chef, PublicName: "Chef"})
		}
	}
	site := func(id string) desk.Grant {
		return desk.Grant{Module: desk.ModTickets, Scope: desk.ScopeSite, Target: id}
	}
	for _, test := range []struct {
		name       string
		by         desk.UserID
		shop, blog string
		own        string
		right      desk.Grant
		want       string
	}{
		{"in no queue, one zone", chef, "Europe/Moscow", "Europe/Moscow", "", desk.Grant{}, "remind you on 3 March, 9:00. "},
		{"in no queue, two zones", chef, "Europe/Berlin", "Europe/Moscow", "", desk.Grant{}, "3 March, 9:00 (Europe/Moscow)"},
		{"a right to a site", chef, "Europe/Berlin", "Europe/Moscow", "", site("shop"), "3 March, 9:00 (Europe/Berlin)"},
		{"a right to a queue", chef, "Europe/Berlin", "Europe/Moscow", "", desk.Grant{Module: desk.ModTickets, Scope: desk.ScopeQueue, Target: "support"}, "(Europe/Berlin)"},
		{"answers in a queue", desktest.Anna, "Europe/Berlin", "Europe/Moscow", "", site("blog"), "(Europe/Berlin)"},
		{"one's own", chef, "Europe/Berlin", "Europe/Moscow", "Asia/Omsk", site("shop"), "3 March, 9:00. "},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, twoSites, zones(test.shop, test.blog), gone)
			change(t, d, test.by, func(o *desk.Operator) { o.Zone = test.own })
			if test.right.Module != "" {
				must(d.PutHolding(desk.Holding{Operator: test.by, Grant: test.right}))
			}
			got := asked(t, d, test.by, "!remind tomorrow 9:00 tea").Text
			if !strings.Contains(strings.ReplaceAll(got, "09:00", "9:00"), strings.TrimPrefix(test.want, "remind you on ")) {
				t.Errorf("answered %q, want %q", got, test.want)
			}
			if got := asked(t, d, test.by, "!dnd tomorrow 9:00").Text; strings.Contains(got, "(") != strings.Contains(test.want, "(") {
				t.Errorf("answered %q", got)
			}
		})
	}
}
