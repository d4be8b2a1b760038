package content

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a file name, in bytes.
const maxName = 150

// FileName makes a name safe to store, to show and to offer for download: the last path element only, no control, bidi or reserved
// characters, at most 150 bytes with the extension kept, never empty. Doing it again changes nothing.
func FileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, Visible(name))
	name = trimName(shorten(trimName(name)))
	if name == "" {
		return "file"
	}
	if isReserved(name) {
		return "_" + name
	}
	return name
}

// Visible drops what of a name nobody sees and what makes others see another: control characters, marks of direction, characters without width.
func Visible(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
}

// trimName drops what file systems and people stumble over at both ends.
func trimName(name string) string { return strings.TrimRight(strings.TrimLeft(name, " ."), " .") }

// shorten cuts the stem of a name that is too long. One byte is left for the mark of a reserved name.
func shorten(name string) string {
	if len(name) < maxName {
		return name
	}
	stem, ext := name, ""
	if at := strings.LastIndexByte(name, '.'); at > 0 && len(name)-at <= 20 {
		stem, ext = name[:at], name[at:]
	}
	end := maxName - 1 - len(ext)
	for !utf8.RuneStart(stem[end]) {
		end--
	}
	return strings.TrimRight(stem[:end], " .") + ext
}

// isReserved reports whether Windows takes the name for a device.
func isReserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimSpace(stem)
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && len([]rune(port)) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}
