package desk

import (
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

// secrecyOf judges a message by its words and by everything it relates to.
func (a *act) secrecyOf(in StaffMessage) (secrecy, error) {
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

// begins reports whether the words of a message begin with prefix, in plain text or in HTML, with or without a quoted reply before.
func begins(m content.Message, prefix string) bool {
	for _, words := range []string{m.Text, content.StripReply(m.Text), content.Plain(m.HTML)} {
		if strings.HasPrefix(bare(words), prefix) {
			return true
		}
	}
	return false
}

// bare drops what cannot be seen before the first letter: white space, zero-width and direction marks.
func bare(s string) string {
	return strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u3164' || r == '\ufe0f'
	})
}
