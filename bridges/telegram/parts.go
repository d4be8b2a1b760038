package telegram

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/bridges/telegram/markup"
	"frontdesk/content"
	"frontdesk/desk"
)

// maxButton is how long the data of a button may be, in bytes.
const maxButton = 64

// Numbers of parts. A file has that of its place among the files, words without files that of their place among the pieces.
const (
	wordsWithFiles = 500 // of the first piece of words that are too long for a caption
	numberOfPlace  = 900
)

// extra is what a part has that other channels have not.
type extra struct {
	Entities []models.MessageEntity       `json:"e,omitempty"`
	Keyboard *models.InlineKeyboardMarkup `json:"k,omitempty"`
	Place    *content.Place               `json:"p,omitempty"`
	AskPhone string                       `json:"-"` // the key that shares it; what was sent cannot be given other keys
}

// asksPhone reports whether a message should come with the key by which a customer shares a phone number: the one that says to wait.
func asksPhone(v bridges.View) bool {
	return v.Message.Author == desk.FromSystem && (v.Message.Kind == "waiting" || v.Message.Kind == "away") && !v.Phone
}

// Source names the bot in the journal.
func (b *bot) Source() string { return b.source }

// Origin gives Telegram's id of a customer's message.
func (b *bot) Origin(m *desk.Message) string {
	id, ok := strings.CutPrefix(m.ClientID, filePrefix)
	if !ok {
		return ""
	}
	id, _, _ = strings.Cut(id, ":") // what a message was replaced by is that message
	return id
}

// Parts cuts a message into Telegram's: a text in pieces, and the files, neighbours as an album where Telegram makes one of their kinds. The
// text is the first file's caption if it is short.
func (b *bot) Parts(v bridges.View) []bridges.Part {
	m := v.Message
	text := markup.FromMessage(m.Content)
	keyboard := keyboardOf(v)
	if asksRating(v) {
		text.Text = sentences(text.Text, b.s.words(v.Site, v.Customer.Language, "customer.rate"))
	}
	if place := m.Content.Place; place != nil {
		text = withoutPlace(text, place)
	}
	var parts []bridges.Part
	pieces := markup.Split(text, markup.MaxText, markup.MaxText)
	caption, first := markup.Text{}, 0
	if len(m.Content.Files) > 0 {
		first = wordsWithFiles
		if len(pieces) == 1 && markup.Length(text.Text) <= markup.MaxCaption {
			caption, pieces = pieces[0], nil
		}
	}
	for i, p := range pieces {
		x := extra{Entities: p.Entities}
		if i == len(pieces)-1 {
			x.Keyboard = keyboard
			if asksPhone(v) {
				x.AskPhone = b.s.words(v.Site, v.Customer.Language, "customer.phone")
			}
		}
		parts = append(parts, part(first+i, p.Text, nil, "", x))
	}
	if m.Content.Place != nil {
		parts = append(parts, part(numberOfPlace, "", nil, "", extra{Place: m.Content.Place}))
	}
	for i := range m.Content.Files {
		f := &m.Content.Files[i]
		parts = append(parts, part(i, caption.Text, f, v.MXC[f.ID], extra{Entities: caption.Entities}))
		caption = markup.Text{}
	}
	groupAlbums(parts)
	return parts
}

// sentences puts words behind others, which may end without a stop.
func sentences(first, second string) string {
	if last, _ := utf8.DecodeLastRuneInString(first); unicode.IsLetter(last) || unicode.IsDigit(last) {
		first += "."
	}
	return first + " " + second
}

// withoutPlace gives the words that came with a place, without the link to it, which is shown by itself. What clients write of themselves
// says nothing more than the place.
func withoutPlace(text markup.Text, place *content.Place) markup.Text {
	words := strings.TrimSpace(strings.Replace(text.Text, place.Link(), "", 1))
	if strings.Contains(words, "geo:") {
		words = ""
	}
	return markup.Text{Text: words}
}

func part(number int, text string, f *content.Attachment, mxc string, x extra) bridges.Part {
	sum, err := json.Marshal(x)
	if err != nil {
		sum = nil // a keyboard of strings always encodes
	}
	file := ""
	if f != nil {
		file = f.ID
	}
	return bridges.Part{Number: number, Text: text, File: f, MXC: mxc, Extra: x, Sum: text + "\x00" + file + "\x00" + string(sum)}
}

// asksRating reports whether a message is the end of a ticket that can still be rated.
func asksRating(v bridges.View) bool {
	return v.Message.Author == desk.FromSystem && v.Message.Kind == "closed" && v.Ticket != nil && v.Ticket.ID == v.Message.Ticket && desk.Ratable(v.Ticket)
}

func keyboardOf(v bridges.View) *models.InlineKeyboardMarkup {
	switch {
	case asksRating(v):
		stars := 0
		if v.Rating != nil {
			stars = v.Rating.Stars
		}
		return starKeys(v.Ticket.ID, stars)
	case len(v.Message.Options) > 0:
		return topicKeys(v.Message.Options)
	}
	return nil
}

// topicKeys has a button for each topic.
func topicKeys(topics []desk.Option) *models.InlineKeyboardMarkup {
	var rows [][]models.InlineKeyboardButton
	for _, o := range topics {
		rows = append(rows, []models.InlineKeyboardButton{{Text: o.Name, CallbackData: "t" + string(o.Queue)}})
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: rows}
}

func topicPressed(data string) (desk.QueueID, bool) {
	id, ok := strings.CutPrefix(data, "t")
	return desk.QueueID(id), ok && id != "" && len(data) <= maxButton
}

// starKeys has five stars, as many of them filled as were given.
func starKeys(t desk.TicketID, given int) *models.InlineKeyboardMarkup {
	var row []models.InlineKeyboardButton
	for n := 1; n <= 5; n++ {
		star := "☆"
		if n <= given {
			star = "★"
		}
		row = append(row, models.InlineKeyboardButton{Text: star, CallbackData: fmt.Sprintf("r%s:%d", t, n)})
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{row}}
}

func starsPressed(data string) (t desk.TicketID, stars int, ok bool) {
	rest, ok := strings.CutPrefix(data, "r")
	id, n, two := strings.Cut(rest, ":")
	stars, err := strconv.Atoi(n)
	return desk.TicketID(id), stars, ok && two && id != "" && err == nil
}

// removeKeys is a keyboard without buttons: the ones that stand there go.
func removeKeys() *models.InlineKeyboardMarkup {
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{}}
}

// canReact are the emoji that Telegram lets bots react with.
var canReact = strings.Fields(`👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓
	👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡`)

// reactionKey gives an emoji as Telegram writes it, "" if it is none a bot may react with.
func reactionKey(key string) string {
	plain := strings.ReplaceAll(key, "\ufe0f", "")
	if slices.Contains(canReact, plain) {
		return plain
	}
	return ""
}
