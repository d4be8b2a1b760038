package markup

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-telegram/bot/models"

	"frontdesk/content"
)

// ToMatrix gives a message's words and, where they say more than the words alone, their HTML.
func ToMatrix(t Text) content.Message {
	all := encode(t.Text)
	spans := spansOf(all, t.Entities)
	if len(spans) == 0 {
		return content.Message{Text: decode(all)}
	}
	w := htmlWriter{all: all, spans: spans}
	w.write()
	out := w.out.String()
	return content.Message{Text: strings.ReplaceAll(content.Plain(out), noBreak, " "), HTML: out}
}

// span is a stretch of text between two tags.
type span struct {
	from, to    int
	open, close string
	kind        kind
}

// kind orders the spans around one another: the smaller one is outside.
type kind int

const (
	quote kind = iota
	pre
	link
	style
	code
)

// styles are the plain ones.
var styles = map[models.MessageEntityType]string{
	models.MessageEntityTypeBold: "b", models.MessageEntityTypeItalic: "i", models.MessageEntityTypeUnderline: "u",
	models.MessageEntityTypeStrikethrough: "del",
}

func simple(k kind, tag string) span {
	return span{kind: k, open: "<" + tag + ">", close: "</" + tag + ">"}
}

// spansOf reads the entities that become HTML, those outside before those inside.
func spansOf(all []uint16, entities []models.MessageEntity) []span {
	var out []span
	for _, e := range entities {
		from, to := whole(all, e.Offset), whole(all, e.Offset+max(0, e.Length))
		if from >= to {
			continue
		}
		if s, ok := spanOf(e, decode(all[from:to])); ok {
			s.from, s.to = from, to
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b span) int {
		if a.kind != b.kind {
			return int(a.kind - b.kind)
		}
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	return out
}

func spanOf(e models.MessageEntity, words string) (span, bool) {
	if tag := styles[e.Type]; tag != "" {
		return simple(style, tag), true
	}
	switch e.Type {
	case models.MessageEntityTypeSpoiler:
		return span{kind: style, open: "<span data-mx-spoiler>", close: "</span>"}, true
	case models.MessageEntityTypeCode:
		return simple(code, "code"), true
	case models.MessageEntityTypePre:
		s := span{kind: pre, open: "<pre><code>", close: "</code></pre>"}
		if language.MatchString(e.Language) {
			s.open = `<pre><code class="language-` + e.Language + `">`
		}
		return s, true
	case models.MessageEntityTypeBlockquote, models.MessageEntityTypeExpandableBlockquote:
		return simple(quote, "blockquote"), true
	case models.MessageEntityTypeTextLink:
		return linkTo(e.URL, words)
	case models.MessageEntityTypeMention:
		if name := strings.TrimPrefix(words, "@"); userName.MatchString(name) {
			return linkTo("https://t.me/"+name, words)
		}
	}
	return span{}, false
}

var (
	language = regexp.MustCompile(`^[A-Za-z0-9_+#.-]{1,40}$`)
	userName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{2,31}$`)
)

// linkTo makes a link; one that Matrix clients do not follow shows its address instead.
func linkTo(address, words string) (span, bool) {
	href := safeLink(address)
	switch {
	case href == "" && (address == "" || strings.Contains(words, address)):
		return span{}, false
	case href == "":
		return span{kind: link, close: html.EscapeString(" (" + address + ")")}, true
	case href == words:
		return span{}, false
	}
	return span{kind: link, open: `<a href="` + html.EscapeString(href) + `">`, close: "</a>"}, true
}

// maxLink bounds the length of a link, in bytes.
const maxLink = 2048

func safeLink(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || len(raw) > maxLink {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto", "tel":
		if u.Opaque == "" {
			return ""
		}
	case "":
		return safeLinkWithout(raw)
	default:
		return ""
	}
	return u.String()
}

// safeLinkWithout completes an address without a scheme, as Telegram lets people enter them.
func safeLinkWithout(raw string) string {
	host, _, _ := strings.Cut(strings.TrimSpace(raw), "/")
	if !strings.Contains(host, ".") || strings.ContainsAny(host, ":@ ") {
		return ""
	}
	return safeLink("http://" + strings.TrimSpace(raw))
}

// htmlWriter goes through the places where something begins or ends.
type htmlWriter struct {
	all   []uint16
	spans []span
	out   strings.Builder
	stack []int // indices of spans that are open
	block bool  // a block has just begun or ended: no line break is due
}

func (w *htmlWriter) write() {
	places := []int{0, len(w.all)}
	for _, s := range w.spans {
		places = append(places, s.from, s.to)
	}
	slices.Sort(places)
	places = slices.Compact(places)
	for i, from := range places {
		to := len(w.all)
		if i+1 < len(places) {
			to = places[i+1]
		}
		w.become(w.active(from))
		if from < to {
			w.text(decode(w.all[from:to]), i+1 < len(places) && w.blockAt(to))
		}
	}
	w.become(nil)
}

// active lists the spans around a place, those left out that cannot be inside the others.
func (w *htmlWriter) active(at int) []int {
	var out []int
	has := func(k kind) bool {
		return slices.ContainsFunc(out, func(i int) bool { return w.spans[i].kind == k })
	}
	for i, s := range w.spans {
		if at < s.from || at >= s.to || has(pre) || has(code) {
			continue
		}
		if s.kind != style && has(s.kind) || s.kind == style && slices.ContainsFunc(out, func(o int) bool { return w.spans[o].open == s.open }) {
			continue
		}
		out = append(out, i)
	}
	return out
}

// become closes and opens tags until exactly the wanted spans are open.
func (w *htmlWriter) become(wanted []int) {
	same := 0
	for same < len(w.stack) && same < len(wanted) && w.stack[same] == wanted[same] {
		same++
	}
	for len(w.stack) > same {
		s := w.spans[w.stack[len(w.stack)-1]]
		w.out.WriteString(s.close)
		w.block = w.block || s.kind <= pre
		w.stack = w.stack[:len(w.stack)-1]
	}
	for _, i := range wanted[same:] {
		w.out.WriteString(w.spans[i].open)
		w.block = w.block || w.spans[i].kind <= pre
		w.stack = append(w.stack, i)
	}
}

// blockAt tells whether a block begins or ends at a place.
func (w *htmlWriter) blockAt(at int) bool {
	return slices.ContainsFunc(w.spans, func(s span) bool { return s.kind <= pre && (s.from == at || s.to == at) })
}

// text writes words. A block makes a line end by itself, so the line break beside it is left out.
func (w *htmlWriter) text(s string, beforeBlock bool) {
	if slices.ContainsFunc(w.stack, func(i int) bool { return w.spans[i].kind == pre }) {
		w.block = false
		w.out.WriteString(html.EscapeString(s))
		return
	}
	if w.block {
		s = strings.TrimPrefix(s, "\n")
	}
	if beforeBlock {
		s = strings.TrimSuffix(s, "\n")
	}
	w.block = w.block && s == ""
	w.out.WriteString(strings.ReplaceAll(keepSpaces(html.EscapeString(s)), "\n", "<br>"))
}

var severalSpaces = regexp.MustCompile(`\n +| {2,}`)

// keepSpaces keeps what HTML would make one space of: indentation, and all but the first of several spaces.
func keepSpaces(s string) string {
	return severalSpaces.ReplaceAllStringFunc(s, func(run string) string {
		return run[:1] + strings.Repeat(noBreak, len(run)-1)
	})
}

const noBreak = "\u00a0"
