package program

import (
	"context"
	"errors"

	"frontdesk/bridges"
	"frontdesk/bridges/telegram"
	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/journal"
)

func openTelegram(s *Server, engine *desk.Engine, texts desk.Texts) (bridges.Adapter, error) {
	return telegram.New(telegramConfig(s.cfg), s.journal, engine, s.matrix, texts, s.part(telegram.Source))
}

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
