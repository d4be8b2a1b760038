package content

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

// StripReply removes the rich-reply fallback ("> <@user:server> …", then an empty line) from the beginning of a body. Other quotes stay.
func StripReply(body string) string {
	if !strings.HasPrefix(body, "> <@") && !strings.HasPrefix(body, "> * <@") {
		return body
	}
	rest := body
	for strings.HasPrefix(rest, ">") {
		_, after, ok := strings.Cut(rest, "\n")
		if !ok {
			return ""
		}
		rest = after
	}
	return strings.TrimPrefix(strings.TrimPrefix(rest, "\r"), "\n")
}

var (
	matrixTo  = regexp.MustCompile(`(?i)matrix\.to/#/([^\s"'<>]+)`)
	matrixURI = regexp.MustCompile(`(?i)matrix:(?:roomid|r|room)/[^/\s"'<>]+/(?:e|event)/([^\s"'<>?]+)`)
)

// Permalinks lists the event ids that matrix.to and matrix: links in text or HTML point at, in order, each once.
func Permalinks(s string) []string {
	if !strings.Contains(strings.ToLower(s), "matrix") {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	add := func(id string) {
		if len(id) > 1 && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	s = html.UnescapeString(s)
	for _, m := range matrixTo.FindAllStringSubmatch(s, -1) {
		target, _, _ := strings.Cut(m[1], "?")
		if decoded, err := url.PathUnescape(target); err == nil {
			target = decoded
		}
		if _, event, ok := strings.Cut(target, "/"); ok && strings.HasPrefix(event, "$") {
			add(trimLink(event))
		}
	}
	for _, m := range matrixURI.FindAllStringSubmatch(s, -1) {
		event := m[1]
		if decoded, err := url.PathUnescape(event); err == nil {
			event = decoded
		}
		add("$" + trimLink(strings.TrimPrefix(event, "$")))
	}
	return out
}

// trimLink drops what stands behind a link in a sentence.
func trimLink(s string) string { return strings.TrimRight(s, ".,;:!?)]}»") }
