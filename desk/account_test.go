package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestOperatorAddLooksForTheAccount: whoever has no account is not taken in, and it is said what to do; where one can be made, it is, and its password
// is told to who asked and nowhere else (A10).
func TestOperatorAddLooksForTheAccount(t *testing.T) {
	const chef = desk.UserID("@chef:test")
	for _, test := range []struct {
		name    string
		seen    desk.AccountSeen
		answer  []string
		entries []string // of the journal
	}{
		{"there", desk.AccountSeen{Exists: true, Name: "Chef de Cuisine"}, []string{"@chef:test is now among the staff."}, []string{"operator.added", "operator.joined"}},
		{"missing", desk.AccountSeen{}, []string{"There is no account @chef:test on the homeserver.", "register_new_matrix_user -u chef"}, nil},
		{"made", desk.AccountSeen{Exists: true, Password: "sesame"}, []string{"now among the staff", "to be changed after the first sign-in: sesame"}, []string{"operator.added", "operator.registered", "operator.joined"}},
		{"refused", desk.AccountSeen{Refusal: "M_UNKNOWN: HMAC incorrect"}, []string{"does not make the account @chef:test: M_UNKNOWN: HMAC incorrect.", "registration_secret"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.Account = func(desk.UserID) desk.AccountSeen { return test.seen }
			ask(t, d, desktest.Admin, "!help accept")
			entries := len(d.Journal())
			d.Say(desktest.Admin, lobby, "!operator add @chef:test support")
			chat := desk.DirectRoom(desktest.Admin)
			answer := d.LastPost(chat).Text
			for _, want := range test.answer {
				if !strings.Contains(answer, want) {
					t.Errorf("answer %q, want %q in it", answer, want)
				}
			}
			k, err := d.Operator(chef)
			if added := err == nil && !k.Removed; added != (test.entries != nil) {
				t.Errorf("%+v is among the staff: %v", k, added)
			}
			if got := d.Membership(lobby, chef); (got == "join") != (test.entries != nil) {
				t.Errorf("chef in the lobby: %q", got)
			}
			if test.seen.Name != "" && k.Face(desktest.Site).Name != test.seen.Name {
				t.Errorf("customers see %q", k.Face(desktest.Site).Name)
			}
			var got []string
			for _, e := range d.Journal()[entries:] {
				got = append(got, e.Action)
				if e.Actor != string(desktest.Admin) || e.Room != lobby || strings.Contains(fmt.Sprintf("%s", e.Changes), "sesame") {
					t.Errorf("recorded %+v", e)
				}
			}
			if strings.Join(got, " ") != strings.Join(test.entries, " ") {
				t.Errorf("recorded %q, want %q", got, test.entries)
			}
			for _, sent := range d.Sent {
				if p, ok := sent.Effect.(desk.Post); ok && p.Room != chat && strings.Contains(p.Text, "sesame") {
					t.Errorf("%s reads the password", p.Room)
				}
			}
		})
	}
}

// TestAccountToldLate: what the homeserver tells is judged by what is true by then, and only once.
func TestAccountToldLate(t *testing.T) {
	const chef = desk.UserID("@chef:test")
	for _, test := range []struct {
		name  string
		meant func(*desktest.Desk)
		want  string
	}{
		{"the right is gone", func(d *desktest.Desk) {
			must(d.DeleteHolding(desk.Holding{
				Operator: manager, Grant: desk.Grant{Module: desk.ModUsers, Scope: desk.ScopeSite, Target: string(desktest.Site), Edit: true},
			}))
		}, "right"},
		{"the queue is gone", func(d *desktest.Desk) {
			q := queueOf(d)
			q.Removed = true
			must(d.PutQueue(q))
		}, "There is no queue «support»"},
		{"who asked is gone", func(d *desktest.Desk) { change(t, d, manager, func(o *desk.Operator) { o.Removed = true }) }, ""},
		{"taken in meanwhile", func(d *desktest.Desk) { must(d.PutOperator(&desk.Operator{ID: chef, PublicName: "Chef"})) }, "Chef is among the staff already"},
		{"told twice", nil, "now among the staff"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := managed(t)
			ask(t, d, manager, "!help accept")
			chat := desk.DirectRoom(manager)
			if _, err := d.Try(desk.StaffMessage{Room: chat, Event: "$add", Sender: manager, Content: content.Message{Text: "!operator add @chef:test support"}, At: d.Now}); err != nil {
				t.Fatal(err)
			}
			if test.meant != nil {
				test.meant(d)
			}
			posts := len(d.Sent)
			seen := desk.AccountSeen{User: chef, Order: "$add", Exists: true}
			d.Decide(desk.AccountSeen{User: chef, Order: "$other", Exists: true})
			d.Decide(seen)
			d.Deliver()
			d.Decide(seen)
			d.Deliver()
			var answers []string
			for _, sent := range d.Sent[posts:] {
				if p, ok := sent.Effect.(desk.Post); ok && p.Room == chat {
					answers = append(answers, p.Text)
				}
			}
			if got := strings.Join(answers, "\n"); !strings.Contains(got, test.want) || len(answers) > 1 || (test.want == "") != (len(answers) == 0) {
				t.Errorf("answers %q, want %q", answers, test.want)
			}
		})
	}
}
