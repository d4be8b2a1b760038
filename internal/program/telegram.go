package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"frontdesk/appservice"
	"frontdesk/bridges/telegram"
	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw"
)

// telegramConfig names the bots that are switched on.
func telegramConfig(c *config.Config) telegram.Config {
	out := telegram.Config{
		PublicURL: c.Gateway.PublicURL, Secret: []byte(c.Gateway.Secret), FileMax: int64(c.Gateway.Spool.FileMax), Types: c.Gateway.Spool.Types,
	}
	for _, site := range c.Sites {
		for _, b := range site.Telegram {
			if !b.Enabled {
				continue
			}
			out.Bots = append(out.Bots, telegram.BotConfig{
				Site: desk.SiteID(site.ID), Name: b.Name, Token: string(b.Token), APIURL: b.APIURL,
				Webhook: b.Mode == config.TelegramWebhook, Own: !b.InCloud(),
			})
		}
	}
	return out
}

// public serves everything that comes from outside: visitors, and Telegram's webhooks.
func (s *Server) public() http.Handler {
	visitors, hooks := s.gateway.Handler(), s.telegram.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, telegram.HookPath) {
			hooks.ServeHTTP(w, r)
			return
		}
		visitors.ServeHTTP(w, r)
	})
}

// spools is where the Matrix side finds customers' files: those of visitors lie with the gateway, those of Telegram with Telegram. It is
// made before both.
type spools struct {
	gateway  *widgetgw.Spool
	telegram *telegram.Service
}

var _ appservice.Spool = (*spools)(nil)

func (s *spools) Open(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	body, size, err := s.telegram.OpenFile(ctx, id)
	if err == nil {
		return body, size, nil
	}
	switch {
	case telegram.IsNotOurs(err):
		return s.gateway.Open(id)
	case journal.IsPermanent(err):
		return nil, 0, err // says in words for people why there is no such file
	}
	return nil, 0, fmt.Errorf("open a file of Telegram: %w", err)
}

func (s *spools) Remove(id desk.FileID) error { return s.gateway.Remove(id) }

// telegram asks Telegram about each bot.
func (c *checker) telegram(ctx context.Context) {
	cfg := telegramConfig(c.cfg)
	for _, b := range cfg.Bots {
		f := finding{link: "telegram bot " + b.Name}
		now, err := telegram.Check(ctx, b, cfg.PublicURL)
		switch {
		case errors.Is(err, telegram.ErrToken):
			f.problem, f.cure = "its token is wrong or was revoked", "write the one @BotFather shows into the configuration"
		case err != nil:
			f.problem, f.cure = err.Error(), "see whether this machine reaches "+b.APIURL
		case now.Elsewhere != "":
			f.problem = "its messages are brought to another program at " + now.Elsewhere
			f.cure = "stop that program, or use another bot; frontdesk run takes this one over when it starts"
		case now.Failing != "":
			f.problem = "Telegram cannot bring its messages here: " + now.Failing
			f.cure = "see whether " + cfg.PublicURL + " is reached from outside with a certificate that browsers take, or write mode: polling"
		default:
			f.detail = "@" + now.Username
		}
		c.say(f)
	}
}
