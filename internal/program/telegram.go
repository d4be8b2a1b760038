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
				Webhook: b.Mode == config.TelegramWebhook, Own: !b.InCloud(), FileURL: b.FileURL, FileDir: b.FileDir,
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
		case now.Files != "":
			f.problem = now.Files
			f.cure = "a Bot API server of your own serves no files: name by file_dir where it keeps them, or by file_url where another server serves them"
		default:
			f.detail = "@" + now.Username
		}
		c.say(f)
	}
	c.absentBots(ctx, cfg.Bots)
}

// absentBots looks for bots with customers that are not there any more.
func (c *checker) absentBots(ctx context.Context, bots []telegram.BotConfig) {
	if c.reader == nil {
		return
	}
	var names []string
	err := c.reader.Read(ctx, func(tx journal.Tx) (err error) {
		names, err = telegram.Absent(tx, bots)
		return err
	})
	if err != nil {
		c.say(finding{link: "telegram", problem: err.Error(), cure: "look at the database"})
	}
	for _, name := range names {
		c.say(finding{
			link: "telegram bot " + name, problem: "it has customers and is not in the configuration, or switched off; nothing reaches them",
			cure: "write it there again under the same name, or tell these customers in another way",
		})
	}
}
