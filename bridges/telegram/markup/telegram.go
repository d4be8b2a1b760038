package markup

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"
	nodes "golang.org/x/net/html"

	"frontdesk/content"
)

// FromMessage gives a message of the desk as Telegram shows it.
func FromMessage(m content.Message) Text {
	if m.HTML != "" {
		if t := FromHTML(m.HTML); t.Text != "" {
			return t
		}
	}
	return Text{Text: strings.TrimSpace(strings.ReplaceAll(m.Text, "\x00", ""))}
}

// FromHTML reads a Matrix event's formatted body. HTML that cannot be read gives an empty text.
func FromHTML(source string) Text {
	if source == "" || len(source) > content.MaxHTML {
		return Text{}
	}
	root, err := nodes.Parse(strings.NewReader(source))
	if err != nil {
		return Text{}
	}
	r := reader{last: '\n'}
	r.children(root, 0)
	t := Text{Text: r.out.String()}
	t.Entities = tidy(encode(t.Text), r.entities)
	return t
}

// reader walks through HTML and writes the text. Spaces and line breaks are owed until something comes after them, so that the text has
// none around it, nor have the entities.
type reader struct {
	out      strings.Builder
	units    int  // written so far
	last     rune // written last
	space    bool // a space is owed
	breaks   int  // line breaks owed
	indent   string
	marked   int   // where a list item's bullet ends: no line break there
	pending  []int // entities that begin with the next words, by index
	entities []models.MessageEntity
	verbatim bool // in pre
	coded    bool // in pre or code
	linked   bool
	quoted   bool
	hidden   bool // in a spoiler
}

// maxDepth bounds the nesting that is followed.
const maxDepth = 150

func (r *reader) write(s string) {
	if s == "" {
		return
	}
	switch {
	case r.units == 0:
	case r.breaks > 0:
		r.put(strings.Repeat("\n", r.breaks))
	case r.space && r.last != '\n':
		r.put(" ")
	}
	if r.last == '\n' && r.indent != "" {
		r.put(r.indent)
	}
	r.breaks, r.space = 0, false
	for _, i := range r.pending {
		r.entities[i].Offset = r.units
	}
	r.pending = r.pending[:0]
	r.put(s)
}

func (r *reader) put(s string) {
	r.out.WriteString(s)
	r.units += Length(s)
	for _, c := range s[max(0, len(s)-4):] {
		r.last = c
	}
}

// owe makes the next words begin on a new line, with n-1 empty ones before it.
func (r *reader) owe(n int) {
	if r.units == 0 || r.units == r.marked {
		return
	}
	r.breaks = max(r.breaks, n)
	r.space = false
}

func (r *reader) children(n *nodes.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == nodes.TextNode:
			r.text(c.Data)
		case c.Type == nodes.DocumentNode || c.Type == nodes.ElementNode && depth < maxDepth && !dropped[c.Data] && c.Namespace == "":
			r.element(c, depth+1)
		}
	}
}

func (r *reader) text(s string) {
	s = strings.ToValidUTF8(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, s), "\ufffd")
	if r.verbatim {
		r.lines(s)
		return
	}
	for i, word := range strings.FieldsFunc(s, isSpace) {
		r.space = r.space || i > 0 || isSpace(rune(s[0]))
		r.write(word)
	}
	if s != "" && isSpace(rune(s[len(s)-1])) {
		r.space = true
	}
}

// lines writes the words of a block of code. Empty lines around it are not part of it.
func (r *reader) lines(s string) {
	if len(r.pending) > 0 || r.units == 0 {
		s = strings.TrimLeft(s, "\n")
	}
	words := strings.TrimRight(s, "\n")
	r.write(words)
	r.breaks += len(s) - len(words)
}

// isSpace tells what HTML makes one space of; a no-break space is none of it.
func isSpace(c rune) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// dropped are the elements that go with everything in them.
var dropped = map[string]bool{
	"script": true, "style": true, "head": true, "title": true, "template": true, "iframe": true, "noscript": true, "object": true, "embed": true,
	"textarea": true, "select": true, "audio": true, "video": true, "canvas": true, "mx-reply": true,
}

