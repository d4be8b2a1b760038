package bridges

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// errNotOurs tells that a conversation is of another channel.
var errNotOurs = errors.New("conversation of another channel")

// lookAhead is how many messages of the log are read at a time.
const lookAhead = 16

// task is the next thing to be done of a conversation.
type task struct {
	c    *Courier
	chat *journal.Chat
	view View
	rev  int64 // everything of the log up to here is done already

	sends bool
	do    func(context.Context) outcome
}

// look finds the next thing to do.
func (c *Courier) look(tx journal.Tx, id desk.ConversationID) (*task, error) {
	chat, err := tx.ChatOf(id)
	if errors.Is(err, desk.ErrNotFound) || err == nil && chat.Source != c.channel.Source() {
		return nil, errNotOurs
	} else if err != nil {
		return nil, err
	}
	t := &task{c: c, chat: chat, rev: chat.Rev}
	if t.view, err = ViewOf(tx, id); err != nil {
		return nil, err
	}
	if _, can := c.channel.(Prompter); can && chat.Prompt != "" {
		t.sends, t.do = true, t.prompt
		return t, nil
	}
	log, err := tx.MessagesAfter(id, chat.Rev, lookAhead)
	if err != nil {
		return nil, fmt.Errorf("read the log of conversation %s: %w", id, err)
	}
	for i := range log {
		t.view.Message = &log[i]
		if err := t.plan(tx); err != nil || t.do != nil {
			return t, err
		}
		t.rev = log[i].Rev
	}
	more := len(log) == lookAhead
	t.do = func(ctx context.Context) outcome {
		if t.rev == chat.Rev {
			return outcome{}
		}
		return outcome{more: more, err: t.write(ctx, nil)}
	}
	return t, nil
}

// ViewOf reads what a channel may want to know of a conversation.
func ViewOf(tx journal.Tx, id desk.ConversationID) (v View, err error) {
	if v.Conversation, err = tx.Conversation(id); err != nil {
		return v, fmt.Errorf("conversation %s: %w", id, err)
	}
	if v.Customer, err = tx.Customer(v.Conversation.Customer); err != nil {
		return v, fmt.Errorf("customer of conversation %s: %w", id, err)
	}
	contacts, err := tx.Contacts(v.Customer.ID)
	if err != nil {
		return v, fmt.Errorf("contacts of conversation %s: %w", id, err)
	}
	v.Phone = slices.ContainsFunc(contacts, func(c desk.Contact) bool { return c.Kind == desk.ContactPhone && !c.Hidden })
	if v.Site, err = tx.Site(v.Conversation.Site); err != nil {
		return v, fmt.Errorf("site of conversation %s: %w", id, err)
	}
	if v.Conversation.Ticket != "" {
		if v.Ticket, err = tx.Ticket(v.Conversation.Ticket); err != nil {
			return v, fmt.Errorf("ticket of conversation %s: %w", id, err)
		}
		v.Rating, err = tx.Rating(v.Ticket.ID)
		if errors.Is(err, desk.ErrNotFound) {
			v.Rating, err = nil, nil
		}
		if err != nil {
			return v, fmt.Errorf("rating of conversation %s: %w", id, err)
		}
	}
	if v.Agreed, err = desk.Agreed(tx, v.Site, v.Customer.ID); err != nil {
		return v, err
	}
	if v.Topics, err = desk.Topics(tx, v.Site.ID, v.Customer, v.Ticket); err != nil {
		return v, err
	}
	return v, nil
}

// plan finds what is to be done of a message; do stays nil if nothing is.
func (t *task) plan(tx journal.Tx) error {
	m := t.view.Message
	there, err := tx.RemotesOf(m.ID)
	if err != nil {
		return err
	}
	if sending := slices.DeleteFunc(slices.Clone(there), func(r journal.Remote) bool { return r.State != journal.RemoteSending }); len(sending) > 0 {
		t.do = func(ctx context.Context) outcome { return t.doubt(ctx, sending) }
		return nil
	}
	if o, can := t.c.channel.(Originator); can && m.Author == desk.FromCustomer && len(there) == 0 {
		if id := o.Origin(m); id != "" {
			there = []journal.Remote{{Message: m.ID, Source: t.chat.Source, Chat: t.chat.ID, ID: id, State: journal.RemoteSent, Sum: " ", At: m.At}}
		}
	}
	if !m.Deleted.IsZero() {
		t.planDelete(there)
		return nil
	}
	if m.Author != desk.FromCustomer && m.Status != desk.Failed {
		if err := t.planParts(tx, there); err != nil || t.do != nil {
			return err
		}
	}
	t.planReactions(there)
	return nil
}

func (t *task) planDelete(there []journal.Remote) {
	d, can := t.c.channel.(Deleter)
	if !can || len(there) == 0 {
		return
	}
	last := there[len(there)-1]
	t.do = func(ctx context.Context) outcome {
		err := d.Delete(ctx, t.chat.ID, last.ID)
		if len(there) == 1 && err == nil || refusalOf(err) != nil {
			t.rev = t.view.Message.Rev
		}
		return t.change(ctx, "undelivered.delete", err, func(tx journal.Tx) error { return tx.DeleteRemote(last.Message, last.Part) })
	}
}

