package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DeadLetter is an input, effect or desire that was given up.
type DeadLetter struct {
	Of       string // OfInput, OfEffect, OfDesire
	ID       string // input: "<source> <id>"; effect: its id; desire: "<room> <thing>"
	Lane     string
	Kind     string
	Error    string
	Attempts int
	At       time.Time // when it was given up
}

// What a DeadLetter is of.
const (
	OfInput  = "input"
	OfEffect = "effect"
	OfDesire = "desire"
)

// Short is what people call the letter: six hexadecimal digits, the same whenever it is listed. Two letters may share one.
func (l DeadLetter) Short() string {
	sum := sha256.Sum256([]byte(l.Of + " " + l.ID))
	return hex.EncodeToString(sum[:3])
}

// Prefixes of inputs' lanes that name a Matrix room or a conversation.
const (
	roomLane         = "room:"
	conversationLane = "conv:"
)

// RoomOfLane gives the room in which the staff sees what happens in a lane of inputs, or "" if there is none.
func RoomOfLane(tx Tx, lane string) (RoomKey, error) {
	if id, ok := strings.CutPrefix(lane, roomLane); ok {
		room, err := tx.RoomByID(RoomID(id))
		if ok, err := found(err); err != nil || !ok {
			return "", err
		}
		return room.Key, nil
	}
	if id, ok := strings.CutPrefix(lane, conversationLane); ok {
		c, err := tx.Conversation(ConversationID(id))
		if ok, err := found(err); err != nil || !ok || c.Portal == "" {
			return "", err
		}
		return PortalRoom(c.Portal), nil
	}
	return "", nil
}

const (
	deadRead  = 1000 // dead letters looked at; «!retry all» said again takes the next
	deadCause = 200  // runes shown of a cause
	deadSince = "2006-01-02 15:04 MST"
)

// faultCommands are those about what was given up.
func faultCommands() []command {
	return []command{
		{
			name: "dead", aliases: []string{"l", "недоставленное", "н"}, rooms: adminRooms, right: &right{ModSettings, true},
			params: []param{{name: "page", kind: paramWord, optional: true}}, run: (*act).orderDead,
		},
		{
			name: "retry", aliases: []string{"r", "повторить", "повтор"}, rooms: adminRooms, right: &right{ModSettings, true},
			params: []param{{name: "letter", kind: paramWord, optional: true}}, run: (*act).orderRetry,
		},
	}
}

// orderDead lists the dead letters, the newest first.
func (a *act) orderDead(o *order) (answer, error) {
	letters, err := a.deadLetters()
	if err != nil {
		return answer{}, err
	}
	if len(letters) == 0 {
		return said(a.word(o, "dead.none")), nil
	}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	l := listing{title: a.word(o, "dead.title", len(letters)), name: "dead", head: strings.Split(a.word(o, "dead.head"), "|")}
	for _, letter := range letters {
		where, err := a.letterRoom(letter)
		if err != nil {
			return answer{}, err
		}
		label, err := a.letterLabel(letter, where)
		if err != nil {
			return answer{}, err
		}
		l.rows = append(l.rows, []string{
			letter.Short(), a.orderMoment(o, letter.At, clock), label, letterKind(a.speaker(o.staff, o.site), letter), clip(flat(letter.Error), deadCause),
		})
	}
	out, err := a.list(o, l, o.given.word(0))
	if err != nil {
		return answer{}, err
	}
	how := a.word(o, "dead.how", letters[0].Short())
	out.text += "\n" + how
	if out.html != "" {
		out.html += "<p>" + escape(how) + "</p>"
	}
	return out, nil
}

func (a *act) deadLetters() ([]DeadLetter, error) {
	letters, err := a.tx.DeadLetters(deadRead)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return letters, nil
}

// letterKind says what was given up.
func letterKind(say sayer, l DeadLetter) string {
	switch l.Of {
	case OfEffect:
		return say("dead.what." + l.Kind)
	case OfDesire:
		return say("dead.what.desire", l.Kind)
	}
	source, _, _ := strings.Cut(l.ID, " ")
	return say("dead.what.input", source)
}

