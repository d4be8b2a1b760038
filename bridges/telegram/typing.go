package telegram

import (
	"context"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// typingTime bounds the call that shows somebody typing: what comes later than that is not true any more.
const typingTime = 4 * time.Second

// StaffTyping shows a customer that somebody is writing an answer. It does not block. Telegram forgets it by itself after a few seconds.
func (s *Service) StaffTyping(conversation desk.ConversationID, _ string, on bool) {
	if !on || len(s.bots) == 0 {
		return
	}
	s.mu.Lock()
	strange := s.strange[conversation]
	s.mu.Unlock()
	if strange {
		return
	}
	s.answerer.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), typingTime)
		defer cancel()
		var chat *journal.Chat
		err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
			chat, err = tx.ChatOf(conversation)
			return err
		})
		if err != nil || s.bots[chat.Source] == nil {
			return
		}
		b := s.bots[chat.Source]
		err = b.call(ctx, func(ctx context.Context) error {
			_, err := b.api.SendChatAction(ctx, &tg.SendChatActionParams{ChatID: chat.ID, Action: models.ChatActionTyping})
			return err
		})
		if err != nil {
			s.log.Debug().Str("error", b.clean(err)).Msg("Typing was not shown")
		}
	})
}
