package telegram

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/content"
	"frontdesk/desk"
)

// Largest files that Telegram's own server takes from bots.
const (
	maxUpload = 50 << 20
	maxPhoto  = 10 << 20
)

// Send sends a part.
func (b *bot) Send(ctx context.Context, chat string, p bridges.Part) (string, error) {
	var sent *models.Message
	var err error
	if p.File != nil {
		sent, err = b.sendFile(ctx, chat, p)
	} else {
		x, _ := p.Extra.(extra)
		params := &tg.SendMessageParams{ChatID: chat, Text: p.Text, Entities: x.Entities, ReplyParameters: replyTo(p.ReplyTo), ReplyMarkup: x.keys()}
		err = b.call(ctx, func(ctx context.Context) (err error) {
			sent, err = b.api.SendMessage(ctx, params)
			return err
		})
	}
	if err != nil {
		return "", err
	}
	return strconv.Itoa(sent.ID), nil
}

// replyTo points at an answered message. That it may be gone does not keep the answer back.
func replyTo(id string) *models.ReplyParameters {
	n, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	return &models.ReplyParameters{MessageID: n, AllowSendingWithoutReply: true}
}

// keys keeps an absent keyboard from becoming a keyboard that is nil.
func keys(k *models.InlineKeyboardMarkup) models.ReplyMarkup {
	if k == nil {
		return nil
	}
	return k
}

// keys gives what a new message has for answering: buttons under it, or the key that shares the phone number.
func (x extra) keys() models.ReplyMarkup {
	if x.AskPhone == "" || x.Keyboard != nil {
		return keys(x.Keyboard)
	}
	return &models.ReplyKeyboardMarkup{
		Keyboard: [][]models.KeyboardButton{{{Text: x.AskPhone, RequestContact: true}}}, ResizeKeyboard: true, OneTimeKeyboard: true,
	}
}

// sendFile streams a file from the homeserver to Telegram. What Telegram does not take as a photo is sent as it is.
func (b *bot) sendFile(ctx context.Context, chat string, p bridges.Part) (*models.Message, error) {
	kind := kindOf(p.File)
	sent, err := b.streamFile(ctx, chat, p, kind)
	if kind == asPhoto && isRefusal(err, "image_process_failed", "photo_invalid_dimensions", "photo_ext_invalid", "too big for a photo") {
		return b.streamFile(ctx, chat, p, asDocument)
	}
	return sent, err
}

func (b *bot) streamFile(ctx context.Context, chat string, p bridges.Part, kind sendKind) (sent *models.Message, err error) {
	data, err := b.openPart(ctx, p)
	if err != nil {
		return nil, err
	}
	body := &source{body: data}
	defer body.end()
	err = b.call(ctx, func(ctx context.Context) (err error) {
		sent, err = b.upload(ctx, chat, p, kind, &models.InputFileUpload{Filename: p.File.Name, Data: body})
		return err
	})
	if failed := body.failed(); err != nil && failed != nil {
		// Telegram has not got the whole of it, so it has not sent it.
		return nil, bridges.Later(fmt.Errorf("read a file for Telegram: %w", failed), mediaPause)
	}
	if isRefusal(err, "too large", "too big") {
		return nil, bridges.Refuse("undelivered.too_large", "50 MB")
	}
	return sent, err
}

// sendKind is what Telegram takes a file as.
type sendKind int

const (
	asDocument sendKind = iota
	asPhoto
	asVideo
	asAudio
	asVoice
)

// kindOf gives what a file is tried as.
func kindOf(f *content.Attachment) sendKind {
	switch {
	case isPhoto(f):
		return asPhoto
	case f.Voice && (f.Type == "audio/ogg" || f.Type == "audio/mpeg" || f.Type == "audio/mp4"):
		return asVoice
	case f.Type == "video/mp4":
		return asVideo
	case f.Type == "audio/mpeg" || f.Type == "audio/mp4":
		return asAudio
	}
	return asDocument
}

// isPhoto reports whether a file is first tried as a photo.
func isPhoto(f *content.Attachment) bool {
	return f.Kind == content.Image && f.Size <= maxPhoto && (f.Type == "image/jpeg" || f.Type == "image/png")
}