var tags = map[string]models.MessageEntityType{
	"b": models.MessageEntityTypeBold, "strong": models.MessageEntityTypeBold, "i": models.MessageEntityTypeItalic,
	"em": models.MessageEntityTypeItalic, "cite": models.MessageEntityTypeItalic, "u": models.MessageEntityTypeUnderline, "ins": models.MessageEntityTypeUnderline,
	"s": models.MessageEntityTypeStrikethrough, "strike": models.MessageEntityTypeStrikethrough, "del": models.MessageEntityTypeStrikethrough,
	"th": models.MessageEntityTypeBold, "summary": models.MessageEntityTypeBold,
}

func (r *reader) element(n *nodes.Node, depth int) {
	inside := func() { r.children(n, depth) }
	switch n.Data {
	case "br":
		r.breaks++
		r.space = false
	case "hr":
		r.owe(1)
		r.write("———")
		r.owe(1)
	case "img":
		r.text(attribute(n, "alt"))
	case "a":
		r.link(n, inside)
	case "code", "tt", "kbd", "samp":
		r.code(inside)
	case "pre":
		r.pre(n, inside)
	case "blockquote":
		r.quote(inside)
	case "span", "font":
		r.spoiler(n, inside)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		r.owe(2)
		r.entity(models.MessageEntity{Type: models.MessageEntityTypeBold}, inside)
		r.owe(1)
	case "p":
		r.paragraph(n, inside)
	case "ul", "ol":
		r.list(inside)
	case "li":
		r.item(n, inside)
	case "td", "th":
		if cellBefore(n) {
			r.write(" |")
			r.space = true
		}
		r.style(n.Data, inside)
	case "div", "tr", "table", "caption", "section", "article", "dt", "dd", "dl", "details", "summary", "figure":
		r.owe(1)
		r.style(n.Data, inside)
		r.owe(1)
	default:
		r.style(n.Data, inside)
	}
}

// style marks what a plain tag marks.
func (r *reader) style(tag string, inside func()) {
	if kind := tags[tag]; kind != "" {
		r.entity(models.MessageEntity{Type: kind}, inside)
		return
	}
	inside()
}

// entity marks everything inside, if something comes of it. Code has nothing marked in it.
func (r *reader) entity(e models.MessageEntity, inside func()) {
	if r.coded {
		inside()
		return
	}
	i := len(r.entities)
	r.entities = append(r.entities, e)
	r.pending = append(r.pending, i)
	inside()
	if at := slices.Index(r.pending, i); at >= 0 {
		r.pending = slices.Delete(r.pending, at, at+1)
		return // without words its length stays 0, and it goes
	}
	r.entities[i].Length = r.units - r.entities[i].Offset
}

func (r *reader) link(n *nodes.Node, inside func()) {
	raw := attribute(n, "href")
	words := strings.TrimSpace(wordsOf(n))
	href := safeLink(raw)
	id, inMatrix := matrixID(raw)
	switch {
	case inMatrix && words == id:
		name, _, _ := strings.Cut(strings.TrimLeft(id, "@#!"), ":")
		r.text(name)
	case inMatrix || href == "" || r.linked || words == "":
		inside()
	case r.coded || !strings.HasPrefix(href, "http"):
		inside()
		if address := strings.TrimPrefix(strings.TrimPrefix(href, "mailto:"), "tel:"); address != words && href != words {
			r.space = true
			r.write("(" + address + ")")
		}
	case href == words || raw == words || strings.HasPrefix(words, "@") && href == "https://t.me/"+words[1:]:
		inside() // Telegram finds it by itself
	default:
		r.linked = true
		r.entity(models.MessageEntity{Type: models.MessageEntityTypeTextLink, URL: href}, inside)
		r.linked = false
	}
}

