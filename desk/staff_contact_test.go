package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestStaffContacts: how colleagues are reached is written on their cards, by themselves and by who may change the card, and nobody else reads it.
func TestStaffContacts(t *testing.T) {
	for _, test := range []struct {
		by      desk.UserID
		text    string
		answer  string
		changes bool
	}{
		{desktest.Anna, "!profile contact 8 (916) 123-45-68 рабочий, после шести", "phone · 2. +7 916 123-45-68 (work, после шести)", true},
		{desktest.Anna, "!профиль телефон anna@Example.org", "e-mail · 2. anna@example.org", true},
		{desktest.Anna, "!profile contact 1 +7 916 123-45-60", "phone · 1. +7 916 123-45-60", true},
		{desktest.Anna, "!profile contact 1 нет", "So you are seen now", true},
		{desktest.Anna, "!profile contact 2 off", "There is no contact 2 on this card. It has 1 contact.", false},
		{desktest.Anna, "!profile contact", "Name the contact, like this", false},
		{desktest.Anna, "!profile contact 1", "Name the contact, like this", false},
		{desktest.Anna, "!profile contact by pigeon", "«by pigeon» is no phone number and no e-mail address", false},
		{desktest.Anna, "!profile contact +7 916", "is no phone number", false},
		{desktest.Anna, "!profile contact +7 916 123-45-67 again", "stands on the card already, as number 1", false},
		{desktest.Anna, "!profile contact anna@example.org " + strings.Repeat("x", 151), "150", false},
		{desktest.Admin, "!operator contact @anna:test anna@example.org, home", "e-mail · 2. anna@example.org (personal)", true},
		{desktest.Admin, "!сотрудник контакт @anna:test 1 нет", "Anna Petrova", true},
		{desktest.Admin, "!operator contact @nobody:test anna@example.org", "not among the staff", false},
		{manager, "!operator contact @boris:test boris@example.org", "You may not do that with Boris", false},
		{manager, "!operator contact @anna:test anna@example.org", "e-mail · 2. anna@example.org", true},
		{desktest.Vera, "!operator contact @anna:test anna@example.org", "no right to «!operator contact»", false},
		{desktest.Vera, "!operator @anna:test", "phone · 1. +7 916 123-45-67 (work)", false},
		{desktest.Admin, "!operators 123-45-67", "Staff: 1\n1 · @anna:test", false},
		{desktest.Admin, "!operators 4567", "Staff: 1\n1 · @anna:test", false},
		{desktest.Admin, "!operators 45", "There is no page «45»", false},
	} {
		t.Run(fmt.Sprint(test.by, " ", test.text), func(t *testing.T) {
			d := managed(t)
			ask(t, d, desktest.Anna, "!profile contact +7 916 123-45-67, work")
			ask(t, d, test.by, "!help accept")
			before, entries := deskDump(d), len(d.Journal())
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			if changed := deskDump(d) != before; changed != test.changes {
				t.Errorf("answer %q, something changed: %v", answer, changed)
			}
			journal := d.Journal()[entries:]
			if test.changes != (len(journal) == 1) {
				t.Fatalf("recorded %+v", journal)
			}
			for _, e := range journal {
				if e.Action != "operator.changed" || len(e.Changes) != 1 || e.Changes[0].Field != "Contacts" || !strings.Contains(string(e.Changes[0].Before), "+79161234567") {
					t.Errorf("recorded %+v", e)
				}
			}
		})
	}
}

// TestStaffContactsBound: a card holds ten contacts.
func TestStaffContactsBound(t *testing.T) {
	d := newDesk(t)
	for i := range 10 {
		if answer := ask(t, d, desktest.Anna, fmt.Sprintf("!profile contact anna%d@example.org", i)); !strings.Contains(answer, fmt.Sprintf("anna%d@", i)) {
			t.Fatalf("contact %d: %q", i, answer)
		}
	}
	if answer := ask(t, d, desktest.Anna, "!profile contact anna@example.org"); !strings.Contains(answer, "at most 10") {
		t.Errorf("answer %q", answer)
	}
	if answer := ask(t, d, desktest.Anna, "!profile contact 10 anna@example.org"); !strings.Contains(answer, "10. anna@example.org") {
		t.Errorf("answer %q", answer)
	}
}

func FuzzStaffContact(f *testing.F) {
	for _, seed := range []string{
		"+7 916 123-45-67, work, after six", "anna@example.org", "telegram @anna_p рабочий", "phone 12345 (home)", "vk.com/anna; x", "whatsapp 89161234567 - раб., ,", "e-mail: a@b.cd личный",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := desk.ReadStaffContact(text)
		if err != nil {
			if desk.CodeOf(err) != desk.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := desk.ReadStaffContact(c.String())
		if err != nil || again != c {
			t.Errorf("%q is %+v, written %q and read %+v, %v", text, c, c.String(), again, err)
		}
	})
}

// TestDepartmentsTakeRights: nobody puts a colleague into a department over which others have rights that one may not give.
func TestDepartmentsTakeRights(t *testing.T) {
	d := managed(t)
	must(d.PutHolding(desk.Holding{Operator: manager, Grant: desk.Grant{Module: desk.ModUsers, Scope: desk.ScopeAll, Edit: true}}))
	must(d.PutDepartment("Night"))
	must(d.PutDepartment("Day"))
	must(d.PutHolding(desk.Holding{Operator: desktest.Vera, Grant: desk.Grant{Module: desk.ModTickets, Scope: desk.ScopeDepartment, Target: "Night"}}))
	for _, test := range []struct {
		by              desk.UserID
		department, say string
	}{
		{manager, "Night", "You cannot give or take more"}, {manager, "Day", "is «Day» now"}, {desktest.Admin, "Night", "is «Night» now"},
	} {
		got := asked(t, d, test.by, "!operator set @anna:test department "+test.department).Text
		if o, err := d.Operator(desktest.Anna); err != nil || (o.Department == test.department) != strings.Contains(test.say, "now") {
			t.Errorf("%s: %s: %q, anna belongs to %q", test.by, test.department, got, o.Department)
		}
		if !strings.Contains(got, strings.TrimSuffix(test.say, " now")) && !strings.Contains(got, test.department) {
			t.Errorf("%s: %s: %q", test.by, test.department, got)
		}
	}
}
