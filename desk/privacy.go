package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"frontdesk/content"
)

// Privacy (O3). A message stays among the staff if it is a note ("//"), stands in a thread, or relates to something that stays among
// the staff. That is decided once, when it comes, and by the original: nothing that is said of it later publishes it. What relates to
// something we know nothing of, or to a line the customer never saw, does not go out either, but its writer is told.
//
// Element takes "//" for a slash meant as such and sends "/". Nobody can tell then a note from a path, and words shown to the customer
// cannot be taken back: one slash makes a note, too, and its writer is shown so.

// secrecy says whether words may leave.
type secrecy int

const (
	public   secrecy = iota
	private          // meant for the staff, plainly
	implied          // stays among the staff for what it relates to; its writer is shown so
	slashed          // begins with one slash: a note as Element sends it, or a path; its writer is shown so, and told of what may be a path
	internal         // answers something the customer cannot see; its writer is told
)

// secrecyOf judges a message in a portal by its words and by everything it relates to or quotes.
func (a *act) secrecyOf(p *portalPlace, in StaffMessage) (secrecy, error) {
	if in.Notice || in.Relation == InThread || begins(in.Content, "//") {
		return private, nil
	}
	if isNote(in.Content) {
		return slashed, nil
	}
	out := public
	for _, id := range append(quotedEvents(in.Quoted, in.Content), in.ReplyTo, in.Relates) {
		s, err := a.secrecyOfTarget(in.Room, id)
		if err != nil {
			return public, err
		}
		if s == implied {
			return implied, nil
		}
		out = max(out, s)
	}
	if quotes, err := a.quotesPrivate(p, in.Content); err != nil || quotes {
		return implied, err
	}
	return out, nil
}

// secrecyOfTarget judges what words may do that relate to an event.
func (a *act) secrecyOfTarget(room RoomKey, id EventID) (secrecy, error) {
	if id == "" {
		return public, nil
	}
	ev, err := a.event(room, id)
	switch {
	case err != nil:
		return public, err
	case ev == nil:
		return internal, nil
	case ev.Kind == EventMessage, ev.Kind == EventEdit:
		return public, nil
	case ev.Kind == EventPrivate:
		return implied, nil
	}
	return internal, nil
}

// quotedEvents lists the events a text points at: those its translator found, and the permalinks still in it.
func quotedEvents(given []EventID, m content.Message) []EventID {
	out := append([]EventID(nil), given...)
	for _, link := range content.Permalinks(m.Text + "\n" + m.HTML) {
		out = append(out, EventID(link))
	}
	return out
}

// isNote reports whether a message is a private note: its words, however they are dressed, begin with "//" or with what Element leaves of it.
func isNote(m content.Message) bool {
	return begins(m, "//") || isSlashed(m, "")
}

// isSlashed reports whether a message begins with one slash and then with next. Element takes a slash away only where the plain text
// begins with it: a path in backticks is words like others.
func isSlashed(m content.Message, next string) bool {
	return begins(content.Message{Text: m.Text}, "/"+next)
}

// isCommand reports whether a message is meant for the bot.
func isCommand(m content.Message) bool {
	return begins(m, "!")
}

// begins reports whether the words of a message begin with prefix.
func begins(m content.Message, prefix string) bool {
	for _, words := range beginnings(m) {
		if strings.HasPrefix(bare(words), prefix) {
			return true
		}
	}
	return false
}

// beginnings are the words of a message as they may be read: in plain text or in HTML, with or without what is quoted before them.
func beginnings(m content.Message) []string {
	return []string{
		m.Text, content.StripReply(m.Text), content.AfterQuotes(m.Text), content.Plain(m.HTML), content.Plain(content.AfterQuotesHTML(m.HTML)),
	}
}

// Limits of what is remembered of private words, and of what is read to tell whether the customer knows them.
const (
	maxPrivateLines = 50 // of a message
	maxToldMessages = 100
)

// keepPrivate remembers an event of a portal that stays among the staff, and by their hashes the lines of its words: a client's button to quote
// them copies no more than the words.
func (a *act) keepPrivate(p *portalPlace, ev *Event, m content.Message) error {
	own, _ := content.Lines(m)
	var hashes []string
	for _, line := range own[:min(len(own), maxPrivateLines)] {
		if words := lineWords(line); words != "" {
			hashes = append(hashes, lineHash(words))
		}
	}
	if err := a.tx.PutPrivateLines(p.room, hashes); err != nil {
		return fmt.Errorf("remember private lines of %s: %w", p.room, err)
	}
	return a.keepInside(p, ev, EventPrivate)
}

// quotesPrivate reports whether a message quotes words that stayed among the staff: a line with the mark of a note, or one that stands in a
// private message of the room. What the customer was told as well is no secret.
func (a *act) quotesPrivate(p *portalPlace, m content.Message) (bool, error) {
	_, quoted := content.Lines(publicContent(m)) // what clients quote of an answered message goes to nobody
	for _, line := range quoted {
		words, marked := lineWords(line), strings.HasPrefix(bare(line), "//") || strings.HasPrefix(bare(line), "/ ")
		if words == "" {
			if marked {
				return true, nil
			}
			continue
		}
		known, err := a.tx.IsPrivateLine(p.room, lineHash(words))
		if err != nil {
			return false, fmt.Errorf("look for a private line of %s: %w", p.room, err)
		}
		if !known && !marked {
			continue
		}
		if told, err := a.isTold(p.conversation, words); err != nil || !told {
			return true, err
		}
	}
	return false, nil
}

// isTold reports whether a line stands in one of the newest messages that the customer can read.
func (a *act) isTold(c *Conversation, words string) (bool, error) {
	recent, err := a.tx.MessagesBefore(c.ID, 0, maxToldMessages)
	if err != nil {
		return false, fmt.Errorf("messages of conversation %s: %w", c.ID, err)
	}
	for i := range recent {
		for line := range strings.Lines(recent[i].Content.Text) {
			if recent[i].Deleted.IsZero() && lineWords(line) == words {
				return true, nil
			}
		}
	}
	return false, nil
}

// lineWords gives a line as lines are compared: folded, without the mark of a note.
func lineWords(line string) string {
	return content.Fold(strings.Join(strings.Fields(strings.TrimLeft(bare(line), "/")), " "))
}

func lineHash(words string) string {
	sum := sha256.Sum256([]byte(words))
	return hex.EncodeToString(sum[:16])
}

// bare drops what cannot be seen before the first letter: white space, zero-width and direction marks.
func bare(s string) string {
	return strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u3164' || r == '\ufe0f'
	})
}
