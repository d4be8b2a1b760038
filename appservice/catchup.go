package appservice

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	metaSyncToken = "matrix.sync"
	retryFirst    = 250 * time.Millisecond
	retryMost     = 5 * time.Second
	messagesPage  = 100
)

// syncFilter asks for what people did in rooms, and receipts: no presence, no account data, no state but the timeline's. It leaves out a room
// that cannot be, another one each time: Synapse keeps its answers for two minutes and gives them again to the same question.
const syncFilter = `{"presence":{"types":[]},"account_data":{"types":[]},"room":{"not_rooms":["!%s:frontdesk.invalid"],"account_data":{"types":[]},"state":{"types":[],` +
	`"lazy_load_members":true},"ephemeral":{"types":["m.receipt"]},"timeline":{"limit":50,"lazy_load_members":true}}}`

// nothingFilter asks for a token alone.
const nothingFilter = `{"presence":{"types":[]},"account_data":{"types":[]},"room":{"rooms":[]}}`

type syncAnswer struct {
	Next  string `json:"next_batch"`
	Rooms struct {
		Join   map[desk.RoomID]syncRoom `json:"join"`
		Leave  map[desk.RoomID]syncRoom `json:"leave"`
		Invite map[desk.RoomID]struct {
			State struct {
				Events []json.RawMessage `json:"events"`
			} `json:"invite_state"`
		} `json:"invite"`
	} `json:"rooms"`
}

type syncRoom struct {
	Timeline struct {
		Events  []json.RawMessage `json:"events"`
		Limited bool              `json:"limited"`
		Prev    string            `json:"prev_batch"`
	} `json:"timeline"`
	Ephemeral struct {
		Events []json.RawMessage `json:"events"`
	} `json:"ephemeral"`
}

// runCatchUps catches up at once, then whenever the homeserver was away, a few times soon after that, and from time to time: a
// homeserver that crashes forgets what queued behind the transaction in flight, and nothing tells us.
func (s *Service) runCatchUps(ctx context.Context) {
	s.wantCatchUp()
	for next := 0; ctx.Err() == nil; {
		if s.catchUp(ctx) {
			next = 0
		}
		pause := time.NewTimer(pauses[min(next, len(pauses)-1)])
		select {
		case <-ctx.Done():
		case <-s.catchUps:
		case <-pause.C:
			next++
		}
		pause.Stop()
	}
}

// catchUp reads what was missed, as often as it takes, and reports whether somebody had been away. The Matrix lanes stand still meanwhile:
// what comes in by transactions may be newer than what was missed.
func (s *Service) catchUp(ctx context.Context) (wasAway bool) {
	for {
		asked, fresh := s.beginCatchUp()
		wasAway = wasAway || fresh
		if !s.readUntilRead(ctx) {
			return wasAway
		}
		if s.endCatchUp(asked) {
			break
		}
	}
	s.isAway.Store(false)
	s.journal.Recovered()
	if !wasAway {
		return false
	}
	if err := s.ping(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn().Err(err).Msg("Homeserver's ping does not come back")
	}
	return true
}

// readUntilRead tries until what was missed is stored; false if ctx ends before.
func (s *Service) readUntilRead(ctx context.Context) bool {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		err := s.readMissed(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.log.Warn().Err(err).Msg("Catch-up failed, trying again")
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

// ping makes the homeserver try at once what it holds back for us, instead of after some minutes.
func (s *Service) ping(ctx context.Context) error {
	if s.cfg.ID == "" {
		return nil
	}
	err := s.do(ctx, s.bot, "ping application service", request{
		method: http.MethodPost, path: []any{"v1", "appservice", s.cfg.ID, "ping"}, body: map[string]any{}, wait: 30 * time.Second,
	})
	if err == nil {
		s.settle()
	}
	return err
}

// readMissed stores everything since the last catch-up, together with the token it came to.
func (s *Service) readMissed(ctx context.Context) error {
	if err := s.ready(ctx, s.bot); err != nil {
		return err
	}
	var since string
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		since, err = tx.Meta(metaSyncToken)
		return err
	})
	if err != nil {
		return fmt.Errorf("read sync token: %w", err)
	}
	if since == "" {
		return s.install(ctx)
	}
	answer, err := s.sync(ctx, since, fmt.Sprintf(syncFilter, rand.Text()))
	if r := refused(err); r != nil && r.status == http.StatusBadRequest {
		s.log.Error().Err(err).Msg("Homeserver does not know the sync token, catch-up begins anew")
		return s.install(ctx)
	} else if err != nil {
		return err
	}
	inputs, err := s.missedInputs(ctx, since, answer)
	if err != nil {
		return err
	}
	err = s.journal.CatchUp(ctx, inputs, func(tx journal.Tx) error { return tx.PutMeta(metaSyncToken, answer.Next) })
	if err != nil {
		return fmt.Errorf("store %d missed events: %w", len(inputs), err)
	}
	return s.missedReceipts(ctx, answer)
}

