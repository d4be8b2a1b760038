package telegram

import (
	"context"
	"errors"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	typingRenewed = 4 * time.Second // Telegram shows it for five
	typingRetried = time.Second
	typingLongest = 2 * time.Minute // in case nobody says that it ended
)

// StaffTyping shows a customer that somebody is writing an answer, until it is told that it ended. It does not block.
func (s *Service) StaffTyping(conversation desk.ConversationID, _ string, on bool) {
	if len(s.bots) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	stop := s.typing[conversation]
	switch {
	case !on && stop != nil:
		stop()
		delete(s.typing, conversation)
	case on && stop == nil && !s.strange[conversation]:
		ctx, cancel := context.WithTimeout(context.Background(), typingLongest)
		s.typing[conversation] = cancel
		s.answerer.Go(func() {
			defer cancel()
			s.showTyping(ctx, conversation)
			if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) { // else who stopped it has forgotten it
				s.mu.Lock()
				delete(s.typing, conversation)
				s.mu.Unlock()
			}
		})
	}
}

// endTyping stops everything that is shown.
func (s *Service) endTyping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, stop := range s.typing {
		stop()
	}
}

// showTyping shows it anew before Telegram forgets it.
func (s *Service) showTyping(ctx context.Context, conversation desk.ConversationID) {
	var chat *journal.Chat
	err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
		chat, err = tx.ChatOf(conversation)
		return err
	})
	if err != nil || s.bots[chat.Source] == nil {
		return
	}
	b := s.bots[chat.Source]
	for {
		shown, err := b.courier.Spare(ctx, chat.ID, func(ctx context.Context) error {
			return b.call(ctx, func(ctx context.Context) error {
				_, err := b.api.SendChatAction(ctx, &tg.SendChatActionParams{ChatID: chat.ID, Action: models.ChatActionTyping})
				return err
			})
		})
		if err != nil {
			s.log.Debug().Str("error", b.clean(err)).Msg("Typing was not shown")
			return
		}
		next := typingRenewed
		if !shown {
			next = typingRetried
		}
		again := time.NewTimer(next)
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C:
		}
	}
}
