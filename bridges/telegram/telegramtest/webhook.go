package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// delivery brings a bot's updates to its webhook, one after the other, and each until it is taken.
type delivery struct {
	bot      *Bot
	url      string
	secret   string
	quit     chan struct{}
	done     chan struct{}
	lastFail string
}

var secretToken = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (c *call) setWebhook() (any, *Error) {
	address := c.p.values["url"]
	if address == "" {
		return c.deleteWebhook()
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	}
	secret := c.p.values["secret_token"]
	if secret != "" && !secretToken.MatchString(secret) {
		return nil, bad("secret token contains unallowed characters")
	}
	if _, refused := c.deleteWebhook(); refused != nil {
		return nil, refused
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if refused := c.allow(); refused != nil {
		return nil, refused
	}
	if c.bot.poll != nil {
		close(c.bot.poll)
		c.bot.poll = nil
	}
	d := &delivery{bot: c.bot, url: address, secret: secret, quit: make(chan struct{}), done: make(chan struct{})}
	c.bot.webhook = d
	go d.run()
	return true, nil
}

func (c *call) deleteWebhook() (any, *Error) {
	c.s.mu.Lock()
	d := c.bot.webhook
	c.bot.webhook = nil
	if c.bool("drop_pending_updates") {
		c.bot.updates = nil
	}
	c.s.mu.Unlock()
	if d != nil {
		d.stop()
	}
	return true, nil
}

func (c *call) getWebhookInfo() (any, *Error) {
	info := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": len(c.bot.updates)}
	if d := c.bot.webhook; d != nil {
		info["url"] = d.url
		if d.lastFail != "" {
			info["last_error_date"], info["last_error_message"] = c.s.now().Unix(), d.lastFail
		}
	}
	if len(c.bot.allowed) > 0 {
		info["allowed_updates"] = c.bot.allowed
	}
	return info, nil
}

func (d *delivery) stop() {
	close(d.quit)
	<-d.done
}

// Pauses between attempts; Telegram's are longer.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Second
)

func (d *delivery) run() {
	defer close(d.done)
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-d.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	pause := firstRetry
	s := d.bot.s
	for {
		s.mu.Lock()
		changed := s.changed
		var first *update
		if len(d.bot.updates) > 0 && !d.bot.revoked {
			u := d.bot.updates[0]
			first = &u
		}
		s.mu.Unlock()
		if first == nil {
			select {
			case <-changed:
				continue
			case <-d.quit:
				return
			}
		}
		fail := d.post(ctx, client, first.wire())
		s.mu.Lock()
		if d.lastFail = fail; fail == "" {
			d.bot.confirm(first.id + 1)
		}
		s.mu.Unlock()
		if fail == "" {
			pause = firstRetry
			continue
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, lastRetry)
		case <-d.quit:
			return
		}
	}
}

// post gives an update to the webhook and says what went wrong.
func (d *delivery) post(ctx context.Context, client *http.Client, body map[string]any) string {
	raw, err := json.Marshal(body)
	if err != nil {
		return err.Error()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(raw))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	if d.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", d.secret)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "Wrong response from the webhook: " + resp.Status
	}
	if bytes.Contains(said, []byte(`"method"`)) {
		d.bot.s.complain("a webhook answered with a method, whose outcome nobody would learn: %.200s", said)
	}
	return ""
}
