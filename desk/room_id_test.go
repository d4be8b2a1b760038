package desk

import (
	"strings"
	"testing"
)

func TestReadRoomID(t *testing.T) {
	for word, want := range map[string]RoomID{
		"!a:b": "!a:b", "!v12": "!v12", "https://matrix.to/#/!a:b?via=c": "!a:b", "https://matrix.to/#/%21a%3Ab": "!a:b", "matrix:roomid/a:b?action=join": "!a:b",
		"": "", "!": "", "a:b": "", "#a:b": "", "https://matrix.to/#/!a:b/$event": "", "https://matrix.to/#/%zz": "",
		"!" + strings.Repeat("x", 300): "", "!a b": "",
	} {
		if got, ok := readRoomID(word); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t; want %q", word, got, ok, want)
		}
	}
}

func FuzzReadRoomID(f *testing.F) {
	f.Add("!a:b")
	f.Add("https://matrix.to/#/%21a%3Ab?via=c")
	f.Fuzz(func(t *testing.T, word string) {
		if id, ok := readRoomID(word); ok && (len(id) < 2 || id[0] != '!' || len(id) > 255 || strings.ContainsAny(string(id), " /\n\x00")) {
			t.Errorf("%q became %q", word, id)
		}
	})
}
