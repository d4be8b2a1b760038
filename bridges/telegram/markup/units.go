package markup

import (
	"unicode/utf16"

	"github.com/go-telegram/bot/models"
)

// Text is a text as Telegram has it.
type Text struct {
	Text     string
	Entities []models.MessageEntity // offsets and lengths in UTF-16 units
}

// Length is a text's length as Telegram counts it.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// encode gives a text's UTF-16 units; bytes that are no text become the replacement character.
func encode(s string) []uint16 { return utf16.Encode([]rune(s)) }

func decode(u []uint16) string { return string(utf16.Decode(u)) }

// whole moves a place that is inside a character to the character's beginning, and into the text.
func whole(all []uint16, at int) int {
	at = max(0, min(at, len(all)))
	if at > 0 && at < len(all) && all[at] >= 0xDC00 && all[at] <= 0xDFFF && all[at-1] >= 0xD800 && all[at-1] <= 0xDBFF {
		at--
	}
	return at
}

func end(e models.MessageEntity) int { return e.Offset + e.Length }
