package widgetgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// logEntry is a message with the one it answers.
type logEntry struct {
	desk.Message
	quoted *desk.Message
}

// withQuotes reads the messages that others answer.
func withQuotes(tx desk.Tx, rows []desk.Message) ([]logEntry, error) {
	out := make([]logEntry, len(rows))
	for i, row := range rows {
		out[i].Message = row
		if row.Reply == "" {
			continue
		}
		quoted, err := tx.Message(row.Reply)
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return nil, fmt.Errorf("read the message that %s answers: %w", row.ID, err)
		}
		out[i].quoted = quoted
	}
	return out, nil
}

// Characters of an answered message that are shown with the answer.
const quoteLength = 200

// view is a message as its visitor sees it.
func (g *Gateway) view(site *desk.Site, conv *desk.Conversation, lang string, m logEntry) protocol.Message {
	v := protocol.Message{
		ID: string(m.ID), Seq: m.Seq, Rev: m.Rev, From: from(m.Author), At: protocol.Time{Time: m.At}, Kind: m.Kind,
	}
	switch m.Author {
	case desk.FromCustomer:
		v.CID, v.Status = m.ClientID, status(conv, &m.Message)
	case desk.FromStaff:
		v.Who = g.person(m.WhoName, m.WhoAvatar)
	}
	if !m.Deleted.IsZero() {
		v.Deleted = true
		return v
	}
	v.Text, v.HTML = g.words(site, lang, &m.Message), m.Content.HTML
	for _, f := range m.Content.Files {
		v.Files = append(v.Files, g.file(f))
	}
	if m.quoted != nil {
		v.Reply = &protocol.Quote{ID: string(m.quoted.ID), From: from(m.quoted.Author)}
		if m.quoted.Deleted.IsZero() {
			v.Reply.Text = excerpt(g.words(site, lang, m.quoted), m.quoted.Content.Files)
		}
	}
	if !m.Edited.IsZero() {
		v.Edited = &protocol.Time{Time: m.Edited}
	}
	v.Reactions = reactions(m.Reactions)
	return v
}

// words is the message's text; system messages are said in the connection's language.
func (g *Gateway) words(site *desk.Site, lang string, m *desk.Message) string {
	if m.Author != desk.FromSystem || m.Kind == "" {
		return m.Content.Text
	}
	args := make([]any, len(m.Args))
	for i, arg := range m.Args {
		args[i] = arg
	}
	key := "customer." + m.Kind
	text := g.text(site, lang, key, args...)
	if text == key {
		return m.Content.Text // an older or newer program's kind
	}
	return text
}

func from(a desk.Author) string {
	switch a {
	case desk.FromCustomer:
		return protocol.FromMe
	case desk.FromStaff:
		return protocol.FromStaff
	}
	return protocol.FromSystem
}

func status(conv *desk.Conversation, m *desk.Message) string {
	switch {
	case m.Seq <= conv.StaffSeen:
		return protocol.StatusSeen
	case m.Status == desk.Sent:
		return protocol.StatusSent
	}
	return protocol.StatusStored
}

func excerpt(text string, files []content.Attachment) string {
	if text == "" && len(files) > 0 {
		text = files[0].Name
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > quoteLength {
		text = string(runes[:quoteLength-1]) + "…"
	}
	return text
}

// reactions counts each key, in the order of first use.
func reactions(all []desk.Reaction) []protocol.Reaction {
	var out []protocol.Reaction
	at := make(map[string]int, len(all))
	for _, r := range all {
		i, known := at[r.Key]
		if !known {
			i = len(out)
			at[r.Key] = i
			out = append(out, protocol.Reaction{Key: r.Key})
		}
		out[i].N++
		out[i].Me = out[i].Me || r.By == "customer"
	}
	return out
}

// Images at least this many pixels wide or bytes big have a thumbnail.
const (
	thumbFromPixels = 800
	thumbFromBytes  = 200 << 10
)

func (g *Gateway) file(f content.Attachment) protocol.File {
	now := g.cfg.Now()
	id := desk.FileID(f.ID)
	v := protocol.File{Upload: uploadView(f), MS: f.Duration, URL: g.signer.fileURL(id, f.Name, now)}
	if v.Kind == string(content.Image) && (f.Width >= thumbFromPixels || f.Height >= thumbFromPixels || f.Size >= thumbFromBytes) {
		v.Thumb = g.signer.thumbURL(id, f.Name, now)
	}
	return v
}

// uploadView names as a picture, film or sound only what setFileHeaders lets a page show; a page would draw the others as broken.
func uploadView(f content.Attachment) protocol.Upload {
	if !content.Inline(f.Type) {
		f.Kind = content.File
	}
	return protocol.Upload{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, Kind: string(f.Kind), W: f.Width, H: f.Height}
}

func (g *Gateway) person(name, avatar string) *protocol.Person {
	return &protocol.Person{Name: name, Avatar: g.signer.avatarURL(avatar, g.cfg.Now())}
}

func (g *Gateway) operator(tx desk.Tx, site desk.SiteID, id desk.UserID) (*protocol.Person, error) {
	o, err := tx.Operator(id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, nil // a supervisor without an operator's row: nobody the customer could be shown
	}
	if err != nil {
		return nil, fmt.Errorf("read operator: %w", err)
	}
	face := o.Face(site)
	return g.person(face.Name, face.Avatar), nil
}

var checksumSeed = maphash.MakeSeed()

// checksum tells states apart; 0 is no state.
func checksum(s protocol.State) uint64 {
	raw, err := json.Marshal(s)
	if err != nil {
		return 0
	}
	return max(maphash.Bytes(checksumSeed, raw), 1)
}
