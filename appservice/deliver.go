package appservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// doubtAfter is how long after the first attempt the homeserver may have forgotten a transaction id (Synapse keeps them for 24 h).
const doubtAfter = 20 * time.Hour

// fresh is how old a message may be for the homeserver to date it by itself, which is less work for it than being told.
const fresh = 2 * time.Second

// errGone marks an effect whose target never came to be.
var errGone = errors.New("event that it refers to was never sent")

// Deliver carries out an ordered effect.
func (s *Service) Deliver(ctx context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error) {
	out, err := s.deliver(ctx, e, a)
	return out, s.verdict(ctx, err)
}

func (s *Service) deliver(ctx context.Context, e desk.Effect, a journal.Attempt) (journal.Delivered, error) {
	switch e := e.(type) {
	case desk.CreateRoom:
		return s.createRoom(ctx, e, a)
	case desk.RetireRoom:
		return journal.Delivered{}, s.retireRoom(ctx, e)
	case desk.Post:
		return s.post(ctx, e, a)
	case desk.React:
		return s.react(ctx, e, a)
	case desk.Redact:
		return s.redact(ctx, e, a)
	case desk.DeclineCall:
		return s.declineCall(ctx, e, a)
	case desk.ClearCall:
		return journal.Delivered{}, s.clearCall(ctx, e)
	}
	return journal.Delivered{}, journal.Permanent(fmt.Errorf("effect %s is not for Matrix", desk.EffectKind(e)))
}

// message is one event on its way, which once more is the same as once.
type message struct {
	room    desk.Room
	as      desk.Persona
	row     desk.EffectID // goes into the content; "" for none
	txn     string
	kind    string       // event type
	redacts desk.EventID // for a redaction
	at      time.Time
	content map[string]any
	attempt journal.Attempt
}

func (s *Service) react(ctx context.Context, e desk.React, a journal.Attempt) (journal.Delivered, error) {
	room, err := s.room(ctx, e.Room)
	if err != nil {
		return journal.Delivered{}, err
	}
	target, err := s.resolve(ctx, e.Room, e.Target)
	if errors.Is(err, errGone) {
		return journal.Delivered{}, nil
	} else if err != nil {
		return journal.Delivered{}, err
	}
	event, err := s.send(ctx, message{
		room: room, as: e.As, row: e.ID, txn: string(e.ID), kind: "m.reaction", attempt: a,
		content: map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": target, "key": e.Key}},
	})
	if hasCode(err, "M_DUPLICATE_ANNOTATION") {
		return journal.Delivered{}, nil
	}
	return journal.Delivered{Event: event}, err
}

// redact takes an event back. What was never sent needs no redaction.
func (s *Service) redact(ctx context.Context, e desk.Redact, a journal.Attempt) (journal.Delivered, error) {
	room, err := s.room(ctx, e.Room)
	if err != nil {
		return journal.Delivered{}, err
	}
	target, err := s.resolve(ctx, e.Room, e.Target)
	if errors.Is(err, errGone) {
		return journal.Delivered{}, nil
	} else if err != nil {
		return journal.Delivered{}, err
	}
	content := map[string]any{}
	if e.Reason != "" {
		content["reason"] = e.Reason
	}
	event, err := s.send(ctx, message{
		room: room, as: e.As, row: e.ID, txn: string(e.ID), redacts: target, content: content, attempt: a,
	})
	return journal.Delivered{Event: event}, err
}

// send sends an event. It mends once what is in its way: the sender not being in the room, or its device having been removed.
func (s *Service) send(ctx context.Context, m message) (desk.EventID, error) {
	as, err := s.account(ctx, m.as)
	if err != nil {
		return "", err
	}
	if known, err := s.sentBefore(ctx, m, as); err != nil || known != "" {
		return known, err
	}
	event, err := s.sendOnce(ctx, as, m)
	switch {
	case hasCode(err, codeExclusive):
		s.forget(as)
		err = s.ready(ctx, as)
	case hasCode(err, codeForbidden):
		err = s.bringBack(ctx, m.room, m.as)
	default:
		return event, err
	}
	if err != nil {
		return "", err
	}
	return s.sendOnce(ctx, as, m)
}

