package markup

import (
	"testing"

	"github.com/go-telegram/bot/models"

	"frontdesk/content"
)

// on marks a stretch of text by its words' place.
func on(kind models.MessageEntityType, offset, length int) models.MessageEntity {
	return models.MessageEntity{Type: kind, Offset: offset, Length: length}
}

func linked(offset, length int, url string) models.MessageEntity {
	return models.MessageEntity{Type: models.MessageEntityTypeTextLink, Offset: offset, Length: length, URL: url}
}

func coded(offset, length int, language string) models.MessageEntity {
	return models.MessageEntity{Type: models.MessageEntityTypePre, Offset: offset, Length: length, Language: language}
}

type entities = []models.MessageEntity

func TestToMatrix(t *testing.T) {
	for _, c := range []struct {
		name     string
		text     string
		entities entities
		html     string
		plain    string // where it is not the text
	}{
		{"plain", "a < b\nc", nil, "", ""},
		{"bold", "a bold b", entities{on("bold", 2, 4)}, "a <b>bold</b> b", ""},
		{"italic", "it", entities{on("italic", 0, 2)}, "<i>it</i>", ""},
		{"underline", "un", entities{on("underline", 0, 2)}, "<u>un</u>", ""},
		{"strikethrough", "st", entities{on("strikethrough", 0, 2)}, "<del>st</del>", ""},
		{"spoiler", "the killer is X", entities{on("spoiler", 14, 1)}, "the killer is <span data-mx-spoiler>X</span>", ""},
		{"code", "run ls -l", entities{on("code", 4, 5)}, "run <code>ls -l</code>", ""},
		{"pre", "see\na\n  b\nend", entities{on("pre", 4, 5)}, "see<pre><code>a\n  b</code></pre>end", ""},
		{"pre with language", "x := 1 < 2", entities{coded(0, 10, "go")}, `<pre><code class="language-go">x := 1 &lt; 2</code></pre>`, ""},
		{"a language that is none", "x", entities{coded(0, 1, `"><script>`)}, "<pre><code>x</code></pre>", ""},
		{"quote", "they said\nno\nand left", entities{on("blockquote", 10, 2)}, "they said<blockquote>no</blockquote>and left", "they said\n> no\nand left"},
		{"expandable quote", "long", entities{on("expandable_blockquote", 0, 4)}, "<blockquote>long</blockquote>", "> long"},
		{"lines in a quote", "a\nb", entities{on("blockquote", 0, 3)}, "<blockquote>a<br>b</blockquote>", "> a\nb"},
		{"link", "the docs", entities{linked(4, 4, "https://x.example/?a=1&b=2")}, `the <a href="https://x.example/?a=1&amp;b=2">docs</a>`, "the docs (https://x.example/?a=1&b=2)"},
		{"link without a scheme", "docs", entities{linked(0, 4, "x.example/a")}, `<a href="http://x.example/a">docs</a>`, "docs (http://x.example/a)"},
		{"link that shows itself", "https://x.example/", entities{linked(0, 18, "https://x.example/")}, "", ""},
		{"link that Matrix does not follow", "me", entities{linked(0, 2, "tg://user?id=7")}, "me (tg://user?id=7)", "me (tg://user?id=7)"},
		{"script link", "me", entities{linked(0, 2, "javascript:alert(1)")}, "me (javascript:alert(1))", "me (javascript:alert(1))"},
		{"found address", "https://x.example a@b.example +79001234567", entities{on("url", 0, 17), on("email", 18, 11), on("phone_number", 30, 12)}, "", ""},
		{"mention", "ask @anna_p", entities{on("mention", 4, 7)}, `ask <a href="https://t.me/anna_p">@anna_p</a>`, "ask @anna_p (https://t.me/anna_p)"},
		{"mention without a name", "ask Anna", entities{{Type: "text_mention", Offset: 4, Length: 4, User: &models.User{ID: 7}}}, "", ""},
		{"hashtag, cashtag, command", "#a $B /c", entities{on("hashtag", 0, 2), on("cashtag", 3, 2), on("bot_command", 6, 2)}, "", ""},
		{"custom emoji is its fallback", "👍 ok", entities{{Type: "custom_emoji", Offset: 0, Length: 2, CustomEmojiID: "5"}}, "", ""},
		{"unknown entity", "a", entities{on("date_time", 0, 1)}, "", ""},
		{"offsets are UTF-16", "😀 b 😀", entities{on("bold", 3, 1), on("italic", 5, 2)}, "😀 <b>b</b> <i>😀</i>", ""},
		{"nested", "abc", entities{on("bold", 0, 3), on("italic", 1, 1)}, "<b>a<i>b</i>c</b>", ""},
		{"same place", "ab", entities{on("italic", 0, 2), on("bold", 0, 2)}, "<i><b>ab</b></i>", ""},
		{"overlapping", "abc", entities{on("bold", 0, 2), on("italic", 1, 2)}, "<b>a<i>b</i></b><i>c</i>", ""},
		{"bold over part of a link", "abcd", entities{on("bold", 0, 2), linked(1, 3, "https://x.example/")}, `<b>a</b><a href="https://x.example/"><b>b</b>cd</a>`, "abcd (https://x.example/)"},
		{"bold over quotes", "a\nb\nc", entities{on("bold", 0, 5), on("blockquote", 2, 1)}, "<b>a</b><blockquote><b>b</b></blockquote><b>c</b>", "a\n> b\nc"},
		{"two quotes", "a\nb", entities{on("blockquote", 0, 1), on("blockquote", 2, 1)}, "<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n> b"},
		{"link in a link", "ab", entities{linked(0, 2, "https://x.example/"), linked(0, 1, "https://y.example/")}, `<a href="https://x.example/">ab</a>`, "ab (https://x.example/)"},
		{"code in a link", "ab", entities{linked(0, 2, "https://x.example/"), on("code", 0, 2)}, `<a href="https://x.example/"><code>ab</code></a>`, "ab (https://x.example/)"},
		{"indented lines", "<a>\n  b  c", entities{on("bold", 0, 3)}, "<b>&lt;a&gt;</b><br>\u00a0\u00a0b \u00a0c", "<a>\n  b  c"},
		{"out of bounds", "ab", entities{on("bold", 1, 9), on("italic", -3, 4), on("code", 7, 1), on("underline", 1, -1)}, "<i>a</i><b>b</b>", ""},
		{"half a character", "😀b", entities{on("bold", 1, 2)}, "<b>😀b</b>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.plain == "" {
				c.plain = c.text
			}
			want := content.Message{Text: c.plain, HTML: c.html}
			got := ToMatrix(Text{c.text, c.entities})
			if got.Text != want.Text || got.HTML != want.HTML {
				t.Errorf("\n got %q\n     %q\nwant %q\n     %q", got.HTML, got.Text, want.HTML, want.Text)
			}
			if clean := content.Sanitize(got.HTML); clean != got.HTML {
				t.Errorf("the desk would make %q of it", clean)
			}
		})
	}
}

