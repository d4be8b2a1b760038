package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Kinds of updates as they lie in the inbox.
const (
	kindMessage  = "message"
	kindAlbum    = "album" // a message that is one of several sent together
	kindEdit     = "edited_message"
	kindPress    = "callback_query"
	kindReaction = "message_reaction"
	kindMember   = "my_chat_member"
	kindUnread   = "unreadable"
)

// arrival is an update that concerns us.
type arrival struct {
	update *models.Update
	kind   string
	chat   int64
	from   *models.User
}

// arrivalOf says what an update is; nil for what is none of our business: groups, channels, other bots.
func arrivalOf(u *models.Update) *arrival {
	a := &arrival{update: u}
	var chat *models.Chat
	switch {
	case u.Message != nil:
		a.kind, chat, a.from = kindMessage, &u.Message.Chat, u.Message.From
		if u.Message.MediaGroupID != "" {
			a.kind = kindAlbum
		}
	case u.EditedMessage != nil:
		a.kind, chat, a.from = kindEdit, &u.EditedMessage.Chat, u.EditedMessage.From
	case u.CallbackQuery != nil:
		a.kind, a.from = kindPress, &u.CallbackQuery.From
		chat = pressedChat(u.CallbackQuery)
	case u.MessageReaction != nil:
		a.kind, chat, a.from = kindReaction, &u.MessageReaction.Chat, u.MessageReaction.User
	case u.MyChatMember != nil:
		a.kind, chat, a.from = kindMember, &u.MyChatMember.Chat, &u.MyChatMember.From
	}
	if chat == nil || chat.Type != models.ChatTypePrivate || a.from == nil || a.from.IsBot {
		return nil
	}
	a.chat = chat.ID
	return a
}

func pressedChat(q *models.CallbackQuery) *models.Chat {
	switch {
	case q.Message.Message != nil:
		return &q.Message.Message.Chat
	case q.Message.InaccessibleMessage != nil:
		return &q.Message.InaccessibleMessage.Chat
	}
	return nil
}

// take stores updates and gives the offset from which Telegram is to go on. The conversation of a new chat is made before: it is the lane in
// which its updates are worked.
func (b *bot) take(ctx context.Context, raws []json.RawMessage) (next int64, err error) {
	var inputs []journal.Input
	var arrivals []*arrival
	for _, raw := range raws {
		var u models.Update
		if err := json.Unmarshal(raw, &u); err != nil {
			id, unread := unreadable(raw, err)
			if id == 0 {
				return 0, unread
			}
			next = max(next, id+1)
			inputs = append(inputs, b.input(id, kindUnread, raw))
			arrivals = append(arrivals, nil)
			continue
		}
		next = max(next, u.ID+1)
		if a := arrivalOf(&u); a != nil {
			inputs = append(inputs, b.input(u.ID, a.kind, raw))
			arrivals = append(arrivals, a)
		}
	}
	if err := b.lanes(ctx, inputs, arrivals); err != nil {
		return 0, err
	}
	for len(inputs) > 0 {
		n := min(len(inputs), takeAtOnce)
		outcomes, err := b.s.journal.Submit(ctx, inputs[:n]...)
		if err != nil {
			return 0, fmt.Errorf("store updates: %w", err)
		}
		for i, a := range arrivals[:n] {
			if a != nil && outcomes[i].New {
				b.reply(ctx, a, inputs[i], outcomes[i])
			}
		}
		inputs, arrivals = inputs[n:], arrivals[n:]
	}
	return next, nil
}

// takeAtOnce is how many updates are stored, and decided, in one transaction, for which everything else waits.
const takeAtOnce = 16

// lanes gives each input the lane of its chat.
func (b *bot) lanes(ctx context.Context, inputs []journal.Input, arrivals []*arrival) error {
	known := make(map[int64]desk.ConversationID)
	err := b.s.journal.Read(ctx, func(tx journal.Tx) error {
		for _, a := range arrivals {
			if a == nil || known[a.chat] != "" {
				continue
			}
			chat, err := tx.Chat(b.source, chatID(a.chat))
			if err == nil {
				known[a.chat] = chat.Conversation
			} else if !errors.Is(err, desk.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for chats: %w", err)
	}
	for i, a := range arrivals {
		if a == nil {
			inputs[i].Lane = b.source
			continue
		}
		if known[a.chat] == "" {
			if known[a.chat], err = b.open(ctx, a); err != nil {
				return err
			}
		}
		inputs[i].Lane = "conv:" + string(known[a.chat])
	}
	return nil
}

func (b *bot) input(id int64, kind string, raw json.RawMessage) journal.Input {
	in := journal.Input{Source: b.source, ID: strconv.FormatInt(id, 10), Kind: kind, Body: raw, At: b.s.cfg.Now()}
	if kind == kindAlbum {
		in.Due = in.At.Add(albumWait)
	}
	return in
}

// unreadable gives the id of an update that we cannot read, so that it can be put aside.
func unreadable(raw json.RawMessage, cause error) (int64, error) {
	var u struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &u); err != nil || u.ID == 0 {
		return 0, fmt.Errorf("read an update without id: %w", cause)
	}
	return u.ID, nil
}

func chatID(id int64) string { return strconv.FormatInt(id, 10) }

// open makes the conversation of a new chat.
func (b *bot) open(ctx context.Context, a *arrival) (id desk.ConversationID, err error) {
	err = b.s.journal.Write(ctx, func(tx journal.Tx) error {
		// Webhooks come side by side.
		if chat, err := tx.Chat(b.source, chatID(a.chat)); err == nil {
			id = chat.Conversation
			return nil
		} else if !errors.Is(err, desk.ErrNotFound) {
			return err
		}
		conversation, err := b.s.engine.OpenConversation(tx, b.s.cfg.Now(), b.cfg.Site, desk.ChannelTelegram, a.from.LanguageCode)
		if err != nil {
			return err
		}
		id = conversation.ID
		return tx.PutChat(&journal.Chat{Source: b.source, ID: chatID(a.chat), Conversation: id})
	})
	if err != nil {
		return "", fmt.Errorf("open a conversation: %w", err)
	}
	b.s.mu.Lock()
	delete(b.s.strange, id)
	b.s.mu.Unlock()
	return id, nil
}

// fullName is what a user is called.
func fullName(u *models.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

const (
	replyWait   = 10 * time.Second
	tellRefused = time.Minute // a chat is told of refusals at most so often
)

// reply tells the customer what is not in the log: that a press was taken, or why something was not. It is a courtesy: who misses it acts
// again.
func (b *bot) reply(ctx context.Context, a *arrival, in journal.Input, out journal.Outcome) {
	if out.Decided && !answers(a, out) {
		return
	}
	b.s.answerer.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), replyWait)
		defer cancel()
		if !out.Decided {
			var err error
			if out, err = b.s.journal.Wait(ctx, in.Source, in.ID); err != nil || !answers(a, out) {
				return
			}
		}
		view, err := b.viewOf(ctx, desk.ConversationID(strings.TrimPrefix(in.Lane, "conv:")))
		if err != nil {
			b.s.log.Err(err).Msg("Failed to answer a customer")
			return
		}
		if err := b.answer(ctx, a, out, view); err != nil {
			b.s.log.Debug().Str("error", b.clean(err)).Msg("A customer was not answered")
		}
	})
}

// answers reports whether there is something to tell the customer about an act that was decided.
func answers(a *arrival, out journal.Outcome) bool {
	return a.kind == kindPress || out.Refused != nil || sharesPhone(a.update.Message)
}
