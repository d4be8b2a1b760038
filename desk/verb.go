package desk

import (
	"slices"
	"strings"
)

// verb is what the first word after some commands asks for: "!t add …". What follows it is the order's rest.
type verb struct {
	words []string // English, then Russian and short ones
	run   func(*act, *order) (answer, error)
}

func findVerb(verbs []verb, word string) (verb, bool) {
	word = strings.ToLower(word)
	at := slices.IndexFunc(verbs, func(v verb) bool { return slices.Contains(v.words, word) })
	if at < 0 {
		return verb{}, false
	}
	return verbs[at], true
}

// Words that more than one command takes.
var (
	wordsAdd    = []string{"add", "добавить", "добавь", "+"}
	wordsEdit   = []string{"edit", "изменить", "измени", "правка"}
	wordsDelete = []string{"delete", "удалить", "удали", "-"}
	wordsOn     = []string{"on", "вкл", "включить"}
	wordsOff    = []string{"off", "выкл", "выключить", "нет"}
	wordsShow   = []string{"show", "показать", "покажи"}
	wordsCancel = []string{"cancel", "отменить", "отмени", "отмена"}
	wordsSite   = []string{"site", "ресурс", "сайт"}
	wordsPage   = []string{"page", "страница", "стр"}
)

// isWord reports whether a word is one of several, in whatever case.
func isWord(words []string, word string) bool { return slices.Contains(words, strings.ToLower(word)) }
