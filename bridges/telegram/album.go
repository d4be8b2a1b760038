package telegram

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	// albumWait is how long the files of an album wait for each other. Telegram tells of each by itself and never which is the last.
	albumWait = 700 * time.Millisecond
	albumMax  = 10
)

// album says the files of an album that have come so far in one go, each a message of its own: so nothing we say comes between them, and
// each can be answered. Those that come later are messages like any other; those that were said with the first are nothing more.
func (t *translation) album(in journal.Input, first *models.Message) error {
	said, err := t.unsaid(first)
	if err != nil || said == nil {
		return err
	}
	more, err := t.tx.PendingOf(in.Lane, in.Seq, kindAlbum, albumMax-1)
	if err != nil {
		return err
	}
	for i := range more {
		u, err := readUpdate(more[i].Body)
		if err != nil || u.Message == nil || u.Message.MediaGroupID != first.MediaGroupID {
			break
		}
		t.partly = u.partly
		m := *u.Message
		m.ForwardOrigin, m.ReplyToMessage = nil, nil // the first one says so for all
		other, err := t.unsaid(&m)
		if err != nil {
			return err
		}
		if other != nil {
			said.Album = append(said.Album, *other)
		}
	}
	t.add(*said)
	return nil
}

// unsaid gives what is said by a message that the desk does not know yet.
func (t *translation) unsaid(m *models.Message) (*desk.CustomerMessage, error) {
	_, err := t.tx.MessageByClientID(t.chat.Conversation, clientID(m.ID))
	if !errors.Is(err, desk.ErrNotFound) {
		return nil, err
	}
	return t.said(m)
}

// groupAlbums numbers the albums among the parts: two to ten neighbours, pictures with videos, sounds with sounds, documents with documents.
func groupAlbums(parts []bridges.Part) {
	for from, to := 0, 0; from < len(parts); from = to {
		family, size := familyOf(parts[from]), int64(0)
		for to = from; to < len(parts) && to-from < albumMax && familyOf(parts[to]) == family; to++ {
			if family == alone && to > from {
				break
			}
			if parts[to].File != nil {
				size += parts[to].File.Size
			}
			if size > maxUpload && to > from {
				break
			}
		}
		for i := from; i < to && to-from > 1; i++ {
			parts[i].Group = from + 1
		}
	}
}

// family says what may be in an album together.
type family int

const (
	alone family = iota
	pictures
	sounds
	documents
)

func familyOf(p bridges.Part) family {
	if p.File == nil {
		return alone
	}
	switch kindOf(p.File) {
	case asPhoto, asVideo:
		return pictures
	case asAudio:
		return sounds
	case asDocument:
		return documents
	}
	return alone
}

// SendGroup sends files as an album. The caption of the first stands under all of them.
func (b *bot) SendGroup(ctx context.Context, chat string, parts []bridges.Part) ([]string, error) {
	ctx, pulse, cancel := watched(ctx, b.s.cfg.Stall)
	defer cancel()
	params := &tg.SendMediaGroupParams{ChatID: chat, ReplyParameters: replyTo(parts[0].ReplyTo)}
	bodies := make([]*source, len(parts))
	names := make(map[string]bool)
	for i, p := range parts {
		bodies[i] = &source{part: p, pulse: pulse, open: func() (io.ReadCloser, error) { return b.openPart(ctx, p) }}
		defer context.AfterFunc(ctx, bodies[i].end)()
		defer bodies[i].end()
		name := p.File.Name
		for n := i + 1; names[name]; n++ {
			name = strconv.Itoa(n) + "-" + p.File.Name
		}
		names[name] = true
		params.Media = append(params.Media, inputMedia(p, "attach://"+name, bodies[i]))
	}
	var sent []*models.Message
	err := b.call(ctx, func(ctx context.Context) (err error) {
		sent, err = b.api.SendMediaGroup(ctx, params)
		return err
	})
	if err != nil {
		return nil, groupError(err, parts, bodies)
	}
	ids := make([]string, len(sent))
	for i := range sent {
		ids[i] = strconv.Itoa(sent[i].ID)
	}
	return ids, nil
}

// groupError says what became of an album. What Telegram or the homeserver has against one file, or against their being together, is found
// out by sending one by one: then each goes as it can, and what cannot is told.
func groupError(err error, parts []bridges.Part, bodies []*source) error {
	isWhole := true
	for _, body := range bodies {
		isWhole = isWhole && body.isWhole()
		failed := body.failed()
		if failed == nil {
			continue
		}
		if isRefusal(failed) {
			return bridges.ErrApart
		}
		return failed
	}
	if bridges.IsUnknown(err) && !isWhole {
		return bridges.Again(err, bridges.Refuse("undelivered.upload", parts[0].File.Name))
	}
	if refusal := (*bridges.Refusal)(nil); errors.As(err, &refusal) && refusal.Key != "undelivered.blocked" && refusal.Key != "undelivered.gone" {
		return bridges.ErrApart
	}
	return err
}

func inputMedia(p bridges.Part, media string, body io.Reader) models.InputMedia {
	x, _ := p.Extra.(extra)
	f, seconds := p.File, p.File.Duration/1000
	switch kindOf(f) {
	case asPhoto:
		return &models.InputMediaPhoto{Media: media, Caption: p.Text, CaptionEntities: x.Entities, HasSpoiler: f.Spoiler, MediaAttachment: body}
	case asVideo:
		return &models.InputMediaVideo{
			Media: media, Caption: p.Text, CaptionEntities: x.Entities, Width: f.Width, Height: f.Height, Duration: seconds, SupportsStreaming: true,
			HasSpoiler: f.Spoiler, MediaAttachment: body,
		}
	case asAudio:
		return &models.InputMediaAudio{Media: media, Caption: p.Text, CaptionEntities: x.Entities, Duration: seconds, MediaAttachment: body}
	}
	return &models.InputMediaDocument{Media: media, Caption: p.Text, CaptionEntities: x.Entities, MediaAttachment: body}
}
