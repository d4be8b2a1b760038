package content

import (
	"slices"
	"strings"
	"testing"
)

// ogg makes an Ogg stream of packets of the given sizes, behind two packets of headers.
func ogg(sizes ...int) []byte {
	var out []byte
	for _, size := range append([]int{19, 300}, sizes...) {
		var segments []byte
		for rest := size; ; rest -= lastSegment {
			segments = append(segments, byte(min(rest, lastSegment)))
			if rest < lastSegment {
				break
			}
		}
		out = append(out, "OggS"...)
		out = append(out, make([]byte, segmentCount-4)...)
		out = append(out, byte(len(segments)))
		out = append(out, segments...)
		out = append(out, make([]byte, size)...)
	}
	return out
}

func TestLoudness(t *testing.T) {
	many := make([]int, 1000)
	for i := range many {
		many[i] = 10 + 90*(i/500)
	}
	for _, c := range []struct {
		name   string
		stream []byte
		want   string
	}{
		{"silence, a word, silence", ogg(3, 3, 150, 255, 75, 3), "00kza0"},
		{"always the same", ogg(40, 40, 40), "hhh"},
		{"many packets", ogg(many...), strings.Repeat("0", 50) + strings.Repeat("z", 50)},
		{"a packet over two segments", ogg(10, 600), "0z"},
		{"cut off in a page", ogg(3, 150, 40)[:len(ogg(3, 150))+20], "0z"},
		{"headers only", ogg(), ""},
		{"empty", nil, ""},
		{"no ogg", []byte("ID3 this is a song and not an Ogg stream at all"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 7, 1 << 20} {
				var l Loudness
				for chunk := range slices.Chunk(c.stream, step) {
					if n, err := l.Write(chunk); n != len(chunk) || err != nil {
						t.Fatalf("took %d of %d, %v", n, len(chunk), err)
					}
				}
				if got := l.String(); got != c.want {
					t.Errorf("in steps of %d: %q, want %q", step, got, c.want)
				}
			}
		})
	}
}

func TestWaveform(t *testing.T) {
	for loudness, want := range map[string][]int{"": nil, "0hz": {0, 497, 1024}, "0!": nil, "Ж": nil, "-1": nil} {
		if got := Waveform(loudness, 1024); !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", loudness, got, want)
		}
	}
}

func FuzzLoudness(f *testing.F) {
	f.Add(ogg(3, 600, 40), 5)
	f.Add([]byte("OggS"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		var whole, parts Loudness
		_, _ = whole.Write(stream)
		for chunk := range slices.Chunk(stream, min(max(step, 1), 1<<10)) {
			_, _ = parts.Write(chunk)
		}
		got := whole.String()
		if got != parts.String() || len(got) > loudnessSteps || got != "" && len(Waveform(got, 1024)) != len(got) {
			t.Fatalf("%q, in parts %q", got, parts.String())
		}
	})
}
