package content

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Plain gives the words of an HTML text, with line breaks where blocks end. Addresses of links stand in parentheses after the words
// where the words do not show them.
func Plain(source string) string { return plain(source, plainWriter{}) }

// PlainIDs is Plain for those who read commands: in the place of a mention stands the Matrix id of who is mentioned.
func PlainIDs(source string, mentioned []string) string {
	return plain(source, plainWriter{ids: true, mentioned: mentioned})
}

func plain(source string, w plainWriter) string {
	root := parse(source)
	if root == nil {
		return ""
	}
	w.children(root, 0)
	return strings.TrimSpace(excessBreaks.ReplaceAllString(w.out.String(), "\n\n"))
}

var (
	excessBreaks = regexp.MustCompile(`\n{3,}`)
	whiteSpace   = regexp.MustCompile(`[ \t\r\n\f]+`)
)

type plainWriter struct {
	out      strings.Builder
	last     byte // last byte written, 0 at the start
	verbatim bool // inside pre
	ids      bool // mentions by id

	mentioned []string // ids of those the message mentions
}

func (w *plainWriter) write(s string) {
	if s == "" {
		return
	}
	w.out.WriteString(s)
	w.last = s[len(s)-1]
}

func (w *plainWriter) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth+1)
	}
}

func (w *plainWriter) node(n *html.Node, depth int) {
	switch {
	case n.Type == html.TextNode:
		w.text(n.Data)
	case n.Type != html.ElementNode || dropped[n.Data] || n.Namespace != "":
	case depth > 4*maxDepth:
		w.text(nodeText(n))
	default:
		w.element(n, depth)
	}
}

func (w *plainWriter) text(s string) {
	s = strings.ReplaceAll(s, "\x00", "")
	if w.verbatim {
		w.write(s)
		return
	}
	s = whiteSpace.ReplaceAllString(s, " ")
	if w.last == 0 || w.last == '\n' || w.last == ' ' {
		s = strings.TrimPrefix(s, " ")
	}
	w.write(s)
}

func (w *plainWriter) element(n *html.Node, depth int) {
	switch n.Data {
	case "br", "hr":
		w.write("\n")
	case "img":
		w.text(attribute(n, "alt"))
	case "a":
		if id := w.mention(attribute(n, "href")); id != "" {
			w.write(id)
			return
		}
		w.children(n, depth)
		href := safeLink(attribute(n, "href"))
		words := strings.TrimSpace(nodeText(n))
		if href != "" && href != words && strings.TrimPrefix(strings.TrimPrefix(href, "mailto:"), "tel:") != words {
			w.write(" (" + href + ")")
		}
	case "p", "div", "blockquote", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "pre", "section", "article":
		w.block(n, depth)
	case "li":
		w.breakLine()
		w.write(bullet(n))
		w.children(n, depth)
		w.breakLine()
	case "td", "th":
		w.children(n, depth)
		w.write(" ")
	default:
		w.children(n, depth)
	}
}

// mention gives the id of who a link mentions, where ids are wanted, else "". A client may have an address of its own before the id; then the list
// of those a message mentions tells it.
func (w *plainWriter) mention(href string) string {
	if !w.ids {
		return ""
	}
	if id, ok := pill(href); ok && strings.HasPrefix(id, "@") {
		return id
	}
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	for _, id := range w.mentioned {
		if strings.HasPrefix(id, "@") && (strings.HasSuffix(u.Fragment, "/"+id) || strings.HasSuffix(u.Path, "/"+id)) {
			return id
		}
	}
	return ""
}

func (w *plainWriter) block(n *html.Node, depth int) {
	w.breakLine()
	before := w.verbatim
	w.verbatim = before || n.Data == "pre"
	if n.Data == "blockquote" {
		w.write("> ")
	}
	w.children(n, depth)
	w.verbatim = before
	w.breakLine()
	if n.Data == "p" && n.NextSibling != nil {
		w.write("\n")
	}
}

func (w *plainWriter) breakLine() {
	if w.last != 0 && w.last != '\n' {
		w.write("\n")
	}
}

// bullet is what stands before a list item.
func bullet(item *html.Node) string {
	if item.Parent == nil || item.Parent.Data != "ol" {
		return "• "
	}
	n := 1
	for s := item.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Type == html.ElementNode && s.Data == "li" {
			n++
		}
	}
	return strconv.Itoa(n) + ". "
}

// Escape turns plain text into HTML: escaped, line breaks kept, web and mail addresses as links.
func Escape(text string) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		at := address.FindStringIndex(rest)
		if at == nil {
			b.WriteString(escapeLines(rest))
			break
		}
		b.WriteString(escapeLines(rest[:at[0]]))
		found := rest[at[0]:at[1]]
		trimmed := strings.TrimRight(found, ".,;:!?)]}»\"'")
		b.WriteString(linked(trimmed))
		rest = rest[at[0]+len(trimmed):]
	}
	return b.String()
}

var address = regexp.MustCompile(`https?://[^\s<>"]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

func linked(s string) string {
	href := s
	if !strings.Contains(s, "://") {
		href = "mailto:" + s
	}
	if href = safeLink(href); href == "" {
		return escapeText(s)
	}
	return `<a href="` + escapeText(href) + `">` + escapeText(s) + "</a>"
}

func escapeLines(s string) string { return strings.ReplaceAll(escapeText(s), "\n", "<br>") }
