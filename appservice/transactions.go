package appservice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	maxTransaction = 32 << 20
	submitTimeout  = 50 * time.Second // Synapse waits 60 s
)

// Handler serves the application service API (spec v1.11, "Application Service API"). The homeserver's token is required for all of it.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /_matrix/app/v1/transactions/{txn}", s.transaction)
	mux.HandleFunc("PUT /transactions/{txn}", s.transaction)
	mux.HandleFunc("POST /_matrix/app/v1/ping", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, struct{}{})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answerError(w, http.StatusNotFound, codeNotFound, "no such user, room or resource")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.authentic(r) {
			answerError(w, http.StatusForbidden, codeForbidden, "wrong homeserver token")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// authentic compares the token, which older homeservers send in the query.
func (s *Service) authentic(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = r.URL.Query().Get("access_token")
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.cfg.HSToken))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func answerError(w http.ResponseWriter, status int, code, text string) {
	answer(w, status, map[string]string{"errcode": code, "error": text})
}

// envelope is a transaction, opened but not read.
type envelope struct {
	Events          []json.RawMessage `json:"events"`
	Ephemeral       []json.RawMessage `json:"ephemeral"`
	LegacyEphemeral []json.RawMessage `json:"de.sorunome.msc2409.ephemeral"`
}

var errEnvelope = errors.New("transaction is no JSON of the expected shape")

// openEnvelope reads a transaction's body. Single events may be anything.
func openEnvelope(body []byte) (envelope, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %w", errEnvelope, err)
	}
	if e.Ephemeral == nil {
		e.Ephemeral = e.LegacyEphemeral
	}
	return e, nil
}

// transaction stores what the homeserver tells and acknowledges it. What is known is known by event ids: homeservers repeat and reuse
// transaction ids, which are good for noticing a gap at the most.
func (s *Service) transaction(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTransaction))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		answerError(w, http.StatusRequestEntityTooLarge, "M_TOO_LARGE", "transaction is too large")
		return
	case err != nil:
		answerError(w, http.StatusBadRequest, "M_NOT_JSON", "transaction could not be read")
		return
	}
	e, err := openEnvelope(body)
	if err != nil {
		s.log.Error().Err(err).Str("txn", r.PathValue("txn")).Msg("Transaction is unreadable")
		answerError(w, http.StatusBadRequest, "M_NOT_JSON", "transaction could not be read")
		return
	}
	// The homeserver going away must not undo what it has already told.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), submitTimeout)
	defer cancel()
	s.count(r.PathValue("txn"))
	if err := s.take(ctx, e); err != nil {
		s.log.Error().Err(err).Str("txn", r.PathValue("txn")).Msg("Transaction could not be stored")
		answerError(w, http.StatusServiceUnavailable, "M_UNKNOWN", "transaction could not be stored")
		return
	}
	if err := r.Context().Err(); err != nil {
		s.sawOutage(err) // it has gone while it waited for the answer
	}
	answer(w, http.StatusOK, struct{}{})
}

// take stores the events of a transaction and passes on what is volatile.
func (s *Service) take(ctx context.Context, e envelope) error {
	var inputs []journal.Input
	for _, raw := range e.Events {
		in, err := s.input(ctx, raw)
		if err != nil {
			return err
		}
		if in == nil {
			continue
		}
		nothing, err := s.saysNothing(ctx, in)
		if err != nil {
			return err
		}
		if !nothing {
			inputs = append(inputs, *in)
		}
	}
	if len(inputs) > 0 {
		if _, err := s.journal.Submit(ctx, inputs...); err != nil {
			return fmt.Errorf("store %d events: %w", len(inputs), err)
		}
	}
	for _, raw := range e.Ephemeral {
		if err := s.ephemeral(ctx, raw); err != nil {
			return err
		}
	}
	return nil
}

// saysNothing reports whether there is nothing to learn from an event, and nothing to store: it is state that we set ourselves, or an event of
// ours of which we know already what it is, for the answer to sending it was faster. If that is forgotten with the machine's power the effect
// is still there, and is asked again.
func (s *Service) saysNothing(ctx context.Context, in *journal.Input) (bool, error) {
	e, err := parseEvent(in.Body)
	if err != nil || !s.cfg.isOurs(e.Sender) {
		return false, nil
	}
	if e.StateKey != nil {
		return !e.isTelling(), nil
	}
	if e.row == "" || e.Type == "m.room.redaction" {
		return false, nil
	}
	key, err := s.keyOf(ctx, e.RoomID)
	if err != nil || key == "" {
		return false, err
	}
	var known bool
	err = s.journal.Read(ctx, func(tx journal.Tx) error {
		event, err := tx.Event(key, e.ID)
		known = err == nil && event.Row == e.row
		return err
	})
	if err != nil && !isNotFound(err) {
		return false, fmt.Errorf("look up event %s: %w", e.ID, err)
	}
	return known, nil
}

// kindUnreadable is the kind of an input that is no event at all.
const kindUnreadable = "unreadable"

// input makes an input of an event, or nil if it means nothing to us. What is no event becomes an input too, which turns into a dead
// letter: it is kept where a human finds it, and does not hold up the others.
func (s *Service) input(ctx context.Context, raw json.RawMessage) (*journal.Input, error) {
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	head, err := readHead(raw)
	if err != nil {
		sum := sha256.Sum256(raw)
		digest := hex.EncodeToString(sum[:])
		return &journal.Input{
			Source: source, ID: kindUnreadable + ":" + digest, Lane: kindUnreadable, Kind: kindUnreadable, Body: raw, At: time.Now(),
		}, nil
	}
	key, err := s.keyOf(ctx, head.RoomID)
	if err != nil {
		return nil, err
	}
	if key == "" && !s.invitesBot(head) {
		return nil, nil
	}
	return &journal.Input{
		Source: source, ID: string(head.ID), Lane: "room:" + string(head.RoomID), Kind: head.Type, Body: raw, At: time.Now(),
	}, nil
}

// eventHead is what is needed of an event before it is worked.
type eventHead struct {
	ID       desk.EventID `json:"event_id"`
	RoomID   desk.RoomID  `json:"room_id"`
	Type     string       `json:"type"`
	StateKey *string      `json:"state_key"`
}

const maxID = 255 // bytes, of every Matrix identifier

func readHead(raw []byte) (eventHead, error) {
	var h eventHead
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, fmt.Errorf("read event: %w", err)
	}
	if !isMatrixID(string(h.ID), "$") || !isMatrixID(string(h.RoomID), "!") || h.Type == "" || !isMatrixID(h.Type, "") {
		return h, errors.New("read event: event_id, room_id or type is missing or malformed")
	}
	return h, nil
}

// isMatrixID reports whether an identifier has its sigil, a sane length and nothing unprintable.
func isMatrixID(s, sigil string) bool {
	if !strings.HasPrefix(s, sigil) || len(s) <= len(sigil) || len(s) > maxID {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) })
}

func (s *Service) invitesBot(h eventHead) bool {
	return h.Type == "m.room.member" && h.StateKey != nil && *h.StateKey == string(s.cfg.Bot)
}

func isNotFound(err error) bool { return errors.Is(err, desk.ErrNotFound) }