// install takes the token from which the first catch-up will read.
func (s *Service) install(ctx context.Context) error {
	answer, err := s.sync(ctx, "", nothingFilter)
	if err != nil {
		return err
	}
	if s.cfg.BotName != "" {
		if err := s.setProfile(ctx, s.bot, s.cfg.BotName, ""); err != nil {
			return err
		}
	}
	err = s.journal.Write(ctx, func(tx journal.Tx) error { return tx.PutMeta(metaSyncToken, answer.Next) })
	if err != nil {
		return fmt.Errorf("store sync token: %w", err)
	}
	return nil
}

func (s *Service) sync(ctx context.Context, since, filter string) (*syncAnswer, error) {
	query := map[string]string{"timeout": "0", "set_presence": "offline", "filter": filter}
	if since != "" {
		query["since"] = since
	}
	var answer syncAnswer
	err := s.do(ctx, s.bot, "sync", request{
		method: http.MethodGet, path: []any{"v3", "sync"}, query: query, out: &answer, wait: 5 * time.Minute,
	})
	if err != nil {
		return nil, err
	}
	return &answer, nil
}

// missedInputs makes inputs of a sync's events, in each room's order.
func (s *Service) missedInputs(ctx context.Context, since string, answer *syncAnswer) ([]journal.Input, error) {
	var inputs []journal.Input
	add := func(room desk.RoomID, events []json.RawMessage) error {
		for _, raw := range events {
			raw, err := withRoom(raw, room)
			if err != nil {
				continue
			}
			in, err := s.input(ctx, raw)
			if err != nil {
				return err
			}
			if in != nil {
				inputs = append(inputs, *in)
			}
		}
		return nil
	}
	for _, rooms := range []map[desk.RoomID]syncRoom{answer.Rooms.Join, answer.Rooms.Leave} {
		for room, news := range rooms {
			key, err := s.keyOf(ctx, room)
			if err != nil {
				return nil, err
			}
			if key == "" {
				continue
			}
			if news.Timeline.Limited && news.Timeline.Prev != "" {
				gap, err := s.gap(ctx, room, news.Timeline.Prev, since)
				if hasCode(err, codeForbidden) || hasCode(err, codeNotFound) {
					// All other rooms would wait for one that nobody may read any more.
					s.log.Error().Err(err).Str("room", string(room)).Msg("What was missed in a room cannot be read")
				} else if err != nil {
					return nil, err
				}
				if err := add(room, gap); err != nil {
					return nil, err
				}
			}
			if err := add(room, news.Timeline.Events); err != nil {
				return nil, err
			}
		}
	}
	for room, invite := range answer.Rooms.Invite {
		if in := s.missedInvite(room, answer.Next, invite.State.Events); in != nil {
			inputs = append(inputs, *in)
		}
	}
	return inputs, nil
}

// gap reads the part of a room's timeline that a sync left out, oldest first.
func (s *Service) gap(ctx context.Context, room desk.RoomID, from, to string) ([]json.RawMessage, error) {
	var newestFirst []json.RawMessage
	for from != "" {
		var page struct {
			Chunk []json.RawMessage `json:"chunk"`
			End   string            `json:"end"`
		}
		err := s.do(ctx, s.bot, "read messages of room "+string(room), request{
			method: http.MethodGet, path: []any{"v3", "rooms", room, "messages"}, out: &page,
			query: map[string]string{"dir": "b", "from": from, "to": to, "limit": fmt.Sprint(messagesPage)},
		})
		if err != nil {
			return nil, err
		}
		newestFirst = append(newestFirst, page.Chunk...)
		if len(page.Chunk) == 0 || page.End == from {
			break
		}
		from = page.End
	}
	slices.Reverse(newestFirst)
	return newestFirst, nil
}

// missedInvite makes an input of an invitation, which a sync shows once and without its id.
func (s *Service) missedInvite(room desk.RoomID, token string, state []json.RawMessage) *journal.Input {
	for _, raw := range state {
		var head eventHead
		if json.Unmarshal(raw, &head) != nil || !s.invitesBot(head) || !isMatrixID(string(room), "!") {
			continue
		}
		body, err := withRoom(raw, room)
		if err != nil {
			return nil
		}
		return &journal.Input{
			Source: source, ID: "invite:" + string(room) + ":" + token, Lane: "room:" + string(room), Kind: head.Type, Body: body, At: time.Now(),
		}
	}
	return nil
}

// missedReceipts passes on the receipts of a sync: those sent while we were down come in no transaction.
func (s *Service) missedReceipts(ctx context.Context, answer *syncAnswer) error {
	for room, news := range answer.Rooms.Join {
		key, err := s.keyOf(ctx, room)
		if err != nil {
			return err
		}
		if key == "" {
			continue
		}
		for _, raw := range news.Ephemeral.Events {
			var e ephemeralEvent
			if json.Unmarshal(raw, &e) != nil || e.Type != "m.receipt" {
				continue
			}
			for _, seen := range s.readReceipts(key, e.Content) {
				s.receipts.put(seen)
			}
		}
	}
	return nil
}

// withRoom puts the room's id into an event, where transactions have it and syncs do not.
func withRoom(raw json.RawMessage, room desk.RoomID) (json.RawMessage, error) {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(raw, &e); err != nil || e == nil {
		return nil, fmt.Errorf("event of a sync is no object: %w", err)
	}
	name, err := json.Marshal(room)
	if err != nil {
		return nil, err
	}
	e["room_id"] = name
	return json.Marshal(e)
}