// upload sends a file as what it is.
func (b *bot) upload(ctx context.Context, chat string, p bridges.Part, kind sendKind, file *models.InputFileUpload) (*models.Message, error) {
	x, _ := p.Extra.(extra)
	reply := replyTo(p.ReplyTo)
	seconds := p.File.Duration / 1000
	switch kind {
	case asPhoto:
		return b.api.SendPhoto(ctx, &tg.SendPhotoParams{ChatID: chat, Photo: file, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply})
	case asVoice:
		return b.api.SendVoice(ctx, &tg.SendVoiceParams{
			ChatID: chat, Voice: file, Duration: seconds, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	case asVideo:
		return b.api.SendVideo(ctx, &tg.SendVideoParams{
			ChatID: chat, Video: file, Duration: seconds, Width: p.File.Width, Height: p.File.Height, SupportsStreaming: true,
			Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	case asAudio:
		return b.api.SendAudio(ctx, &tg.SendAudioParams{
			ChatID: chat, Audio: file, Duration: seconds, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	}
	return b.api.SendDocument(ctx, &tg.SendDocumentParams{ChatID: chat, Document: file, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply})
}

// Edit changes a sent text or caption, or its buttons.
func (b *bot) Edit(ctx context.Context, chat, id string, p bridges.Part) error {
	message, err := strconv.Atoi(id)
	if err != nil {
		return bridges.Refuse("undelivered.refused", "unknown message")
	}
	x, _ := p.Extra.(extra)
	err = b.call(ctx, func(ctx context.Context) error {
		if p.File != nil {
			_, err := b.api.EditMessageCaption(ctx, &tg.EditMessageCaptionParams{ChatID: chat, MessageID: message, Caption: p.Text, CaptionEntities: x.Entities})
			return err
		}
		_, err := b.api.EditMessageText(ctx, &tg.EditMessageTextParams{
			ChatID: chat, MessageID: message, Text: p.Text, Entities: x.Entities, ReplyMarkup: keys(x.Keyboard),
		})
		return err
	})
	if isRefusal(err, "not modified") {
		return nil
	}
	return err
}

// Delete takes a message back. One that is gone already is.
func (b *bot) Delete(ctx context.Context, chat, id string) error {
	message, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	err = b.call(ctx, func(ctx context.Context) error {
		_, err := b.api.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: chat, MessageID: message})
		return err
	})
	if isRefusal(err, "message to delete not found") {
		return nil
	}
	return err
}

// React shows the newest of the staff's reactions that Telegram knows: a bot may have one.
func (b *bot) React(ctx context.Context, chat, id string, keys []string) error {
	message, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	reaction := []models.ReactionType{}
	for _, key := range keys {
		if emoji := reactionKey(key); emoji != "" {
			reaction = []models.ReactionType{{Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{Emoji: emoji}}}
		}
	}
	if len(keys) > 0 && len(reaction) == 0 {
		return bridges.Refuse("undelivered.refused", keys[len(keys)-1])
	}
	return b.call(ctx, func(ctx context.Context) error {
		_, err := b.api.SetMessageReaction(ctx, &tg.SetMessageReactionParams{ChatID: chat, MessageID: message, Reaction: reaction})
		return err
	})
}

// Prompt greets, or asks for consent, or for a comment on a rating.
func (b *bot) Prompt(ctx context.Context, chat, prompt string, v bridges.View) (desk.MessageID, string, error) {
	params := &tg.SendMessageParams{ChatID: chat}
	about, isComment := strings.CutPrefix(prompt, promptComment)
	say := func(key string) string { return b.s.words(v.Site, v.Customer.Language, key) }
	switch {
	case isComment:
		params.Text, params.ReplyMarkup = say("customer.rate_comment"), &models.ForceReply{ForceReply: true}
	case prompt == promptConsent && v.Agreed:
		return "", "", nil
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
		params.ReplyMarkup = consentKeys(say("customer.consent_button"), v.Site.Consent.Version)
	case len(v.Topics) > 0:
		params.Text += "\n" + say("customer.topics")
		params.ReplyMarkup = topicKeys(v.Topics)
	}
	var sent *models.Message
	err := b.call(ctx, func(ctx context.Context) (err error) {
		sent, err = b.api.SendMessage(ctx, params)
		return err
	})
	if err != nil || !isComment {
		return "", "", err
	}
	return desk.MessageID(about), strconv.Itoa(sent.ID), nil
}
