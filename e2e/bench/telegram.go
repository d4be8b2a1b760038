package main

import (
	"context"
	"fmt"
)

const botToken = "123456:secret-of-the-bench-bot"

// telegram: updates a second from Telegram through the bot into Synapse, until the operator's client has them all, against the same messages
// directly. Who writes does not wait: Telegram takes everything at once and keeps it until the bot asks.
func telegram(ctx context.Context, s *stage, r *report) error {
	if err := s.withFrontdesk(ctx); err != nil {
		return err
	}
	var chats []*chat
	for i := range openChats {
		c, err := s.openTelegramChat(ctx, i)
		if err != nil {
			return fmt.Errorf("open chat %d of Telegram: %w", i, err)
		}
		chats = append(chats, c)
	}
	send := func(c *chat, _ context.Context, text string) error {
		c.user.Write(s.bot, text)
		return s.complaints.Err()
	}
	for _, senders := range []int{1, openChats} {
		if err := s.byTurns(ctx, r, "telegram", "updates", chats[:senders], send, atLeast(0.9)); err != nil {
			return err
		}
	}
	return s.complaints.Err()
}

// openTelegramChat lets a user of Telegram write to the bot, and the operator accept.
func (s *stage) openTelegramChat(ctx context.Context, i int) (*chat, error) {
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	c := s.newChat(fmt.Sprintf("telegram-%d", i), nil)
	c.user = s.telegram.User(int64(1000+i), "Ivan Ivanov", "en")
	first := "open-" + c.name
	c.user.Write(s.bot, first)
	return c, s.accept(ctx, c, first)
}
