package markup

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    Text
		limit int
		want  []Text
	}{
		{"short", Text{"one two", entities{on("bold", 0, 3)}}, 10, []Text{{"one two", entities{on("bold", 0, 3)}}}},
		{"nothing", Text{" \n ", nil}, 10, nil},
		{"paragraph before line", Text{"aaaaa\n\nb\nccccccc", nil}, 12, []Text{{"aaaaa", nil}, {"b\nccccccc", nil}}},
		{"line before word", Text{"aaa bbb\nc ddddd", nil}, 12, []Text{{"aaa bbb", nil}, {"c ddddd", nil}}},
		{"sentence before word", Text{"Aaa bb. C ddddd", nil}, 12, []Text{{"Aaa bb.", nil}, {"C ddddd", nil}}},
		{"word", Text{"aaa bbbb ccccc", nil}, 12, []Text{{"aaa bbbb", nil}, {"ccccc", nil}}},
		{"nowhere", Text{"abcdefghij", nil}, 4, []Text{{"abcd", nil}, {"efgh", nil}, {"ij", nil}}},
		{"not in a character", Text{"a😀😀😀", nil}, 4, []Text{{"a😀", nil}, {"😀😀", nil}}},
		{"not in a family", Text{"abcdef👩‍👧 x", nil}, 9, []Text{{"abcdef", nil}, {"👩‍👧 x", nil}}},
		{"what is marked goes on", Text{"aaaa bbbb", entities{on("bold", 2, 5), linked(0, 9, "https://x.example/")}}, 5,
			[]Text{{"aaaa", entities{linked(0, 4, "https://x.example/"), on("bold", 2, 2)}}, {"bbbb", entities{linked(0, 4, "https://x.example/"), on("bold", 0, 2)}}}},
		{"indentation stays", Text{"aaaaaa\n  bbb", entities{on("pre", 0, 12)}}, 8, []Text{{"aaaaaa", entities{on("pre", 0, 6)}}, {"  bbb", entities{on("pre", 0, 5)}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Split(c.in, c.limit, c.limit); !reflect.DeepEqual(got, c.want) {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSplitFirst(t *testing.T) {
	got := Split(Text{"one two three", nil}, 4, 9)
	if len(got) != 2 || got[0].Text != "one" || got[1].Text != "two three" {
		t.Errorf("%+v", got)
	}
}

func TestSplitKeepsEveryEntity(t *testing.T) {
	var x Text
	for i := range 250 {
		x.Text += "ab "
		x.Entities = append(x.Entities, on("bold", 3*i, 1))
	}
	marked := 0
	for _, piece := range Split(x, MaxText, MaxText) {
		if len(piece.Entities) > maxEntities {
			t.Errorf("%d entities in a message", len(piece.Entities))
		}
		marked += len(piece.Entities)
	}
	if marked != 250 {
		t.Errorf("%d entities are left", marked)
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func FuzzSplit(f *testing.F) {
	f.Add("one two three\n\nfour 😀 five", 3, 9, 7, uint8(0))
	f.Add("👩‍👧👩‍👧👩‍👧", 0, 9, 4, uint8(1))
	kinds := []models.MessageEntityType{"bold", "pre", "blockquote", "spoiler"}
	f.Fuzz(func(t *testing.T, text string, from, length, limit int, kind uint8) {
		if limit < 2 || limit > 5000 {
			return
		}
		x := Text{text, entities{on(kinds[int(kind)%len(kinds)], from, length)}}
		together := ""
		for _, piece := range Split(x, limit, limit) {
			if n := Length(piece.Text); n == 0 || n > limit {
				t.Errorf("a message of %d units, at most %d are allowed", n, limit)
			}
			check(t, piece)
			together += piece.Text
		}
		if squeeze(together) != squeeze(decode(encode(text))) {
			t.Errorf("%q became %q", text, together)
		}
	})
}

// message makes a message as Telegram's clients make them: styles on words, quotes and code on lines.
func message(r *rand.Rand) Text {
	words := []string{"hello", "мир", "😀", "a<b", "x&y", "1.", "👩‍👧", "end"}
	styles := []models.MessageEntityType{"bold", "italic", "underline", "strikethrough", "spoiler"}
	var x Text
	for line := range 1 + r.IntN(5) {
		if line > 0 {
			x.Text += "\n"
		}
		start := Length(x.Text)
		block := r.IntN(6)
		var spans entities
		for i := range 1 + r.IntN(5) {
			if i > 0 {
				x.Text += " "
			}
			from := Length(x.Text)
			x.Text += words[r.IntN(len(words))]
			e := on(styles[r.IntN(len(styles))], from, Length(x.Text)-from)
			n := r.IntN(8)
			switch {
			case block == 0 || n > 4:
				continue
			case n == 0:
				e = on("code", e.Offset, e.Length)
			case n == 1:
				e = linked(e.Offset, e.Length, "https://x.example/?a=1&b=2")
			}
			spans = append(spans, e)
			if style := on(styles[r.IntN(len(styles))], e.Offset, e.Length); n > 0 && r.IntN(2) == 0 && style.Type != e.Type {
				spans = append(spans, style)
			}
		}
		switch whole := Length(x.Text) - start; block {
		case 0:
			spans = entities{coded(start, whole, []string{"", "go"}[r.IntN(2)])}
		case 1:
			spans = append(spans, on("blockquote", start, whole))
		}
		x.Entities = append(x.Entities, spans...)
	}
	x.Entities = tidy(encode(x.Text), x.Entities)
	return x
}

// marks says for each unit of a text what it is marked as.
func marks(x Text) []map[models.MessageEntity]bool {
	out := make([]map[models.MessageEntity]bool, len(encode(x.Text)))
	for _, e := range x.Entities {
		kind := e
		kind.Offset, kind.Length = 0, 0
		for i := e.Offset; i < end(e); i++ {
			if out[i] == nil {
				out[i] = map[models.MessageEntity]bool{}
			}
			out[i][kind] = true
		}
	}
	return out
}

func TestThereAndBackAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		x := message(r)
		there := ToMatrix(x)
		back := FromMessage(there)
		if back.Text != x.Text || !reflect.DeepEqual(marks(back), marks(x)) {
			t.Fatalf("\n%q %+v\nbecame %q\nbecame %q %+v", x.Text, x.Entities, there.HTML, back.Text, back.Entities)
		}
	}
}