// The HTML is for people who trust their client: nothing of it may be more than the words, links and marks it stands for.
func FuzzToMatrix(f *testing.F) {
	f.Add("a bold b", "bold", 2, 4, "italic", 3, 9, "https://x.example/")
	f.Add("😀\nb", "pre", 1, 2, "text_link", 0, 3, "javascript:alert(1)")
	f.Add("<script>", "blockquote", 0, 5, "text_link", 2, 6, `"><img src=x>`)
	f.Fuzz(func(t *testing.T, text, kind1 string, from1, length1 int, kind2 string, from2, length2 int, url string) {
		a := models.MessageEntity{Type: models.MessageEntityType(kind1), Offset: from1, Length: length1, URL: url, Language: url}
		b := models.MessageEntity{Type: models.MessageEntityType(kind2), Offset: from2, Length: length2, URL: url, Language: url}
		got := ToMatrix(Text{text, entities{a, b}})
		if got.HTML == "" {
			return
		}
		clean := content.Sanitize(got.HTML)
		if content.Plain(clean) != content.Plain(got.HTML) {
			t.Errorf("sanitising takes words away:\n%q\n%q", got.HTML, clean)
		}
		if back := FromHTML(got.HTML); len(back.Entities) > 0 {
			check(t, back)
		}
	})
}
