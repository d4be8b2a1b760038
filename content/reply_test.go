package content

import (
	"slices"
	"strings"
	"testing"
)

func TestStripReply(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"no quote", "answer", "answer"},
		{"reply", "> <@anna:x> question\n\nanswer", "answer"},
		{"several lines", "> <@anna:x> one\n> two\n> three\n\nanswer\nmore", "answer\nmore"},
		{"emote", "> * <@anna:x> waves\n\nanswer", "answer"},
		{"a quote of the writer's own stays", "> as you said\n\nanswer", "> as you said\n\nanswer"},
		{"a quote inside the answer stays", "> <@anna:x> q\n\nanswer\n> own", "answer\n> own"},
		{"only a quote", "> <@anna:x> question", ""},
		{"no empty line", "> <@anna:x> q\nanswer", "answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := StripReply(c.in); got != c.want {
				t.Errorf("StripReply(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestPermalinks(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"nothing here", nil},
		{"https://matrix.to/#/@anna:x", nil},
		{"https://matrix.to/#/!r:x", nil},
		{"see https://matrix.to/#/!r:x/$abc?via=x now", []string{"$abc"}},
		{"https://matrix.to/#/%21r%3Ax/%24abc-_d", []string{"$abc-_d"}},
		{"(https://matrix.to/#/!r:x/$abc:x).", []string{"$abc:x"}},
		{`<a href="https://matrix.to/#/!r:x/$abc&amp;via=x">x</a>`, []string{"$abc&via=x"}},
		{`<a href="https://matrix.to/#/!r:x/&#36;abc">x</a>`, []string{"$abc"}},
		{"HTTPS://MATRIX.TO/#/!r/$Abc", []string{"$Abc"}},
		{"matrix:roomid/r:x/e/abc and matrix:r/alias:x/event/def?via=y", []string{"$abc", "$def"}},
		{"https://matrix.to/#/!r/$a https://matrix.to/#/!r/$a", []string{"$a"}},
	} {
		if got := Permalinks(c.in); !slices.Equal(got, c.want) {
			t.Errorf("Permalinks(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzStripReply(f *testing.F) {
	for _, seed := range []string{"> <@a:b> q\n\na", "> <@", "> * <@\n>", "a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if out := StripReply(body); !strings.HasSuffix(body, out) {
			t.Fatalf("StripReply(%q) = %q", body, out)
		}
	})
}

func FuzzPermalinks(f *testing.F) {
	for _, seed := range []string{"https://matrix.to/#/!r/$e", "matrix:roomid/r/e/x", "https://matrix.to/#/%zz/%24", "&#36;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, id := range Permalinks(s) {
			if len(id) < 2 || id[0] != '$' {
				t.Fatalf("Permalinks(%q) has %q", s, id)
			}
		}
	})
}
