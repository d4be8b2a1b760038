package appservice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Apply brings about one desired thing. What is remembered of most things is the value applied: being asked for the same value again
// means that somebody broke it.
func (s *Service) Apply(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error) {
	out, err := s.apply(ctx, room, d, memo)
	return out, s.verdict(ctx, err)
}

func (s *Service) apply(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) (json.RawMessage, error) {
	if isCard(d.Thing) {
		return s.applyCard(ctx, room, d, memo)
	}
	if d.Thing != desk.ThingReceipt && !strings.HasPrefix(d.Thing, desk.ThingCard) {
		// A room's state one after the other: of a join and a change of the join rule that do not know of each other, the homeserver's
		// state resolution may keep only the rule, and somebody who was joined is not in the room.
		guard := s.door(room.Key)
		guard.Lock()
		defer guard.Unlock()
	}
	if d.Thing == desk.ThingJoin {
		return s.applyJoin(ctx, room, d, memo)
	}
	return d.Value, s.applyThing(ctx, room, d, memo)
}

// door guards the state of a room.
func (s *Service) door(room desk.RoomKey) *sync.Mutex {
	return s.doors.getOrPut(room, func() *sync.Mutex { return &sync.Mutex{} })
}

func (s *Service) applyThing(ctx context.Context, room desk.Room, d desk.Desire, memo json.RawMessage) error {
	if user, ok := strings.CutPrefix(d.Thing, desk.ThingMember); ok {
		return s.applyMember(ctx, room, d, desk.UserID(user), memo)
	}
	if child, ok := strings.CutPrefix(d.Thing, desk.ThingChild); ok {
		return s.applyChild(ctx, room, d, desk.RoomKey(child))
	}
	if other, ok := strings.CutPrefix(d.Thing, desk.ThingOther); ok {
		return s.applyOther(ctx, room, d, desk.RoomID(other))
	}
	if user, ok := strings.CutPrefix(d.Thing, desk.ThingAccount); ok {
		return s.applyAccount(ctx, d, desk.UserID(user))
	}
	if strings.HasPrefix(d.Thing, desk.ThingCommand) {
		event, err := s.commandState(d)
		if err != nil {
			return err
		}
		return s.putState(ctx, room, event)
	}
	switch d.Thing {
	case desk.ThingName, desk.ThingTopic, desk.ThingAvatar, desk.ThingBridge:
		event, err := s.stateOf(ctx, d)
		if err != nil {
			return err
		}
		return s.putState(ctx, room, event)
	case desk.ThingProfile:
		return s.applyProfile(ctx, room, d)
	case desk.ThingReceipt:
		return s.applyReceipt(ctx, room, d)
	case desk.ThingQuiet:
		return s.applyQuiet(ctx, d)
	}
	return journal.Permanent(fmt.Errorf("nothing is known of %s", d.Thing))
}

// sameJSON compares two values as they are stored; white space aside, the same value is written the same way.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return false
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// applyChild hangs a room into a space, or takes it out.
func (s *Service) applyChild(ctx context.Context, space desk.Room, d desk.Desire, key desk.RoomKey) error {
	var want desk.Child
	if err := readValue(d, &want); err != nil {
		return err
	}
	child, err := s.room(ctx, key)
	if err != nil {
		if !want.Present && errors.Is(err, journal.ErrNotYet) {
			return nil
		}
		return err
	}
	content := map[string]any{}
	if want.Present {
		// Ids of new rooms do not name a server.
		content["via"] = []string{s.cfg.Domain}
		if want.Suggested {
			content["suggested"] = true
		}
		if want.Order != "" {
			content["order"] = want.Order
		}
	}
	return s.putState(ctx, space, stateEvent{Type: "m.space.child", Key: string(child.ID), Content: content})
}

// applyProfile gives the customer's puppet its name and sees that it is in its room.
func (s *Service) applyProfile(ctx context.Context, room desk.Room, d desk.Desire) error {
	var want desk.Profile
	if err := readValue(d, &want); err != nil {
		return err
	}
	persona := desk.Puppet(want.Customer)
	puppet, err := s.account(ctx, persona)
	if err != nil {
		return err
	}
	if err := s.setProfile(ctx, puppet, want.Name, want.Avatar); err != nil {
		return err
	}
	return s.bringBack(ctx, room, persona)
}

// applyReceipt moves the puppet's read receipt to the last event of a message.
func (s *Service) applyReceipt(ctx context.Context, room desk.Room, d desk.Desire) error {
	var want desk.Receipt
	if err := readValue(d, &want); err != nil {
		return err
	}
	var event desk.EventID
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		event = ""
		events, err := tx.EventsOf(want.Message)
		for _, known := range events {
			if known.Room == room.Key {
				event = known.ID
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look up events of message %s: %w", want.Message, err)
	}
	if event == "" {
		return nil
	}
	puppet, err := s.account(ctx, want.As)
	if err != nil {
		return err
	}
	send := func() error {
		return s.do(ctx, puppet, "send receipt to room "+string(room.ID), request{
			method: http.MethodPost, path: []any{"v3", "rooms", room.ID, "receipt", "m.read", event}, body: map[string]any{},
		})
	}
	if err := send(); !hasCode(err, codeForbidden) {
		return err
	}
	if err := s.bringBack(ctx, room, want.As); err != nil {
		return err
	}
	return send()
}
