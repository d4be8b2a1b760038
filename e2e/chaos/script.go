package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"regexp"
	"strings"
)

// side is who acts in a conversation.
type side string

const (
	visitorSide  side = "v"
	operatorSide side = "o"
)

// line is one message of the script. Its key is unique in the run and stands at the beginning of the text, or of the file's name.
type line struct {
	Key          string
	Conversation int
	From         side
	N            int // position among this side's lines of the conversation
	Text         string
	File         *file
}

type file struct {
	Name string
	Data []byte
	Sum  string // SHA-256 in hex
}

// entry is how the operator takes a ticket.
type entry string

const (
	byReaction entry = "reaction"
	byJoining  entry = "joining"
)

// conversation is the script of one: who answers, how the ticket is taken, and what each side says in order. The last line of each side
// is said after the last fault: when it has come through, everything before it in its lane has been worked.
type conversation struct {
	N        int
	Operator int
	Entry    entry
	Lines    map[side][]line
}

// script is everything that is said in a run; the same options give the same script.
type script struct {
	Conversations []conversation
	Messages      int // texts and files together
}

var keyPattern = regexp.MustCompile(`c\d{2,}[vo]\d{4,}x[0-9a-f]{8}`)

// keyOf finds a line's key in a text or a file name, "" if there is none.
func keyOf(s string) string { return keyPattern.FindString(s) }

// write makes the script: texts messages and files, spread over the conversations and both sides.
func write(o options) script {
	rnd := rand.New(rand.NewPCG(o.Seed, 0x5C819))
	s := script{Messages: o.Messages + o.Files}
	for i := range o.Conversations {
		c := conversation{N: i, Operator: i % o.Operators, Entry: byReaction, Lines: map[side][]line{}}
		if rnd.IntN(3) == 0 {
			c.Entry = byJoining
		}
		s.Conversations = append(s.Conversations, c)
	}
	for i := range s.Messages {
		c := &s.Conversations[i%o.Conversations]
		from := visitorSide
		// The first two lines of a conversation are one of each side, so that both have an end; the rest fall as they may.
		if turn := i / o.Conversations; turn == 1 || turn > 1 && rnd.IntN(2) == 0 {
			from = operatorSide
		}
		n := len(c.Lines[from])
		l := line{Conversation: c.N, From: from, N: n, Key: fmt.Sprintf("c%02d%s%04dx%08x", c.N, from, n, rnd.Uint32())}
		if i >= 2*o.Conversations && i%max(1, (s.Messages-2*o.Conversations)/max(1, o.Files)) == 0 && s.files() < o.Files {
			l.File = scriptFile(rnd, l.Key)
		} else {
			l.Text = l.Key + scriptWords(rnd)
			if o.Channel == byTelegram && from == visitorSide {
				l.Text = strings.ReplaceAll(l.Text, "@room", "room") // Telegram makes a link of it, which the staff see with its address
			}
		}
		c.Lines[from] = append(c.Lines[from], l)
	}
	return s
}

func (s script) files() int {
	n := 0
	for l := range s.all() {
		if l.File != nil {
			n++
		}
	}
	return n
}

// all goes through every line.
func (s script) all() func(yield func(line) bool) {
	return func(yield func(line) bool) {
		for _, c := range s.Conversations {
			for _, from := range []side{visitorSide, operatorSide} {
				for _, l := range c.Lines[from] {
					if !yield(l) {
						return
					}
				}
			}
		}
	}
}

// Words that ask something of every conversion on the way: markup, quotes, lines, scripts of several languages, long runs.
var vocabulary = []string{
	"where is my order", "<b>not bold</b>", "a & b", `"quoted"`, "строка на русском", "第二行", "one\ntwo", "5 < 6 > 4", "https://example.org/a?b=1&c=2",
	"*stars* _and_ `ticks`", "😀 👍🏽 👨‍👩‍👧", "&amp; literally", "@room", "#42", "tab\there", strings.Repeat("long ", 60) + "end",
}

func scriptWords(rnd *rand.Rand) string {
	var b strings.Builder
	for range rnd.IntN(4) {
		b.WriteString(" " + vocabulary[rnd.IntN(len(vocabulary))])
	}
	return b.String()
}

// scriptFile makes bytes, a text or a picture, of 1 to 300 KiB and never the same twice.
func scriptFile(rnd *rand.Rand, key string) *file {
	data := make([]byte, 1<<10+rnd.IntN(300<<10))
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	f := &file{Name: key + ".bin", Data: data}
	switch rnd.IntN(3) {
	case 0:
		f.Name, f.Data = key+".txt", []byte(key+"\n"+hex.EncodeToString(data[:len(data)/2]))
	case 1:
		f.Name, f.Data = key+".png", picture(rnd)
	}
	f.Sum = sumOf(f.Data)
	return f
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func picture(rnd *rand.Rand) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 20+rnd.IntN(200), 20+rnd.IntN(200)))
	for i := range img.Pix {
		img.Pix[i] = byte(rnd.Uint32())
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // writing to memory cannot fail
	}
	return b.Bytes()
}
