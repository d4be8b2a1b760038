package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/content"
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
	update *update
	kind   string
	chat   int64
	from   *models.User
}

// arrivalOf says what an update is; nil for what is none of our business: groups, channels, other bots.
func arrivalOf(u *update) *arrival {
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

// unreadable says of an update that cannot be read whose it is, so that it is told where people look for it; nil if not even that can be read.
func unreadable(u *update) *arrival {
	if u == nil {
		return nil
	}
	a := arrivalOf(u)
	if a != nil {
		a.kind = kindUnread
	}
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
		u, err := readUpdate(raw)
		if err != nil || u.ID == 0 {
			in := b.input(0, kindUnread, raw)
			in.ID = "unreadable:" + digest(raw) // it has no id of its own by which it would be known again
			inputs, arrivals = append(inputs, in), append(arrivals, unreadable(u))
			continue
		}
		next = max(next, u.ID+1)
		if a := arrivalOf(u); a != nil {
			inputs, arrivals = append(inputs, b.input(u.ID, a.kind, raw)), append(arrivals, a)
		} else if chat := joined(u); chat != 0 {
			b.leave(ctx, chat)
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
			if a != nil && a.kind != kindUnread && outcomes[i].New {
				b.reply(ctx, a, inputs[i], outcomes[i])
			}
		}
		inputs, arrivals = inputs[n:], arrivals[n:]
	}
	return next, nil
}

// takeAtOnce is how many updates are stored, and decided, in one transaction, for which everything else waits.
const takeAtOnce = 16

// lanes gives each input the lane of its chat. What cannot be read makes no conversation.
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
		if known[a.chat] == "" && a.kind == kindUnread {
			inputs[i].Lane = b.source + ":" + chatID(a.chat)
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

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// joined gives the group or channel that somebody has put the bot into, or 0.
func joined(u *update) int64 {
	m := u.MyChatMember
	if m == nil || m.Chat.Type == models.ChatTypePrivate || m.NewChatMember.Left != nil || m.NewChatMember.Banned != nil {
		return 0
	}
	return m.Chat.ID
}

// leave leaves a group: who writes there is no customer, and nobody would be answered.
func (b *bot) leave(ctx context.Context, chat int64) {
	b.aside(ctx, func(ctx context.Context) error {
		return b.call(ctx, func(ctx context.Context) error {
			_, err := b.api.LeaveChat(ctx, &tg.LeaveChatParams{ChatID: chat})
			return err
		})
	})
}

// aside does what nothing waits for and nobody misses much. It ends with the service.
func (b *bot) aside(ctx context.Context, f func(context.Context) error) {
	b.s.answerer.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), asideTime)
		defer cancel()
		defer context.AfterFunc(b.s.running, cancel)()
		if err := f(ctx); err != nil {
			b.s.log.Debug().Str("bot", b.cfg.Name).Str("error", b.clean(err)).Msg("A customer was not answered")
		}
	})
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
		conversation, err := b.begin(tx, a)
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

// begin makes a conversation: of who has written to another bot of the site before, or of somebody new.
func (b *bot) begin(tx journal.Tx, a *arrival) (*desk.Conversation, error) {
	for _, source := range b.s.sources() {
		chat, err := tx.Chat(source, chatID(a.chat))
		if errors.Is(err, desk.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		there, err := tx.Conversation(chat.Conversation)
		if err != nil {
			return nil, err
		}
		if there.Site != b.cfg.Site {
			continue
		}
		customer, err := tx.Customer(there.Customer)
		if err != nil {
			return nil, err
		}
		return b.s.engine.OpenConversationOf(tx, b.s.cfg.Now(), customer, Source)
	}
	return b.s.engine.OpenConversation(tx, b.s.cfg.Now(), b.cfg.Site, Source, a.from.LanguageCode)
}

// sources are those of all bots, also of those that are not there any more, in an order.
func (s *Service) sources() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(func(yield func(string) bool) {
		for source := range s.bots {
			if !yield(source) {
				return
			}
		}
		for source := range s.absent {
			if !yield(source) {
				return
			}
		}
	})
}

// fullName is what a user is called.
func fullName(u *models.User) string {
	return strings.TrimSpace(content.Visible(u.FirstName + " " + u.LastName))
}

const (
	asideTime   = 5 * time.Minute
	tellRefused = time.Minute // a chat is told of refusals at most so often
)

// reply tells the customer what is not in the log: that a press was taken, or why something was not. It is a courtesy: who misses it acts
// again.
func (b *bot) reply(ctx context.Context, a *arrival, in journal.Input, out journal.Outcome) {
	if out.Decided && !answers(a, out) {
		return
	}
	b.aside(ctx, func(ctx context.Context) error {
		if !out.Decided {
			var err error
			if out, err = b.s.journal.Wait(ctx, in.Source, in.ID); err != nil || !answers(a, out) {
				return err
			}
		}
		view, err := b.viewOf(ctx, desk.ConversationID(strings.TrimPrefix(in.Lane, "conv:")))
		if err != nil {
			return err
		}
		return b.answer(ctx, a, out, view)
	})
}

// answers reports whether there is something to tell the customer about an act that was decided.
func answers(a *arrival, out journal.Outcome) bool {
	return a.kind == kindPress || out.Refused != nil || sharesPhone(a.update.Message)
}
