package content

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFileName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"photo.jpg", "photo.jpg"},
		{"Отчёт за март.pdf", "Отчёт за март.pdf"},
		{"", "file"},
		{"...", "file"},
		{"../../etc/passwd", "passwd"},
		{`C:\Windows\evil.exe`, "evil.exe"},
		{"a/", "file"},
		{".htaccess", "htaccess"},
		{"a\x00b\r\nc.txt", "abc.txt"},
		{"invoice\u202efdp.exe", "invoicefdp.exe"},
		{"a\u200bb.txt", "ab.txt"},
		{`a<b>:"|?*.txt`, "a_b______.txt"},
		{" name .txt. ", "name .txt"},
		{"CON", "_CON"},
		{"con.txt", "_con.txt"},
		{"LPT9.log", "_LPT9.log"},
		{"COM10", "COM10"},
		{"\xff\xfe.txt", "txt"},
		{strings.Repeat("a", 300) + ".jpeg", strings.Repeat("a", 144) + ".jpeg"},
		{strings.Repeat("ж", 100) + ".png", strings.Repeat("ж", 72) + ".png"},
		{strings.Repeat("a", 300), strings.Repeat("a", 149)},
		{"a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 147)},
	} {
		if got := FileName(c.in); got != c.want {
			t.Errorf("FileName(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"a.txt", "../x", "CON", "\u202e", strings.Repeat("ж", 200) + ".x", "a\\b/c", ". .", "nul.tar.gz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := FileName(name)
		if got == "" || len(got) > maxName || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\x00\r\n\"<>:|?*") ||
			got == "." || got == ".." || isReserved(got) {
			t.Fatalf("FileName(%q) = %q", name, got)
		}
		if again := FileName(got); again != got {
			t.Fatalf("FileName(%q) = %q, again %q", name, got, again)
		}
	})
}

func picture(t *testing.T, width, height int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewPaletted(image.Rect(0, 0, width, height), palette)); err != nil {
		t.Fatalf("encode picture: %v", err)
	}
	return b.Bytes()
}

// hugePNG is the beginning of a PNG that claims the given size.
func hugePNG(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(b, width)
	b = binary.BigEndian.AppendUint32(b, height)
	b = append(b, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, pngChecksum(b[12:]))
}

func TestSniff(t *testing.T) {
	pngEncode := func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }
	jpegEncode := func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }
	gifEncode := func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }
	webp := "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x02\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	for _, c := range []struct {
		name string
		head []byte
		want Sniffed
	}{
		{"png", picture(t, 3, 2, pngEncode), Sniffed{"image/png", Image, true, 3, 2}},
		{"jpeg", picture(t, 5, 4, jpegEncode), Sniffed{"image/jpeg", Image, true, 5, 4}},
		{"gif", picture(t, 7, 6, gifEncode), Sniffed{"image/gif", Image, true, 7, 6}},
		{"webp", []byte(webp), Sniffed{"image/webp", Image, true, 3, 2}},
		{"png cut short", picture(t, 3, 2, pngEncode)[:12], Sniffed{"image/png", Image, true, 0, 0}},
		{"png of absurd width", hugePNG(40000, 1), Sniffed{"image/png", File, false, 0, 0}},
		{"png of absurd size", hugePNG(30000, 30000), Sniffed{"image/png", File, false, 0, 0}},
		{"svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), Sniffed{Type: "image/svg+xml", Kind: File}},
		{"svg in xml", []byte(`<?xml version="1.0"?><!-- x --><svg>`), Sniffed{Type: "image/svg+xml", Kind: File}},
		{"html", []byte("<!DOCTYPE html><p>"), Sniffed{Type: "text/html", Kind: File}},
		{"html behind text", []byte("hello <script>alert(1)</script>"), Sniffed{Type: "text/html", Kind: File}},
		{"xml", []byte("<?xml version='1.0'?><a/>"), Sniffed{Type: "text/xml", Kind: File}},
		{"text", []byte("hello"), Sniffed{Type: "text/plain", Kind: File}},
		{"script", []byte("#!/bin/sh\n"), Sniffed{Type: "text/x-script", Kind: File}},
		{"windows program", []byte("MZ\x90\x00"), Sniffed{Type: "application/vnd.microsoft.portable-executable", Kind: File}},
		{"pdf", []byte("%PDF-1.7"), Sniffed{Type: "application/pdf", Kind: File}},
		{"zip", []byte("PK\x03\x04"), Sniffed{Type: "application/zip", Kind: File}},
		{"mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00"), Sniffed{Type: "video/mp4", Kind: Video, Inline: true}},
		{"m4a", []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00"), Sniffed{Type: "audio/mp4", Kind: Audio, Inline: true}},
		{"heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), Sniffed{Type: "image/heic", Kind: File}},
		{"webm", []byte("\x1a\x45\xdf\xa3....V_VP8"), Sniffed{Type: "video/webm", Kind: Video, Inline: true}},
		{"webm voice", []byte("\x1a\x45\xdf\xa3....A_OPUS"), Sniffed{Type: "audio/webm", Kind: Audio, Inline: true}},
		{"ogg voice", []byte("OggS\x00.......OpusHead"), Sniffed{Type: "audio/ogg", Kind: Audio, Inline: true}},
		{"mp3", []byte("ID3\x03\x00"), Sniffed{Type: "audio/mpeg", Kind: Audio, Inline: true}},
		{"mp3 without tag", []byte("\xff\xfb\x90\x64"), Sniffed{Type: "audio/mpeg", Kind: Audio, Inline: true}},
		{"wav", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), Sniffed{Type: "audio/wav", Kind: Audio, Inline: true}},
		{"flac", []byte("fLaC\x00"), Sniffed{Type: "audio/flac", Kind: Audio, Inline: true}},
		{"binary", []byte{0, 1, 2, 3}, Sniffed{Type: "application/octet-stream", Kind: File}},
		{"utf-16 text", []byte("\xff\xfeh\x00i\x00"), Sniffed{Type: "text/plain", Kind: File}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sniff(c.head); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestInlineByType(t *testing.T) {
	for mime, want := range map[string]bool{
		"image/png": true, "IMAGE/PNG; charset=x": true, "image/svg+xml": false, "text/html": false, "application/pdf": false, "": false,
	} {
		if got := Inline(mime); got != want {
			t.Errorf("Inline(%q) = %v", mime, got)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"\x89PNG\r\n\x1a\n", "GIF89a", "RIFF....WEBPVP8 ", "\xff\xd8\xff", "<svg", "\x00\x00\x00\x18ftypisom"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		s := Sniff(head)
		if s.Type == "" || s.Width < 0 || s.Height < 0 || s.Width*s.Height > maxPixels {
			t.Fatalf("Sniff(%q) = %+v", head, s)
		}
		if s.Inline != (s.Kind != File) {
			t.Fatalf("Sniff(%q) = %+v: shown and not shown", head, s)
		}
		if s.Inline && strings.HasPrefix(s.Type, "text/") {
			t.Fatalf("Sniff(%q) = %+v: text is never shown", head, s)
		}
	})
}

var palette = color.Palette{color.Black, color.White}

func pngChecksum(chunk []byte) uint32 { return crc32.ChecksumIEEE(chunk) }
