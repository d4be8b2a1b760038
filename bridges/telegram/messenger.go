package telegram

import (
	"context"
	"errors"

	"frontdesk/bridges"
	"frontdesk/internal/journal"
)

// Messenger declares Telegram.
func Messenger() bridges.Messenger {
	return bridges.Messenger{Name: Source, Entry: (*entry)(nil), Open: openIn, Check: checkAll}
}

func openIn(s bridges.Settings, d bridges.Desk) (bridges.Adapter, error) {
	return New(configOf(s), d.Journal, d.Engine, d.Media, d.Texts, d.Log)
}

// configOf names the bots that are switched on.
func configOf(s bridges.Settings) Config {
	out := Config{PublicURL: s.PublicURL, Secret: s.Secret, FileMax: s.FileMax, Types: s.Types}
	for _, at := range s.Entries {
		e := at.Entry.(*entry)
		if !e.Enabled {
			continue
		}
		out.Bots = append(out.Bots, BotConfig{
			Site: at.Site, Name: e.Name, Token: string(e.Token), APIURL: e.APIURL,
			Webhook: e.Mode == modeWebhook, Own: !e.inCloud(), FileURL: e.FileURL, FileDir: e.FileDir,
		})
	}
	return out
}

// checkAll asks Telegram about each bot.
func checkAll(ctx context.Context, s bridges.Settings, read bridges.Reader, say func(bridges.Finding)) {
	cfg := configOf(s)
	for _, b := range cfg.Bots {
		f := bridges.Finding{Link: "telegram bot " + b.Name}
		now, err := Check(ctx, b, cfg.PublicURL)
		switch {
		case errors.Is(err, ErrToken):
			f.Problem, f.Cure = "its token is wrong or was revoked", "write the one @BotFather shows into the configuration"
		case err != nil:
			f.Problem, f.Cure = err.Error(), "see whether this machine reaches "+b.APIURL
		case now.Elsewhere != "":
			f.Problem = "its messages are brought to another program at " + now.Elsewhere
			f.Cure = "stop that program, or use another bot; frontdesk run takes this one over when it starts"
		case now.Failing != "":
			f.Problem = "Telegram cannot bring its messages here: " + now.Failing
			f.Cure = "see whether " + cfg.PublicURL + " is reached from outside with a certificate that browsers take, or write mode: polling"
		case now.Files != "":
			f.Problem = now.Files
			f.Cure = "a Bot API server of your own serves no files: name by file_dir where it keeps them, or by file_url where another server serves them"
		default:
			f.Detail = "@" + now.Username
		}
		say(f)
	}
	if read != nil {
		checkAbsent(ctx, cfg.Bots, read, say)
	}
}

// checkAbsent looks for bots with customers that are not there any more.
func checkAbsent(ctx context.Context, bots []BotConfig, read bridges.Reader, say func(bridges.Finding)) {
	var names []string
	err := read(ctx, func(tx journal.Tx) (err error) {
		names, err = Absent(tx, bots)
		return err
	})
	if err != nil {
		say(bridges.Finding{Link: "telegram", Problem: err.Error(), Cure: "look at the database"})
	}
	for _, name := range names {
		say(bridges.Finding{
			Link: "telegram bot " + name, Problem: "it has customers and is not in the configuration, or switched off; nothing reaches them",
			Cure: "write it there again under the same name, or tell these customers in another way",
		})
	}
}
