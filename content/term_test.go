package content

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func words(text string) string {
	var out []string
	for _, t := range Terms(text) {
		out = append(out, t.Word)
	}
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"  …! ", ""},
		{"Hello, World", "hello world"},
		{"Где мой ЗАКАЗ №42?", "где мой заказ 42"},
		{"Ещё ёлка", "еще елка"},
		{"ivan.petrov@example.org", "ivan petrov example org"},
		{"+7 (921) 000-11-22", "7 921 000 11 22"},
		{"и\u0306од", "йод"},
		{"a\x00b \xff c", "a b c"},
		{strings.Repeat("щ", 100), strings.Repeat("щ", 40)},
	} {
		if got := words(c.text); got != c.want {
			t.Errorf("Terms(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// TestForms: a word is found in all its forms, in Russian and in English, and by its beginning.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		sought, word string
		found        bool
	}{
		{"заказ", "заказов", true},
		{"заказами", "заказ", true},
		{"договоры", "договором", true},
		{"возвращение", "возвращения", true},
		{"Оплаченный", "оплаченные", true},
		{"берёзы", "березой", true},
		{"orders", "order", true},
		{"paying", "pays", true},
		{"deliveries", "delivery", true},
		{"оговор", "договор", false},
		{"догов", "договором", true},
		{"ivan", "ivanov", true},
		{"21", "921", false},
		{"100", "10001", true},
		{"10", "10001", false},
		{"я", "меня", false},
		{"заказ", "отказ", false},
		{"order", "border", false},
		{"bordering", "order", false},
	} {
		if got := Terms(c.sought)[0].Means(Terms(c.word)[0]); got != c.found {
			t.Errorf("%q means %q: %v, want %v", c.sought, c.word, got, c.found)
		}
	}
}

// special reports whether a character may mean something to a database's search, or separate words there.
func special(r rune) bool {
	return r < utf8.RuneSelf && (r < 'a' || r > 'z') && (r < '0' || r > '9') || unicode.IsSpace(r) || unicode.Is(unicode.Co, r)
}

func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"Где мой заказ", "a-b_c", "e\u0301\u0301", "ИИИ", "\xf0\x9f", "ﬁ İ ß", "123abc456"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, term := range Terms(text) {
			if term.From < end || term.To <= term.From || term.To > len(text) {
				t.Fatalf("%q: term %+v after %d", text, term, end)
			}
			end = term.To
			if term.Word == "" || !utf8.ValidString(term.Word) || !utf8.ValidString(term.Stem) || strings.IndexFunc(term.Word+term.Stem, special) >= 0 {
				t.Fatalf("%q: term %+v", text, term)
			}
			if !term.Means(term) {
				t.Fatalf("%q: term %+v does not mean itself", text, term)
			}
		}
	})
}
