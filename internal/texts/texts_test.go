package texts

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/fstest"
)

func load(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return c
}

// shape lists the arguments a text uses.
func shape(t template) string {
	used := map[int]bool{}
	for _, s := range t {
		if s.arg >= 0 {
			used[s.arg] = true
		}
	}
	return fmt.Sprint(slices.Sorted(maps.Keys(used)))
}

// TestParity: every language has every text, not empty, with the same arguments.
func TestParity(t *testing.T) {
	c := load(t)
	want := c.languages[Default]
	if len(want) == 0 || len(c.languages) < 2 {
		t.Fatalf("%d languages, %d texts in %s", len(c.languages), len(want), Default)
	}
	for lang, texts := range c.languages {
		for key, text := range want {
			other, ok := texts[key]
			if !ok {
				t.Errorf("%s lacks %s", lang, key)
			} else if shape(other) != shape(text) {
				t.Errorf("%s: arguments of %s are %s, in %s %s", lang, key, shape(other), Default, shape(text))
			}
			if ok && len(other) == 0 {
				t.Errorf("%s: %s is empty", lang, key)
			}
		}
		for key := range texts {
			if _, ok := want[key]; !ok {
				t.Errorf("%s has %s, which %s lacks", lang, key, Default)
			}
		}
		for key, text := range texts {
			for _, s := range text {
				forms := map[string]int{"ru": 3, "en": 2}[lang]
				if len(s.forms) > 0 && forms > 0 && len(s.forms) != forms {
					t.Errorf("%s: %s has a word with %d forms, want %d", lang, key, len(s.forms), forms)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	c := load(t)
	for _, test := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"ru", "duration.minutes", []any{1}, "1 минуту"},
		{"ru", "duration.minutes", []any{3}, "3 минуты"},
		{"ru", "duration.minutes", []any{5}, "5 минут"},
		{"ru", "duration.minutes", []any{11}, "11 минут"},
		{"ru", "duration.minutes", []any{12}, "12 минут"},
		{"ru", "duration.minutes", []any{21}, "21 минуту"},
		{"ru", "duration.minutes", []any{int64(112)}, "112 минут"},
		{"ru-RU", "duration.hours", []any{2}, "2 часа"},
		{"RU_ru", "duration.hours", []any{2}, "2 часа"},
		{"en", "duration.minutes", []any{1}, "1 minute"},
		{"en-GB", "duration.minutes", []any{2}, "2 minutes"},
		{"de", "customer.closed", nil, "End of the conversation"},
		{"ru", "customer.closed", nil, "Конец диалога"},
		{"", "customer.closed", nil, "End of the conversation"},
		{"ru", "no.such.key", []any{1}, "no.such.key"},
		{"en", "command.closed", []any{int64(42)}, "Ticket #42 is closed."},
		{"en", "command.closed", nil, "Ticket # is closed."},
		{"en", "room.told", []any{"{0} {1|a|b}"}, "To the customer: {0} {1|a|b}"},
	} {
		if got := c.Text(test.lang, test.key, test.args...); got != test.want {
			t.Errorf("Text(%q, %q, %v) = %q, want %q", test.lang, test.key, test.args, got, test.want)
		}
	}
}

func TestBadTemplates(t *testing.T) {
	for _, text := range []string{"{0", "{}", "{x}", "{-1}", "{0|one}"} {
		if _, err := parseTemplate(text); err == nil {
			t.Errorf("parseTemplate(%q) succeeded", text)
		}
	}
	for _, yaml := range []string{"a: [1]", "a: \"{0\"", ":"} {
		if _, err := parseLanguage([]byte(yaml)); err == nil {
			t.Errorf("parseLanguage(%q) succeeded", yaml)
		}
	}
}

func TestLanguages(t *testing.T) {
	c := load(t)
	all := c.Languages()
	if len(all["ru"]) == 0 || len(all["ru"]) != len(all["en"]) {
		t.Errorf("%d Russian texts, %d English", len(all["ru"]), len(all["en"]))
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{0}", "{0|a|b}", "a{1}b{0}", "{", "}", "{9}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseTemplate(text)
		if err == nil {
			parsed.fill(russianPlural, []any{1, "x"})
		}
	})
}

// TestWith: further texts stand beside the others, and do not take their place.
func TestWith(t *testing.T) {
	c := load(t)
	more, err := c.With(fstest.MapFS{
		"en.yaml": {Data: []byte("channel.pigeon: Pigeon post")}, "ru.yaml": {Data: []byte("channel.pigeon: Голубиная почта")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Pigeon post", "ru": "Голубиная почта"} {
		if got := more.Text(lang, "channel.pigeon"); got != want {
			t.Errorf("in %s: %q", lang, got)
		}
		if got := more.Text(lang, "channel.widget"); got != c.Text(lang, "channel.widget") {
			t.Errorf("in %s the widget is called %q", lang, got)
		}
	}
	if got := c.Text("en", "channel.pigeon"); got != "channel.pigeon" {
		t.Errorf("the catalogue itself has %q now", got)
	}
	for name, bad := range map[string]string{"a key that is there": "channel.widget: x", "a bad text": "channel.pigeon: '{'", "no texts": "- x"} {
		if _, err := c.With(fstest.MapFS{"en.yaml": {Data: []byte(bad)}}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
