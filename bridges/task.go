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

	failures int // to do this, in a row
	weight   int // how many messages the other side counts it as; what is none of its business has none
	bytes    int64
	all      int // parts of the message
	do       func(context.Context) outcome
}

// doing sets what is to be done.
func (t *task) doing(weight int, do func(context.Context) outcome) { t.weight, t.do = weight, do }

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
	if _, can := c.channel.(Prompter); can && t.stale() {
		t.doing(1, t.withdraw)
		return t, nil
	} else if can && chat.Prompt != "" {
		t.doing(1, t.prompt)
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
	t.doing(0, func(ctx context.Context) outcome {
		if t.rev == chat.Rev {
			return outcome{}
		}
		return outcome{more: more, err: t.write(ctx, nil)}
	})
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
		t.doing(0, func(ctx context.Context) outcome { return t.doubt(ctx, sending) })
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
	if len(there) == 0 {
		return
	}
	d, can := t.c.channel.(Deleter)
	if !can {
		t.doing(0, func(ctx context.Context) outcome {
			t.rev = t.view.Message.Rev
			return t.change(ctx, "undelivered.delete", errUnable, func(journal.Tx) error { return nil })
		})
		return
	}
	last := there[len(there)-1]
	t.doing(1, func(ctx context.Context) outcome {
		err := d.Delete(ctx, t.chat.ID, last.ID)
		if len(there) == 1 && err == nil || refusalOf(err) != nil {
			t.rev = t.view.Message.Rev
		}
		return t.change(ctx, "undelivered.delete", err, func(tx journal.Tx) error { return tx.DeleteRemote(last.Message, last.Part) })
	})
}

// planParts sends the first part that is missing, edits the first that differs, and deletes what is too much.
func (t *task) planParts(tx journal.Tx, there []journal.Remote) error {
	parts, err := t.parts(tx)
	if err != nil {
		return err
	}
	for i := range parts {
		at := slices.IndexFunc(there, func(r journal.Remote) bool { return r.Part == parts[i].Number })
		if at < 0 {
			return t.planSend(tx, parts, there, i)
		}
		if sum, _ := sums(there[at]); sum != digest(parts[i].Sum) {
			t.planEdit(parts[i], there[at])
			return nil
		}
	}
	for _, r := range slices.Backward(there) {
		isOfMessage := func(p Part) bool { return p.Number == r.Part }
		if r.Part >= Beside || slices.ContainsFunc(parts, isOfMessage) {
			continue
		}
		deleter, can := t.c.channel.(Deleter)
		weight := 1
		if !can {
			weight = 0
		}
		t.doing(weight, func(ctx context.Context) outcome {
			var err error = errUnable
			if can {
				err = deleter.Delete(ctx, t.chat.ID, r.ID)
			}
			return t.change(ctx, "undelivered.edit", err, func(tx journal.Tx) error { return tx.DeleteRemote(r.Message, r.Part) })
		})
		return nil
	}
	return nil
}

// parts cuts the message as the channel does.
func (t *task) parts(tx journal.Tx) ([]Part, error) {
	t.view.MXC = make(map[string]string)
	for _, f := range t.view.Message.Content.Files {
		record, err := tx.File(desk.FileID(f.ID))
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", f.ID, err)
		}
		t.view.MXC[f.ID] = record.MXC
	}
	return t.c.channel.Parts(t.view), nil
}

// planSend sends a part that is missing, with those that make a group with it.
func (t *task) planSend(tx journal.Tx, parts []Part, there []journal.Remote, i int) error {
	if i == 0 {
		reply, err := t.replyTo(tx)
		if err != nil {
			return err
		}
		parts[0].ReplyTo = reply
	}
	t.all = len(parts)
	sent := parts[i : i+t.together(parts, there, i)]
	for _, p := range sent {
		if p.File != nil {
			t.bytes += p.File.Size
		}
	}
	rest := slices.DeleteFunc(slices.Clone(parts), func(p Part) bool {
		return slices.ContainsFunc(there, func(r journal.Remote) bool { return r.Part == p.Number })
	})
	t.doing(len(sent), func(ctx context.Context) outcome { return t.send(ctx, sent, len(rest) == len(sent)) })
	return nil
}

// planEdit changes a part that was sent. Where that cannot be it is told once.
func (t *task) planEdit(p Part, sent journal.Remote) {
	done := func(tx journal.Tx) error {
		_, reactions := sums(sent)
		sent.Sum = digest(p.Sum) + " " + reactions
		return tx.PutRemote(&sent)
	}
	editor, can := t.c.channel.(Editor)
	if !can {
		t.doing(0, func(ctx context.Context) outcome { return t.change(ctx, "undelivered.edit", errUnable, done) })
		return
	}
	t.doing(1, func(ctx context.Context) outcome {
		return t.change(ctx, "undelivered.edit", editor.Edit(ctx, t.chat.ID, sent.ID, p), done)
	})
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
	for _, p := range parts[first:to] {
		if slices.ContainsFunc(there, func(r journal.Remote) bool { return r.Part == p.Number }) {
			return 1
		}
	}
	return to - first
}

// replyTo gives the channel's id of the message that is answered.
func (t *task) replyTo(tx journal.Tx) (string, error) {
	if t.view.Message.Reply == "" {
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

// planReactions shows what reactions the staff have given. Where that cannot be it is told once, which is kept like a reaction that is shown.
func (t *task) planReactions(there []journal.Remote) {
	m := t.view.Message
	var keys []string
	for _, r := range m.Reactions {
		if r.By != "customer" && !slices.Contains(keys, r.Key) {
			keys = append(keys, r.Key)
		}
	}
	reactor, can := t.c.channel.(Reactor)
	var first journal.Remote
	switch {
	case len(there) > 0:
		first = there[0]
	case m.Author == desk.FromCustomer: // the channel does not know it again
		can, first = false, journal.Remote{Message: m.ID, Source: t.chat.Source, Chat: t.chat.ID, State: journal.RemoteSent, Sum: " ", At: m.At}
	default:
		return
	}
	can = can && first.ID != ""
	sum, shown := sums(first)
	if shown == strings.Join(keys, " ") {
		return
	}
	done := func(tx journal.Tx) error {
		first.Sum = sum + " " + strings.Join(keys, " ")
		return tx.PutRemote(&first)
	}
	switch {
	case can:
		t.doing(1, func(ctx context.Context) outcome {
			return t.change(ctx, "undelivered.reaction", reactor.React(ctx, t.chat.ID, first.ID, keys), done)
		})
	case len(keys) < len(strings.Fields(shown)): // taken back what was not there
		t.doing(0, func(ctx context.Context) outcome { return t.change(ctx, "undelivered.reaction", nil, done) })
	default:
		t.doing(0, func(ctx context.Context) outcome { return t.change(ctx, "undelivered.reaction", errUnable, done) })
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
