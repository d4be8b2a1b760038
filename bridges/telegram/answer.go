package telegram

import (
	"context"
	"errors"
	"strconv"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// viewOf reads who is answered.
func (b *bot) viewOf(ctx context.Context, id desk.ConversationID) (v bridges.View, err error) {
	err = b.s.journal.Read(ctx, func(tx journal.Tx) error {
		v, err = bridges.ViewOf(tx, id)
		return err
	})
	return v, err
}

// answer tells the customer what became of an act.
func (b *bot) answer(ctx context.Context, a *arrival, out journal.Outcome, v bridges.View) error {
	text := ""
	if out.Refused != nil {
		text = b.s.words(v.Site, v.Customer.Language, out.Refused.Key, out.Refused.Args...)
	}
	if q := a.update.CallbackQuery; q != nil {
		return b.answerPress(ctx, a, v, text)
	}
	if text == "" && sharesPhone(a.update.Message) && v.Agreed {
		return b.thank(ctx, a, v)
	}
	if text == "" || a.kind == kindReaction || a.kind == kindMember || !b.mayTell(a.chat) {
		return nil
	}
	return b.say(ctx, &tg.SendMessageParams{ChatID: chatID(a.chat), Text: text})
}

// say says something beside the log, in its turn.
func (b *bot) say(ctx context.Context, params *tg.SendMessageParams) error {
	return b.courier.Beside(ctx, params.ChatID.(string), 1, func(ctx context.Context) error {
		return b.call(ctx, func(ctx context.Context) error {
			_, err := b.api.SendMessage(ctx, params)
			return err
		})
	})
}

// thank takes the key away that shared a phone number.
func (b *bot) thank(ctx context.Context, a *arrival, v bridges.View) error {
	return b.say(ctx, &tg.SendMessageParams{
		ChatID: chatID(a.chat), Text: b.s.words(v.Site, v.Customer.Language, "customer.phone_noted"),
		ReplyMarkup: &models.ReplyKeyboardRemove{RemoveKeyboard: true},
	})
}

// maxAnswerText is how many characters are shown in answer to a press.
const maxAnswerText = 200

// answerPress ends the waiting of a pressed button and shows at the message what was chosen, each whatever becomes of the other.
func (b *bot) answerPress(ctx context.Context, a *arrival, v bridges.View, refused string) error {
	q := a.update.CallbackQuery
	ticket, stars, rated := starsPressed(q.Data)
	text := refused
	if rated && text == "" {
		text = b.s.words(v.Site, v.Customer.Language, "customer.rated")
	}
	if all := []rune(text); len(all) > maxAnswerText {
		text = string(all[:maxAnswerText-1]) + "…"
	}
	chat := chatID(a.chat)
	err := b.courier.Beside(ctx, chat, 0, func(ctx context.Context) error {
		return b.call(ctx, func(ctx context.Context) error {
			_, err := b.api.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: q.ID, Text: text, ShowAlert: refused != ""})
			return err
		})
	})
	if q.Message.Message == nil {
		return err
	}
	params := &tg.EditMessageReplyMarkupParams{ChatID: chat, MessageID: q.Message.Message.ID}
	switch {
	case rated && refused == "":
		params.ReplyMarkup = starKeys(ticket, stars)
	case b.inLog(ctx, a): // its keyboard follows the log
		return err
	default:
		params.ReplyMarkup = removeKeys()
	}
	return errors.Join(err, b.courier.Beside(ctx, chat, 1, func(ctx context.Context) error { return b.editKeys(ctx, params) }))
}

// inLog reports whether the pressed message is one of the log.
func (b *bot) inLog(ctx context.Context, a *arrival) bool {
	return b.s.journal.Read(ctx, func(tx journal.Tx) error {
		_, err := tx.Remote(b.source, chatID(a.chat), strconv.Itoa(a.update.CallbackQuery.Message.Message.ID))
		return err
	}) == nil
}

// mayTell reports whether a chat was told of no refusal lately.
func (b *bot) mayTell(chat int64) bool {
	now := b.s.cfg.Now()
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if now.Sub(b.told[chat]) < tellRefused {
		return false
	}
	for other, at := range b.told {
		if now.Sub(at) >= tellRefused {
			delete(b.told, other)
		}
	}
	b.told[chat] = now
	return true
}