// planParts sends the first part that is missing, edits the first that differs, and deletes what is too much.
func (t *task) planParts(tx journal.Tx, there []journal.Remote) error {
	m := t.view.Message
	t.view.MXC = make(map[string]string)
	for _, f := range m.Content.Files {
		record, err := tx.File(desk.FileID(f.ID))
		if err != nil {
			return fmt.Errorf("file %s: %w", f.ID, err)
		}
		t.view.MXC[f.ID] = record.MXC
	}
	parts := t.c.channel.Parts(t.view)
	for i := range parts {
		p := parts[i]
		at := slices.IndexFunc(there, func(r journal.Remote) bool { return r.Part == i })
		if at < 0 {
			reply, err := t.replyTo(tx, i)
			if err != nil {
				return err
			}
			parts[i].ReplyTo = reply
			to := i + t.together(parts, there, i)
			t.sends, t.do = true, func(ctx context.Context) outcome { return t.send(ctx, i, parts[i:to], to == len(parts)) }
			return nil
		}
		editor, can := t.c.channel.(Editor)
		sum, _ := sums(there[at])
		if !can || sum == digest(p.Sum) {
			continue
		}
		edited := there[at]
		t.do = func(ctx context.Context) outcome {
			return t.change(ctx, "undelivered.edit", editor.Edit(ctx, t.chat.ID, edited.ID, p), func(tx journal.Tx) error {
				_, reactions := sums(edited)
				edited.Sum = digest(p.Sum) + " " + reactions
				return tx.PutRemote(&edited)
			})
		}
		return nil
	}
	if deleter, can := t.c.channel.(Deleter); can && len(there) > 0 && there[len(there)-1].Part >= len(parts) && there[len(there)-1].Part < beside {
		last := there[len(there)-1]
		t.do = func(ctx context.Context) outcome {
			return t.change(ctx, "undelivered.edit", deleter.Delete(ctx, t.chat.ID, last.ID), func(tx journal.Tx) error {
				return tx.DeleteRemote(last.Message, last.Part)
			})
		}
	}
	return nil
}

// together counts the parts that are sent as one with the first. Where some of a group are there already the rest goes one by one.
func (t *task) together(parts []Part, there []journal.Remote, first int) int {
	group := parts[first].Group
	if _, can := t.c.channel.(Grouper); !can || group == 0 || first > 0 && parts[first-1].Group == group {
		return 1
	}
	to := first + 1
	for to < len(parts) && parts[to].Group == group {
		to++
	}
	if slices.ContainsFunc(there, func(r journal.Remote) bool { return r.Part > first && r.Part < to }) {
		return 1
	}
	return to - first
}

// replyTo gives the channel's id of the message that is answered.
func (t *task) replyTo(tx journal.Tx, part int) (string, error) {
	if t.view.Message.Reply == "" || part > 0 {
		return "", nil
	}
	answered, err := tx.RemotesOf(t.view.Message.Reply)
	if err != nil {
		return "", err
	}
	if len(answered) > 0 {
		return answered[0].ID, nil
	}
	o, can := t.c.channel.(Originator)
	if !can {
		return "", nil
	}
	m, err := tx.Message(t.view.Message.Reply)
	if err != nil {
		return "", fmt.Errorf("answered message %s: %w", t.view.Message.Reply, err)
	}
	return o.Origin(m), nil
}

func (t *task) planReactions(there []journal.Remote) {
	reactor, can := t.c.channel.(Reactor)
	if !can || len(there) == 0 {
		return
	}
	var keys []string
	for _, r := range t.view.Message.Reactions {
		if r.By != "customer" && !slices.Contains(keys, r.Key) {
			keys = append(keys, r.Key)
		}
	}
	first := there[0]
	sum, shown := sums(first)
	if shown == strings.Join(keys, " ") {
		return
	}
	t.do = func(ctx context.Context) outcome {
		return t.change(ctx, "undelivered.reaction", reactor.React(ctx, t.chat.ID, first.ID, keys), func(tx journal.Tx) error {
			first.Sum = sum + " " + strings.Join(keys, " ")
			return tx.PutRemote(&first)
		})
	}
}

// sums takes apart what is known of a remote part: what it says, and the reactions at it.
func sums(r journal.Remote) (words, reactions string) {
	words, reactions, _ = strings.Cut(r.Sum, " ")
	return words, reactions
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// write keeps how far the log was brought, and what fn stores, together with facts for the desk.
func (t *task) write(ctx context.Context, fn func(journal.Tx) error, facts ...desk.Input) error {
	err := t.c.journal.DecideWith(ctx, func(tx journal.Tx) error {
		chat, err := tx.Chat(t.chat.Source, t.chat.ID)
		if err != nil {
			return err
		}
		if t.rev > chat.Rev {
			chat.Rev = t.rev
			if err := tx.PutChat(chat); err != nil {
				return err
			}
		}
		if fn == nil {
			return nil
		}
		return fn(tx)
	}, facts...)
	if err != nil {
		return fmt.Errorf("keep what became of a message: %w", err)
	}
	return nil
}
