package desk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFillTemplate: what is taken for a template can be filled, leaves no place open, and shows the words that stand outside of places.
func FuzzFillTemplate(f *testing.F) {
	for _, s := range []string{"", "{customer}, hi", "{клиент}{operator}", "{a|b}", "{a|b|c}", "{", "}", "{}", "a {customer", "Я {рад|рада}", "\xff{site}"} {
		f.Add(s)
	}
	facts := map[string]string{"operator": "Anna", "ticket": "42", "queue": "Q", "site": "S"}
	f.Fuzz(func(t *testing.T, text string) {
		pieces, err := parseTemplate(text)
		if err != nil {
			if CodeOf(err) != Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, gender := range []string{"", "f", "m"} {
			got := fillTemplate(pieces, facts, gender)
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Fatalf("%q became %q", text, got)
			}
			if !strings.Contains(text, "{") && got != strings.TrimSpace(text) {
				t.Fatalf("%q without places became %q", text, got)
			}
		}
	})
}
