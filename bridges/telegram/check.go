package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrToken tells that Telegram does not know a bot's token.
var ErrToken = errors.New("telegram does not take the token")

// Condition is how a bot stands with Telegram.
type Condition struct {
	Username  string `json:"username"`
	Elsewhere string `json:"-"` // the host of another program to which its updates are brought
	Files     string `json:"-"` // why customers' files cannot be had; empty: nothing is known against it
	Failing   string `json:"-"` // why updates cannot be brought to us, in Telegram's words
}

// checkTime bounds the questions.
const checkTime = 15 * time.Second

// Check asks Telegram how a bot of ours is, of which publicURL is Config.PublicURL. It changes nothing.
func Check(ctx context.Context, c BotConfig, publicURL string) (Condition, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c.APIURL = strings.TrimSuffix(c.APIURL, "/")
	b := &bot{cfg: c, http: &http.Client{Transport: newTransport()}}
	defer b.http.CloseIdleConnections()
	result, err := b.ask(ctx, "getMe", struct{}{})
	var refused *apiError
	if errors.As(err, &refused) && (refused.code == http.StatusUnauthorized || refused.code == http.StatusNotFound) {
		return Condition{}, ErrToken
	} else if err != nil {
		return Condition{}, err
	}
	var out Condition
	if err := json.Unmarshal(result, &out); err != nil {
		return Condition{}, fmt.Errorf("getMe: %w", err)
	}
	h, err := b.hookSet(ctx)
	if err != nil {
		return Condition{}, err
	}
	switch {
	case h.URL == "":
	case h.URL != hookURL(publicURL, c.Name):
		out.Elsewhere = h.URL
		if u, err := url.Parse(h.URL); err == nil && u.Host != "" {
			out.Elsewhere = u.Host // the rest may be a secret
		}
	case c.Webhook && h.Pending > 0:
		out.Failing = h.Failed
	}
	out.Files = b.tryFiles(ctx)
	return out, nil
}

// tryFiles tells why there can be no files from a Bot API server of one's own.
func (b *bot) tryFiles(ctx context.Context) string {
	switch {
	case !b.cfg.Own:
	case b.cfg.FileDir != "":
		if _, err := os.ReadDir(filepath.Join(b.cfg.FileDir, b.cfg.Token)); err != nil {
			return "customers' files cannot be read: " + b.clean(err)
		}
	case b.cfg.FileURL == "":
		return "customers' files are nowhere to be had"
	default:
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.cfg.FileURL+"/", nil)
		if err != nil {
			return "customers' files cannot be had: " + b.clean(err)
		}
		resp, err := b.http.Do(req)
		if err != nil {
			return "customers' files cannot be had: " + b.clean(err)
		}
		_ = resp.Body.Close() // what it answers to this says nothing about files
	}
	return ""
}
