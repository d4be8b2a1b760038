package desk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/content"
)

func TestParseQuery(t *testing.T) {
	for _, c := range []struct{ text, words, filters string }{
		{"", "", ""},
		{"invoice  lost ", "invoice lost", ""},
		{"счёт с:01.03.2026 по:вчера", "счёт", "from=01.03.2026 to=вчера"},
		{`имя:"Иван Петров" почта:mail.example договор`, "договор", "email=mail.example name=Иван Петров"},
		{"name: Ivan Petrov", "Petrov", "name=Ivan"},
		{"ОЦЕНКА:5 город:«Нижний Новгород»", "", "rating=5 town=Нижний Новгород"},
		{"from:2026-01-01 from:2026-02-02", "", "from=2026-02-02"},
		{"see https://example.org/a:b at 12:30", "see https://example.org/a:b at 12:30", ""},
		{"colour:red e-mail:x@y", "colour:red", "email=x@y"},
		{"name:", "name:", ""},
		{`name:"" x`, `x`, `name=""`},
		{`"quoted words"`, "quoted words", ""},
		{`one "two three" four name:"five six" «seven»`, "one two three four seven", "name=five six"},
		{"page:all region:Псков", "", "page=all region=Псков"},
	} {
		q := parseQuery(c.text)
		var filters []string
		for _, name := range slices.Sorted(maps.Keys(q.filters)) {
			filters = append(filters, name+"="+q.filters[name])
		}
		if strings.HasPrefix(c.text, "one") && (q.loose != "one four" || strings.Join(q.phrases, "|") != "two three|seven") {
			t.Errorf("%q: loose %q, phrases %q", c.text, q.loose, q.phrases)
		}
		if q.words != c.words || strings.Join(filters, " ") != c.filters {
			t.Errorf("%q: words %q, filters %q; want %q, %q", c.text, q.words, filters, c.words, c.filters)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`имя:"Иван" x`, "a:b:c", "from: to:", "с::", "name:«x", "\xff:\x00", "page: \n all"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := parseQuery(text)
		for name, value := range q.filters {
			if filterNames[name] != name || value == "" {
				t.Fatalf("%q: filter %q is %q", text, name, value)
			}
		}
		if utf8.RuneCountInString(q.words) > utf8.RuneCountInString(text)+1 {
			t.Fatalf("%q: words %q", text, q.words)
		}
		excerpt(text, Search{Words: content.Terms(q.loose), Phrases: []Phrase{{Words: content.Terms(q.words)}}}, 20)
		parseStars(text)
		if day, ok := parseDay(text, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)); ok && (day.Year() < 1969 || day.Year() > 2200) {
			t.Fatalf("%q: day %v", text, day)
		}
	})
}

func TestParseDay(t *testing.T) {
	moscow := zone("Europe/Moscow")
	now := time.Date(2026, 3, 1, 22, 30, 0, 0, time.UTC).In(moscow) // the 2nd there
	for text, want := range map[string]string{
		"2026-02-28": "2026-02-28T00:00:00+03:00",
		"28.02.2026": "2026-02-28T00:00:00+03:00",
		"1.2.26":     "2026-02-01T00:00:00+03:00",
		"05.04":      "2025-04-05T00:00:00+03:00",
		"02.03":      "2026-03-02T00:00:00+03:00",
		"03.03":      "2025-03-03T00:00:00+03:00",
		"29.02":      "2024-02-29T00:00:00+03:00",
		"today":      "2026-03-02T00:00:00+03:00",
		"Вчера":      "2026-03-01T00:00:00+03:00",
		"29.02.2024": "2024-02-29T00:00:00+03:00",
		"29.02.2026": "", "31.04": "", "2026-13-01": "", "0.1": "", "soon": "", "1.2.3.4": "", "-1-1-1": "", "1e3.1.1": "", "": "",
	} {
		day, ok := parseDay(text, now)
		got := ""
		if ok {
			got = day.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestParseDays: of a day without a year the latest is meant that has begun, and of the last one after a first one the next.
func TestParseDays(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ first, last, from, until string }{
		{"25.12", "10.01", "2025-12-25", "2026-01-11"},
		{"25.12", "", "2025-12-25", ""},
		{"", "25.12", "", "2025-12-26"},
		{"01.01", "04.01", "2026-01-01", "2026-01-05"},
		{"2025-12-25", "yesterday", "2025-12-25", "2026-01-05"},
		{"", "", "", ""},
	} {
		from, until, err := parseDays(test.first, test.last, now)
		shown := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format(time.DateOnly)
		}
		if err != nil || shown(from) != test.from || shown(until) != test.until {
			t.Errorf("%q to %q: %s to %s, %v", test.first, test.last, from, until, err)
		}
	}
	for _, test := range [][2]string{{"soon", ""}, {"", "soon"}, {"2026-01-04", "2026-01-03"}} {
		if _, _, err := parseDays(test[0], test[1], now); CodeOf(err) != Invalid {
			t.Errorf("%q: %v", test, err)
		}
	}
}

func TestParseStars(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5-5 true", "1-3": "1-3 true", "4+": "4-5 true", "0": "0-0 false", "6": "0-0 false", "3-2": "0-0 false", "x": "0-0 false", "": "0-0 false",
	} {
		least, most, ok := parseStars(text)
		if got := fmt.Sprintf("%d-%d %v", least, most, ok); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := "Добрый день, я писал вам на прошлой неделе о том, что мой заказ до сих пор не доставлен, и хочу вернуть деньги"
	for _, c := range []struct {
		text, words string
		n           int
		want        string
		phrase      string
	}{
		{"short\n text", "text", 40, "short text", ""},
		{long, "добрый", 30, "Добрый день, я писал вам на п…", ""},
		{long, "заказы", 30, "…что мой заказ до сих пор не…", ""},
		{long, "деньги", 30, "…вернуть деньги", ""},
		{long, "nothing", 20, "Добрый день, я писа…", ""},
		{strings.Repeat("x", 100) + " order", "order", 20, "…order", ""},
		{long, "добрый", 30, "…что мой заказ до сих пор не…", "Заказ до"},
	} {
		got := excerpt(c.text, Search{Words: content.Terms(c.words)}, c.n)
		if c.phrase != "" {
			got = excerpt(c.text, Search{Words: content.Terms(c.words), Phrases: []Phrase{{Words: content.Terms(c.phrase)}}}, c.n)
		}
		if got != c.want || utf8.RuneCountInString(got) > c.n {
			t.Errorf("%q in %d: %q, want %q", c.words, c.n, got, c.want)
		}
	}
}
