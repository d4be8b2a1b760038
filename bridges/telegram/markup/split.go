package markup

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"
)

// What fits into one message.
const (
	MaxText     = 4096 // UTF-16 units
	MaxCaption  = 1024
	maxEntities = 100 // Telegram forgets those after
)

// Split cuts a text into messages: the first has at most first units, the others at most rest. It cuts between paragraphs, lines,
// sentences or words where it can, never inside a character. What is marked goes on being marked in the next message. A text without
// words gives none.
func Split(t Text, first, rest int) []Text {
	all := encode(t.Text)
	entities := tidy(all, inside(all, t.Entities))
	var out []Text
	limit := first
	for from := skip(all, 0); from < len(all); from = skip(all, from) {
		to := cut(all, from, limit)
		to = fewer(entities, all, from, to)
		if piece := slice(all, entities, from, to); piece.Text != "" {
			out = append(out, piece)
			limit = rest
		}
		from = to
	}
	return out
}

// inside gives the entities with their ends on characters of the text.
func inside(all []uint16, entities []models.MessageEntity) []models.MessageEntity {
	var out []models.MessageEntity
	for _, e := range entities {
		to := whole(all, e.Offset+max(0, e.Length))
		if e.Offset = whole(all, e.Offset); e.Offset < to {
			e.Length = to - e.Offset
			out = append(out, e)
		}
	}
	return out
}

// skip passes over empty lines, which would begin a message.
func skip(all []uint16, at int) int {
	start := at
	for at < len(all) && (all[at] == '\n' || all[at] == ' ' || all[at] == '\t' || all[at] == '\r') {
		at++
		if all[at-1] == '\n' {
			start = at
		}
	}
	if at == len(all) {
		return at
	}
	return start
}

// cut finds where the message that begins at from ends.
func cut(all []uint16, from, limit int) int {
	if len(all)-from <= limit {
		return len(all)
	}
	end := from + limit
	text := func(i int) rune { return rune(all[i]) }
	// The second half of a message is where a cut is looked for: short messages are worse than ugly ends.
	half := from + limit/2
	places := []func(int) bool{
		func(i int) bool { return text(i-1) == '\n' && i >= 2 && text(i-2) == '\n' },
		func(i int) bool { return text(i-1) == '\n' },
		func(i int) bool { return text(i-1) == ' ' && i >= 2 && strings.ContainsRune(".!?…", text(i-2)) },
		func(i int) bool { return text(i-1) == ' ' },
	}
	for _, good := range places {
		for i := end; i > half; i-- {
			if good(i) {
				return i
			}
		}
	}
	for i := end; i > half; i-- {
		if !joined(all, i) {
			return i
		}
	}
	return max(whole(all, end), from+1)
}

// joined tells whether a place is inside of what readers take for one character.
func joined(all []uint16, at int) bool {
	if whole(all, at) != at {
		return true
	}
	before, after := runeBefore(all, at), runeAt(all, at)
	const joiner = 0x200D
	return before == joiner || after == joiner || unicode.Is(unicode.Variation_Selector, after) || unicode.In(after, unicode.Mn, unicode.Me, unicode.Mc) ||
		after >= 0x1F3FB && after <= 0x1F3FF || isFlag(before) && isFlag(after) || before == '\r' && after == '\n'
}

func isFlag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func runeAt(all []uint16, at int) rune {
	if at+1 < len(all) {
		if r := utf16.DecodeRune(rune(all[at]), rune(all[at+1])); r != unicode.ReplacementChar {
			return r
		}
	}
	return rune(all[at])
}

func runeBefore(all []uint16, at int) rune {
	return runeAt(all, whole(all, at-1))
}

// fewer moves a cut forward until no more entities are in the message than Telegram keeps.
func fewer(entities []models.MessageEntity, all []uint16, from, to int) int {
	n := 0
	for _, e := range entities {
		if e.Offset >= to || end(e) <= from {
			continue
		}
		if n++; n > maxEntities && e.Offset > from {
			return e.Offset
		}
	}
	return to
}

// slice gives the text between two places with what is marked there.
func slice(all []uint16, entities []models.MessageEntity, from, to int) Text {
	for to > from && (all[to-1] == '\n' || all[to-1] == ' ' || all[to-1] == '\t' || all[to-1] == '\r') {
		to--
	}
	out := Text{Text: decode(all[from:to])}
	for _, e := range entities {
		a, b := max(e.Offset, from), min(end(e), to)
		if a >= b {
			continue
		}
		e.Offset, e.Length = a-from, b-a
		if e = trim(all[from:to], e); e.Length > 0 {
			out.Entities = append(out.Entities, e)
		}
	}
	return out
}
