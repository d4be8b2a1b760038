package telegramtest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// units is a text's length in UTF-16 units.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// entityKinds are those a bot may send, with the field each needs.
var entityKinds = map[string]string{
	"mention": "", "hashtag": "", "cashtag": "", "bot_command": "", "url": "", "email": "", "phone_number": "", "bold": "", "italic": "",
	"underline": "", "strikethrough": "", "spoiler": "", "blockquote": "", "expandable_blockquote": "", "code": "", "pre": "",
	"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id",
}

// followed are the links that Telegram follows.
var followed = regexp.MustCompile(`^(https?|tg|ton)://`)

func (e Entity) end() int { return e.Offset + e.Length }

// text cleans a text as Telegram does and holds its entities against it.
func (c *call) text(text string, entities []Entity, limit int) (string, []Entity, *Error) {
	all := utf16.Encode([]rune(text))
	for _, e := range entities {
		needs, known := entityKinds[e.Type]
		switch {
		case !known:
			c.s.complain("%s: an entity of type %q", c.method, e.Type)
			return "", nil, bad("can't parse entities: unsupported type %q", e.Type)
		case needs == "url" && e.URL == "" || needs == "user" && e.User == nil || needs == "custom_emoji_id" && e.CustomEmojiID == "":
			c.s.complain("%s: an entity of type %s without %s", c.method, e.Type, needs)
			return "", nil, bad("can't parse entities: Can't find field %q", needs)
		case e.URL != "" && !followed.MatchString(e.URL):
			c.s.complain("%s: a link to %q, which Telegram drops", c.method, e.URL)
			return "", nil, bad("can't parse entities: wrong URL")
		case e.Offset < 0 || e.Length <= 0 || e.end() > len(all):
			c.s.complain("%s: an entity from %d to %d in a text of %d", c.method, e.Offset, e.end(), len(all))
			return "", nil, bad("ENTITY_BOUNDS_INVALID")
		case low(all, e.Offset) || low(all, e.end()):
			c.s.complain("%s: an entity from %d to %d cuts a character in two", c.method, e.Offset, e.end())
			return "", nil, bad("entity beginning at UTF-16 offset %d ends in a middle of a UTF-16 symbol", e.Offset)
		}
	}
	c.nesting(entities)
	if len(entities) > 100 {
		c.s.complain("%s: %d entities, Telegram forgets those after the hundredth", c.method, len(entities))
	}
	// Telegram drops white space around the text.
	trimmed := strings.TrimRight(text, " \n\t\r")
	body := strings.TrimLeft(trimmed, " \n\t\r")
	cut := units(trimmed) - units(body)
	length := units(body)
	if length > limit {
		if limit == maxCaption {
			return "", nil, bad("message caption is too long")
		}
		return "", nil, bad("message is too long")
	}
	var kept []Entity
	for _, e := range entities {
		from, to := max(0, e.Offset-cut), min(e.end()-cut, length)
		if from < to {
			e.Offset, e.Length = from, to-from
			kept = append(kept, e)
		}
	}
	return body, kept, nil
}

// low tells whether a place is in the middle of a character.
func low(all []uint16, at int) bool {
	return at > 0 && at < len(all) && utf16.IsSurrogate(rune(all[at])) && all[at] >= 0xDC00 && all[at-1] >= 0xD800 && all[at-1] < 0xDC00
}

// nesting complains of entities that cannot be in one another.
func (c *call) nesting(entities []Entity) {
	verbatim := func(e Entity) bool { return e.Type == "pre" || e.Type == "code" }
	quote := func(e Entity) bool { return strings.HasSuffix(e.Type, "blockquote") }
	for i, a := range entities {
		for j, b := range entities {
			if i == j || a.Offset >= b.end() || b.Offset >= a.end() {
				continue
			}
			if verbatim(a) && !quote(b) || quote(a) && quote(b) {
				c.s.complain("%s: %s and %s in the same place: %+v, %+v", c.method, a.Type, b.Type, a, b)
			}
		}
	}
}

var (
	foundURL     = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)
	foundEmail   = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	foundMention = regexp.MustCompile(`@[A-Za-z][A-Za-z0-9_]{3,31}\b`)
	foundHashtag = regexp.MustCompile(`#[\pL\pN_]+`)
	foundCommand = regexp.MustCompile(`/[A-Za-z0-9_]{1,64}`)
)

// detected adds the entities that Telegram finds by itself in what people write.
func detected(text string, given []Entity) []Entity {
	out := slices.Clone(given)
	for _, x := range []struct {
		kind string
		is   *regexp.Regexp
	}{{"url", foundURL}, {"email", foundEmail}, {"mention", foundMention}, {"hashtag", foundHashtag}, {"bot_command", foundCommand}} {
		for _, at := range x.is.FindAllStringIndex(text, -1) {
			if at[0] > 0 && !strings.ContainsRune(" \n\t(", rune(text[at[0]-1])) {
				continue // in the middle of a word
			}
			e := Entity{Type: x.kind, Offset: units(text[:at[0]]), Length: units(text[at[0]:at[1]])}
			if !slices.ContainsFunc(out, func(o Entity) bool { return e.Offset < o.end() && o.Offset < e.end() }) {
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Entity) int { return a.Offset - b.Offset })
	return out
}
