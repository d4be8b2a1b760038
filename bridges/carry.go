package bridges

import (
	"context"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// beside is the first number of parts that are said beside a message: what belongs to it and is none of its words.
const beside = 1000

// send sends a part, marked before and after.
func (t *task) send(ctx context.Context, part int, p Part, last bool) outcome {
	m := t.view.Message
	row := journal.Remote{
		Message: m.ID, Part: part, Source: t.chat.Source, Chat: t.chat.ID, State: journal.RemoteSending, Sum: digest(p.Sum) + " ", At: t.c.now(),
	}
	if err := t.write(ctx, func(tx journal.Tx) error { return tx.PutRemote(&row) }); err != nil {
		return outcome{err: err}
	}
	id, err := t.c.channel.Send(ctx, t.chat.ID, p)
	if err == nil {
		row.ID, row.State = id, journal.RemoteSent
		var facts []desk.Input
		if last {
			t.rev = m.Rev
			facts = append(facts, desk.Delivered{Conversation: m.Conversation, Message: m.ID})
		}
		return t.mark(ctx, func(tx journal.Tx) error { return tx.PutRemote(&row) }, facts...)
	}
	unmark := func(tx journal.Tx) error { return tx.DeleteRemote(m.ID, part) }
	if after, told := laterBy(err); told {
		out := t.mark(ctx, unmark)
		out.after = after
		return out
	}
	if isAway(err) {
		t.c.lost(err)
		return t.mark(ctx, unmark)
	}
	if refusal := refusalOf(err); refusal != nil {
		t.rev = m.Rev
		return t.mark(ctx, unmark, desk.Undelivered{Conversation: m.Conversation, Message: m.ID, Reason: refusal.Key, Args: refusal.Args})
	}
	t.c.lost(err)
	return t.doubt(ctx, part)
}

// doubt gives up a part of which nobody knows whether it was sent, and tells the staff. With it goes the rest of the message: it is sent
// when they ask for it.
func (t *task) doubt(ctx context.Context, part int) outcome {
	m := t.view.Message
	t.rev = m.Rev
	t.c.log.Warn().Str("message", string(m.ID)).Msg("Nobody knows whether a message was sent")
	return t.mark(ctx, func(tx journal.Tx) error { return tx.DeleteRemote(m.ID, part) },
		desk.Undelivered{Conversation: m.Conversation, Message: m.ID, Reason: "undelivered.doubt", Doubt: true})
}

// change keeps what became of a change to something sent. Doing it twice is doing it once, so an unknown outcome is tried again.
func (t *task) change(ctx context.Context, key string, err error, done func(journal.Tx) error) outcome {
	m := t.view.Message
	if err == nil {
		return t.mark(ctx, done)
	}
	if after, told := laterBy(err); told {
		return outcome{more: true, after: after}
	}
	if refusal := refusalOf(err); refusal != nil {
		why := refusal.Key
		if len(refusal.Args) > 0 {
			why = refusal.Args[0]
		}
		return t.mark(ctx, done, desk.Undelivered{Conversation: m.Conversation, Message: m.ID, Reason: key, Args: []string{why}, Kept: true})
	}
	t.c.lost(err)
	return outcome{more: true}
}

// prompt says what is to be said beside the log. It is not marked in doubt: whoever misses it asks again.
func (t *task) prompt(ctx context.Context) outcome {
	prompt := t.chat.Prompt
	set := func(from, to string) func(journal.Tx) error {
		return func(tx journal.Tx) error {
			chat, err := tx.Chat(t.chat.Source, t.chat.ID)
			if err != nil || chat.Prompt != from {
				return err
			}
			chat.Prompt = to
			return tx.PutChat(chat)
		}
	}
	if err := t.write(ctx, set(prompt, "")); err != nil {
		return outcome{err: err}
	}
	message, id, err := t.c.channel.(Prompter).Prompt(ctx, t.chat.ID, prompt, t.view)
	after, told := laterBy(err)
	switch {
	case err == nil && message == "":
		return outcome{more: true}
	case err == nil:
		return t.mark(ctx, func(tx journal.Tx) error {
			return tx.PutRemote(&journal.Remote{
				Message: message, Part: beside, Source: t.chat.Source, Chat: t.chat.ID, ID: id, State: journal.RemoteSent, At: t.c.now(),
			})
		})
	case told:
		out := t.mark(ctx, set("", prompt))
		out.after = after
		return out
	case isAway(err):
		t.c.lost(err)
		return t.mark(ctx, set("", prompt))
	}
	t.c.log.Warn().Err(err).Msg("Something said beside the log did not get out")
	return outcome{more: true}
}

// mark writes what became of what was sent. It does not give up while the program runs: sent again it would arrive twice.
func (t *task) mark(ctx context.Context, fn func(journal.Tx) error, facts ...desk.Input) outcome {
	ctx = context.WithoutCancel(ctx)
	var err error
	for failures := 1; failures <= markTries; failures++ {
		if err = t.write(ctx, fn, facts...); err == nil {
			return outcome{more: true}
		}
		t.c.log.Err(err).Msg("Failed to keep what became of a message")
		<-time.After(doubling(failures))
	}
	return outcome{err: fmt.Errorf("after %d tries: %w", markTries, err)}
}

// markTries bounds how often it is tried; what is not marked then is in doubt.
const markTries = 5
