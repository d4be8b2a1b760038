package content

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestSanitize(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "hello", "hello"},
		{"kept", "<b>b</b><strong>s</strong><i>i</i><em>e</em><u>u</u><s>s</s><del>d</del><code>c</code>", "<b>b</b><strong>s</strong><i>i</i><em>e</em><u>u</u><s>s</s><del>d</del><code>c</code>"},
		{"blocks", "<p>one</p><blockquote>two</blockquote><ul><li>a</li></ul><ol><li>b</li></ol>", "<p>one</p><blockquote>two</blockquote><ul><li>a</li></ul><ol><li>b</li></ol>"},
		{"pre", "<pre><code class=\"language-go\">a\n  b</code></pre>", "<pre><code class=\"language-go\">a\n  b</code></pre>"},
		{"other classes go", `<code class="x">a</code><code class='language-&quot;onclick'>b</code><b class="language-go">c</b>`, "<code>a</code><code>b</code><b>c</b>"},
		{"line break", "a<br/>b", "a<br>b"},
		{"old names", "<strike>a</strike><ins>b</ins>", "<s>a</s><u>b</u>"},
		{"headings", "<h1>Title</h1>text", "<strong>Title</strong><br>text"},
		{"unknown tag keeps its words", "<marquee>a</marquee><font color=red>b</font>", "ab"},
		{"script goes with its content", "a<script>alert(1)</script>b", "ab"},
		{"style goes with its content", "a<style>p{}</style>b", "ab"},
		{"svg goes", `a<svg onload="x"><a href="javascript:1">z</a></svg>b`, "ab"},
		{"math goes", "a<math><mtext><img src=x onerror=1></mtext></math>b", "ab"},
		{"iframe goes", `a<iframe srcdoc="<script>x</script>">z</iframe>b`, "ab"},
		{"attributes go", `<b onclick="x" style="y" class="z">a</b>`, "<b>a</b>"},
		{"comment", "a<!-- <b>x</b> -->b", "ab"},
		{"web link", `<a href="https://example.org/a?b=c&amp;d=e" target="_blank">x</a>`, `<a href="https://example.org/a?b=c&amp;d=e">x</a>`},
		{"mail and phone", `<a href="mailto:a@b.c">m</a><a href="tel:+7">t</a>`, `<a href="mailto:a@b.c">m</a><a href="tel:+7">t</a>`},
		{"script link", `<a href="javascript:alert(1)">x</a>`, "x"},
		{"script link in disguise", `<a href=" JaVa` + "\t" + `Script:alert(1)">x</a>`, "x"},
		{"data link", `<a href="data:text/html,x">x</a>`, "x"},
		{"relative link", `<a href="/etc">x</a><a href="//evil.example">y</a>`, "xy"},
		{"image becomes its description", `<img src="mxc://a/b" alt="smile">`, "smile"},
		{"user pill", `<a href="https://matrix.to/#/@anna:example.org">Anna</a>, hi`, "Anna, hi"},
		{"bare user pill", `<a href="https://matrix.to/#/@anna:example.org">@anna:example.org</a>`, "anna"},
		{"event link", `<a href="https://matrix.to/#/!r:x/$e">there</a>`, "there"},
		{"matrix link", `<a href="matrix:u/anna:example.org">Anna</a>`, "Anna"},
		{"quoted reply", `<mx-reply><blockquote><a href="https://matrix.to/#/!r/$e">In reply to</a> secret</blockquote></mx-reply>answer`, "answer"},
		{"spoiler", `<span data-mx-spoiler onclick="x">x</span>`, "<span data-mx-spoiler>x</span>"},
		{"spoiler with a reason", `<span data-mx-spoiler='"why"'>x</span>`, `<span data-mx-spoiler="&#34;why&#34;">x</span>`},
		{"other spans go", `<span data-mx-color="#f00">x</span>`, "x"},
		{"unclosed", "<b>a<i>b", "<b>a<i>b</i></b>"},
		{"angle brackets in text", "1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b <br>c"},
		{"deep nesting ends", strings.Repeat("<b>", 60) + "x", strings.Repeat("<b>", maxDepth) + "x" + strings.Repeat("</b>", maxDepth)},
		{"too long", strings.Repeat("<b>x</b>", MaxHTML), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sanitize(c.in); got != c.want {
				t.Errorf("Sanitize(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestFromMatrix(t *testing.T) {
	for _, c := range []struct{ name, in, html, text string }{
		{"nothing more than text", "<p>one</p><p>two</p>", "", "one\n\ntwo"},
		{"line breaks only", "a<br>b", "", "a\nb"},
		{"emphasis", "a <b>b</b>", "a <b>b</b>", "a b"},
		{"link that shows itself", `<a href="https://x.example/a">https://x.example/a</a>`, "", "https://x.example/a"},
		{"link with words", `<a href="https://x.example/a">docs</a>`, `<a href="https://x.example/a">docs</a>`, "docs (https://x.example/a)"},
		{"list", "<ol><li>a</li><li>b</li></ol>", "<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"},
		{"bullets", "<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>", "• a\n• b"},
		{"quote", "<blockquote>a</blockquote>b", "<blockquote>a</blockquote>b", "> a\nb"},
		{"code", "<pre><code>a\n  b</code></pre>", "<pre><code>a\n  b</code></pre>", "a\n  b"},
		{"reply", "<mx-reply>secret</mx-reply>answer", "", "answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			html, text := FromMatrix(c.in)
			if html != c.html || text != c.text {
				t.Errorf("FromMatrix(%q) = %q, %q\nwant %q, %q", c.in, html, text, c.html, c.text)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a < b & \"c\"", "a &lt; b &amp; &#34;c&#34;"},
		{"a\nb", "a<br>b"},
		{"see https://x.example/a?b=1&c=2.", `see <a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.`},
		{"(http://x.example)", `(<a href="http://x.example">http://x.example</a>)`},
		{"write to a.b@c.example, please", `write to <a href="mailto:a.b@c.example">a.b@c.example</a>, please`},
		{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"javascript:alert(1)", "javascript:alert(1)"},
		{"https://", "https://"},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

// checkSafe fails unless HTML consists of allowed tags and links only.
func checkSafe(t *testing.T, source, out string) {
	t.Helper()
	allowed := strings.Fields("b strong i em u s del code pre a br p ul ol li blockquote span")
	z := html.NewTokenizer(strings.NewReader(out))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if !slices.Contains(allowed, token.Data) {
				t.Fatalf("%q became %q with tag %s", source, out, token.Data)
			}
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%q became %q with a comment", source, out)
		}
		if kind == html.StartTagToken && token.Data == "span" && (len(token.Attr) != 1 || token.Attr[0].Key != "data-mx-spoiler") {
			t.Fatalf("%q became %q with a span that hides nothing", source, out)
		}
		for _, a := range token.Attr {
			if a.Key == "data-mx-spoiler" || token.Data == "code" && a.Key == "class" && languageClass.MatchString(a.Val) {
				continue
			}
			u, err := url.Parse(a.Val)
			if token.Data != "a" || a.Key != "href" || err != nil || !slices.Contains([]string{"http", "https", "mailto", "tel"}, u.Scheme) {
				t.Fatalf("%q became %q with attribute %s=%q of %s", source, out, a.Key, a.Val, token.Data)
			}
		}
	}
}

func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{
		"<b>a</b>", "<script>x</script>", `<a href="javascript:x">a</a>`, `<a href="https://matrix.to/#/@a:b">a</a>`, "<svg><p><style><a id=\"</style><img src=1 onerror=1>\">",
		"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "<pre>\n\nx", "<p><button><p>x", "a\x00b",
		`<a href="https://a/"><table><a href="https://b/">x`, "<!DOCTYPE html><html><body onload=1>x", "&lt;script&gt;", "<plaintext><b>",
		`<span data-mx-spoiler='"><script>'>x</span>`, `<pre><code class="language-go">x</code></pre><code class='language-"x'>y`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		checkSafe(t, source, Sanitize(source))
		html, _ := FromMatrix(source)
		checkSafe(t, source, html)
		checkSafe(t, source, Escape(source))
	})
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"<p>a</p>", "<ol><li>a", "<pre> x</pre>", "<a href=https://x>y</a>", strings.Repeat("<div>", 300) + "x", "<blockquote><blockquote>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if out := Plain(source); strings.Contains(out, "\n\n\n") || out != strings.TrimSpace(out) {
			t.Fatalf("Plain(%q) = %q", source, out)
		}
	})
}
