package bridges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// beside is the first number of parts that are said beside a message: what belongs to it and is none of its words.
const beside = 1000

// send sends parts from the one of a number on, marked before and after: one, or several as one group.
func (t *task) send(ctx context.Context, first int, parts []Part, last bool) outcome {
	m := t.view.Message
	rows := make([]journal.Remote, len(parts))
	for i, p := range parts {
		rows[i] = journal.Remote{
			Message: m.ID, Part: first + i, Source: t.chat.Source, Chat: t.chat.ID, State: journal.RemoteSending, Sum: digest(p.Sum) + " ",
			At: t.c.now(),
		}
	}
	if err := t.write(ctx, func(tx journal.Tx) error { return putRemotes(tx, rows) }); err != nil {
		return outcome{err: err}
	}
	ids, err := t.bring(ctx, parts)
	if errors.Is(err, ErrApart) {
		apart := rows[1:]
		if err := t.write(ctx, func(tx journal.Tx) error { return deleteRemotes(tx, apart) }); err != nil {
			return outcome{err: err}
		}
		rows, parts, last = rows[:1], parts[:1], false
		ids, err = t.bring(ctx, parts)
	}
	if err == nil {
		for i := range rows {
			rows[i].ID, rows[i].State = ids[i], journal.RemoteSent
		}
		var facts []desk.Input
		if last {
			t.rev = m.Rev
			facts = append(facts, desk.Delivered{Conversation: m.Conversation, Message: m.ID})
		}
		return t.mark(ctx, func(tx journal.Tx) error { return putRemotes(tx, rows) }, facts...)
	}
	unmark := func(tx journal.Tx) error { return deleteRemotes(tx, rows) }
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
	return t.doubt(ctx, rows)
}

// bring gives the channel's ids of the parts.
func (t *task) bring(ctx context.Context, parts []Part) ([]string, error) {
	if len(parts) == 1 {
		id, err := t.c.channel.Send(ctx, t.chat.ID, parts[0])
		return []string{id}, err
	}
	ids, err := t.c.channel.(Grouper).SendGroup(ctx, t.chat.ID, parts)
	if err == nil && len(ids) != len(parts) {
		err = Unknown(fmt.Errorf("%d of a group of %d were sent", len(ids), len(parts)))
	}
	return ids, err
}

func putRemotes(tx journal.Tx, rows []journal.Remote) error {
	for i := range rows {
		if err := tx.PutRemote(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func deleteRemotes(tx journal.Tx, rows []journal.Remote) error {
	for i := range rows {
		if err := tx.DeleteRemote(rows[i].Message, rows[i].Part); err != nil {
			return err
		}
	}
	return nil
}

// doubt gives up parts of which nobody knows whether they were sent, and tells the staff. With them goes the rest of the message: it is sent
// when they ask for it.
func (t *task) doubt(ctx context.Context, sending []journal.Remote) outcome {
	m := t.view.Message
	t.rev = m.Rev
	t.c.log.Warn().Str("message", string(m.ID)).Msg("Nobody knows whether a message was sent")
	return t.mark(ctx, func(tx journal.Tx) error { return deleteRemotes(tx, sending) },
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
	return outcome{failed: true}
}

// prompt says what is to be said beside the log. It is forgotten when it was said, so that none is lost; said twice, after a crash or an
// answer that was lost, it does no harm.
func (t *task) prompt(ctx context.Context) outcome {
	prompt := t.chat.Prompt
	message, id, err := t.c.channel.(Prompter).Prompt(ctx, t.chat.ID, prompt, t.view)
	if after, told := laterBy(err); told {
		return outcome{more: true, after: after}
	}
	if err != nil && refusalOf(err) == nil {
		t.c.lost(err)
		return outcome{failed: true}
	}
	if err != nil {
		t.c.log.Warn().Err(err).Msg("Something said beside the log was refused")
	}
	return t.mark(ctx, func(tx journal.Tx) error {
		chat, err := tx.Chat(t.chat.Source, t.chat.ID)
		if err != nil {
			return err
		}
		if chat.Prompt == prompt { // else there is something new to be said
			chat.Prompt = ""
			if err := tx.PutChat(chat); err != nil {
				return err
			}
		}
		if message == "" {
			return nil
		}
		return tx.PutRemote(&journal.Remote{
			Message: message, Part: beside, Source: t.chat.Source, Chat: t.chat.ID, ID: id, State: journal.RemoteSent, At: t.c.now(),
		})
	})
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
