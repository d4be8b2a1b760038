package telegram

import (
	"context"
	"slices"
	"strconv"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/content"
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
	x, _ := p.Extra.(extra)
	switch {
	case p.File != nil:
		sent, err = b.sendFile(ctx, chat, p)
	case x.Place != nil:
		params := &tg.SendLocationParams{ChatID: chat, Latitude: x.Place.Lat, Longitude: x.Place.Lon, ReplyParameters: replyTo(p.ReplyTo)}
		err = b.call(ctx, func(ctx context.Context) (err error) {
			sent, err = b.api.SendLocation(ctx, params)
			return err
		})
	default:
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

// notSo are Telegram's words for files that it does not take as what they are, and takes as documents.
var notSo = []string{"image_process_failed", "photo_invalid_dimensions", "photo_ext_invalid", "too big for a photo", "voice_messages_forbidden"}

// sendFile streams a file from the homeserver to Telegram. What Telegram does not take as what it is goes as a document.
func (b *bot) sendFile(ctx context.Context, chat string, p bridges.Part) (*models.Message, error) {
	kind := kindOf(p.File)
	sent, err := b.streamFile(ctx, chat, p, kind)
	if kind != asDocument && isRefusal(err, notSo...) {
		return b.streamFile(ctx, chat, p, asDocument)
	}
	return sent, err
}

func (b *bot) streamFile(ctx context.Context, chat string, p bridges.Part, kind sendKind) (sent *models.Message, err error) {
	ctx, pulse, cancel := watched(ctx, b.s.cfg.Stall)
	defer cancel()
	data, err := b.openPart(ctx, p)
	if err != nil {
		return nil, err
	}
	body := &source{part: p, body: data, pulse: pulse}
	defer context.AfterFunc(ctx, body.end)() // who waits for its next byte waits no longer
	defer body.end()
	err = b.call(ctx, func(ctx context.Context) (err error) {
		sent, err = b.upload(ctx, chat, p, kind, &models.InputFileUpload{Filename: p.File.Name, Data: body})
		return err
	})
	switch failed := body.failed(); {
	case err == nil:
		return sent, nil
	case failed != nil:
		return nil, failed
	case isRefusal(err, "too large", "too big"):
		return nil, bridges.Refuse("undelivered.too_large", "50 MB")
	case bridges.IsUnknown(err) && !body.isWhole():
		return nil, bridges.Again(err, bridges.Refuse("undelivered.upload", p.File.Name))
	}
	return nil, err
}

// sendKind is what Telegram takes a file as.
type sendKind int

const (
	asDocument sendKind = iota
	asPhoto
	asVideo
	asAudio
	asVoice
	asAnimation
)

// kindOf gives what a file is tried as.
func kindOf(f *content.Attachment) sendKind {
	switch {
	case isPhoto(f):
		return asPhoto
	case f.Voice && (f.Type == "audio/ogg" || f.Type == "audio/mpeg" || f.Type == "audio/mp4"):
		return asVoice
	case f.Type == "image/gif":
		return asAnimation
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
		return b.api.SendPhoto(ctx, &tg.SendPhotoParams{
			ChatID: chat, Photo: file, HasSpoiler: p.File.Spoiler, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	case asVoice:
		return b.api.SendVoice(ctx, &tg.SendVoiceParams{
			ChatID: chat, Voice: file, Duration: seconds, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	case asVideo:
		return b.api.SendVideo(ctx, &tg.SendVideoParams{
			ChatID: chat, Video: file, Duration: seconds, Width: p.File.Width, Height: p.File.Height, SupportsStreaming: true,
			HasSpoiler: p.File.Spoiler, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
		})
	case asAnimation:
		return b.api.SendAnimation(ctx, &tg.SendAnimationParams{
			ChatID: chat, Animation: file, Duration: seconds, Width: p.File.Width, Height: p.File.Height,
			HasSpoiler: p.File.Spoiler, Caption: p.Text, CaptionEntities: x.Entities, ReplyParameters: reply,
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
	if x.Place != nil {
		return bridges.Refuse("undelivered.place")
	}
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

// React shows the newest of the staff's reactions that Telegram knows: a bot may have one. The others it refuses then.
func (b *bot) React(ctx context.Context, chat, id string, keys []string) error {
	message, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	reaction := []models.ReactionType{}
	var hidden []string
	shown := ""
	for _, key := range slices.Backward(keys) {
		emoji := reactionKey(key)
		if emoji == "" || shown != "" {
			hidden = append(hidden, key)
			continue
		}
		shown = key
		reaction = []models.ReactionType{{Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{Emoji: emoji}}}
	}
	slices.Reverse(hidden)
	err = b.call(ctx, func(ctx context.Context) error {
		_, err := b.api.SetMessageReaction(ctx, &tg.SetMessageReactionParams{ChatID: chat, MessageID: message, Reaction: reaction})
		return err
	})
	switch {
	case err != nil || len(hidden) == 0:
		return err
	case shown == "":
		return bridges.Refuse("undelivered.reaction_unknown", strings.Join(hidden, " "))
	}
	return bridges.Refuse("undelivered.reaction_one", shown, strings.Join(hidden, " "))
}
