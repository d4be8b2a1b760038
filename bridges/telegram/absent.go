package telegram

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/bridges"
	"frontdesk/internal/journal"
)

// absent is a bot that has chats and is not in the configuration any more, or switched off there. What is said to its customers is cut as it was,
// and nothing of it gets to them: the staff is told so each time.
type absent struct{ *bot }

// Absent lists the names of bots that have chats in a database and are not among those at work.
func Absent(tx journal.Tx, bots []BotConfig) (names []string, err error) {
	sources, err := tx.ChatSources()
	if err != nil {
		return nil, fmt.Errorf("look for bots with chats: %w", err)
	}
	for _, source := range sources {
		name, ours := strings.CutPrefix(source, Source+":")
		if ours && !slices.ContainsFunc(bots, func(b BotConfig) bool { return b.Name == name }) {
			names = append(names, name)
		}
	}
	return names, nil
}

// missBots finds the bots that have chats and are not there.
func (s *Service) missBots(ctx context.Context) error {
	var names []string
	err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
		names, err = Absent(tx, s.cfg.Bots)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		log := s.log.With().Str("bot", name).Logger()
		log.Warn().Msg("A Telegram bot that has customers is not in the configuration, or switched off; nothing reaches them")
		a := &absent{&bot{s: s, cfg: BotConfig{Name: name}, source: Source + ":" + name}}
		a.courier = bridges.NewCourier(a, s.journal, bridges.Limits{}, s.cfg.Now, log)
		s.mu.Lock()
		s.absent[a.source] = a
		s.mu.Unlock()
	}
	return nil
}

func (a *absent) refuse() error { return bridges.Refuse("undelivered.no_bot", a.cfg.Name) }

func (a *absent) Send(context.Context, string, bridges.Part) (string, error) { return "", a.refuse() }

func (a *absent) SendGroup(context.Context, string, []bridges.Part) ([]string, error) {
	return nil, a.refuse()
}

func (a *absent) Edit(context.Context, string, string, bridges.Part) error { return a.refuse() }

func (a *absent) Delete(context.Context, string, string) error { return a.refuse() }

func (a *absent) React(context.Context, string, string, []string) error { return a.refuse() }

func (a *absent) Prompt(context.Context, string, string, bridges.View) (bridges.Prompted, error) {
	return bridges.Prompted{}, a.refuse()
}

func (a *absent) Withdraw(context.Context, string, string) error { return a.refuse() }

func (a *absent) Probe(context.Context) error { return nil }
