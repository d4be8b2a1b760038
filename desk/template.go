package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// TemplateID identifies a template.
type TemplateID string

// Template is a ready answer («Шаблон ответа», O2). It stands in the table of a site or of one person.
type Template struct {
	ID       TemplateID
	Site     SiteID // "" for a personal one
	Owner    UserID // "" for a site's
	Number   int64  // in its table; personal ones count from personalFrom
	Shortcut string // may be empty
	Text     string // with places, see parseTemplate
	Off      bool   // kept, but not to be used
	Deleted  bool
	By       UserID // who changed it last; "" for the starting set
	At       time.Time
}

const (
	// maxTemplates bounds a table, so that the numbers of a site's templates and of personal ones never meet.
	maxTemplates    = 100
	personalFrom    = maxTemplates + 1
	maxTemplateText = 4000 // characters
	maxShortcut     = 20   // characters
	// startingTemplates is how many a new site gets.
	startingTemplates = 10
)

// Places a template may have, by the names they are written with.
var templatePlaces = map[string]string{
	"customer": "customer", "клиент": "customer", "имя": "customer",
	"operator": "operator", "оператор": "operator",
	"ticket": "ticket", "обращение": "ticket", "номер": "ticket",
	"queue": "queue", "очередь": "queue",
	"site": "site", "ресурс": "site",
}

// templatePiece is a part of a template's text: words, a place, or a word in its masculine and feminine form.
type templatePiece struct {
	words string
	place string
	forms []string
}

// parseTemplate cuts a text at its places: {customer}, {operator}, {ticket}, {queue}, {site}, and {рад|рада}, whose word follows the
// operator's gender. A brace that is never closed is a brace.
func parseTemplate(text string) ([]templatePiece, error) {
	var out []templatePiece
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(out, templatePiece{words: text}), nil
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			return append(out, templatePiece{words: text}), nil
		}
		if open > 0 {
			out = append(out, templatePiece{words: text[:open]})
		}
		inside := text[open+1 : open+end]
		text = text[open+end+1:]
		if forms := strings.Split(inside, "|"); len(forms) == 2 {
			out = append(out, templatePiece{forms: forms})
			continue
		}
		place, ok := templatePlaces[strings.ToLower(strings.TrimSpace(inside))]
		if !ok {
			return nil, Refuse(Invalid, "template.bad_place", clip(flat(inside), 30))
		}
		out = append(out, templatePiece{place: place})
	}
	return out, nil
}

// fillTemplate writes a template's text out. A place of which nothing is known goes with the comma that belongs to it: of «{клиент},
// здравствуйте!» a nameless customer reads «Здравствуйте!».
func fillTemplate(pieces []templatePiece, facts map[string]string, gender string) string {
	out, gap := "", false
	for _, p := range pieces {
		words := p.words
		switch {
		case p.place != "":
			words = facts[p.place]
			if words == "" {
				gap = true
				continue
			}
		case p.forms != nil:
			words = genderForm(p.forms[0], p.forms[1], gender)
		}
		if gap {
			out, words = closeGap(out, words)
			gap = false
		}
		out += words
	}
	if gap {
		out, _ = closeGap(out, "")
	}
	return strings.TrimSpace(out)
}

// closeGap joins what stands before and behind a place that stays empty.
func closeGap(before, after string) (string, string) {
	before = strings.TrimRight(before, " ")
	last, _ := utf8.DecodeLastRuneInString(before)
	if before != "" && !strings.ContainsRune(".!?\n", last) {
		return strings.TrimRight(before, ", "), after
	}
	if before != "" && last != '\n' {
		before += " "
	}
	after = strings.TrimLeft(after, ", ")
	first, size := utf8.DecodeRuneInString(after)
	if size > 0 {
		after = string(unicode.ToUpper(first)) + after[size:]
	}
	return before, after
}

// genderForm picks a word's form. Of somebody whose gender is not known both are said: «рад(а)».
func genderForm(masculine, feminine, gender string) string {
	switch gender {
	case "m":
		return masculine
	case "f":
		return feminine
	}
	if ending, ok := strings.CutPrefix(feminine, masculine); ok && ending != "" {
		return masculine + "(" + ending + ")"
	}
	if masculine == feminine {
		return masculine
	}
	return masculine + "/" + feminine
}

// readTemplate validates what somebody wrote for a template: "/shortcut Text", either of which may be missing.
func readTemplate(written string) (shortcut, text string, err error) {
	text = strings.TrimSpace(written)
	if name, ok := strings.CutPrefix(text, "/"); ok {
		word, rest, _ := nextWord(name)
		if !isShortcut(word) {
			return "", "", Refuse(Invalid, "template.bad_shortcut", clip(word, maxShortcut), maxShortcut)
		}
		shortcut, text = strings.ToLower(word), strings.TrimSpace(rest)
	}
	if utf8.RuneCountInString(text) > maxTemplateText {
		return "", "", Refuse(Invalid, "template.too_long", maxTemplateText)
	}
	_, err = parseTemplate(text)
	return shortcut, text, err
}

// isShortcut reports whether a word can stand for a template: letters, digits, "-" and "_", not digits alone, and nothing that asks for something
// else.
func isShortcut(word string) bool {
	if word == "" || utf8.RuneCountInString(word) > maxShortcut {
		return false
	}
	letters := false
	for _, r := range word {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' {
			return false
		}
		letters = letters || unicode.IsLetter(r)
	}
	_, taken := findVerb(templateVerbs(), word)
	return letters && !taken
}

// seedTemplates gives a site that never had a template the starting set.
func (a *act) seedTemplates(site *Site) error {
	known, err := a.tx.TemplatesOf(site.ID, "")
	if err != nil {
		return fmt.Errorf("list templates of site %s: %w", site.ID, err)
	}
	if len(known) > 0 {
		return nil
	}
	for n := range int64(startingTemplates) {
		// The catalogue keeps braces for its own places.
		text := a.texts.Text(site.Language(""), "template.start."+strconv.FormatInt(n+1, 10))
		t := &Template{
			ID: TemplateID(a.newID()), Site: site.ID, Number: n + 1, Text: strings.NewReplacer("[", "{", "]", "}").Replace(text), At: a.now,
		}
		if err := a.tx.PutTemplate(t); err != nil {
			return fmt.Errorf("put template: %w", err)
		}
	}
	return nil
}

// templates lists a table without what was deleted from it.
func (a *act) templates(site SiteID, owner UserID) ([]Template, error) {
	all, err := a.tx.TemplatesOf(site, owner)
	if err != nil {
		return nil, fmt.Errorf("list templates of %s%s: %w", site, owner, err)
	}
	return slices.DeleteFunc(all, func(t Template) bool { return t.Deleted }), nil
}

// freeNumber is the lowest number that nothing in a table has.
func freeNumber(first int64, taken []int64) int64 {
	for slices.Contains(taken, first) {
		first++
	}
	return first
}

// mayTemplates reports whether somebody may see, or edit, the table of a site: by a right to the site or to one of its queues.
func (a *act) mayTemplates(o *Operator, site SiteID, edit bool) (bool, error) {
	if may, err := a.can(o, ModTemplates, edit, subject{site: site}); may || err != nil {
		return may, err
	}
	queues, err := a.tx.Queues(site)
	if err != nil {
		return false, fmt.Errorf("list queues of site %s: %w", site, err)
	}
	for _, q := range queues {
		if may, err := a.can(o, ModTemplates, edit, subject{site: site, queue: q.ID}); may || err != nil {
			return may, err
		}
	}
	return false, nil
}
