package appservice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// isCard reports whether a desired thing, or the row of an event, is a ticket's card.
func isCard(thing string) bool { return strings.HasPrefix(thing, desk.ThingCard) }

// cardMemo is what is remembered of a card.
type cardMemo struct {
	Event   desk.EventID            `json:"event,omitempty"`
	Sends   int                     `json:"sends"`             // how often it was sent anew
	Edits   int                     `json:"edits"`             // of this event
	Digest  string                  `json:"digest"`            // of what it shows
	Buttons map[string]desk.EventID `json:"buttons,omitempty"` // the bot's reactions that are there
	Pinned  desk.EventID            `json:"pinned,omitempty"`  // the event that is pinned
}

// applyCard shows a card: it is sent once, then edited; if its event was redacted, it is sent anew. Transaction ids come from the memo, so a
// step that is repeated because its memo was lost makes nothing twice.
func (s *Service) applyCard(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error) {
	var want desk.Card
	if err := readValue(d, &want); err != nil {
		return nil, err
	}
	var m cardMemo
	if len(memo) > 0 {
		_ = json.Unmarshal(memo, &m)
	}
	row := desk.EffectID(d.Thing)
	if m.Event == "" {
		event, err := s.eventByRow(ctx, room.Key, row)
		if err != nil {
			return nil, err
		}
		m.Event = event
	}
	// A card that shows something new is edited unseen where little is lost if somebody has just deleted it: its number is on another card.
	if m.Event != "" && !(want.Pinned && m.Digest != digestOf(want.Text, want.HTML)) {
		there, err := s.isThere(ctx, room, m.Event)
		if err != nil {
			return nil, err
		}
		if !there {
			m = cardMemo{Sends: m.Sends + 1, Pinned: m.Pinned}
		}
	}
	if err := s.showCard(ctx, room, row, want, &m); err != nil {
		return nil, err
	}
	if err := s.showButtons(ctx, room, row, want.Buttons, &m); err != nil {
		return nil, err
	}
	if want.Pinned && m.Pinned != m.Event {
		if err := s.pin(ctx, room, m.Pinned, m.Event); err != nil {
			return nil, err
		}
		m.Pinned = m.Event
	}
	return json.Marshal(m)
}

// isThere reports whether an event can still be read.
func (s *Service) isThere(ctx context.Context, room desk.Room, event desk.EventID) (bool, error) {
	var e struct {
		Content map[string]json.RawMessage `json:"content"`
	}
	read := func() error {
		return s.do(ctx, s.bot, "read event in room "+string(room.ID), request{
			method: http.MethodGet, path: []any{"v3", "rooms", room.ID, "event", event}, out: &e,
		})
	}
	err := read()
	if hasCode(err, codeForbidden) {
		if err := s.bringBack(ctx, room, desk.Bot); err != nil {
			return false, err
		}
		err = read()
	}
	if hasCode(err, codeNotFound) {
		return false, nil
	}
	return len(e.Content) > 0, err
}

func (s *Service) showCard(ctx context.Context, room desk.Room, row desk.EffectID, want desk.Card, m *cardMemo) error {
	// No notice: clients show those small and grey, and do not ring for them.
	body := map[string]any{
		"msgtype": "m.text", "body": want.Text, "format": htmlFormat, "formatted_body": want.HTML, "m.mentions": map[string]any{},
	}
	if len(want.Mentions) > 0 {
		body["m.mentions"] = map[string]any{"user_ids": want.Mentions}
	}
	digest := digestOf(want.Text, want.HTML)
	if m.Event == "" {
		event, err := s.send(ctx, message{
			room: room, as: desk.Bot, row: row, txn: cardTxn(row, m.Sends, "send"), kind: "m.room.message", content: body,
		})
		if err != nil {
			return err
		}
		m.Event, m.Digest = event, digest
		// Reactions and threads on the card are understood from now on, whichever comes first: the echo or the reader.
		if _, err := s.journal.Decide(ctx, desk.Echo{Room: room.Key, Event: event, Row: row}); err != nil {
			return fmt.Errorf("note card of room %s: %w", room.Key, err)
		}
		return nil
	}
	if m.Digest == digest {
		return nil
	}
	txn := cardTxn(row, m.Sends, "edit", strconv.Itoa(m.Edits), digest)
	_, err := s.send(ctx, message{
		room: room, as: desk.Bot, txn: txn, kind: "m.room.message", content: asEdit(m.Event, body),
	})
	if err != nil {
		return err
	}
	m.Digest, m.Edits = digest, m.Edits+1
	return nil
}

// showButtons puts the bot's reactions on the card that stand for what can be done, and takes others back.
func (s *Service) showButtons(ctx context.Context, room desk.Room, row desk.EffectID, want []string, m *cardMemo) error {
	if m.Buttons == nil {
		m.Buttons = map[string]desk.EventID{}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Buttons)) {
		if slices.Contains(want, key) {
			continue
		}
		event := m.Buttons[key]
		_, err := s.send(ctx, message{
			room: room, as: desk.Bot, txn: cardTxn(row, m.Sends, "drop", digestOf(string(event))), redacts: event,
			content: map[string]any{},
		})
		if err != nil && !hasCode(err, codeNotFound) {
			return err
		}
		delete(m.Buttons, key)
	}
	for _, key := range want {
		if _, there := m.Buttons[key]; there {
			continue
		}
		relates := map[string]any{"rel_type": "m.annotation", "event_id": m.Event, "key": key}
		txn := cardTxn(row, m.Sends, "button", strconv.Itoa(m.Edits), digestOf(key))
		event, err := s.send(ctx, message{
			room: room, as: desk.Bot, txn: txn, kind: "m.reaction", content: map[string]any{"m.relates_to": relates},
		})
		if hasCode(err, "M_DUPLICATE_ANNOTATION") {
			event, err = s.ownReaction(ctx, room, m.Event, key)
		}
		if err != nil {
			return err
		}
		m.Buttons[key] = event
	}
	return nil
}

// ownReaction finds the bot's reaction to an event.
func (s *Service) ownReaction(ctx context.Context, room desk.Room, event desk.EventID, key string) (desk.EventID, error) {
	var page struct {
		Chunk []struct {
			ID      desk.EventID `json:"event_id"`
			Sender  desk.UserID  `json:"sender"`
			Content struct {
				Relates struct {
					Key string `json:"key"`
				} `json:"m.relates_to"`
			} `json:"content"`
		} `json:"chunk"`
	}
	err := s.do(ctx, s.bot, "read reactions in room "+string(room.ID), request{
		method: http.MethodGet, path: []any{"v1", "rooms", room.ID, "relations", event, "m.annotation", "m.reaction"},
		query: map[string]string{"limit": "100"}, out: &page,
	})
	if err != nil {
		return "", err
	}
	for _, e := range page.Chunk {
		if e.Sender == s.cfg.Bot && e.Content.Relates.Key == key {
			return e.ID, nil
		}
	}
	return "", journal.Permanent(fmt.Errorf("reaction in room %s is there and is not", room.ID))
}

func cardTxn(row desk.EffectID, sends int, step ...string) string {
	return strings.ReplaceAll(string(row), "/", ".") + "." + strconv.Itoa(sends) + "." + strings.Join(step, ".")
}

func digestOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}