// letterLabel names for people what a dead letter is of: its room, the customer who has none yet, or its lane.
func (a *act) letterLabel(l DeadLetter, where RoomKey) (string, error) {
	if where != "" {
		label, _, err := a.roomLabel(where)
		return label, err
	}
	if name, err := a.customerOfLane(l.Lane); err != nil || name != "" {
		return name, err
	}
	return l.Lane, nil
}

// letterRoom gives the room a dead letter is of, "" if it is of none.
func (a *act) letterRoom(l DeadLetter) (RoomKey, error) {
	if l.Of != OfInput {
		return RoomKey(l.Lane), nil
	}
	room, err := RoomOfLane(a.tx, l.Lane)
	if err != nil {
		return "", fmt.Errorf("room of lane %s: %w", l.Lane, err)
	}
	return room, nil
}

// orderRetry makes dead letters pending again, oldest first, so that each lane keeps its order.
func (a *act) orderRetry(o *order) (answer, error) {
	letters, err := a.deadLetters()
	if err != nil {
		return answer{}, err
	}
	slices.Reverse(letters)
	word := strings.ToLower(o.given.word(0))
	if word == "" {
		return answer{}, Refuse(Invalid, "retry.which")
	}
	all := slices.Contains(wantsAll, word)
	count, known := 0, false
	for _, l := range letters {
		if !all && l.Short() != word {
			continue
		}
		known = true
		gone, err := a.takenBack(l)
		if err != nil {
			return answer{}, err
		}
		if gone {
			continue
		}
		if err := a.retry(o, l); err != nil {
			return answer{}, err
		}
		count++
	}
	switch {
	case count > 0:
		return said(a.word(o, "retry.done", count)), nil
	case known:
		return answer{}, Refuse(Conflict, "retry.deleted")
	case all:
		return said(a.word(o, "dead.none")), nil
	}
	return answer{}, Refuse(NotFound, "retry.unknown", clip(word, 40))
}

// takenBack reports whether a dead letter carries a message that its author has deleted since: that is not to be shown any more.
func (a *act) takenBack(l DeadLetter) (bool, error) {
	if l.Of != OfEffect {
		return false, nil
	}
	meaning := meaningOf(EffectID(l.ID))
	if meaning.message == "" || l.Kind == KindRedact {
		return false, nil
	}
	m, err := a.tx.Message(meaning.message)
	if ok, err := found(err); err != nil {
		return false, fmt.Errorf("message of a dead letter: %w", err)
	} else if !ok {
		return false, nil
	}
	return !m.Deleted.IsZero(), nil
}

// retry makes one dead letter pending again. What an input leads to is announced as late now, before it is worked; a message is marked
// when it is there, see echo.
func (a *act) retry(o *order, l DeadLetter) error {
	if err := a.tx.Revive(l.Of, l.ID); errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("retry %s %s: %w", l.Of, l.ID, err)
	}
	if err := a.record(string(o.by), "dead.retry", "", l.Of+" "+l.ID); err != nil {
		return err
	}
	if l.Of != OfInput {
		return nil
	}
	room, err := a.letterRoom(l)
	if err != nil || room == "" || room.Space() {
		return err
	}
	_, site, err := a.roomLabel(room)
	if err != nil {
		return err
	}
	a.line(Post{Room: room, Text: a.staffText(site, "late.input", letterKind(a.speaker(nil, site), l), l.At.UTC().Format(deadSince))})
	return nil
}

// markLate tells in the room that a customer's message came late, once all of it is there.
func (a *act) markLate(in Echo, m *Message) error {
	events, err := a.tx.EventsOf(m.ID)
	if err != nil {
		return fmt.Errorf("events of message %s: %w", m.ID, err)
	}
	if !m.Deleted.IsZero() || len(events) < len(partsOf(m.Content)) {
		return nil
	}
	_, site, err := a.roomLabel(in.Room)
	if err != nil {
		return err
	}
	a.line(Post{Room: in.Room, Text: a.staffText(site, "late.message", m.At.UTC().Format(deadSince)), Reply: Ref{Event: in.Event}})
	return nil
}
