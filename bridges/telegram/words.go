package telegram

import (
	"fmt"
	"mime"
	"strings"

	"github.com/go-telegram/bot/models"

	"frontdesk/bridges/telegram/markup"
	"frontdesk/content"
	"frontdesk/desk"
)

// words is what of a Telegram message the staff reads.
type words struct {
	text, html string
	file       *desk.File
}

// maxDownload is the largest file that Telegram's own server gives to bots.
const maxDownload = 20 << 20

// words says what a message tells: its text or caption, its file, or, for what is neither, a description.
func (t *translation) words(m *models.Message) (words, error) {
	said := markup.Text{Text: m.Text, Entities: m.Entities}
	if m.Text == "" {
		said = markup.Text{Text: m.Caption, Entities: m.CaptionEntities}
	}
	if m.Quote != nil {
		said = below(m.Quote, said)
	}
	body := markup.ToMatrix(said)
	w := words{text: body.Text, html: body.HTML}
	a, remote := attachmentOf(m)
	lang := t.site.StaffLang
	size := func(bytes int64) string { return desk.SizeText(t.s.texts, lang, bytes) }
	if remote != "" {
		if a.Size > maxDownload && t.isCloud() {
			w.add(t.s.texts.Text(lang, "telegram.too_large", a.Name, size(a.Size)))
		} else if limit := t.s.cfg.FileMax; limit > 0 && a.Size > limit {
			w.add(t.s.texts.Text(lang, "dead.customer_file", a.Name, t.s.texts.Text(lang, "telegram.over_limit", size(a.Size), size(limit))))
		} else {
			a.ID = fileID(t.chat, m.ID)
			w.file = &desk.File{
				Attachment: a, Conversation: t.chat.Conversation, ClientID: fileKey(m.ID, remote), Created: t.at,
			}
		}
	}
	described := t.describe(lang, m)
	if described != "" {
		w.add(described)
	}
	if w.text == "" && w.file == nil && !isQuiet(m) || t.partly && described == "" {
		w.add(t.s.texts.Text(lang, "telegram.unsupported"))
	}
	if answered := t.answered(lang, m); answered != "" {
		w.lead(answered)
	}
	if from := forwardedFrom(m.ForwardOrigin); from != "" {
		w.lead(t.s.texts.Text(lang, "telegram.forwarded", from))
	}
	return w, nil
}

// below puts words below the part of a message that they answer.
func below(q *models.TextQuote, said markup.Text) markup.Text {
	length := markup.Length(q.Text)
	out := markup.Text{Text: q.Text + "\n" + said.Text, Entities: []models.MessageEntity{{Type: models.MessageEntityTypeBlockquote, Length: length}}}
	out.Entities = append(out.Entities, q.Entities...)
	for _, e := range said.Entities {
		e.Offset += length + 1
		out.Entities = append(out.Entities, e)
	}
	return out
}

// add puts a line below the words, lead above them.
func (w *words) add(line string) {
	if w.html != "" {
		w.html += "<br>" + content.Escape(line)
	}
	w.text = strings.TrimLeft(w.text+"\n"+line, "\n")
}

func (w *words) lead(line string) {
	if w.html != "" {
		w.html = content.Escape(line) + "<br>" + w.html
	}
	w.text = strings.TrimRight(line+"\n"+w.text, "\n")
}

// isCloud reports whether Telegram's own server is asked, which has limits that one's own has not.
func (b *bot) isCloud() bool { return !b.cfg.Own }

func (t *translation) isCloud() bool {
	b := t.s.bots[t.chat.Source]
	return b == nil || b.isCloud()
}

// describe says in words what is neither text nor file.
func (t *translation) describe(lang string, m *models.Message) string {
	say := func(key string, args ...any) string { return t.s.texts.Text(lang, "telegram."+key, args...) }
	place := func(l models.Location) string {
		return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.6f&mlon=%.6f#map=16/%.6f/%.6f", l.Latitude, l.Longitude, l.Latitude, l.Longitude)
	}
	switch {
	case m.Venue != nil:
		return say("venue", m.Venue.Title, m.Venue.Address) + "\n" + place(m.Venue.Location)
	case m.Location != nil:
		return say("location") + "\n" + place(*m.Location)
	case m.Contact != nil:
		return say("contact", strings.TrimSpace(m.Contact.FirstName+" "+m.Contact.LastName), m.Contact.PhoneNumber)
	case m.Dice != nil:
		return say("dice", m.Dice.Emoji, m.Dice.Value)
	case m.Poll != nil:
		lines := []string{say("poll", m.Poll.Question)}
		for _, o := range m.Poll.Options {
			lines = append(lines, "• "+o.Text)
		}
		return strings.Join(lines, "\n")
	case m.Sticker != nil && m.Sticker.Emoji != "":
		return say("sticker", m.Sticker.Emoji)
	case m.Story != nil, m.Invoice != nil, m.Game != nil, m.PaidMedia != nil, m.Checklist != nil, m.Gift != nil:
		return say("unsupported")
	}
	return ""
}

