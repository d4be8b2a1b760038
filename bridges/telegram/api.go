package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"frontdesk/bridges"
	"frontdesk/desk"
)

// bot is one bot at work.
type bot struct {
	s       *Service
	cfg     BotConfig
	source  string
	api     *tg.Bot
	http    *http.Client
	courier *bridges.Courier
	told    map[int64]time.Time // chats that were told of a refusal, and when; s.mu
}

func newBot(s *Service, c BotConfig) (*bot, error) {
	b := &bot{s: s, cfg: c, source: Source + ":" + c.Name, http: &http.Client{Transport: newTransport()}, told: make(map[int64]time.Time)}
	b.cfg.APIURL, b.cfg.FileURL = strings.TrimSuffix(c.APIURL, "/"), strings.TrimSuffix(c.FileURL, "/")
	if b.cfg.FileURL == "" {
		b.cfg.FileURL = b.cfg.APIURL + "/file"
	}
	var err error
	b.api, err = tg.New(c.Token, tg.WithSkipGetMe(), tg.WithServerURL(b.cfg.APIURL), tg.WithHTTPClient(time.Minute, b.http),
		tg.WithErrorsHandler(func(err error) { s.log.Debug().Str("error", b.clean(err)).Msg("Telegram library") }))
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	b.courier = bridges.NewCourier(b, s.journal, s.cfg.Limits, s.cfg.Now, s.log.With().Str("bot", c.Name).Logger())
	return b, nil
}

// clean gives an error's words without the token, which stands in every address.
func (b *bot) clean(err error) string { return strings.ReplaceAll(err.Error(), b.cfg.Token, "***") }

// tooLarge is how Telegram answers, by 413, to more bytes than it takes.
const tooLarge = "Request Entity Too Large"

// noMethod is how a Bot API server of one's own answers that is older than what it is asked for.
const noMethod = "method not found"

// call makes a call of the library and says in the terms of a courier what became of it: whether anything was sent before it failed is
// what matters.
func (b *bot) call(ctx context.Context, f func(context.Context) error) error {
	var sent meter
	err := f(sent.watch(ctx))
	if err == nil {
		return nil
	}
	var flood *tg.TooManyRequestsError
	var moved *tg.MigrateError
	words := b.clean(err)
	_, detail, _ := strings.Cut(words, ", ")
	switch {
	case errors.As(err, &flood):
		return bridges.Later(errors.New(words), time.Duration(max(flood.RetryAfter, 1))*time.Second)
	case errors.Is(err, tg.ErrorForbidden) && strings.Contains(words, "blocked"):
		return bridges.Refuse("undelivered.blocked", detail)
	case errors.Is(err, tg.ErrorForbidden), errors.Is(err, tg.ErrorBadRequest) && strings.Contains(words, "chat not found"):
		return bridges.Refuse("undelivered.gone", detail)
	case errors.As(err, &moved): // into a group, where the bot does not talk
		return bridges.Refuse("undelivered.gone", moved.Message)
	case errors.Is(err, tg.ErrorBadRequest):
		return refusalOf(strings.TrimPrefix(detail, "Bad Request: "))
	case errors.Is(err, tg.ErrorNotFound) && strings.Contains(words, noMethod):
		return bridges.Refuse("undelivered.refused", noMethod)
	case strings.Contains(words, tooLarge):
		return bridges.Refuse("undelivered.refused", tooLarge)
	case errors.Is(err, tg.ErrorUnauthorized), errors.Is(err, tg.ErrorNotFound), !sent.hasSent():
		return bridges.Away(errors.New(words))
	}
	return bridges.Unknown(errors.New(words))
}

// known are refusals of Telegram's that people can be told in their own words.
var known = []struct{ words, key string }{
	{"message can't be edited", "undelivered.too_late"},
	{"message can't be deleted", "undelivered.too_late"},
	{"message to edit not found", "undelivered.not_there"},
	{"message to react not found", "undelivered.not_there"},
	{"reaction_invalid", "undelivered.reaction_refused"},
	{"voice_messages_forbidden", "undelivered.voice"},
}

// refusalOf makes a refusal of Telegram's words, which stay with it.
func refusalOf(words string) *bridges.Refusal {
	for _, k := range known {
		if strings.Contains(strings.ToLower(words), k.words) {
			return bridges.Refuse(k.key, words)
		}
	}
	return bridges.Refuse("undelivered.refused", words)
}

// isRefusal reports whether something is refused, with words such as these if any are named.
func isRefusal(err error, words ...string) bool {
	var refusal *bridges.Refusal
	if !errors.As(err, &refusal) || len(refusal.Args) == 0 {
		return false
	}
	if len(words) == 0 {
		return true
	}
	for _, w := range words {
		if strings.Contains(strings.ToLower(refusal.Args[0]), w) {
			return true
		}
	}
	return false
}

// Probe reports whether Telegram answers this bot.
func (b *bot) Probe(ctx context.Context) error {
	return b.call(ctx, func(ctx context.Context) error {
		_, err := b.api.GetMe(ctx)
		return err
	})
}

// Answer is what Telegram says to a call that the library does not make as we need it.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// apiError is a call that Telegram refused.
type apiError struct {
	code       int
	text       string
	retryAfter time.Duration
}

func (e *apiError) Error() string { return fmt.Sprintf("telegram answers %d: %s", e.code, e.text) }

// maxAnswer bounds an answer, in bytes: a hundred updates are far below.
const maxAnswer = 32 << 20

// ask makes a call by hand.
func (b *bot) ask(ctx context.Context, method string, params any) (json.RawMessage, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.cfg.APIURL+"/bot"+b.cfg.Token+"/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New(method + ": " + b.clean(err))
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, errors.New(method + ": " + b.clean(err))
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&a); err != nil {
		return nil, fmt.Errorf("%s: telegram answers %d without words", method, resp.StatusCode)
	}
	if !a.OK {
		return nil, &apiError{code: a.Code, text: a.Description, retryAfter: time.Duration(a.Parameters.RetryAfter) * time.Second}
	}
	return a.Result, nil
}

// trouble tells the administrators that the bot does not work.
func (b *bot) trouble(ctx context.Context, key string, err error) {
	b.s.log.Error().Str("bot", b.cfg.Name).Str("error", b.clean(err)).Msg("A Telegram bot does not work")
	b.tell(ctx, key, b.clean(err))
}

// tell tells the administrators how the bot is.
func (b *bot) tell(ctx context.Context, key, detail string) {
	_, err := b.s.journal.Decide(ctx, desk.ChannelTrouble{
		Site: b.cfg.Site, Channel: Source, Name: b.cfg.Name, Reason: key, Detail: detail,
	})
	if err != nil && ctx.Err() == nil {
		b.s.log.Err(err).Msg("Failed to tell the administrators")
	}
}
