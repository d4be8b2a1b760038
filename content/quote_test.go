package content_test

import (
	"slices"
	"testing"

	"frontdesk/content"
)

func TestAfterQuotes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"hello", "hello"},
		{"> question\n\n// note", "// note"},
		{"> one\n> two\n\n> three\nanswer\n> four", "answer\n> four"},
		{" > question\n!close", "!close"},
		{"> all of it", ""},
		{"", ""},
		{"a > b\n> c", "a > b\n> c"},
	} {
		if got := content.AfterQuotes(test.text); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestAfterQuotesHTML(t *testing.T) {
	for _, test := range []struct{ html, want string }{
		{"<p>hello</p>", "<p>hello</p>"},
		{"<blockquote>\n<p>question</p>\n</blockquote>\n<p>// note</p>", "<p>// note</p>"},
		{"<mx-reply><blockquote>x</blockquote></mx-reply><blockquote>y</blockquote><br>!close", "!close"},
		{"<blockquote>all</blockquote>", ""},
		{"", ""},
	} {
		if got := content.AfterQuotesHTML(test.html); got != test.want {
			t.Errorf("%q: %q, want %q", test.html, got, test.want)
		}
	}
}

func TestLines(t *testing.T) {
	own, quoted := content.Lines(content.Message{
		Text: "> // secret\n>> deeper\n\nanswer",
		HTML: "<blockquote><p>// <b>secret</b></p><blockquote>deeper</blockquote></blockquote><p>answer</p>",
	})
	for _, line := range []string{"// secret", "deeper"} {
		if !slices.Contains(quoted, line) || slices.Contains(own, line) {
			t.Errorf("%q is to be quoted: own %q, quoted %q", line, own, quoted)
		}
	}
	if !slices.Contains(own, "answer") || slices.Contains(quoted, "answer") {
		t.Errorf("answer is to be own: own %q, quoted %q", own, quoted)
	}
}
