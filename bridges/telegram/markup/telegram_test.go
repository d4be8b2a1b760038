package markup

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"frontdesk/content"
)

func TestFromHTML(t *testing.T) {
	for _, c := range []struct {
		name, html, text string
		entities         entities
	}{
		{"plain", "a &lt; b<br>c", "a < b\nc", nil},
		{"bold", "a <b>bold</b> <strong>too</strong>", "a bold too", entities{on("bold", 2, 4), on("bold", 7, 3)}},
		{"italic", "<i>a</i>-<em>b</em>", "a-b", entities{on("italic", 0, 1), on("italic", 2, 1)}},
		{"underline", "<u>a</u>-<ins>b</ins>", "a-b", entities{on("underline", 0, 1), on("underline", 2, 1)}},
		{"strikethrough", "<del>a</del>-<s>b</s>-<strike>c</strike>", "a-b-c", entities{on("strikethrough", 0, 1), on("strikethrough", 2, 1), on("strikethrough", 4, 1)}},
		{"spoiler", `it is <span data-mx-spoiler>X</span>`, "it is X", entities{on("spoiler", 6, 1)}},
		{"spoiler with a reason", `<span data-mx-spoiler="the end">X</span>`, "(the end) X", entities{on("spoiler", 10, 1)}},
		{"code", "run <code>ls  -l</code>", "run ls -l", entities{on("code", 4, 5)}},
		{"pre", "see<pre><code>a\n  b\n</code></pre>end", "see\na\n  b\nend", entities{coded(4, 5, "")}},
		{"pre with language", `<pre><code class="language-go">x := 1</code></pre>`, "x := 1", entities{coded(0, 6, "go")}},
		{"bold in code is code", "<code>a <b>b</b></code>", "a b", entities{on("code", 0, 3)}},
		{"code in bold cuts it", "<b>a <code>b</code> c</b>", "a b c", entities{on("bold", 0, 1), on("code", 2, 1), on("bold", 4, 1)}},
		{"code in a link is the link", `<a href="https://x.example/"><code>b</code></a>`, "b", entities{linked(0, 1, "https://x.example/")}},
		{"code in a spoiler stays hidden", "<span data-mx-spoiler><code>b</code></span>", "b", entities{on("spoiler", 0, 1)}},
		{"quote", "<p>they said</p><blockquote><p>no</p></blockquote><p>and left</p>", "they said\n\nno\n\nand left", entities{on("blockquote", 11, 2)}},
		{"quote between lines", "a<blockquote>b<br>c</blockquote>d", "a\nb\nc\nd", entities{on("blockquote", 2, 3)}},
		{"quote in a quote", "<blockquote>a<blockquote>b</blockquote></blockquote>", "a\nb", entities{on("blockquote", 0, 3)}},
		{"bold in a quote", "<blockquote>a <b>b</b></blockquote>", "a b", entities{on("blockquote", 0, 3), on("bold", 2, 1)}},
		{"link", `the <a href="https://x.example/a?b=1&amp;c=2">docs</a>.`, "the docs.", entities{linked(4, 4, "https://x.example/a?b=1&c=2")}},
		{"bold link", `<b><a href="https://x.example/">docs</a></b>`, "docs", entities{on("bold", 0, 4), linked(0, 4, "https://x.example/")}},
		{"link that shows itself", `<a href="https://x.example/a">https://x.example/a</a>`, "https://x.example/a", nil},
		{"mail and phone", `<a href="mailto:a@b.example">write</a>, <a href="tel:+7900">+7900</a>`, "write (a@b.example), +7900", nil},
		{"script link", `<a href="javascript:alert(1)">x</a>`, "x", nil},
		{"user of Telegram", `<a href="https://t.me/anna_p">@anna_p</a>`, "@anna_p", nil},
		{"pill", `<a href="https://matrix.to/#/@anna:desk.example">Anna</a>, hi`, "Anna, hi", nil},
		{"bare pill", `<a href="https://matrix.to/#/@anna:desk.example?via=x">@anna:desk.example</a>`, "anna", nil},
		{"encoded pill", `<a href="https://matrix.to/#/%40anna%3Adesk.example">@anna:desk.example</a>`, "anna", nil},
		{"matrix link", `<a href="matrix:u/anna:desk.example">@anna:desk.example</a>`, "anna", nil},
		{"quoted reply goes", "<mx-reply><blockquote>secret</blockquote></mx-reply>answer", "answer", nil},
		{"bullets", "<p>buy:</p><ul><li>a</li><li><p>b</p></li></ul>", "buy:\n\n• a\n• b", nil},
		{"numbers", `<ol start="3"><li>a</li><li>b</li></ol>`, "3. a\n4. b", nil},
		{"list in a list", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", "• a\n\u00a0\u00a01. b\n• c", nil},
		{"bold item", "<ul><li><b>a</b> b</li></ul>", "• a b", entities{on("bold", 2, 1)}},
		{"heading", "<h1>Title</h1><p>text</p>", "Title\n\ntext", entities{on("bold", 0, 5)}},
		{"table", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2", entities{on("bold", 0, 1), on("bold", 4, 1)}},
		{"picture", `<img data-mx-emoticon src="mxc://a/b" alt=":smile:">`, ":smile:", nil},
		{"rule", "a<hr>b", "a\n———\nb", nil},
		{"paragraphs", "<p>a</p>\n<p>b</p>\n", "a\n\nb", nil},
		{"spaces", "  a \n <b> b </b> c ", "a b c", entities{on("bold", 2, 1)}},
		{"no-break spaces stay", "a\u00a0 b", "a\u00a0 b", nil},
		{"styles of a kind merge", "<b>a<b>b</b></b><b>c</b>", "abc", entities{on("bold", 0, 3)}},
		{"nothing marked", "a<b></b><i> </i>b", "a b", nil},
		{"offsets are UTF-16", "😀 <b>😀</b>", "😀 😀", entities{on("bold", 3, 2)}},
		{"script and style", "a<script>alert(1)</script><style>p{}</style>b", "ab", nil},
		{"unknown tags", `<marquee>a</marquee><font color="#f00">b</font><sub>c</sub>`, "abc", nil},
		{"unclosed", "<b>a<i>b", "ab", entities{on("bold", 0, 2), on("italic", 1, 1)}},
		{"nothing", "<p> </p><br>", "", nil},
		{"too long", strings.Repeat("<b>x</b>", content.MaxHTML), "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := FromHTML(c.html)
			if got.Text != c.text || len(got.Entities)+len(c.entities) > 0 && !reflect.DeepEqual(got.Entities, []models.MessageEntity(c.entities)) {
				t.Errorf("FromHTML(%q)\n got %q %+v\nwant %q %+v", c.html, got.Text, got.Entities, c.text, c.entities)
			}
			check(t, got)
		})
	}
}

func TestFromMessage(t *testing.T) {
	if got := FromMessage(content.Message{Text: "a (https://x.example/)", HTML: `<a href="https://x.example/">a</a>`}); got.Text != "a" || len(got.Entities) != 1 {
		t.Errorf("%+v", got)
	}
	if got := FromMessage(content.Message{Text: " a\n<b> ", HTML: "<p></p>"}); got.Text != "a\n<b>" || len(got.Entities) != 0 {
		t.Errorf("%+v", got)
	}
}

// check holds a text to what Telegram demands of entities.
func check(t *testing.T, x Text) {
	t.Helper()
	all := encode(x.Text)
	for i, e := range x.Entities {
		switch {
		case e.Offset < 0 || e.Length <= 0 || end(e) > len(all):
			t.Fatalf("%+v is out of %d units", e, len(all))
		case whole(all, e.Offset) != e.Offset || whole(all, end(e)) != end(e):
			t.Fatalf("%+v cuts a character", e)
		case strings.TrimSpace(decode(all[e.Offset:end(e)])) == "":
			t.Fatalf("%+v marks nothing", e)
		case e.Type == models.MessageEntityTypeTextLink && safeLink(e.URL) == "":
			t.Fatalf("%+v is no link", e)
		}
		for _, o := range x.Entities[i+1:] {
			if o.Offset < e.Offset {
				t.Fatalf("%+v before %+v", e, o)
			}
			if o.Offset >= end(e) || isQuote(e) != isQuote(o) && (isQuote(e) || isQuote(o)) {
				continue
			}
			if isCode(e) || isCode(o) || isQuote(e) || e.Type == o.Type {
				t.Fatalf("%+v and %+v in one place of %q", e, o, x.Text)
			}
		}
	}
}

func FuzzFromHTML(f *testing.F) {
	f.Add("<p>a <b>b</b></p><ul><li>c<blockquote>d</blockquote></li></ul>")
	f.Add(`<pre><code class="language-go">a<b>x</b></code></pre><a href="https://x.example"><code>c</code></a>`)
	f.Add("<span data-mx-spoiler='r'><pre>x</pre></span><table><tr><td>a<td>b")
	f.Fuzz(func(t *testing.T, source string) {
		got := FromHTML(source)
		if !utf8.ValidString(got.Text) || strings.Contains(got.Text, "\x00") {
			t.Errorf("%q gives %q", source, got.Text)
		}
		check(t, got)
		for _, piece := range Split(got, 20, 40) {
			check(t, piece)
		}
	})
}
