package telegram

import (
	"context"
	"strconv"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/desk"
)

// Things a chat may be asked or told beside the log; see journal.Chat.Prompt.
const (
	promptHello   = "hello"
	promptComment = "comment:" // + the message that asked for the rating
	promptConsent = "consent"
	promptAgreed  = "agreed"
)

// Prompt greets, or asks for consent, or for a comment on a rating.
func (b *bot) Prompt(ctx context.Context, chat, prompt string, v bridges.View) (said bridges.Prompted, err error) {
	params := &tg.SendMessageParams{ChatID: chat}
	about, isComment := strings.CutPrefix(prompt, promptComment)
	say := func(key string) string { return b.s.words(v.Site, v.Customer.Language, key) }
	switch {
	case isComment:
		said.About = desk.MessageID(about)
		params.Text, params.ReplyMarkup = say("customer.rate_comment"), &models.ForceReply{ForceReply: true}
	case prompt == promptConsent && v.Agreed:
		return said, nil
	case prompt == promptConsent:
		params.Text = b.askConsent(v)
	case prompt == promptAgreed:
		params.Text = say("customer.agreed")
	default:
		params.Text = say("customer.hello")
	}
	switch {
	case isComment:
	case !v.Agreed:
		if prompt != promptConsent {
			params.Text += "\n\n" + b.askConsent(v)
		}
		params.ReplyMarkup, said.Offers = consentKeys(say("customer.consent_button"), v.Site.Consent.Version), true
	case len(v.Topics) > 0:
		params.Text += "\n" + say("customer.topics")
		params.ReplyMarkup, said.Offers = topicKeys(v.Topics), true
	}
	var sent *models.Message
	err = b.call(ctx, func(ctx context.Context) (err error) {
		sent, err = b.api.SendMessage(ctx, params)
		return err
	})
	if err != nil {
		return bridges.Prompted{}, err
	}
	said.ID = strconv.Itoa(sent.ID)
	return said, nil
}

// Withdraw takes the buttons from a message.
func (b *bot) Withdraw(ctx context.Context, chat, id string) error {
	message, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	return b.editKeys(ctx, &tg.EditMessageReplyMarkupParams{ChatID: chat, MessageID: message, ReplyMarkup: removeKeys()})
}

// editKeys changes the buttons under a message. That they are so already is as good.
func (b *bot) editKeys(ctx context.Context, params *tg.EditMessageReplyMarkupParams) error {
	err := b.call(ctx, func(ctx context.Context) error {
		_, err := b.api.EditMessageReplyMarkup(ctx, params)
		return err
	})
	if isRefusal(err, "not modified") {
		return nil
	}
	return err
}
