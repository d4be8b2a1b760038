package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/devstack"
)

// operator is a member of staff with an ordinary Matrix client. Like any good client it says one thing after the other in each room
// and repeats what failed with the same transaction id.
type operator struct {
	*devstack.Operator
	bot     id.UserID
	puppets string // how customers' user ids begin
}

const (
	attemptTimeout = 15 * time.Second
	retryPause     = 300 * time.Millisecond
)

// persist tries until the homeserver has answered, whatever it takes. Only what it refuses for good is an error.
func persist(ctx context.Context, do func(context.Context) error) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
		err := do(attempt)
		cancel()
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		wait := retryPause
		var answer mautrix.HTTPError
		if errors.As(err, &answer) && answer.Response != nil {
			status := answer.Response.StatusCode
			if status == http.StatusTooManyRequests {
				wait = limitedFor(answer)
			} else if status < 500 {
				return err
			}
		}
		pause(ctx, wait)
	}
}

// limitedFor is how long Synapse's rate limit asks to wait.
func limitedFor(answer mautrix.HTTPError) time.Duration {
	if answer.RespError != nil {
		if ms, ok := answer.RespError.ExtraData["retry_after_ms"].(float64); ok {
			return time.Duration(ms) * time.Millisecond
		}
	}
	return time.Second
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// watch notes in the ledger whatever customers say in the operator's rooms, and what is told there to be in doubt, until ctx ends.
func (o *operator) watch(ctx context.Context, l *ledger) {
	said := map[id.EventID]string{}
	_, _ = o.WaitFor(ctx, func(e *event.Event) bool { // ends with ctx
		m := words(e)
		switch {
		case m != nil && o.isPuppet(e.Sender):
			l.saw(visitorSide, keyOf(m.Body))
		case m != nil:
			said[e.ID] = keyOf(m.Body)
		case e.Type == event.EventReaction && e.Sender == o.bot:
			if to := e.Content.AsReaction().RelatesTo; to.Key == buttonResend && said[to.EventID] != "" {
				l.doubted(said[to.EventID])
			}
		}
		return false
	})
}

func (o *operator) isPuppet(u id.UserID) bool { return strings.HasPrefix(string(u), o.puppets) }

// words gives the content of a message that is no edit, else nil.
func words(e *event.Event) *event.MessageEventContent {
	if e.Type.Type != event.EventMessage.Type {
		return nil
	}
	m, ok := e.Content.Parsed.(*event.MessageEventContent)
	if !ok || m.RelatesTo.GetReplaceID() != "" {
		return nil
	}
	return m
}

// take accepts the ticket of a conversation and gives its room.
func (o *operator) take(ctx context.Context, c conversation) (id.RoomID, error) {
	first := c.Lines[visitorSide][0].Key
	var err error
	if c.Entry == byReaction {
		err = o.pressAccept(ctx, first)
	} else {
		err = o.acceptInvite(ctx, first)
	}
	if err != nil {
		return "", fmt.Errorf("take conversation %d by %s: %w", c.N, c.Entry, err)
	}
	said, err := o.WaitFor(ctx, func(e *event.Event) bool {
		m := words(e)
		return m != nil && o.isPuppet(e.Sender) && keyOf(m.Body) == first
	})
	if err != nil {
		return "", fmt.Errorf("take conversation %d by %s: find its first message: %w", c.N, c.Entry, err)
	}
	return said.RoomID, nil
}

// pressAccept presses the button on the card that shows the customer's words.
func (o *operator) pressAccept(ctx context.Context, first string) error {
	card, err := o.WaitFor(ctx, func(e *event.Event) bool {
		m := words(e)
		return m != nil && e.Sender == o.bot && strings.Contains(m.Body, first)
	})
	if err != nil {
		return fmt.Errorf("wait for the card: %w", err)
	}
	content := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: card.ID, Key: "✅"}}
	return persist(ctx, func(ctx context.Context) error {
		_, err := o.Client.SendMessageEvent(ctx, card.RoomID, event.EventReaction, content, mautrix.ReqSendEvent{TransactionID: "accept-" + first})
		return err
	})
}