func (s *Service) sendOnce(ctx context.Context, as *account, m message) (desk.EventID, error) {
	r := request{method: http.MethodPut, path: []any{"v3", "rooms", m.room.ID, "send", m.kind, m.txn}, query: map[string]string{}}
	if m.redacts != "" {
		r.path = []any{"v3", "rooms", m.room.ID, "redact", m.redacts, m.txn}
	}
	if time.Since(m.at) > fresh && !m.at.IsZero() {
		r.query["ts"] = strconv.FormatInt(m.at.UnixMilli(), 10)
	}
	if m.row != "" {
		m.content[keyRow] = m.row
	}
	r.body = m.content
	var sent struct {
		Event desk.EventID `json:"event_id"`
	}
	r.out = &sent
	if err := s.do(ctx, as, "send to room "+string(m.room.ID), r); err != nil {
		return "", err
	}
	return sent.Event, nil
}

// sentBefore looks for the event of an effect that was tried before: among what has come back, and, where the homeserver may have forgotten
// its transaction id, in the room itself.
func (s *Service) sentBefore(ctx context.Context, m message, as *account) (desk.EventID, error) {
	if m.row == "" || m.attempt.N <= 1 && m.attempt.First.IsZero() {
		return "", nil
	}
	event, err := s.eventByRow(ctx, m.room.Key, m.row)
	if err != nil || event != "" {
		return event, err
	}
	if m.attempt.First.IsZero() || time.Since(m.attempt.First) < doubtAfter {
		return "", nil
	}
	return s.searchRow(ctx, m.room.ID, as.user, m.row)
}

// eventByRow gives the event that is known to carry a row in a room; "" if none is.
func (s *Service) eventByRow(ctx context.Context, room desk.RoomKey, row desk.EffectID) (desk.EventID, error) {
	var event desk.EventID
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		known, err := tx.EventByRowIn(room, row)
		if err == nil {
			event = known.ID
		}
		return err
	})
	if err != nil && !isNotFound(err) {
		return "", fmt.Errorf("look up event of row %s: %w", row, err)
	}
	return event, nil
}

// searchPages bounds how far back a room is searched.
const searchPages = 100

// searchRow looks for an event with a row among a sender's events, newest first.
func (s *Service) searchRow(ctx context.Context, room desk.RoomID, sender desk.UserID, row desk.EffectID) (desk.EventID, error) {
	filter, err := json.Marshal(map[string]any{"senders": []desk.UserID{sender}})
	if err != nil {
		return "", err
	}
	from := ""
	for range searchPages {
		query := map[string]string{"dir": "b", "limit": strconv.Itoa(messagesPage), "filter": string(filter)}
		if from != "" {
			query["from"] = from
		}
		var page struct {
			Chunk []json.RawMessage `json:"chunk"`
			End   string            `json:"end"`
		}
		err := s.do(ctx, s.bot, "search room "+string(room), request{
			method: http.MethodGet, path: []any{"v3", "rooms", room, "messages"}, query: query, out: &page,
		})
		if err != nil {
			return "", err
		}
		for _, raw := range page.Chunk {
			if e, err := parseEvent(raw); err == nil && e.row == row {
				return e.ID, nil
			}
		}
		if page.End == "" || page.End == from {
			return "", nil
		}
		from = page.End
	}
	return "", nil
}

// resolve gives the event a reference points at, or errGone.
func (s *Service) resolve(ctx context.Context, room desk.RoomKey, ref desk.Ref) (desk.EventID, error) {
	if ref.Event != "" {
		return ref.Event, nil
	}
	var target desk.EventID
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		target = ""
		if ref.Row != "" {
			known, err := tx.EventByRow(ref.Row)
			if err == nil {
				target = known.ID
			}
			return err
		}
		events, err := tx.EventsOf(ref.Message)
		for _, known := range events {
			if known.Part == ref.Part && known.Room == room {
				target = known.ID
			}
		}
		return err
	})
	if err != nil && !isNotFound(err) {
		return "", fmt.Errorf("look up event referred to: %w", err)
	}
	if target == "" {
		return "", errGone
	}
	return target, nil
}
