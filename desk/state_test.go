package desk

import (
	"testing"

	"frontdesk/content"
)

// TestTicketSteps compares the state machine with a table written by hand from SPEC Q1 and Q5–Q7.
func TestTicketSteps(t *testing.T) {
	const no = TicketState("")
	want := map[TicketState]map[move]TicketState{
		Choosing: {
			moveChoose: Waiting, moveRoute: Waiting, moveAccept: no, moveDecline: no, moveUndecline: no,
			moveReturn: no, moveQueue: no, moveHand: no, moveTake: no, moveClose: Closed, moveBlock: Closed,
		},
		Waiting: {
			moveChoose: no, moveRoute: no, moveAccept: Assigned, moveDecline: Waiting, moveUndecline: Waiting,
			moveReturn: no, moveQueue: Waiting, moveHand: Assigned, moveTake: Assigned, moveClose: Closed, moveBlock: Closed,
		},
		Assigned: {
			moveChoose: no, moveRoute: no, moveAccept: no, moveDecline: no, moveUndecline: no,
			moveReturn: Waiting, moveQueue: Waiting, moveHand: Assigned, moveTake: Assigned, moveClose: Closed, moveBlock: Closed,
		},
		Closed: {
			moveChoose: no, moveRoute: no, moveAccept: no, moveDecline: no, moveUndecline: no,
			moveReturn: no, moveQueue: no, moveHand: no, moveTake: no, moveClose: no, moveBlock: Closed,
		},
	}
	if len(ticketSteps) != len(want) {
		t.Fatalf("%d states, want %d", len(ticketSteps), len(want))
	}
	for state, moves := range want {
		if len(ticketSteps[state]) != len(moves) {
			t.Errorf("%s: %d moves, want %d", state, len(ticketSteps[state]), len(moves))
		}
		for m, to := range moves {
			got := ticketSteps[state][m]
			if got.to != to {
				t.Errorf("%s, %s: to %q, want %q", state, m, got.to, to)
			}
			if (got.to == "") == (got.refusal == "") {
				t.Errorf("%s, %s: needs either a next state or a refusal: %+v", state, m, got)
			}
		}
	}
}

func TestRowMeaning(t *testing.T) {
	for _, c := range []struct {
		row  EffectID
		want rowMeaning
	}{
		{partRow("M", 0), rowMeaning{kind: EventMessage, message: "M"}},
		{partRow("M", 12), rowMeaning{kind: EventMessage, message: "M", part: 12}},
		{lobbyRow("M", 3, "sales"), rowMeaning{kind: EventNotice, message: "M", part: 3, lobby: true}},
		{editRow("M", "X"), rowMeaning{kind: EventEdit, message: "M"}},
		{reactionRow("M", "X"), rowMeaning{kind: EventReaction, message: "M"}},
		{"01J0000000000000000000000", rowMeaning{kind: EventNotice}},
		{"M.x", rowMeaning{kind: EventNotice}},
		{"M.-1", rowMeaning{kind: EventNotice}},
		{"M.", rowMeaning{kind: EventNotice}},
	} {
		if got := meaningOf(c.row); got != c.want {
			t.Errorf("meaning of %q: %+v, want %+v", c.row, got, c.want)
		}
	}
	if id, ok := cardTicket(CardRow("T")); !ok || id != "T" {
		t.Errorf("ticket of a card's row: %q, %v", id, ok)
	}
}

func FuzzRowMeaning(f *testing.F) {
	for _, seed := range []string{"M.0", "M.0.lobby", "M.edit.X", "M.react.X", "card/T", "", ".", "M.99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, row string) {
		got := meaningOf(EffectID(row))
		if got.kind == EventMessage && (got.message == "" && row[0] != '.' || got.part < 0) {
			t.Fatalf("meaning of %q: %+v", row, got)
		}
	})
}

func TestParseCommand(t *testing.T) {
	for _, c := range []struct{ in, name, args string }{
		{"!accept 42", "accept", "42"},
		{"!accept", "accept", ""},
		{"  !Accept   #42 ", "accept", "#42"},
		{"!a42", "a", "42"},
		{"!a#42", "a", "#42"},
		{"!принять №42", "принять", "№42"},
		{"!ПРИНЯТЬ 42", "принять", "42"},
		{"!", "", ""},
		{"!!!", "!!", ""},
		{"! Важно", "", "Важно"},
		{"!close\nthanks", "close", "thanks"},
		{"\u200b!help", "help", ""},
	} {
		if name, args := parseCommand(c.in); name != c.name || args != c.args {
			t.Errorf("parseCommand(%q) = %q, %q; want %q, %q", c.in, name, args, c.name, c.args)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		in string
		n  int64
		ok bool
	}{
		{"", 0, true}, {"  ", 0, true}, {"#", 0, true}, {"42", 42, true}, {"#42", 42, true}, {"№ 42", 42, true}, {" 42 ", 42, true},
		{"0", 0, false}, {"-1", 0, false}, {"4.2", 0, false}, {"42 please", 0, false}, {"x", 0, false},
		{"99999999999999999999999999", 0, false},
	} {
		if n, ok := parseNumber(c.in); ok != c.ok || (ok && n != c.n) {
			t.Errorf("parseNumber(%q) = %d, %v; want %d, %v", c.in, n, ok, c.n, c.ok)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, seed := range []string{"!accept 42", "!a42", "!принять #1", "!", "! ", "!!", "!\u202e", "!help\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, args := parseCommand(text)
		if n, ok := parseNumber(args); ok && n < 0 {
			t.Fatalf("parseNumber(%q) = %d", args, n)
		}
		if c, ok := findCommand(name); ok && c.run == nil {
			t.Fatalf("%q is command %q without action", text, c.name)
		}
	})
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  []string
	}{
		{"", 10, nil},
		{"short", 10, []string{"short"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"жжжжж", 5, []string{"жж", "жж", "ж"}},
		{"line one\nline two", 12, []string{"line one", "line two"}},
	} {
		got := pieces(c.in, c.limit)
		if len(got) != len(c.want) {
			t.Errorf("pieces(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("pieces(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			}
		}
	}
}

func TestIsNote(t *testing.T) {
	for _, c := range []struct {
		text, html string
		want       bool
	}{
		{"// between us", "", true},
		{"  \t\n// between us", "", true},
		{"\u00a0\u200b\ufeff// between us", "", true},
		{"//", "", true},
		{"/ between us", "", true},
		{"/between us", "", true},
		{"/ between *us*", "<p>/ between <em>us</em></p>", true},
		{"`/etc/hosts`", "<code>/etc/hosts</code>", false},
		{"> <@anna:x> question\n\n/ between us", "", true},
		{"1/2 of it", "", false},
		{"see // here", "", false},
		{"https://example.org", "", false},
		{"hello", "<p>// between us</p>", true},
		{"hello", "<p> <em>//</em> between us</p>", true},
		{"hello", "<ul><li>a</li></ul>", false},
		{"> <@anna:x> question\n\n// between us", "", true},
		{"hello", "<mx-reply><blockquote>quoted</blockquote></mx-reply>// between us", true},
	} {
		if got := isNote(contentOf(c.text, c.html)); got != c.want {
			t.Errorf("isNote(%q, %q) = %v", c.text, c.html, got)
		}
	}
}

func contentOf(text, html string) content.Message { return content.Message{Text: text, HTML: html} }