// acceptInvite accepts the invite whose reason has the customer's words.
func (o *operator) acceptInvite(ctx context.Context, first string) error {
	invite, err := o.WaitInvite(ctx, func(in devstack.Invite) bool { return strings.Contains(in.Reason, first) })
	if err != nil {
		return fmt.Errorf("wait for the invite: %w", err)
	}
	return persist(ctx, func(ctx context.Context) error { return o.Join(ctx, invite.Room) })
}

// say sends a line. It returns when the homeserver has it.
func (o *operator) say(ctx context.Context, room id.RoomID, l line) error {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: l.Text}
	if l.File != nil {
		var err error
		if content, err = o.upload(ctx, l.File); err != nil {
			return err
		}
	}
	return persist(ctx, func(ctx context.Context) error {
		_, err := o.Send(ctx, room, content, l.Key)
		return err
	})
}

func (o *operator) upload(ctx context.Context, f *file) (*event.MessageEventContent, error) {
	kind, mime := event.MsgFile, "application/octet-stream"
	if strings.HasSuffix(f.Name, ".png") {
		kind, mime = event.MsgImage, "image/png"
	}
	content := &event.MessageEventContent{MsgType: kind, Body: f.Name, Info: &event.FileInfo{MimeType: mime, Size: len(f.Data)}}
	return content, persist(ctx, func(ctx context.Context) error {
		up, err := o.Client.UploadBytesWithName(ctx, f.Data, mime, f.Name)
		if err != nil {
			return fmt.Errorf("upload %s: %w", f.Name, err)
		}
		content.URL = up.ContentURI.CUString()
		return nil
	})
}

// readRooms reads with fresh logins what the rooms hold: one view for each conversation.
func readRooms(ctx context.Context, logins []*operator, s script) ([]view, error) {
	views := make([]view, len(s.Conversations))
	read := map[id.RoomID]bool{}
	for _, o := range logins {
		var rooms []id.RoomID
		for room := range o.Rooms() {
			rooms = append(rooms, room)
		}
		slices.Sort(rooms)
		for _, room := range rooms {
			if read[room] {
				continue
			}
			read[room] = true
			v, err := o.readRoom(ctx, room)
			if err != nil {
				return nil, err
			}
			if n, ok := belongs(v, s); ok {
				views[n] = append(views[n], v...)
			}
		}
	}
	return views, nil
}

// readRoom reads a room from its beginning: what customers and staff said there, files by their bytes.
func (o *operator) readRoom(ctx context.Context, room id.RoomID) (view, error) {
	events, err := o.History(ctx, room)
	if err != nil {
		return nil, err
	}
	marked := o.marks(events)
	var v view
	for _, e := range events {
		m := words(e)
		if m == nil || e.Sender == o.bot || m.Body == "" || m.Body == farewell {
			continue
		}
		entry := shown{From: operatorSide, Text: m.Body, ID: string(e.ID), Room: room, Marks: marked[e.ID]}
		if o.isPuppet(e.Sender) {
			entry.From = visitorSide
		}
		if m.URL != "" {
			data, err := o.Download(ctx, m.URL)
			if err != nil {
				return nil, fmt.Errorf("file of event %s: %w", e.ID, err)
			}
			entry.Text, entry.Sum = "", sumOf(data)
		}
		v = append(v, entry)
	}
	return v, nil
}

// belongs tells whose room it is: that of the conversation most of whose texts stand in it.
func belongs(v view, s script) (int, bool) {
	owner := map[string]int{}
	for l := range s.all() {
		owner[l.Key] = l.Conversation
	}
	votes := map[int]int{}
	for _, m := range v {
		if n, ok := owner[keyOf(m.Text)]; ok {
			votes[n]++
		}
	}
	best, most := 0, 0
	for n, count := range votes {
		if count > most {
			best, most = n, count
		}
	}
	return best, most > 0
}
