package bridges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Beside is the number by which is kept what was said beside the log about a message: it belongs to it and is none of its parts.
const Beside = MaxParts

// send sends parts, marked before and after: one, or several as one group.
func (t *task) send(ctx context.Context, parts []Part, last bool) outcome {
	m := t.view.Message
	rows := make([]journal.Remote, len(parts))
	for i, p := range parts {
		rows[i] = journal.Remote{
			Message: m.ID, Part: p.Number, Source: t.chat.Source, Chat: t.chat.ID, State: journal.RemoteSending, Sum: digest(p.Sum) + " ",
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
		if last && len(parts) == t.all && len(m.Reactions) == 0 {
			t.rev = m.Rev // nothing else of the message can be left to do
		}
		if last {
			facts = append(facts, desk.Delivered{Conversation: m.Conversation, Message: m.ID})
		}
		return t.mark(ctx, func(tx journal.Tx) error { return putRemotes(tx, rows) }, facts...)
	}
	unmark := func(tx journal.Tx) error { return deleteRemotes(tx, rows) }
	if after, told := laterBy(err); told {
		return t.mark(ctx, func(tx journal.Tx) error { return errors.Join(unmark(tx), t.hold(tx, after)) })
	}
	if isAway(err) {
		t.c.lost(err)
		return t.mark(ctx, unmark)
	}
	refusal := refusalOf(err)
	if again := againBy(err); again != nil {
		t.c.log.Warn().Err(err).Str("message", string(m.ID)).Msg("A message could not be sent")
		if t.failures < againMax {
			out := t.mark(ctx, unmark)
			out.failed = out.err == nil
			return out
		}
		refusal = again.refusal
	}
	if refusal != nil {
		t.rev = m.Rev
		return t.mark(ctx, unmark, desk.Undelivered{Conversation: m.Conversation, Message: m.ID, Reason: refusal.Key, Args: refusal.Args})
	}
	t.c.lost(err)
	return t.doubt(ctx, rows)
}

// againMax is how often in a row something is tried that fails without being sent: for about a quarter of an hour.
const againMax = 20

// hold has the chat wait as long as the other side tells, also after a restart.
func (t *task) hold(tx journal.Tx, after time.Duration) error {
	until := t.c.now().Add(after)
	t.c.pace.hold(t.chat.ID, until)
	chat, err := tx.Chat(t.chat.Source, t.chat.ID)
	if err != nil {
		return err
	}
	chat.Wait = until
	return tx.PutChat(chat)
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

// change keeps what became of a change to something sent; what says how the customer sees it without. Doing it twice is doing it once, so an
// unknown outcome is tried again.
func (t *task) change(ctx context.Context, what string, err error, done func(journal.Tx) error) outcome {
	if err == nil {
		return t.mark(ctx, done)
	}
	if after, told := laterBy(err); told {
		return t.mark(ctx, func(tx journal.Tx) error { return t.hold(tx, after) })
	}
	if refusal := refusalOf(err); refusal != nil {
		return t.mark(ctx, done, t.unchanged(what, refusal)...)
	}
	t.c.lost(err)
	return outcome{failed: true}
}

// unchanged tells the staff why something they did does not show at the customer's. Of our own messages nobody waits to hear that.
func (t *task) unchanged(what string, refusal *Refusal) []desk.Input {
	m := t.view.Message
	if m.Author == desk.FromSystem {
		return nil
	}
	return []desk.Input{desk.Undelivered{Conversation: m.Conversation, Message: m.ID, Reason: refusal.Key, Args: refusal.Args, Change: what}}
}

// errUnable is what a channel has not declared that it can do.
var errUnable = Refuse("undelivered.unable")

// prompt says what is to be said beside the log. It is forgotten when it was said, so that none is lost; said twice, after a crash or an
// answer that was lost, it does no harm.
func (t *task) prompt(ctx context.Context) outcome {
	prompt := t.chat.Prompt
	said, err := t.c.channel.(Prompter).Prompt(ctx, t.chat.ID, prompt, t.view)
	if after, told := laterBy(err); told {
		return t.mark(ctx, func(tx journal.Tx) error { return t.hold(tx, after) })
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
		}
		if said.Offers {
			chat.Offer = said.ID
		}
		if err := tx.PutChat(chat); err != nil || said.About == "" {
			return err
		}
		return tx.PutRemote(&journal.Remote{
			Message: said.About, Part: Beside, Source: t.chat.Source, Chat: t.chat.ID, ID: said.ID, State: journal.RemoteSent, At: t.c.now(),
		})
	})
}

// stale reports whether something said beside the log offers what there is not any more, or what is offered anew.
func (t *task) stale() bool {
	return t.chat.Offer != "" && (t.chat.Prompt != "" || t.view.Agreed && len(t.view.Topics) == 0)
}

// withdraw takes it away. What the other side does not want to change stays.
func (t *task) withdraw(ctx context.Context) outcome {
	offer := t.chat.Offer
	err := t.c.channel.(Prompter).Withdraw(ctx, t.chat.ID, offer)
	if after, told := laterBy(err); told {
		return t.mark(ctx, func(tx journal.Tx) error { return t.hold(tx, after) })
	}
	if err != nil && refusalOf(err) == nil {
		t.c.lost(err)
		return outcome{failed: true}
	}
	return t.mark(ctx, func(tx journal.Tx) error {
		chat, err := tx.Chat(t.chat.Source, t.chat.ID)
		if err != nil {
			return err
		}
		if chat.Offer == offer {
			chat.Offer = ""
		}
		return tx.PutChat(chat)
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
