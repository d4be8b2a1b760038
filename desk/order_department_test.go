package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// inDepartments is a managed desk with two departments: Anna sells, Boris answers letters.
func inDepartments(t *testing.T) *desktest.Desk {
	d := managed(t)
	for _, order := range []string{
		"!departments add Продажи", "!departments add Letters and claims", "!departments add Empty",
		"!operator set @anna:test department продажи", "!operator set @boris:test department Letters and claims",
		"!rights give @vera:test users department:Продажи view",
	} {
		if answer := ask(t, d, desktest.Admin, order); strings.Contains(answer, "no department") || strings.Contains(answer, "Like this") {
			t.Fatalf("%s: %s", order, answer)
		}
	}
	return d
}

func TestDepartmentOrders(t *testing.T) {
	for _, test := range []struct {
		by      desk.UserID
		text    string
		answer  string
		changes bool
	}{
		{desktest.Admin, "!departments", "Departments: 3\nEmpty · 0\nLetters and claims · 1\nПродажи · 1", false},
		{desktest.Admin, "!отделы добавить Отдел кадров", "Department Отдел кадров is in the list.", true},
		{desktest.Admin, "!departments add продажи", "There is a department «Продажи» already", false},
		{desktest.Admin, "!departments add a:b", "does not do as the name", false},
		{desktest.Admin, "!departments add " + strings.Repeat("x", 101), "at most 100 characters", false},
		{desktest.Admin, "!departments rename продажи Sales", "Department Продажи is now Sales. Its people: 1.", true},
		{desktest.Admin, "!departments rename «Letters and claims» Claims", "is now Claims", true},
		{desktest.Admin, "!departments rename empty EMPTY", "Department Empty is now EMPTY", true},
		{desktest.Admin, "!departments rename Empty Продажи", "There is a department «Продажи» already", false},
		{desktest.Admin, "!departments rename Empty Empty", "There is a department «Empty» already", false},
		{desktest.Admin, "!departments rename None Some", "no department «None»", false},
		{desktest.Admin, "!departments remove empty", "Department Empty is off the list.", true},
		{desktest.Admin, "!departments remove Продажи", "People belong to department Продажи: 1. Give them another one first: !operator set @anna:test department", false},
		{desktest.Vera, "!departments add More", "no right to «!departments add»", false},
		{manager, "!departments add More", "the staff of all departments", false},
		{manager, "!departments remove Empty", "the staff of all departments", false},
		{manager, "!departments rename Empty Full", "the staff of all departments", false},

		{desktest.Admin, "!operators department:прод", "Staff: 1\n1 · @anna:test · Anna Petrova · Продажи", false},
		{desktest.Admin, "!сотрудники отдел:letters 1", "Staff: 1\n1 · @boris:test", false},
		{desktest.Admin, "!operators anna", "Staff: 1\n1 · @anna:test", false},
		{desktest.Admin, "!operators 1", "Staff: 5", false},
		{desktest.Admin, "!operators department:nowhere", "Nobody belongs to a department «nowhere»", false},
		{desktest.Anna, "!who", "Anna Petrova · Продажи · available", false},
		{desktest.Anna, "!who отдел:claims", "There to answer: 1 of 1\nBoris · Letters and claims", false},
		{desktest.Admin, "!audit department:продажи", "Journal: 1\n", false},
		{desktest.Admin, "!журнал отдел:nowhere", "Nobody belongs to a department «nowhere»", false},
	} {
		t.Run(fmt.Sprint(test.by, " ", test.text), func(t *testing.T) {
			d := inDepartments(t)
			ask(t, d, test.by, "!help accept")
			before, entries := d.Departments, len(d.Journal())
			was := fmt.Sprint(before())
			answer := ask(t, d, test.by, test.text)
			if !strings.Contains(answer, test.answer) {
				t.Errorf("answer %q, want %q in it", answer, test.answer)
			}
			if changed := fmt.Sprint(before()) != was; changed != test.changes || test.changes != (len(d.Journal()) == entries+1) {
				t.Errorf("answer %q, changed %v, recorded %+v", answer, changed, d.Journal()[entries:])
			}
		})
	}
}

// TestDepartmentRenamed: the people and the rights of a department go with its name.
func TestDepartmentRenamed(t *testing.T) {
	d := inDepartments(t)
	ask(t, d, desktest.Admin, "!rights assign @boris:test supervisor department:Продажи")
	ask(t, d, desktest.Admin, "!departments rename Продажи Sales")
	if answer := ask(t, d, desktest.Vera, "!operators"); !strings.Contains(answer, "@anna:test · Anna Petrova · Sales") {
		t.Errorf("what the right shows: %s", answer)
	}
	all, err := d.Assignments()
	must(err)
	if !strings.Contains(fmt.Sprint(all), "{@boris:test supervisor department Sales}") || strings.Contains(fmt.Sprint(all), "Продажи") {
		t.Errorf("assignments %v", all)
	}
	ask(t, d, desktest.Admin, "!operator set @anna:test department")
	if answer := ask(t, d, desktest.Admin, "!departments remove Sales"); !strings.Contains(answer, "has rights for department Sales. Take them first") {
		t.Errorf("removed with rights: %s", answer)
	}
	d.Decide(twoSitesFile())
	if names, _ := d.Departments(); fmt.Sprint(names) != "[Empty Letters and claims Sales]" {
		t.Errorf("after a start: %q", names)
	}
}

// TestDepartmentFilter: lists and the search show the tickets of a department's people.
func TestDepartmentFilter(t *testing.T) {
	d := inDepartments(t)
	for i, who := range []desk.UserID{desktest.Anna, desktest.Admin} {
		c := d.Open()
		d.Write(c, fmt.Sprintf("hello %d", i+1))
		if who == desktest.Anna {
			d.Accept(who, c)
		}
	}
	for text, want := range map[string]string{
		"!all department:прод":                "#1",
		"!search hello отдел:продажи":         "#1",
		"!all department:claims":              ": 0",
		"!all department:nowhere":             "Nobody belongs to a department «nowhere»",
		"!all department:прод operator:boris": "Nobody who is called so belongs to department",
	} {
		if answer := ask(t, d, desktest.Admin, text); !strings.Contains(answer, want) || strings.Contains(answer, "#2") {
			t.Errorf("%s: %q, want %q and no #2 in it", text, answer, want)
		}
	}
}
