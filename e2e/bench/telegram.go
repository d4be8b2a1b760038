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
	for _, senders := range []int{1, openChats} {
		write := s.inTurn(chats[:senders])
		if err := s.byTurns(ctx, r, "telegram", "updates", chats[:senders], write, atLeast(0.9)); err != nil {
			return err
		}
	}
	return s.complaints.Err()
}

// inTurn lets each of the chats say one thing after the other has, round and round: as people write who write at the same time. Writing takes
// no time here, so that otherwise the first would have said everything before the next begins.
func (s *stage) inTurn(chats []*chat) sender {
	turn := make(map[*chat]chan struct{}, len(chats))
	next := make(map[*chat]*chat, len(chats))
	for i, c := range chats {
		turn[c] = make(chan struct{}, 1)
		next[c] = chats[(i+1)%len(chats)]
	}
	turn[chats[0]] <- struct{}{}
	return func(c *chat, ctx context.Context, text string) error {
		select {
		case <-turn[c]:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.user.Write(s.bot, text)
		turn[next[c]] <- struct{}{}
		return s.complaints.Err()
	}
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