// isQuiet reports whether a message is Telegram's own note of something that says nothing to anybody.
func isQuiet(m *models.Message) bool {
	return m.PinnedMessage != nil || m.MessageAutoDeleteTimerChanged != nil || m.ChatBackgroundSet != nil || m.WriteAccessAllowed != nil ||
		m.ConnectedWebsite != "" || m.BoostAdded != nil || m.PaidMessagePriceChanged != nil
}

// answered says what a message answers where that is not in the chat.
func (t *translation) answered(lang string, m *models.Message) string {
	switch {
	case m.ReplyToStore != nil:
		return t.s.texts.Text(lang, "telegram.to_story")
	case m.ExternalReply != nil && forwardedFrom(&m.ExternalReply.Origin) != "":
		return t.s.texts.Text(lang, "telegram.to_elsewhere", forwardedFrom(&m.ExternalReply.Origin))
	}
	return ""
}

// forwardedFrom says whom a forwarded message is from.
func forwardedFrom(o *models.MessageOrigin) string {
	switch {
	case o == nil:
		return ""
	case o.MessageOriginUser != nil:
		return fullName(&o.MessageOriginUser.SenderUser)
	case o.MessageOriginHiddenUser != nil:
		return o.MessageOriginHiddenUser.SenderUserName
	case o.MessageOriginChat != nil:
		return o.MessageOriginChat.SenderChat.Title
	case o.MessageOriginChannel != nil:
		return o.MessageOriginChannel.Chat.Title
	}
	return ""
}

// attachmentOf describes a message's file, and gives Telegram's two ids of it, see fileKey; empty if it has none.
func attachmentOf(m *models.Message) (a content.Attachment, remote string) {
	fill := func(id, unique, name, typ string, size int64) {
		remote = id + ":" + unique
		a.Name, a.Type, a.Size = name, typ, size
	}
	switch {
	case len(m.Photo) > 0:
		p := m.Photo[0]
		for _, other := range m.Photo {
			if other.Width > p.Width {
				p = other
			}
		}
		fill(p.FileID, p.FileUniqueID, "photo.jpg", "image/jpeg", int64(p.FileSize))
		a.Width, a.Height = p.Width, p.Height
	case m.Animation != nil: // before Document, which comes with it
		f := m.Animation
		fill(f.FileID, f.FileUniqueID, or(f.FileName, "animation.mp4"), or(f.MimeType, "video/mp4"), f.FileSize)
		a.Width, a.Height, a.Duration = f.Width, f.Height, f.Duration*1000
	case m.Video != nil:
		f := m.Video
		fill(f.FileID, f.FileUniqueID, or(f.FileName, "video.mp4"), or(f.MimeType, "video/mp4"), f.FileSize)
		a.Width, a.Height, a.Duration = f.Width, f.Height, f.Duration*1000
	case m.VideoNote != nil:
		f := m.VideoNote
		fill(f.FileID, f.FileUniqueID, "video.mp4", "video/mp4", int64(f.FileSize))
		a.Width, a.Height, a.Duration = f.Length, f.Length, f.Duration*1000
	case m.Voice != nil:
		f := m.Voice
		fill(f.FileID, f.FileUniqueID, "voice.ogg", or(f.MimeType, "audio/ogg"), f.FileSize)
		a.Duration, a.Voice = f.Duration*1000, true
	case m.Audio != nil:
		f := m.Audio
		fill(f.FileID, f.FileUniqueID, or(f.FileName, "audio.mp3"), or(f.MimeType, "audio/mpeg"), f.FileSize)
		a.Duration = f.Duration * 1000
	case m.Document != nil:
		f := m.Document
		fill(f.FileID, f.FileUniqueID, or(f.FileName, "file"), or(f.MimeType, "application/octet-stream"), f.FileSize)
	case m.Sticker != nil:
		stickerFile(m.Sticker, fill)
		a.Width, a.Height = m.Sticker.Width, m.Sticker.Height
	}
	if typ, _, err := mime.ParseMediaType(a.Type); err == nil {
		a.Type = typ
	} else {
		a.Type = "application/octet-stream"
	}
	a.Name, a.Kind, a.Spoiler = content.FileName(a.Name), content.KindOf(a.Type), m.HasMediaSpoiler
	return a, remote
}

// stickerFile takes of a sticker what Matrix can show: of an animated one its still picture.
func stickerFile(s *models.Sticker, fill func(id, unique, name, typ string, size int64)) {
	switch {
	case s.IsAnimated && s.Thumbnail != nil:
		fill(s.Thumbnail.FileID, s.Thumbnail.FileUniqueID, "sticker.webp", "image/webp", int64(s.Thumbnail.FileSize))
	case s.IsAnimated:
	case s.IsVideo:
		fill(s.FileID, s.FileUniqueID, "sticker.webm", "video/webm", int64(s.FileSize))
	default:
		fill(s.FileID, s.FileUniqueID, "sticker.webp", "image/webp", int64(s.FileSize))
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
