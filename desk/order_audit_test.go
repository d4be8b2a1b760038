package desk_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

func TestAudit(t *testing.T) {
	d := managed(t)
	c := d.Open()
	d.Write(c, "hello")
	d.Accept(desktest.Anna, c)
	d.Pass(24 * time.Hour)
	ask(t, d, desktest.Anna, "!close")
	ask(t, d, desktest.Anna, "!close 1")
	ask(t, d, desktest.Admin, "!queues rename letters Mail")
	ask(t, d, desktest.Admin, "!operator set @boris:test department Night")
	ask(t, d, desktest.Admin, "!rights give @manager:test journal site:shop view")
	for _, test := range []struct {
		name string
		by   desk.UserID
		text string
		want []string // of the answer, in order; the first is its title
	}{
		{"everything, newest first", desktest.Admin, "!audit", []string{
			"Journal: ", "rights.given · @manager:test · journal site:shop: – → view", "operator.changed · @boris:test · Department: – → Night",
			"queue.renamed · letters · Name: Letters → Mail", "ticket.closed · #1", "Owner: @anna:test → –", "ticket.accepted · #1", "ticket.opened · #1",
		}},
		{"of a person", desktest.Admin, "!audit @boris:test", []string{"Journal: 1", "operator.changed"}},
		{"of a ticket", desktest.Admin, "!журнал #1", []string{"Journal: 3", "ticket.closed", "ticket.opened"}},
		{"of an action", desktest.Admin, "!audit queue", []string{"Journal: 1", "queue.renamed"}},
		{"from a day on", desktest.Admin, "!audit ticket from:2026-03-03", []string{"Journal: 1", "ticket.closed"}},
		{"up to a day", desktest.Admin, "!audit ticket по:02.03.2026", []string{"Journal: 2", "ticket.accepted", "ticket.opened"}},
		{"one's own", desktest.Anna, "!audit", []string{"Journal: 2", "ticket.closed", "ticket.accepted"}},
		{"of a site", manager, "!audit", []string{"Journal: 4", "rights.given", "ticket.closed", "ticket.accepted", "ticket.opened"}},
		{"of a queue", desktest.Vera, "!audit", []string{"Journal: 3", "ticket.closed", "ticket.accepted", "ticket.opened"}},
		{"nothing", desktest.Boris, "!audit", []string{"Journal: 0"}},
		{"no such ticket", desktest.Admin, "!audit #99", []string{"no ticket #99"}},
		{"no ticket", desktest.Admin, "!audit #x", []string{"I do not understand «#x»"}},
		{"no date", desktest.Admin, "!audit from:tomorrow", []string{"«tomorrow» is no date"}},
		{"no page", desktest.Admin, "!audit 7", []string{"There is no page «7»"}},
		{"no word", desktest.Admin, "!audit что?", []string{"I do not understand «что?»"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := ask(t, d, test.by, test.text)
			rest := answer
			for _, want := range test.want {
				at := strings.Index(rest, want)
				if at < 0 {
					t.Fatalf("answer %q, want %q in it", answer, want)
				}
				rest = rest[at+len(want):]
			}
			if strings.Contains(test.want[0], ": ") && test.want[0] != "Journal: " && strings.Count(answer, "\n") != len(test.want)-1 && test.by != desktest.Admin {
				t.Errorf("answer %q, want %d lines", answer, len(test.want))
			}
		})
	}
}

// TestAuditPages: only what a page shows is read, and "all" is a file of everything.
func TestAuditPages(t *testing.T) {
	d := newDesk(t)
	for i := range 45 {
		must(d.Record(desk.JournalEntry{At: d.Now, Actor: "system", Action: "page", Comment: strings.Repeat("x", i+1) + "."}))
	}
	for page, want := range map[string]string{"1": " page · " + strings.Repeat("x", 45) + ".", "2": " page · " + strings.Repeat("x", 25) + ".", "3": " page · " + strings.Repeat("x", 5) + "."} {
		answer := ask(t, d, desktest.Admin, "!audit page "+page)
		if !strings.Contains(strings.Split(answer, "\n")[1], want[3:]) || !strings.Contains(answer, "Page "+page+" of 3") {
			t.Errorf("page %s: %s", page, answer)
		}
	}
	ask(t, d, desktest.Admin, "!audit page all")
	post := d.LastPost(desk.DirectRoom(desktest.Admin))
	if post.File == nil || post.File.Name != "journal.csv" || strings.Count(string(post.Data), "\n") != 46 {
		t.Errorf("file %+v, %s", post.File, post.Data)
	}
}
