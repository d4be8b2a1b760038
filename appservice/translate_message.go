package appservice

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"

	"frontdesk/content"
	"frontdesk/desk"
)

// messageContent is the content of an m.room.message or m.sticker, as far as we use it.
type messageContent struct {
	MsgType   string          `json:"msgtype"`
	Body      string          `json:"body"`
	Format    string          `json:"format"`
	Formatted string          `json:"formatted_body"`
	Filename  string          `json:"filename"`
	URL       string          `json:"url"`
	Info      json.RawMessage `json:"info"`
	GeoURI    string          `json:"geo_uri"`
	Voice     json.RawMessage `json:"org.matrix.msc3245.voice"`
	Audio     json.RawMessage `json:"org.matrix.msc1767.audio"`
	Spoiler   json.RawMessage `json:"page.codeberg.everypizza.msc4193.spoiler"`
	// Items of a gallery (MSC4274), each like a message of its own.
	Items []galleryItem `json:"itemtypes"`

	// Command is a command given as a structure (MSC4391); Mentions says to whom.
	Command  json.RawMessage `json:"org.matrix.msc4391.command"`
	Mentions json.RawMessage `json:"m.mentions"`

	New     json.RawMessage `json:"m.new_content"`
	Relates relation        `json:"m.relates_to"`
}

type galleryItem struct {
	ItemType string          `json:"itemtype"`
	Body     string          `json:"body"`
	Filename string          `json:"filename"`
	URL      string          `json:"url"`
	Info     json.RawMessage `json:"info"`
}

type relation struct {
	Type      string       `json:"rel_type"`
	Event     desk.EventID `json:"event_id"`
	Fallback  bool         `json:"is_falling_back"`
	InReplyTo struct {
		Event desk.EventID `json:"event_id"`
	} `json:"m.in_reply_to"`
}

type fileInfo struct {
	Type     string `json:"mimetype"`
	Size     int64  `json:"size"`
	Width    int    `json:"w"`
	Height   int    `json:"h"`
	Duration int    `json:"duration"`
}

const (
	maxGallery   = 20
	maxDimension = 1 << 16
	maxDuration  = 1 << 30 // ms
	htmlFormat   = "org.matrix.custom.html"
)

// translateMessage reads words, files and edits. A message whose content is not what its type says has none; its writer is told so by the
// rules.
func (s *Service) translateMessage(room desk.RoomKey, e *matrixEvent) ([]desk.Input, error) {
	m, relates := readMessage(e)
	quoted := quotedIn(m)
	if relates.Type == "m.replace" {
		if !isMatrixID(string(relates.Event), "$") {
			return nil, nil
		}
		edited := m
		if len(m.New) > 0 {
			edited, _ = decodeMessage(m.New)
			quoted = append(quoted, quotedIn(edited)...)
		}
		body, files := messageBody(e.Type, edited)
		return []desk.Input{desk.StaffEdit{
			Room: room, Event: e.ID, Sender: e.Sender, Replaces: relates.Event, Content: body, Files: files, Quoted: quoted, At: e.at(),
		}}, nil
	}
	body, files := messageBody(e.Type, m)
	in := desk.StaffMessage{
		Room: room, Event: e.ID, Sender: e.Sender, Content: body, Files: files, Notice: m.MsgType == "m.notice",
		Quoted: quoted, Order: orderText(m), At: e.at(),
	}
	if order := s.structuredOrder(m); order != "" {
		in.Order = order
	}
	switch answered := relates.InReplyTo.Event; {
	case relates.Type == "m.thread":
		in.Relation = desk.InThread
		if isMatrixID(string(relates.Event), "$") {
			in.Relates = relates.Event
		}
		if !relates.Fallback && isMatrixID(string(answered), "$") {
			in.ReplyTo = answered
		}
	case isMatrixID(string(answered), "$"):
		in.Relation, in.Relates = desk.InReply, answered
	case isMatrixID(string(relates.Event), "$"):
		in.Relates = relates.Event // whatever the relation means, its target may be private
	}
	return []desk.Input{in}, nil
}

// readMessage reads the content and what it relates to. The relation is read by itself: a note in a thread stays one however malformed the
// rest is.
func readMessage(e *matrixEvent) (messageContent, relation) {
	m, err := decodeMessage(e.Content)
	if err == nil {
		return m, m.Relates
	}
	var alone struct {
		Relates relation `json:"m.relates_to"`
	}
	_ = json.Unmarshal(e.Content, &alone)
	return messageContent{}, alone.Relates
}

func decodeMessage(raw json.RawMessage) (messageContent, error) {
	var m messageContent
	if err := json.Unmarshal(raw, &m); err != nil {
		return messageContent{}, fmt.Errorf("decode message: %w", err)
	}
	return m, nil
}

// quotedIn lists the events that a message points at, also where the customer would not see it.
func quotedIn(m messageContent) []desk.EventID {
	var out []desk.EventID
	for _, link := range content.Permalinks(m.Body + "\n" + m.Formatted) {
		out = append(out, desk.EventID(words(link)))
	}
	return out
}

