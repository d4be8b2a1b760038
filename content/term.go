package content

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/russian"
	"golang.org/x/text/unicode/norm"
)

// Term is a word of a text as the search knows it.
type Term struct {
	Word string // folded, see Fold; at most maxTerm characters of it
	Stem string // what the forms of the word have in common, in Russian and English; else the word
	From int    // where it stands in the text, in bytes
	To   int
}

const (
	// maxTerm bounds what is indexed of a word. Nobody looks for the end of a longer one.
	maxTerm = 40
	// minBeginning is how many characters the beginning of a word must have to stand for the word.
	minBeginning = 3
)

// Terms cuts a text into its words: runs of letters and digits.
func Terms(text string) []Term {
	var out []Term
	for from := 0; from < len(text); {
		start := strings.IndexFunc(text[from:], startsWord)
		if start < 0 {
			break
		}
		from += start
		to := from + wordLength(text[from:])
		word := Fold(firstRunes(text[from:to], maxTerm))
		out = append(out, Term{Word: word, Stem: stem(word), From: from, To: to})
		from = to
	}
	return out
}

func startsWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func wordLength(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return !startsWord(r) && !unicode.Is(unicode.Mn, r) })
	if end < 0 {
		return len(text)
	}
	return end
}

// Fold makes texts equal that differ in case, in ё and е, or in how their letters are composed.
func Fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(norm.NFC.String(s)), "ё", "е")
}

// Beginning gives the text that a word may begin with to be meant by this one, or "" where only the word itself, in any form, is meant.
func (t Term) Beginning() string {
	if utf8.RuneCountInString(t.Word) < minBeginning {
		return ""
	}
	return t.Word
}

// Means reports whether the term, looked for, is found in a word: as a form of it or as its beginning.
func (t Term) Means(word Term) bool {
	return word.Stem == t.Stem || t.Beginning() != "" && strings.HasPrefix(word.Word, t.Beginning())
}

// IndexPhrase gives where in the words of a text those of a phrase stand, one after the other and in the very same form; -1 if nowhere.
func IndexPhrase(text, phrase []Term) int {
	for at := 0; at+len(phrase) <= len(text) && len(phrase) > 0; at++ {
		if slices.EqualFunc(text[at:at+len(phrase)], phrase, func(a, b Term) bool { return a.Word == b.Word }) {
			return at
		}
	}
	return -1
}

// stem cuts the ending off a folded word, by its script: Snowball's Russian and English rules.
func stem(word string) string {
	cyrillic, latin := true, true
	for _, r := range word {
		cyrillic = cyrillic && unicode.Is(unicode.Cyrillic, r)
		latin = latin && r >= 'a' && r <= 'z'
	}
	env := snowballstem.NewEnv(word)
	switch {
	case cyrillic:
		russian.Stem(env)
	case latin:
		english.Stem(env)
	default:
		return word
	}
	return env.Current()
}

// firstRunes gives at most n characters of a text.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
