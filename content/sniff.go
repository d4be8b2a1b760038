package content

import (
	"bytes"
	"image"
	_ "image/gif"  // dimensions of GIF
	_ "image/jpeg" // dimensions of JPEG
	_ "image/png"  // dimensions of PNG
	"net/http"
	"strings"

	_ "golang.org/x/image/webp" // dimensions of WebP
)

// Sniffed is what the first bytes of a file tell.
type Sniffed struct {
	Type   string // MIME type without parameters
	Kind   Kind
	Inline bool // safe to show inside a page
	Width  int  // images: pixels, 0 if unknown
	Height int
}

// SniffLen is how many leading bytes Sniff looks at.
const SniffLen = 64 * 1024

// Limits of a picture that is shown: more is a file to download, since decoding it would cost the reader too much.
const (
	maxSide   = 32767
	maxPixels = 100_000_000
)

// inlineKinds lists the types that are shown inside a page, with how. No type that can carry script is among them.
var inlineKinds = map[string]Kind{
	"image/png": Image, "image/jpeg": Image, "image/gif": Image, "image/webp": Image, "image/avif": Image,
	"video/mp4": Video, "video/webm": Video, "video/ogg": Video, "video/quicktime": Video,
	"audio/mpeg": Audio, "audio/mp4": Audio, "audio/ogg": Audio, "audio/webm": Audio, "audio/wav": Audio, "audio/flac": Audio,
	"audio/aac": Audio,
}

// Inline reports whether a file of this MIME type may be shown inside a page.
func Inline(mime string) bool { return inlineKinds[bareType(mime)] != "" }

// KindOf gives how a file of this MIME type is shown.
func KindOf(mime string) Kind {
	if k, ok := inlineKinds[bareType(mime)]; ok {
		return k
	}
	return File
}

// TypeAllowed reports whether a sniffed type is one of those configured; an empty list allows all. Pictures, video and audio in
// general are those a browser shows: SVG, which is a program, has to be named.
func TypeAllowed(allowed []string, mime string) bool {
	for _, a := range allowed {
		family, general := strings.CutSuffix(a, "/*")
		switch {
		case a == mime, a == "*", a == "*/*":
			return true
		case !general || !strings.HasPrefix(mime, family+"/"):
		case Inline(mime), family != "image" && family != "video" && family != "audio":
			return true
		}
	}
	return len(allowed) == 0
}

func bareType(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	return strings.ToLower(strings.TrimSpace(mime))
}

// Sniff judges a file by its first bytes; neither a name nor a claimed type is believed. SVG, HTML, XML and scripts are never Inline,
// nor are pictures of absurd size.
func Sniff(head []byte) Sniffed {
	head = head[:min(len(head), SniffLen)]
	s := Sniffed{Type: sniffType(head)}
	s.Kind, s.Inline = KindOf(s.Type), Inline(s.Type)
	if s.Kind != Image {
		return s
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(head))
	if err != nil {
		return s
	}
	if config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > maxPixels {
		s.Kind, s.Inline = File, false
		return s
	}
	s.Width, s.Height = config.Width, config.Height
	return s
}

// sniffType extends the standard's algorithm by what it does not tell apart.
func sniffType(head []byte) string {
	if t := signature(head); t != "" {
		return t
	}
	t := bareType(http.DetectContentType(head))
	switch t {
	case "application/ogg":
		return oggType(head)
	case "video/webm":
		if bytes.Contains(head, []byte("A_OPUS")) && !bytes.Contains(head, []byte("V_")) {
			return "audio/webm"
		}
	case "audio/wave":
		return "audio/wav"
	case "text/plain", "text/xml":
		return markupType(head, t)
	}
	return t
}

// signature knows the formats the standard's algorithm does not.
func signature(head []byte) string {
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return mp4Type(head)
	case has("fLaC"):
		return "audio/flac"
	case has("MZ"):
		return "application/vnd.microsoft.portable-executable"
	case has("\x7fELF"):
		return "application/x-executable"
	case has("#!"):
		return "text/x-script"
	case len(head) >= 4 && head[0] == 0xff && head[1]&0xf6 == 0xf0:
		return "audio/aac"
	case len(head) >= 4 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[2]&0xf0 != 0xf0:
		return "audio/mpeg"
	}
	return ""
}

func mp4Type(head []byte) string {
	switch brand := string(head[8:12]); {
	case brand == "M4A " || brand == "M4B ":
		return "audio/mp4"
	case brand == "qt  ":
		return "video/quicktime"
	case brand == "avif" || brand == "avis":
		return "image/avif"
	case brand == "heic" || brand == "heix" || brand == "mif1" || brand == "msf1":
		return "image/heic"
	}
	return "video/mp4"
}

func oggType(head []byte) string {
	if bytes.Contains(head, []byte("theora")) {
		return "video/ogg"
	}
	if bytes.Contains(head, []byte("OpusHead")) || bytes.Contains(head, []byte("vorbis")) || bytes.Contains(head, []byte("Speex")) {
		return "audio/ogg"
	}
	return "application/ogg"
}

// markupType tells markup from text.
func markupType(head []byte, t string) string {
	lower := bytes.ToLower(head[:min(len(head), 4096)])
	if bytes.Contains(lower, []byte("<svg")) {
		return "image/svg+xml"
	}
	if bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<script")) {
		return "text/html"
	}
	return t
}
