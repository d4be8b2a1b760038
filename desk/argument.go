package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// paramKind is what a parameter of a command stands for.
type paramKind string

const (
	paramTicket paramKind = "ticket" // #42 or 42
	paramQueue  paramKind = "queue"  // a queue by its id or name; it stands among the words
	paramStaff  paramKind = "staff"  // a Matrix id, @localpart, or a mention
	paramWord   paramKind = "word"   // one word, or several in quotation marks
	paramRest   paramKind = "rest"   // everything up to the end, as written
)

// param is a parameter of a command. Its name is the key of its description, see usage.
type param struct {
	name     string
	kind     paramKind
	optional bool
	// marked: a ticket's number needs its # where more words follow, which may begin with a number themselves.
	marked bool
	many   bool // any number of them one after the other; paramStaff and paramWord
}

// arguments are what was given for the parameters of a command.
type arguments struct {
	ticket int64 // 0: none was named
	staff  []UserID
	words  []string // in the order of the paramWord parameters
	rest   string
	// site is the one a template is named of: "site:shop". ofSite tells that one was named; "site:" alone is that of the room.
	site   SiteID
	ofSite bool
}

// word gives the nth word, or "".
func (g arguments) word(n int) string {
	if n < len(g.words) {
		return g.words[n]
	}
	return ""
}

// quotes are the pairs of marks that make one word of several.
var quotes = map[rune]rune{'"': '"', '«': '»', '“': '”', '„': '“', '\'': '\''}

// nextWord cuts the first word off a text. quoted tells that it stood in quotation marks, which are gone.
func nextWord(text string) (word, rest string, quoted bool) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	first, size := utf8.DecodeRuneInString(text)
	if closing, ok := quotes[first]; ok && size > 0 {
		if end := strings.IndexRune(text[size:], closing); end > 0 {
			return text[size : size+end], text[size+end+utf8.RuneLen(closing):], true
		}
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, "", false
	}
	return text[:end], text[end:], false
}

// parseArguments reads what was given to a command. server completes ids that are given without one. What does not fit an optional
// parameter is left to the next; what is left over at the end makes ok false, as does a parameter that is missing.
func parseArguments(params []param, text, server string) (out arguments, ok bool) {
	text = strings.TrimSpace(text)
	for _, p := range params {
		if p.kind == paramRest {
			out.rest, text = unquoted(text), ""
			if out.rest == "" && !p.optional {
				return out, false
			}
			continue
		}
		count := 0
		for text != "" && (count == 0 || p.many) {
			word, rest, quoted := nextWord(text)
			if p.marked && !strings.HasPrefix(word, "#") && !strings.HasPrefix(word, "№") && strings.TrimSpace(rest) != "" {
				break
			}
			if !out.take(p.kind, word, quoted, server) {
				break
			}
			text = strings.TrimSpace(rest)
			count++
		}
		if count == 0 && !p.optional {
			return out, false
		}
	}
	return out, text == ""
}

// take keeps a word as an argument, if it is one of the kind.
func (g *arguments) take(kind paramKind, word string, quoted bool, server string) bool {
	switch kind {
	case paramTicket:
		n, ok := parseNumber(word)
		if !ok || n == 0 || quoted {
			return false
		}
		g.ticket = n
	case paramStaff:
		id, ok := parseStaff(word, server)
		if !ok {
			return false
		}
		g.staff = append(g.staff, id)
	case paramQueue:
		if word == "" || strings.ContainsRune("@#№", []rune(word)[0]) {
			return false
		}
		g.words = append(g.words, word)
	case paramWord:
		if word == "" {
			return false
		}
		g.words = append(g.words, word)
	}
	return true
}

// parseStaff reads a Matrix id. Without a server it is completed.
func parseStaff(word, server string) (UserID, bool) {
	name, isID := strings.CutPrefix(strings.TrimRight(word, ",;:"), "@")
	if !isID || name == "" || len(name) > 255 || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", false
	}
	if !strings.Contains(name, ":") {
		name = strings.ToLower(name) + ":" + server
	}
	return UserID("@" + name), true
}

// unquoted takes the quotation marks off a text that stands in them as a whole.
func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if word, rest, quoted := nextWord(text); quoted && strings.TrimSpace(rest) == "" {
		return word
	}
	return text
}

// Server is the part of an id after the colon.
func (u UserID) Server() string {
	_, server, _ := strings.Cut(string(u), ":")
	return server
}
