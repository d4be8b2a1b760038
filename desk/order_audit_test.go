package desk_test

import (
	"encoding/csv"
	"fmt"
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
	ask(t, d, desktest.Admin, "!departments add Night")
	ask(t, d, desktest.Admin, "!operator set @boris:test department Night")
	ask(t, d, desktest.Admin, "!rights give @manager:test journal site:shop view")
	for _, test := range []struct {
		name string
		by   desk.UserID
		text string
		want []string // of the answer, in order; the first is its title
	}{
		{"everything, newest first", desktest.Admin, "!audit", []string{
			"Journal: ", "right given · @manager:test · journal, site Shop: – → view", "operator's card changed · @boris:test · department: – → Night",
			"queue renamed · letters · name: Letters → Mail", "ticket closed · #1", "responsible: @anna:test → –", "ticket accepted · #1",
			"customer · ticket opened · #1",
		}},
		{"of a person", desktest.Admin, "!audit @boris:test", []string{"Journal: 1", "operator's card changed"}},
		{"of a ticket", desktest.Admin, "!журнал #1", []string{"Journal: 3", "ticket closed", "ticket opened"}},
		{"of an action", desktest.Admin, "!audit queue", []string{"Journal: 1", "queue renamed"}},
		{"by a word of it", desktest.Admin, "!audit closed", []string{"Journal: 1", "ticket closed"}},
		{"by a Russian word of it", desktest.Admin, "!журнал закрыто", []string{"Journal: 1", "ticket closed"}},
		{"by several words", desktest.Admin, "!журнал переименована", []string{"Journal: 1", "queue renamed"}},
		{"by a word and a person", desktest.Admin, "!audit changed @boris:test", []string{"Journal: 1", "operator's card changed"}},
		{"from a day on", desktest.Admin, "!audit ticket from:2026-03-03", []string{"Journal: 1", "ticket closed"}},
		{"from a day in words", desktest.Admin, "!журнал ticket с:сегодня", []string{"Journal: 1", "ticket closed"}},
		{"from a day without a year", desktest.Admin, "!audit ticket since:03.03 until:3.3.26", []string{"Journal: 1", "ticket closed"}},
		{"up to a day", desktest.Admin, "!audit ticket по:02.03.2026", []string{"Journal: 2", "ticket accepted", "ticket opened"}},
		{"one's own", desktest.Anna, "!audit", []string{"Journal: 2", "ticket closed", "ticket accepted"}},
		{"of a site", manager, "!audit", []string{"Journal: 4", "right given", "ticket closed", "ticket accepted", "ticket opened"}},
		{"of a queue", desktest.Vera, "!audit", []string{"Journal: 3", "ticket closed", "ticket accepted", "ticket opened"}},
		{"nothing", desktest.Boris, "!audit", []string{"Journal: 0"}},
		{"no such ticket", desktest.Admin, "!audit #99", []string{"no ticket #99"}},
		{"no ticket", desktest.Admin, "!audit #x", []string{"I do not understand «#x»"}},
		{"no date", desktest.Admin, "!audit from:tomorrow", []string{"«tomorrow» is no day"}},
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

// TestAuditPages: only what a page shows is read, and "all" is a file of everything: what was done in words and as its code, each entry once.
func TestAuditPages(t *testing.T) {
	d := newDesk(t)
	const entries = 2100 // more than are read at once
	for i := range entries {
		must(d.Record(desk.JournalEntry{At: d.Now, Actor: "system", Action: "ticket.snoozed", Comment: fmt.Sprint(i + 1)}))
	}
	for page, last := range map[string]int{"1": 2100, "2": 2080, "105": 20} {
		answer := ask(t, d, desktest.Admin, "!audit ticket.snoozed "+page)
		want := fmt.Sprint("Frontdesk · ticket put aside · ", last, "\n")
		if !strings.Contains(answer, want) || !strings.Contains(answer, "Page "+page+" of 105") {
			t.Errorf("page %s: %s", page, answer)
		}
	}
	must(d.PutOperator(&desk.Operator{ID: desktest.Admin, PublicName: "Root", Lang: "ru", Zone: "Europe/Moscow"}))
	if answer := ask(t, d, desktest.Admin, "!audit ticket.snoozed все"); answer != "Журнал: 2100" {
		t.Errorf("answer %q", answer)
	}
	rows := auditRows(t, d)
	if strings.Join(rows[0], ";") != "Когда;Кто;Что;Код;Обращение;Кого или что;Изменения;Где" || len(rows) != entries+1 {
		t.Fatalf("%d rows, head %q", len(rows), rows[0])
	}
	for i, row := range rows[1:] {
		if row[0] != "2026-03-02 12:00:00" || row[2] != "обращение отложено" || row[3] != "ticket.snoozed" || row[6] != fmt.Sprint(entries-i) {
			t.Fatalf("row %d is %q", i, row)
		}
	}
}

// auditRows reads the file that the administrator got last.
func auditRows(t *testing.T, d *desktest.Desk) [][]string {
	t.Helper()
	post := d.LastPost(desk.DirectRoom(desktest.Admin))
	data, bom := strings.CutPrefix(string(post.Data), "\ufeff")
	reader := csv.NewReader(strings.NewReader(data))
	if head, _, _ := strings.Cut(data, "\n"); strings.Contains(head, ";") {
		reader.Comma = ';'
	}
	rows, err := reader.ReadAll()
	if err != nil || !bom || post.File == nil || post.File.Name != "journal.csv" || post.File.Size != int64(len(post.Data)) {
		t.Fatalf("file %+v, %v", post.File, err)
	}
	return rows
}

// TestAuditFileTooLong: a journal that is too long for one file is not cut off silently, and what is told gets the rest.
func TestAuditFileTooLong(t *testing.T) {
	d := newDesk(t)
	for i := range desktest.AuditRows + 10 {
		at := d.Now.Add(-24 * time.Hour)
		if i >= 1000 {
			at = d.Now
		}
		must(d.Record(desk.JournalEntry{At: at, Actor: "system", Action: "ticket.snoozed", Comment: fmt.Sprint(i + 1)}))
	}
	answer := ask(t, d, desktest.Admin, "!audit ticket.snoozed all")
	if !strings.Contains(answer, "Journal: 2510\nThe file holds the newest 2500, back to 2026-03-01. For older ones add to:2026-03-01") {
		t.Errorf("answer %q", answer)
	}
	if rows := auditRows(t, d); len(rows) != desktest.AuditRows+1 || rows[desktest.AuditRows][6] != "11" {
		t.Errorf("%d rows", len(rows))
	}
	if answer := ask(t, d, desktest.Admin, "!audit ticket.snoozed to:2026-03-01 all"); answer != "Journal: 1000" {
		t.Errorf("answer %q", answer)
	}
	if rows := auditRows(t, d); len(rows) != 1001 || rows[1000][6] != "1" {
		t.Errorf("%d rows", len(rows))
	}
}
