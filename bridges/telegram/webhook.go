package telegram

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// hookPath is where webhooks come in; the bot's name follows.
const hookPath = "/" + Source + "/"

// maxUpdate bounds one update, in bytes.
const maxUpdate = 4 << 20

// secretHeader proves that Telegram comes.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// hookSecret is made of our own secret, so that it needs no place of its own and is no other bot's.
func (b *bot) hookSecret() string {
	mac := hmac.New(sha256.New, b.s.cfg.Secret)
	_, _ = mac.Write([]byte("telegram webhook " + b.cfg.Name + " " + b.cfg.Token)) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

type hookParams struct {
	URL     string   `json:"url"`
	Secret  string   `json:"secret_token"`
	Allowed []string `json:"allowed_updates"`
}

func hookURL(public, bot string) string { return strings.TrimSuffix(public, "/") + hookPath + bot }

func (b *bot) hookURL() string { return hookURL(b.s.cfg.PublicURL, b.cfg.Name) }

func (b *bot) setWebhook(ctx context.Context) error {
	_, err := b.ask(ctx, "setWebhook", hookParams{URL: b.hookURL(), Secret: b.hookSecret(), Allowed: wanted})
	return err
}

// hook is what Telegram says of a bot's webhook.
type hook struct {
	URL     string `json:"url"` // empty: there is none
	Pending int    `json:"pending_update_count"`
	Failed  string `json:"last_error_message"`
}

func (b *bot) hookSet(ctx context.Context) (h hook, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollPatience)
	defer cancel()
	result, err := b.ask(ctx, "getWebhookInfo", struct{}{})
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(result, &h); err != nil {
		return h, fmt.Errorf("getWebhookInfo: %w", err)
	}
	return h, nil
}

// Handler takes webhooks. What is not stored is not acknowledged, and Telegram comes again.
func (s *Service) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := s.bots[Source+":"+strings.TrimPrefix(r.URL.Path, hookPath)]
		if b == nil || !b.cfg.Webhook {
			http.NotFound(w, r)
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.Header.Get(secretHeader)), []byte(b.hookSecret())) != 1 {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		if !json.Valid(body) {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		if _, err := b.take(r.Context(), []json.RawMessage{body}); err != nil {
			s.log.Error().Str("bot", b.cfg.Name).Str("error", b.clean(err)).Msg("Failed to store an update")
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}