// matrixID gives what a link into Matrix points at.
func matrixID(href string) (string, bool) {
	href = strings.TrimSpace(href)
	if rest, ok := strings.CutPrefix(href, "matrix:"); ok {
		_, id, _ := strings.Cut(rest, "/")
		return "@" + id, true
	}
	_, rest, ok := strings.Cut(href, "://matrix.to/#/")
	rest, _, _ = strings.Cut(rest, "?")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	return rest, ok
}

// code marks a stretch of code. There is none in a link or a spoiler: Telegram would forget those.
func (r *reader) code(inside func()) {
	if r.coded || r.linked || r.hidden {
		inside()
		return
	}
	r.entity(models.MessageEntity{Type: models.MessageEntityTypeCode}, func() {
		r.coded = true
		inside()
		r.coded = false
	})
}

func (r *reader) pre(n *nodes.Node, inside func()) {
	e := models.MessageEntity{Type: models.MessageEntityTypePre}
	for c := range n.Descendants() {
		if name, ok := strings.CutPrefix(attribute(c, "class"), "language-"); ok && c.Data == "code" && language.MatchString(name) {
			e.Language = name
		}
	}
	before := r.verbatim
	lines := func() {
		r.verbatim = true
		inside()
		r.verbatim = before
	}
	r.owe(1)
	if r.coded || r.linked || r.hidden {
		lines()
	} else {
		r.entity(e, func() {
			r.coded = true
			lines()
			r.coded = false
		})
	}
	r.owe(1)
}

func (r *reader) quote(inside func()) {
	r.owe(1)
	if r.quoted {
		inside()
	} else {
		r.quoted = true
		r.entity(models.MessageEntity{Type: models.MessageEntityTypeBlockquote}, inside)
		r.quoted = false
	}
	r.owe(1)
}

// spoiler marks what is hidden; the reason stands before it.
func (r *reader) spoiler(n *nodes.Node, inside func()) {
	i := slices.IndexFunc(n.Attr, func(a nodes.Attribute) bool { return a.Key == "data-mx-spoiler" })
	if i < 0 {
		inside()
		return
	}
	if reason := strings.TrimSpace(n.Attr[i].Val); reason != "" {
		r.text("(" + reason + ") ")
	}
	r.entity(models.MessageEntity{Type: models.MessageEntityTypeSpoiler}, func() {
		before := r.hidden
		r.hidden = true
		inside()
		r.hidden = before
	})
}

// paragraph has an empty line around it, but not in a list.
func (r *reader) paragraph(n *nodes.Node, inside func()) {
	lines := 2
	if n.Parent != nil && n.Parent.Data == "li" {
		lines = 1
	}
	r.owe(lines)
	inside()
	r.owe(lines)
}

const bullet = "• "

func (r *reader) list(inside func()) {
	r.owe(1)
	inside()
	r.owe(1)
}

func (r *reader) item(n *nodes.Node, inside func()) {
	r.owe(1)
	mark := bullet
	if n.Parent != nil && n.Parent.Data == "ol" {
		mark = number(n) + ". "
	}
	depth := 0
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "li" {
			depth++
		}
	}
	before := r.indent
	r.indent = strings.Repeat(noBreak+noBreak, min(depth, 8))
	r.write(strings.TrimSuffix(mark, " "))
	r.space, r.marked = true, r.units
	r.indent = before
	inside()
	r.owe(1)
}

// number is a list item's number.
func number(item *nodes.Node) string {
	n, err := strconv.Atoi(attribute(item.Parent, "start"))
	if err != nil || n < 0 || n > 1<<30 {
		n = 1
	}
	for s := item.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Type == nodes.ElementNode && s.Data == "li" {
			n++
		}
	}
	return strconv.Itoa(n)
}

func cellBefore(n *nodes.Node) bool {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Data == "td" || s.Data == "th" {
			return true
		}
	}
	return false
}

func attribute(n *nodes.Node, name string) string {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val
		}
	}
	return ""
}

func wordsOf(n *nodes.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == nodes.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
