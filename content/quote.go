package content

import (
	"strings"

	"golang.org/x/net/html"
)

// AfterQuotes gives what follows the quoted lines that a text begins with; a text that begins with none is given as it is.
func AfterQuotes(text string) string {
	rest := text
	for {
		line, after, more := strings.Cut(rest, "\n")
		if _, quoted := unquotedLine(line); !quoted && (strings.TrimSpace(line) != "" || !more) {
			return rest
		}
		rest = after
	}
}

// AfterQuotesHTML is HTML without the quotes that it begins with.
func AfterQuotesHTML(source string) string {
	root := parse(source)
	if root == nil {
		return ""
	}
	for n := root.FirstChild; n != nil && (isQuote(n) || isBlank(n)); n = root.FirstChild {
		root.RemoveChild(n)
	}
	return render(root)
}

// Lines cuts a message into lines: those its writer wrote, and those that they quoted, without the marks before them. Text and HTML are both
// read: clients show one or the other.
func Lines(m Message) (own, quoted []string) {
	for line := range strings.Lines(m.Text) {
		if words, isQuoted := unquotedLine(line); isQuoted {
			quoted = append(quoted, words)
		} else {
			own = append(own, strings.TrimSpace(line))
		}
	}
	root := parse(m.HTML)
	if root == nil {
		return own, quoted
	}
	var quotes []*html.Node
	for n := range root.Descendants() {
		if isQuote(n) {
			quotes = append(quotes, n)
		}
	}
	for _, n := range quotes {
		for line := range strings.Lines(Plain(render(n))) {
			words, _ := unquotedLine(line)
			quoted = append(quoted, words)
		}
	}
	for _, n := range quotes {
		n.Parent.RemoveChild(n)
	}
	for line := range strings.Lines(Plain(render(root))) {
		own = append(own, strings.TrimSpace(line))
	}
	return own, quoted
}

// unquotedLine takes the marks of a quote off a line, and reports whether there were any.
func unquotedLine(line string) (string, bool) {
	line = strings.TrimSpace(line)
	words := strings.TrimLeft(line, "> \t")
	return words, strings.HasPrefix(line, ">")
}

func isQuote(n *html.Node) bool { return n.Type == html.ElementNode && n.Data == "blockquote" }

// isBlank reports whether nothing of a node is seen.
func isBlank(n *html.Node) bool {
	switch n.Type {
	case html.TextNode:
		return strings.TrimSpace(n.Data) == ""
	case html.ElementNode:
		return n.Data == "br" || n.Data == "mx-reply"
	}
	return true
}

// render writes the children of a node.
func render(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := html.Render(&b, c); err != nil {
			return ""
		}
	}
	return b.String()
}
