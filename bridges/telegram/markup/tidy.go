package markup

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-telegram/bot/models"
)

// merging are the kinds of which two in the same place, or side by side, are one.
var merging = map[models.MessageEntityType]bool{
	models.MessageEntityTypeBold: true, models.MessageEntityTypeItalic: true, models.MessageEntityTypeUnderline: true,
	models.MessageEntityTypeStrikethrough: true, models.MessageEntityTypeSpoiler: true,
}

func isCode(e models.MessageEntity) bool {
	return e.Type == models.MessageEntityTypePre || e.Type == models.MessageEntityTypeCode
}

func isQuote(e models.MessageEntity) bool {
	return e.Type == models.MessageEntityTypeBlockquote || e.Type == models.MessageEntityTypeExpandableBlockquote
}

// tidy brings entities into the form Telegram keeps: without white space around them, nothing in code but around it, those of a kind
// merged, in order.
func tidy(all []uint16, entities []models.MessageEntity) []models.MessageEntity {
	var out []models.MessageEntity
	for _, e := range entities {
		for _, part := range outside(e, entities) {
			if part = trim(all, part); part.Length > 0 {
				out = append(out, part)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b models.MessageEntity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
	})
	return merge(out)
}

// outside gives what of a marked stretch is not code.
func outside(e models.MessageEntity, entities []models.MessageEntity) []models.MessageEntity {
	parts := []models.MessageEntity{e}
	if isCode(e) || isQuote(e) {
		return parts
	}
	for _, hole := range entities {
		if !isCode(hole) || hole.Length <= 0 {
			continue
		}
		var rest []models.MessageEntity
		for _, p := range parts {
			before, after := p, p
			before.Length = min(end(p), hole.Offset) - p.Offset
			after.Offset = max(p.Offset, end(hole))
			after.Length = end(p) - after.Offset
			if hole.Offset >= end(p) || end(hole) <= p.Offset {
				rest = append(rest, p)
				continue
			}
			for _, x := range []models.MessageEntity{before, after} {
				if x.Length > 0 {
					rest = append(rest, x)
				}
			}
		}
		parts = rest
	}
	return parts
}

// trim takes white space off both ends; spaces are part of code, unless there is nothing else.
func trim(all []uint16, e models.MessageEntity) models.MessageEntity {
	if strings.TrimSpace(decode(all[e.Offset:end(e)])) == "" {
		e.Length = 0
		return e
	}
	blank := func(u uint16) bool { return u == '\n' || !isCode(e) && unicode.IsSpace(rune(u)) }
	for blank(all[e.Offset]) {
		e.Offset++
		e.Length--
	}
	for blank(all[end(e)-1]) {
		e.Length--
	}
	return e
}

// merge makes one of the styles of a kind that touch or overlap.
func merge(sorted []models.MessageEntity) []models.MessageEntity {
	var out []models.MessageEntity
	last := map[models.MessageEntityType]int{}
	for _, e := range sorted {
		i, seen := last[e.Type]
		if seen && merging[e.Type] && e.Offset <= end(out[i]) {
			out[i].Length = max(end(out[i]), end(e)) - out[i].Offset
			continue
		}
		last[e.Type] = len(out)
		out = append(out, e)
	}
	return out
}
