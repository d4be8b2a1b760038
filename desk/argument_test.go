package desk

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseArguments(t *testing.T) {
	ticket := param{name: "ticket", kind: paramTicket, optional: true}
	colleague := param{name: "staff", kind: paramStaff}
	colleagues := param{name: "staff", kind: paramStaff, many: true, optional: true}
	word := param{name: "queue", kind: paramWord}
	comment := param{name: "comment", kind: paramRest, optional: true}
	marked := param{name: "ticket", kind: paramTicket, optional: true, marked: true}
	queue := param{name: "queue", kind: paramQueue, optional: true}
	for _, c := range []struct {
		name   string
		params []param
		text   string
		want   arguments
		ok     bool
	}{
		{"nothing", []param{ticket}, "", arguments{}, true},
		{"a number", []param{ticket}, "42", arguments{ticket: 42}, true},
		{"a number with its sign", []param{ticket, comment}, "  #42  call back ", arguments{ticket: 42, rest: "call back"}, true},
		{"a Russian number", []param{ticket}, "№42", arguments{ticket: 42}, true},
		{"no number", []param{ticket, comment}, "call 42", arguments{rest: "call 42"}, true},
		{"left over", []param{ticket}, "42 43", arguments{ticket: 42}, false},
		{"zero", []param{ticket}, "#0", arguments{}, false},
		{"a colleague", []param{colleague, ticket}, "@Boris 7", arguments{staff: []UserID{"@boris:test"}, ticket: 7}, true},
		{"a whole id", []param{colleague}, "@boris:other.org,", arguments{staff: []UserID{"@boris:other.org"}}, true},
		{"nobody", []param{colleague}, "boris", arguments{}, false},
		{"several", []param{colleagues, comment}, "@a @b hello", arguments{staff: []UserID{"@a:test", "@b:test"}, rest: "hello"}, true},
		{"quoted", []param{word, comment}, `"Sales and more" please`, arguments{words: []string{"Sales and more"}, rest: "please"}, true},
		{"Russian quotes", []param{word}, "«Отдел продаж»", arguments{words: []string{"Отдел продаж"}}, true},
		{"an open quote", []param{word, comment}, `"Sales and`, arguments{words: []string{`"Sales`}, rest: "and"}, true},
		{"a quoted rest", []param{comment}, `"all of it"`, arguments{rest: "all of it"}, true},
		{"a rest of two quotes", []param{comment}, `"a" and "b"`, arguments{rest: `"a" and "b"`}, true},
		{"a word is missing", []param{word}, "", arguments{}, false},
		{"a comment that begins with a number", []param{marked, comment}, "2 items", arguments{rest: "2 items"}, true},
		{"a number alone", []param{marked, comment}, "2", arguments{ticket: 2}, true},
		{"a marked number", []param{marked, comment}, "#2 items", arguments{ticket: 2, rest: "items"}, true},
		{"a queue", []param{queue, marked, comment}, "sales №7 2 items", arguments{words: []string{"sales"}, ticket: 7, rest: "2 items"}, true},
		{"no queue but a ticket", []param{queue, marked, comment}, "#7", arguments{ticket: 7}, true},
		{"no queue but a colleague", []param{queue, colleague}, "@boris", arguments{staff: []UserID{"@boris:test"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := parseArguments(c.params, c.text, "test")
			if ok != c.ok || (ok && !reflect.DeepEqual(got, c.want)) {
				t.Errorf("%+v, %v, want %+v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func FuzzParseArguments(f *testing.F) {
	for _, s := range []string{"#42 @anna «a b» rest", `"`, "''", "@", "#", "„x“", "\xff «"} {
		f.Add(s)
	}
	params := []param{
		{kind: paramQueue, optional: true}, {kind: paramTicket, optional: true, marked: true}, {kind: paramStaff, optional: true, many: true}, {kind: paramWord, optional: true}, {kind: paramRest, optional: true},
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseArguments(params, s, "test")
		if !ok {
			t.Fatalf("%q: left over although the rest takes everything", s)
		}
		if got.ticket < 0 || len(got.rest) > len(s) || len(got.words) > 2 {
			t.Fatalf("%q: %+v", s, got)
		}
		for _, u := range got.staff {
			if !strings.HasPrefix(string(u), "@") || u.Server() == "" && !strings.HasSuffix(string(u), ":") {
				t.Fatalf("%q: %s", s, u)
			}
		}
	})
}

func TestNearest(t *testing.T) {
	words := []string{"accept", "a", "close", "закрыть", "transfer"}
	for misspelt, want := range map[string]string{
		"acept": "accept", "acceptt": "accept", "colse": "close", "закрить": "закрыть", "trasnfre": "transfer", "x": "", "frobnicate": "", "": "",
	} {
		if got := nearest(misspelt, words); got != want {
			t.Errorf("%q: %q, want %q", misspelt, got, want)
		}
	}
}

// Names and aliases are unique, and every command, parameter and room has its words.
func TestCommandsAreWhole(t *testing.T) {
	seen := map[string]string{}
	for _, c := range commands() {
		for _, name := range append([]string{c.name}, c.calls()...) {
			if seen[name] != "" {
				t.Errorf("!%s is %s and %s", name, seen[name], c.name)
			}
			first, given := parseCommand("!" + name)
			if got, rest, ok := lookUpCommand(first, given); !ok || got.name != c.name || rest != "" {
				t.Errorf("!%s is read as %q with %q", name, got.name, rest)
			}
			seen[name] = c.name
		}
		// Of a command of two words the first has the short form.
		isShort := func(name string) bool { return len([]rune(name)) <= 3 && !isRussian(name) }
		if !slices.ContainsFunc(c.aliases, isRussian) || !strings.Contains(c.name, " ") && !slices.ContainsFunc(append(c.aliases, c.name), isShort) {
			t.Errorf("%s: a Russian alias and a short form of at most three letters are needed, not %q", c.name, c.aliases)
		}
		if russian := calledIn("ru", c.name); strings.ContainsFunc(russian, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			t.Errorf("%s is called %q in Russian", c.name, russian)
		}
		if c.run == nil || len(c.rooms) == 0 {
			t.Errorf("%s: rooms and what it does are needed", c.name)
		}
	}
}

func TestSpreadsheetSafe(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+7 999": "'+7 999", "@x": "'@x", "-1": "'-1", "text": "text", "": "", "a=b - c": "a=b - c",
		"a;=1+1": "a;'=1+1", "a,@x": "a,'@x", "a\t-1": "a\t'-1", "a\n=1": "a\n'=1", `a;"=1`: `a;"'=1`, "\t=1": "'\t'=1",
	} {
		if got := spreadsheetSafe(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

// TestRussianSheet: Russian spreadsheets take semicolons, others commas.
func TestRussianSheet(t *testing.T) {
	for lang, want := range map[string]string{"ru": "\ufeffa;\"b;c\"\n", "ru-RU": "\ufeffa;\"b;c\"\n", "en": "\ufeffa,b;c\n", "": "\ufeffa,b;c\n"} {
		s := newSheet(lang)
		s.add([]string{"a", "b;c"})
		if got, err := s.bytes(); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", lang, got, err, want)
		}
	}
}

func TestListPages(t *testing.T) {
	l := listing{title: "Tickets: 45", name: "tickets", head: []string{"№", "Name"}}
	for range 45 {
		l.rows = append(l.rows, []string{"1", "<Anna>\n|"})
	}
	a := &act{Engine: New(Options{NewID: func() string { return "id" }, Texts: keys{}})}
	o := &order{}
	for page, want := range map[string]int{"": 20, "2": 20, "3": 5} {
		got, err := a.list(o, l, page)
		if err != nil || strings.Count(got.html, "<td>1</td>") != want || strings.Count(got.text, "\n1 · <Anna> |") != want {
			t.Errorf("page %q: %+v, %v", page, got, err)
		}
	}
	for _, page := range []string{"4", "0", "-1", "x"} {
		if _, err := a.list(o, l, page); CodeOf(err) != Invalid {
			t.Errorf("page %q: %v", page, err)
		}
	}
	got, err := a.list(o, l, "все")
	if err != nil || got.file == nil || got.file.Name != "tickets.csv" || strings.Count(string(got.data), "Anna") != 45 {
		t.Errorf("everything: %+v, %v", got.file, err)
	}
}

// keys answers the key of every text.
type keys struct{}

func (keys) Text(_, key string, _ ...any) string { return key }
