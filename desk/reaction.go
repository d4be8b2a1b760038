package desk

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// byCustomer marks the customer's own reactions.
const byCustomer = "customer"

// maxReactions bounds a customer's different reactions to one message.
const maxReactions = 10

// customerReaction puts a customer's reaction to a message, or takes it back. Doing it twice is doing it once.
func (a *act) customerReaction(in CustomerReaction) error {
	c, m, err := a.conversationMessage(in.Conversation, in.Message)
	if err != nil {
		return err
	}
	if !isReactionKey(in.Key) {
		return Refuse(Invalid, "reaction.invalid")
	}
	if !m.Deleted.IsZero() || m.Author == FromSystem || m.Status == Failed {
		return Refuse(Conflict, "reaction.not_here")
	}
	if err := a.notBlocked(c); err != nil {
		return err
	}
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.By == byCustomer && r.Key == in.Key })
	if (at >= 0) == in.On {
		return nil
	}
	room, persona, err := a.whereAndWho(m)
	if err != nil {
		return err
	}
	if !in.On {
		row := m.Reactions[at].Row
		m.Reactions = slices.Delete(m.Reactions, at, at+1)
		a.emit(Redact{ID: a.effectID(), Room: room, As: persona, Target: Ref{Row: row}})
		return a.revise(c, m)
	}
	own := 0
	for _, r := range m.Reactions {
		if r.By == byCustomer {
			own++
		}
	}
	if own >= maxReactions {
		return Refuse(Invalid, "reaction.too_many", maxReactions)
	}
	row := reactionRow(m.ID, a.newID())
	m.Reactions = append(m.Reactions, Reaction{Key: in.Key, By: byCustomer, Row: row})
	a.emit(React{ID: row, Room: room, As: persona, Target: Ref{Message: m.ID}, Key: in.Key})
	return a.revise(c, m)
}

// isReactionKey reports whether a key is short printable text, as emoji are.
func isReactionKey(key string) bool {
	if key == "" || len(key) > MaxReaction || !utf8.ValidString(key) || strings.HasPrefix(key, "mxc://") {
		return false
	}
	for _, r := range key {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// staffReaction is a button pressed on a card, or a reaction to something in a portal.
func (a *act) staffReaction(in StaffReaction) error {
	if known, err := a.known(in.Room, in.Event); known || err != nil {
		return err
	}
	target, err := a.event(in.Room, in.Relates)
	if err != nil {
		return err
	}
	ev := &Event{Room: in.Room, ID: in.Event, Kind: EventReaction, Sender: in.Sender, Relates: in.Relates, Key: in.Key}
	if pressed, err := a.pressAnswer(in, target); pressed || err != nil {
		if err != nil {
			return err
		}
		ev.Kind = EventCommand
		return a.tx.PutEvent(ev)
	}
	if kind, _ := in.Room.Split(); kind == KindLobby {
		if err := a.tx.PutEvent(ev); err != nil {
			return fmt.Errorf("put reaction: %w", err)
		}
		if target == nil {
			return nil
		}
		return a.pressButton(in, target)
	}
	if pressed, err := a.pressDisturb(in, target); pressed || err != nil {
		if err != nil {
			return err
		}
		ev.Kind = EventCommand
		return a.tx.PutEvent(ev)
	}
	p, err := a.place(in.Room)
	if err != nil || p == nil {
		return err
	}
	if pressed, err := a.pressAction(in, p, target); pressed || err != nil {
		if err != nil {
			return err
		}
		return a.keepInside(p, ev, EventCommand)
	}
	if pressed, err := a.pressResend(in, target); pressed || err != nil {
		if err != nil {
			return err
		}
		return a.keepInside(p, ev, EventCommand)
	}
	if target == nil || target.Kind != EventMessage {
		return a.keepInside(p, ev, EventPrivate)
	}
	return a.publishReaction(p, ev, target.Message)
}

// publishReaction shows a reaction to the customer, if its sender may speak.
func (a *act) publishReaction(p *portalPlace, ev *Event, id MessageID) error {
	refusal, err := a.maySpeak(p, ev.Sender)
	if err != nil {
		return err
	}
	if refusal != nil || !isReactionKey(ev.Key) {
		return a.keepInside(p, ev, EventUnsent)
	}
	m, err := a.tx.Message(id)
	if err != nil {
		return fmt.Errorf("message %s reacted to: %w", id, err)
	}
	if !m.Deleted.IsZero() {
		return a.keepInside(p, ev, EventUnsent)
	}
	ev.Message = m.ID
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put reaction: %w", err)
	}
	m.Reactions = append(m.Reactions, Reaction{Key: ev.Key, By: string(ev.Sender), Event: ev.ID})
	return a.revise(p.conversation, m)
}

// takeReactionBack removes what a redacted reaction of the staff had put.
func (a *act) takeReactionBack(in StaffRedaction, ev *Event) error {
	if kind, _ := in.Room.Split(); kind == KindLobby {
		gone := *ev
		gone.Kind = EventNotice
		if err := a.tx.PutEvent(&gone); err != nil {
			return fmt.Errorf("put reaction %s: %w", ev.ID, err)
		}
		return a.releaseButton(ev)
	}
	if ev.Message == "" {
		return nil
	}
	m, err := a.tx.Message(ev.Message)
	if err != nil {
		return fmt.Errorf("message %s reacted to: %w", ev.Message, err)
	}
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Event == ev.ID })
	if at < 0 {
		return nil
	}
	m.Reactions = slices.Delete(m.Reactions, at, at+1)
	c, err := a.tx.Conversation(m.Conversation)
	if err != nil {
		return fmt.Errorf("conversation of message %s: %w", m.ID, err)
	}
	return a.revise(c, m)
}

// emoji is a reaction key without the mark that asks for its coloured form, which clients set or not.
func emoji(key string) string { return strings.ReplaceAll(key, "\ufe0f", "") }
