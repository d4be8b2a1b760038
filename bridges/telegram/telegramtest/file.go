package telegramtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // pictures that people send
	"image/jpeg"
	_ "image/png" // pictures that people send
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"

	_ "golang.org/x/image/webp" // stickers
)

// Media is what a message carries besides words.
type Media struct {
	Kind      string // photo, video, animation, audio, document, voice, video_note, sticker
	Name      string
	Type      string // MIME
	Data      []byte
	Width     int
	Height    int
	Duration  int // seconds
	Title     string
	Performer string
	Emoji     string // of a sticker
	Spoiler   bool
}

// What the cloud's Bot API carries.
const (
	maxDownload = 20 << 20
	maxPhoto    = 10 << 20
)

// file is a file on Telegram's servers, as one bot knows it.
type file struct {
	bot      *Bot
	id       string
	unique   string
	path     string
	data     []byte
	pretends int64 // size, if it is not that of data
}

func (f *file) size() int64 { return max(f.pretends, int64(len(f.data))) }

var folders = map[string]string{"photo": "photos", "video": "videos", "animation": "animations", "audio": "music", "document": "documents",
	"voice": "voice", "video_note": "video_notes", "sticker": "stickers", "thumbnail": "thumbnails"}

// store keeps a file; s.mu is held.
func (b *Bot) store(kind, name string, data []byte) *file {
	n := b.s.next()
	f := &file{
		bot: b, id: fmt.Sprintf("file-%d-%d", b.ID, n), unique: fmt.Sprintf("unique%d", n), data: data,
		path: fmt.Sprintf("%s/file_%d%s", folders[kind], n, path.Ext(name)),
	}
	b.s.files[f.id] = f
	b.s.paths[b.Token+"/"+f.path] = f
	return f
}

func (c *call) getFile() (any, *Error) {
	f := c.s.files[c.p.values["file_id"]]
	if f == nil || f.bot != c.bot {
		return nil, bad("invalid file_id")
	}
	at := f.path
	switch {
	case c.s.own != "":
		at = c.s.keep(f)
	case f.size() > maxDownload:
		return nil, bad("file is too big")
	}
	return map[string]any{"file_id": f.id, "file_unique_id": f.unique, "file_size": f.size(), "file_path": at}, nil
}

// Own makes the server one that people run themselves, which keeps files in a directory, serves none, and knows no limit; in its local mode it
// tells their whole paths.
func (s *Server) Own(dir string, local bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own, s.local = dir, local
}

// keep puts a file into the directory of the server and tells where it is; s.mu is held.
func (s *Server) keep(f *file) string {
	below := f.path
	at := filepath.Join(s.own, f.bot.Token, below)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		s.complain("keep a file: %v", err)
	}
	if err := os.WriteFile(at, f.data, 0o600); err != nil {
		s.complain("keep a file: %v", err)
	}
	if s.local {
		return at
	}
	return below
}

func (s *Server) download(w http.ResponseWriter, r *http.Request, token, name string) {
	s.mu.Lock()
	b, f := s.bots[token], s.paths[token+"/"+name]
	fault := s.fault("download")
	revoked := b == nil || b.revoked
	own := s.own != ""
	s.mu.Unlock()
	switch {
	case own:
		answer(w, nil, &Error{Code: http.StatusNotFound, Description: "Not Found"})
	case fault != nil && f != nil && (fault.short || fault.hang):
		w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
		_, _ = w.Write(f.data[:len(f.data)/2]) // who went away misses it
		_ = http.NewResponseController(w).Flush()
		if fault.hang {
			s.hang(r)
		}
		fault.play(w)
	case fault != nil:
		fault.play(w)
	case revoked:
		answer(w, nil, &Error{Code: http.StatusUnauthorized, Description: "Unauthorized"})
	case f == nil:
		s.complain("a download of %q, which is no file of this bot", name)
		answer(w, nil, &Error{Code: http.StatusNotFound, Description: "Not Found"})
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
		_, _ = w.Write(f.data) // who went away misses it
	}
}

// dimensions gives a picture's size.
func dimensions(data []byte) (w, h int, ok bool) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err == nil
}

// preview is a small picture, as Telegram makes of everything that can be seen.
func preview() []byte {
	img := image.NewGray(image.Rect(0, 0, 90, 67))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{Y: uint8(i)}.Y
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func photoSize(f *file, w, h int) map[string]any {
	return map[string]any{"file_id": f.id, "file_unique_id": f.unique, "width": w, "height": h, "file_size": f.size()}
}

// wireMedia adds what a message carries; s.mu is held.
func (m *message) wireMedia(w map[string]any) {
	v, f := m.view.Media, m.file
	if v.Spoiler {
		w["has_media_spoiler"] = true
	}
	if v.Kind == "photo" {
		sizes := []any{photoSize(f, v.Width, v.Height)}
		if v.Width > 90 { // there are no sizes above the picture's own
			sizes = append([]any{photoSize(m.thumbnail, 90, 67)}, sizes...)
		}
		w["photo"] = sizes
		return
	}
	x := map[string]any{"file_id": f.id, "file_unique_id": f.unique, "file_size": f.size()}
	set := func(name string, value any, is bool) {
		if is {
			x[name] = value
		}
	}
	if m.thumbnail != nil {
		x["thumbnail"] = photoSize(m.thumbnail, 90, 67)
	}
	timed := v.Kind != "document" && v.Kind != "sticker"
	set("duration", v.Duration, timed)
	set("mime_type", v.Type, v.Type != "" && v.Kind != "video_note" && v.Kind != "sticker")
	set("file_name", v.Name, v.Name != "" && v.Kind != "voice" && v.Kind != "video_note" && v.Kind != "sticker")
	sized := v.Kind == "video" || v.Kind == "animation" || v.Kind == "sticker"
	set("width", v.Width, sized)
	set("height", v.Height, sized)
	set("length", v.Width, v.Kind == "video_note")
	set("title", v.Title, v.Title != "")
	set("performer", v.Performer, v.Performer != "")
	if v.Kind == "sticker" {
		x["type"], x["emoji"] = "regular", v.Emoji
		x["is_animated"], x["is_video"] = v.Type == "application/x-tgsticker", v.Type == "video/webm"
	}
	w[v.Kind] = x
	if v.Kind == "animation" { // for those who do not know animations
		document := map[string]any{}
		for _, name := range []string{"file_id", "file_unique_id", "file_size", "thumbnail", "file_name", "mime_type"} {
			if x[name] != nil {
				document[name] = x[name]
			}
		}
		w["document"] = document
	}
}
