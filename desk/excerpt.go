package desk

import (
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/content"
)

// excerpt gives at most n characters of a text, in one line, around the first phrase that is looked for, else around the first of the words.
func excerpt(text string, s Search, n int) string {
	text = flat(text)
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	terms := content.Terms(text)
	at := slices.IndexFunc(terms, func(t content.Term) bool {
		return slices.ContainsFunc(s.Words, func(w content.Term) bool { return w.Means(t) })
	})
	if len(s.Phrases) > 0 {
		at = content.IndexPhrase(terms, s.Phrases[0].Words)
	}
	if at < 0 {
		return clip(text, n)
	}
	// A third of the room is for what stands before the word; the cut is where a word begins.
	before := []rune(text[:terms[at].From])
	from := 0
	for i := at; i > 0 && len(before)-utf8.RuneCountInString(text[:terms[i-1].From]) <= n/3; i-- {
		from = terms[i-1].From
	}
	if at == 0 || from == 0 && len(before) > n/3 {
		from = terms[at].From
	}
	if utf8.RuneCountInString(text[:from]) == 0 {
		return clip(text, n)
	}
	return "…" + clip(strings.TrimSpace(text[from:]), n-1)
}
