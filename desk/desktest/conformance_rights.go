package desktest

import (
	"fmt"
	"slices"
	"testing"

	"frontdesk/desk"
)

func testRights(t *testing.T, w *world) {
	for _, name := range []string{"b", "a", "c"} {
		template := desk.RightsTemplate{Name: name, Rights: []desk.TemplateRight{{Module: desk.ModTickets, Scope: desk.ScopeAssigned, Edit: true}}}
		if err := w.PutRightsTemplate(&template); err != nil {
			t.Fatalf("put rights template: %v", err)
		}
	}
	changed := desk.RightsTemplate{Name: "b", Rights: []desk.TemplateRight{{Module: desk.ModJobs, Scope: desk.ScopeOwn}, {Module: desk.ModUsers, Scope: desk.ScopeAll, Edit: true}}}
	if err := w.PutRightsTemplate(&changed); err != nil {
		t.Fatalf("replace rights template: %v", err)
	}
	if err := w.DeleteRightsTemplate("a"); err != nil {
		t.Fatalf("delete rights template: %v", err)
	}
	templates, err := w.RightsTemplates()
	if err != nil || len(templates) != 2 || templates[1].Name != "c" {
		t.Fatalf("rights templates: %+v, %v", templates, err)
	}
	same(t, templates[0], changed)

	var want []desk.Assignment
	for _, target := range []string{"", "s1", "s2"} {
		want = append(want, desk.Assignment{Operator: w.operator.ID, Template: "b", Scope: desk.ScopeSite, Target: target})
	}
	for _, a := range []desk.Assignment{want[2], want[0], want[1], want[0]} {
		if err := w.PutAssignment(a); err != nil {
			t.Fatalf("put assignment: %v", err)
		}
	}
	if got, err := w.Assignments(); err != nil || !slices.Equal(got, want) {
		t.Errorf("assignments: %+v, %v", got, err)
	}
	if err := w.DeleteAssignment(want[1]); err != nil {
		t.Fatalf("delete assignment: %v", err)
	}
	if got, err := w.Assignments(); err != nil || !slices.Equal(got, []desk.Assignment{want[0], want[2]}) {
		t.Errorf("assignments after a deletion: %+v, %v", got, err)
	}
}

func testHoldings(t *testing.T, w *world) {
	right := func(m desk.Module, target string, edit bool) desk.Holding {
		return desk.Holding{Operator: w.operator.ID, Grant: desk.Grant{Module: m, Scope: desk.ScopeQueue, Target: target, Edit: edit}}
	}
	for _, h := range []desk.Holding{
		right(desk.ModTickets, "q", false), right(desk.ModJobs, "q", true), right(desk.ModTickets, "p", true), right(desk.ModTickets, "q", true),
	} {
		if err := w.PutHolding(h); err != nil {
			t.Fatalf("put right: %v", err)
		}
	}
	want := []desk.Holding{right(desk.ModJobs, "q", true), right(desk.ModTickets, "p", true), right(desk.ModTickets, "q", true)}
	if got, err := w.Holdings(); err != nil || !slices.Equal(got, want) {
		t.Errorf("rights: %+v, %v", got, err)
	}
	if err := w.DeleteHolding(right(desk.ModTickets, "p", false)); err != nil {
		t.Fatalf("delete right: %v", err)
	}
	if got, err := w.Holdings(); err != nil || len(got) != 2 || got[1] != want[2] {
		t.Errorf("rights after a deletion: %+v, %v", got, err)
	}
}

func testSeed(t *testing.T, w *world) {
	for _, want := range []string{"", `{"a":1}`, "«ж»"} {
		if want != "" {
			if err := w.PutSeed(want); err != nil {
				t.Fatalf("put seed: %v", err)
			}
		}
		if got, err := w.Seed(); err != nil || got != want {
			t.Errorf("seed %q, %v; want %q", got, err, want)
		}
	}
}

func testQueueOrder(t *testing.T, w *world) {
	for i, removed := range []bool{false, true, false} {
		q := desk.Queue{ID: desk.QueueID(fmt.Sprintf("q%d", i)), Site: w.site.ID, Position: 9 - i, Removed: removed}
		if err := w.PutQueue(&q); err != nil {
			t.Fatalf("put queue: %v", err)
		}
	}
	queues, err := w.Queues(w.site.ID)
	if err != nil || len(queues) != 3 || queues[0].ID != "q2" || queues[1].ID != "q0" {
		t.Errorf("queues: %+v, %v", queues, err)
	}
	if q, err := w.Queue("q1"); err != nil || !q.Removed {
		t.Errorf("removed queue: %+v, %v", q, err)
	}
}

func testNoRoomsOf(t *testing.T, w *world) {
	if rooms, err := w.RoomsOf(w.operator.ID); err != nil || len(rooms) != 0 {
		t.Errorf("rooms of an operator who is wanted nowhere: %v, %v", rooms, err)
	}
}
