package content

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// MaxHTML is the length in bytes above which HTML is not looked at: the plain text has to do. A Matrix event cannot be longer.
const MaxHTML = 64 * 1024

// maxDepth bounds the nesting of elements that is kept; deeper ones lose their tags.
const maxDepth = 40

// Sanitize reduces HTML to what customers may be shown: b strong i em u s del code pre a br p ul ol li blockquote, and a[href] with
// http, https, mailto or tel. Spoilers stay span[data-mx-spoiler] with their reason, and code keeps its language (code[class]): channels that
// know neither leave those tags out. Everything else loses its tags, and script, style and the like their content too. Links into Matrix become
// their text.
func Sanitize(html string) string {
	out, _ := sanitize(html)
	return out
}

// FromMatrix turns a Matrix event's formatted_body into what a customer sees: mx-reply is dropped, pills become their display text,
// the rest is sanitised. html is empty when it says no more than text.
func FromMatrix(formatted string) (html, text string) {
	html, rich := sanitize(formatted)
	text = Plain(html)
	if !rich {
		html = ""
	}
	return html, text
}

// sanitize also tells whether the tags that are left say more than line breaks do.
func sanitize(source string) (out string, rich bool) {
	root := parse(source)
	if root == nil {
		return "", false
	}
	var w sanitizer
	w.children(root, 0)
	return strings.TrimSpace(w.out.String()), w.rich
}

// parse reads a fragment; nil if there is nothing in it that can be read.
func parse(source string) *html.Node {
	if source == "" || len(source) > MaxHTML {
		return nil
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(source), body)
	if err != nil {
		return nil
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return body
}

// dropped are the elements that go with everything in them.
var dropped = map[string]bool{
	"script": true, "style": true, "head": true, "title": true, "template": true, "iframe": true, "noscript": true, "noembed": true,
	"noframes": true, "object": true, "embed": true, "svg": true, "math": true, "textarea": true, "select": true, "audio": true,
	"video": true, "canvas": true, "frameset": true, "plaintext": true, "xmp": true, "mx-reply": true,
}

// kept maps the elements that stay to what they become.
var kept = map[string]string{
	"b": "b", "strong": "strong", "i": "i", "em": "em", "u": "u", "ins": "u", "s": "s", "strike": "s", "del": "del",
	"code": "code", "pre": "pre", "p": "p", "ul": "ul", "ol": "ol", "li": "li", "blockquote": "blockquote",
	"h1": "strong", "h2": "strong", "h3": "strong", "h4": "strong", "h5": "strong", "h6": "strong",
}

// breaking are the elements without a tag of their own in the result after which a line ends.
var breaking = map[string]bool{
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "div": true, "tr": true, "hr": true, "summary": true,
	"section": true, "article": true, "dt": true, "dd": true,
}

type sanitizer struct {
	out  strings.Builder
	rich bool
}

func (w *sanitizer) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth)
	}
}

func (w *sanitizer) node(n *html.Node, depth int) {
	switch n.Type {
	case html.TextNode:
		w.out.WriteString(escapeText(n.Data))
	case html.ElementNode:
		w.element(n, depth+1)
	}
}

func (w *sanitizer) element(n *html.Node, depth int) {
	switch name := n.Data; {
	case dropped[name] || n.Namespace != "":
	case name == "br":
		w.out.WriteString("<br>")
	case name == "img":
		w.out.WriteString(escapeText(attribute(n, "alt")))
	case name == "a" && depth <= maxDepth:
		w.link(n, depth)
	case name == "span" && spoiler(n) != "" && depth <= maxDepth:
		w.rich = true
		w.out.WriteString(spoiler(n))
		w.children(n, depth)
		w.out.WriteString("</span>")
	case kept[name] != "" && depth <= maxDepth:
		tag := kept[name]
		w.rich = w.rich || tag != "p"
		w.out.WriteString("<" + tag + language(n) + ">")
		w.children(n, depth)
		w.out.WriteString("</" + tag + ">")
		w.breakAfter(n)
	case name == "td" || name == "th":
		w.children(n, depth)
		w.out.WriteString(" ")
	default:
		w.children(n, depth)
		w.breakAfter(n)
	}
}

// spoiler gives the tag of an element that hides its words; "" if it hides none.
func spoiler(n *html.Node) string {
	const name = "data-mx-spoiler"
	if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Namespace == "" && a.Key == name }) {
		return ""
	}
	if reason := attribute(n, name); reason != "" {
		return "<span " + name + `="` + escapeText(reason) + `">`
	}
	return "<span " + name + ">"
}

var languageClass = regexp.MustCompile(`^language-[A-Za-z0-9_+#.-]{1,40}$`)

// language gives the class that names the language of code.
func language(n *html.Node) string {
	if class := attribute(n, "class"); n.Data == "code" && languageClass.MatchString(class) {
		return ` class="` + class + `"`
	}
	return ""
}

// breakAfter ends the line after a block, unless it is the last thing there is.
func (w *sanitizer) breakAfter(n *html.Node) {
	if breaking[n.Data] && n.NextSibling != nil {
		w.out.WriteString("<br>")
	}
}

func (w *sanitizer) link(n *html.Node, depth int) {
	raw := attribute(n, "href")
	if id, ok := pill(raw); ok {
		if words := nodeText(n); words != id {
			w.out.WriteString(escapeText(words))
		} else {
			w.out.WriteString(escapeText(localpart(id)))
		}
		return
	}
	href := safeLink(raw)
	if href == "" {
		w.children(n, depth)
		return
	}
	w.rich = w.rich || strings.TrimSpace(nodeText(n)) != raw
	w.out.WriteString(`<a href="` + escapeText(href) + `">`)
	w.children(n, depth)
	w.out.WriteString("</a>")
}

// maxLink bounds the length of a link, in bytes.
const maxLink = 2048

// safeLink gives a link's address if it may be followed, else "".
func safeLink(raw string) string {
	raw = strings.TrimSpace(raw)
	if raw == "" || len(raw) > maxLink {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || strings.EqualFold(u.Hostname(), "matrix.to") {
			return ""
		}
	case "mailto", "tel":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	return u.String()
}

// pill gives the Matrix id a link points at, if it points into Matrix.
func pill(href string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return "", false
	}
	if strings.EqualFold(u.Scheme, "matrix") {
		_, id, _ := strings.Cut(u.Opaque, "/")
		return "@" + id, true
	}
	if !strings.EqualFold(u.Hostname(), "matrix.to") {
		return "", false
	}
	return strings.TrimPrefix(u.Fragment, "/"), true
}

// localpart is what of a Matrix id people are called by.
func localpart(id string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(id, "@#!"), ":")
	return name
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val
		}
	}
	return ""
}

// nodeText gives the words in a node as they stand.
func nodeText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "\x00", "")

func escapeText(s string) string { return textEscaper.Replace(s) }
