package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// The signs with which Frontdesk marks what may not have reached a customer.
const (
	signWarning  = "⚠️"
	buttonResend = "🔁"
)

// farewell is said after what was sent again: when it has come, nothing more of that comes.
const farewell = "That was all."

// marks finds which messages of a room are shown to be in doubt.
func (o *operator) marks(events []*event.Event) map[id.EventID]marks {
	found, edited := map[id.EventID]marks{}, map[id.EventID]bool{}
	for _, e := range events {
		if m, ok := e.Content.Parsed.(*event.MessageEventContent); ok && e.Sender == o.bot {
			edited[m.RelatesTo.GetReplaceID()] = true
		}
	}
	for _, e := range events {
		if e.Sender != o.bot {
			continue
		}
		if e.Type == event.EventReaction {
			switch to := e.Content.AsReaction().RelatesTo; to.Key {
			case signWarning:
				found[to.EventID] |= warned
			case buttonResend:
				found[to.EventID] |= offered
			}
		}
		if m := words(e); m != nil && !edited[e.ID] && strings.Contains(m.Body, "nobody knows") && strings.Contains(m.Body, "!resend") {
			found[m.RelatesTo.GetReplyTo()] |= told
		}
	}
	return found
}

// resendSome lets the operators send every other line in doubt once more, and judges anew.
func (s *stage) resendSome(ctx context.Context, script script, r *result, log zerolog.Logger) error {
	log.Info().Int("undecided", r.Undecided).Msg("Some of what is in doubt is sent again")
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	again, rooms := map[string]int{}, map[int]id.RoomID{}
	for i, d := range r.doubts {
		if i%2 == 1 {
			continue
		}
		n := d.line.Conversation
		v, err := s.customers[n].read(ctx)
		if err != nil {
			return err
		}
		again[d.line.Key], rooms[n] = 1, d.said.Room
		for _, m := range v {
			if m.content() == contentOf(d.line.From, d.line.Text, d.line.File) {
				again[d.line.Key]++
			}
		}
		if err := s.operators[script.Conversations[n].Operator].pressResend(ctx, d); err != nil {
			return err
		}
	}
	for n, room := range rooms {
		o := s.operators[script.Conversations[n].Operator]
		err := persist(ctx, func(ctx context.Context) error {
			_, err := o.Send(ctx, room, &event.MessageEventContent{MsgType: event.MsgText, Body: farewell}, "farewell")
			return err
		})
		if err != nil {
			return fmt.Errorf("say the last word in conversation %d: %w", n, err)
		}
		if err := s.telegram.writers[n].hears(ctx, farewell); err != nil {
			return fmt.Errorf("conversation %d, in which something was sent again: %w", n, err)
		}
	}
	undecided := r.Undecided
	for {
		var err error
		r.verdict, err = s.examine(ctx, script, again)
		if err != nil || r.Marked == 0 || ctx.Err() != nil { // the marks go a moment after the line has come
			r.Undecided, r.Resent = undecided, len(again)
			return err
		}
		pause(ctx, time.Second)
	}
}

// pressResend presses the sign under a line that sends it once more.
func (o *operator) pressResend(ctx context.Context, d doubt) error {
	content := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: id.EventID(d.said.ID), Key: buttonResend}}
	err := persist(ctx, func(ctx context.Context) error {
		_, err := o.Client.SendMessageEvent(ctx, d.said.Room, event.EventReaction, content, mautrix.ReqSendEvent{TransactionID: "resend-" + d.line.Key})
		return err
	})
	if err != nil {
		return fmt.Errorf("send %s again: %w", d.line.Key, err)
	}
	return nil
}