// messageBody gives what a message says and its files' records.
func messageBody(eventType string, m messageContent) (content.Message, []desk.File) {
	if eventType == "m.sticker" {
		m.MsgType = "m.image"
		m.Filename = m.Body
	}
	switch m.MsgType {
	case "m.image", "m.file", "m.audio", "m.video":
		return fileBody(m)
	case "m.location":
		return locationBody(m), nil
	case "m.gallery", "dm.filament.gallery":
		return galleryBody(m)
	}
	return textBody(m), nil
}

func textBody(m messageContent) content.Message {
	out := content.Message{Text: words(m.Body)}
	if m.Format == htmlFormat && m.Formatted != "" {
		html, text := content.FromMatrix(words(m.Formatted))
		out.HTML = html
		// Clients show the words of the HTML, so those are judged: with the HTML where it is kept, else in place of the body.
		if html == "" && text != "" {
			out.Text = text
		}
	}
	return out
}

// maxOrder is how many bytes of HTML are read as a command.
const maxOrder = 16 << 10

// orderText gives the words of a message that mentions people by the links clients make of that, with their ids in the place of their
// names, and without what is quoted before them.
func orderText(m messageContent) string {
	mentioned := m.mentioned()
	if m.Format != htmlFormat || len(m.Formatted) > maxOrder || len(mentioned) == 0 && !strings.Contains(m.Formatted, "matrix.to/#/") {
		return ""
	}
	return words(content.PlainIDs(content.AfterQuotesHTML(words(m.Formatted)), mentioned))
}

// mentioned lists the ids of those a message mentions.
func (m messageContent) mentioned() []string {
	var mentions struct {
		Users []string `json:"user_ids"`
	}
	_ = json.Unmarshal(m.Mentions, &mentions)
	return mentions.Users
}

// fileBody reads a message with one file. Since MSC2530 the body is a caption where it differs from the file's name.
func fileBody(m messageContent) (content.Message, []desk.File) {
	name := m.Filename
	if name == "" {
		name = m.Body
	}
	var out content.Message
	if m.Filename != "" && m.Filename != m.Body {
		out = textBody(m)
	}
	file, ok := fileRecord(m.MsgType, name, m.URL, m.Info)
	if !ok {
		return out, nil
	}
	file.Voice = file.Kind == content.Audio && len(m.Voice) > 0
	file.Spoiler = string(m.Spoiler) == "true"
	if file.Voice && file.Duration == 0 {
		var spoken fileInfo
		_ = json.Unmarshal(m.Audio, &spoken)
		file.Duration = duration(spoken.Duration)
	}
	return out, []desk.File{file}
}

func galleryBody(m messageContent) (content.Message, []desk.File) {
	out := textBody(m)
	var files []desk.File
	for _, item := range m.Items[:min(len(m.Items), maxGallery)] {
		name := item.Filename
		if name == "" {
			name = item.Body
		}
		if file, ok := fileRecord(item.ItemType, name, item.URL, item.Info); ok {
			files = append(files, file)
		}
	}
	return out, files
}

// fileRecord makes the record of a file in the media repository. What is said of it is only said: it decides how the file is offered, never
// whether it may be shown inside a page.
func fileRecord(kind, name, url string, rawInfo json.RawMessage) (desk.File, bool) {
	mxc, err := id.ParseContentURI(url)
	if err != nil || mxc.IsEmpty() || !isMatrixID(url, "mxc://") {
		return desk.File{}, false
	}
	var info fileInfo
	_ = json.Unmarshal(rawInfo, &info)
	mime, _, _ := strings.Cut(strings.ToLower(words(info.Type)), ";")
	mime = strings.TrimSpace(mime)
	if len(mime) > 100 || !strings.Contains(mime, "/") || strings.ContainsAny(mime, " \r\n\t") {
		mime = "application/octet-stream"
	}
	a := content.Attachment{
		Name: content.FileName(words(name)), Type: mime, Size: max(info.Size, 0), Kind: attachmentKind(kind),
		Width: dimension(info.Width), Height: dimension(info.Height), Duration: duration(info.Duration),
	}
	return desk.File{Attachment: a, MXC: url}, true
}

func duration(ms int) int { return min(max(ms, 0), maxDuration) }

func dimension(n int) int {
	if n < 0 || n > maxDimension {
		return 0
	}
	return n
}

func attachmentKind(msgType string) content.Kind {
	switch msgType {
	case "m.image":
		return content.Image
	case "m.video":
		return content.Video
	case "m.audio":
		return content.Audio
	}
	return content.File
}

// locationBody says where something is: by the sender's words and a link to a map.
func locationBody(m messageContent) content.Message {
	out := content.Message{Text: words(m.Body)}
	coordinates, ok := strings.CutPrefix(m.GeoURI, "geo:")
	coordinates, _, _ = strings.Cut(coordinates, ";")
	parts := strings.Split(coordinates, ",")
	if !ok || len(parts) < 2 {
		return out
	}
	lat, err1 := strconv.ParseFloat(parts[0], 64)
	lon, err2 := strconv.ParseFloat(parts[1], 64)
	if err1 != nil || err2 != nil || !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) {
		return out
	}
	out.Place = &content.Place{Lat: lat, Lon: lon}
	out.Text = strings.TrimSpace(out.Text + "\n" + out.Place.Link())
	return out
}
