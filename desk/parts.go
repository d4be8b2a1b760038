package desk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/content"
)

// maxPartText bounds the text of one event, in bytes: an edit carries it twice, and an event of 64 KiB is refused.
const maxPartText = 24000

// part is what of a message one Matrix event carries.
type part struct {
	text string
	html string // empty: the text says it all
	file *content.Attachment
}

// partsOf cuts a message into events: a text alone, each file alone, a text with files as the caption of the first. A text too long
// for one event goes ahead in pieces.
func partsOf(m content.Message) []part {
	var out []part
	caption := m.Text
	if len(m.Text) > maxPartText || len(m.Files) == 0 {
		for _, piece := range pieces(m.Text, maxPartText) {
			out = append(out, part{text: piece})
		}
		caption = ""
	}
	for i := range m.Files {
		out = append(out, part{text: caption, file: &m.Files[i]})
		caption = ""
	}
	if len(m.Text) <= maxPartText && len(m.HTML) <= maxPartText && len(out) > 0 {
		out[0].html = m.HTML
	}
	return out
}

// pieces cuts a text into pieces of at most limit bytes, at a line or word break where there is one near the end.
func pieces(text string, limit int) []string {
	var out []string
	for len(text) > limit {
		cut := limit
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		if at := strings.LastIndexAny(text[:cut], "\n "); at > limit/2 {
			cut = at + 1
		}
		out = append(out, strings.TrimRight(text[:cut], "\n "))
		text = text[cut:]
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// postMessage sends a customer's message to its portal.
func (a *act) postMessage(d *dossier, m *Message) error {
	reply, err := a.replyRef(d.portal(), m)
	if err != nil {
		return err
	}
	for i, p := range partsOf(m.Content) {
		post := Post{
			ID: partRow(m.ID, i), Room: d.portal(), As: d.puppet(), Message: m.ID, Part: i,
			Text: p.text, HTML: p.html, File: p.file, At: m.At,
		}
		if i == 0 {
			post.Reply = reply
		}
		a.emit(post)
	}
	return nil
}

// replyRef points at the message that m answers, if that one is in the same room.
func (a *act) replyRef(room RoomKey, m *Message) (Ref, error) {
	if m.Reply == "" {
		return Ref{}, nil
	}
	answered, err := a.tx.Message(m.Reply)
	if err != nil {
		return Ref{}, fmt.Errorf("answered message %s: %w", m.Reply, err)
	}
	there, err := a.portalOf(answered)
	if err != nil || there != room || answered.Status == Failed {
		return Ref{}, err
	}
	if answered.Author == FromSystem && answered.Kind != kindWaiting && answered.Kind != kindAway {
		return Ref{}, nil
	}
	return Ref{Message: answered.ID}, nil
}

// portalOf gives the room a message is in.
func (a *act) portalOf(m *Message) (RoomKey, error) {
	t, err := a.tx.Ticket(m.Ticket)
	if err != nil {
		return "", fmt.Errorf("ticket of message %s: %w", m.ID, err)
	}
	return PortalRoom(t.Portal), nil
}
