package devstack

import (
	"context"
	"encoding/json"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// syncFilter asks for enough of each room that gaps are rare. A client of Element's kind loads members lazily.
const syncFilter = `{"room":{"timeline":{"limit":100},"state":{"lazy_load_members":true}},"presence":{"not_types":["*"]}}`

// retryAfter is how long the client waits when a sync failed.
const retryAfter = 200 * time.Millisecond

func (o *Operator) syncForEver(ctx context.Context, since string) {
	for ctx.Err() == nil {
		next, err := o.syncOnce(ctx, since, 30*time.Second)
		if err == nil {
			since = next
			continue
		}
		select { // the homeserver is away or ctx has ended: the loop tells
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
}

// syncOnce asks for news, waiting for up to the timeout, and remembers them.
func (o *Operator) syncOnce(ctx context.Context, since string, timeout time.Duration) (next string, err error) {
	// The client keeps no connection that died with a killed homeserver.
	ctx, cancel := context.WithTimeout(ctx, timeout+30*time.Second)
	defer cancel()
	news, err := o.Client.FullSyncRequest(ctx, mautrix.ReqSync{Since: since, Timeout: int(timeout.Milliseconds()), FilterID: syncFilter})
	if err != nil {
		return "", err
	}
	for roomID, room := range news.Rooms.Join {
		if err := o.fillGap(ctx, roomID, room); err != nil {
			return "", err
		}
	}
	o.remember(news)
	return news.NextBatch, nil
}

// fillGap puts before a limited timeline what the sync left out, back to an event that was seen before.
func (o *Operator) fillGap(ctx context.Context, roomID id.RoomID, room *mautrix.SyncJoinedRoom) error {
	for from := room.Timeline.PrevBatch; room.Timeline.Limited && from != ""; {
		page, err := o.Client.Messages(ctx, roomID, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			return err
		}
		for _, e := range page.Chunk {
			if o.isKnown(e.ID) {
				return nil
			}
			room.Timeline.Events = append([]*event.Event{e}, room.Timeline.Events...)
		}
		from = page.End
	}
	return nil
}

func (o *Operator) isKnown(eventID id.EventID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.known[eventID]
}

func (o *Operator) remember(news *mautrix.RespSync) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for roomID, room := range news.Rooms.Invite {
		r := o.room(roomID, event.MembershipInvite)
		r.state = map[event.Type]map[string]*event.Event{}
		for _, e := range room.State.Events {
			o.see(roomID, r, e, false)
		}
	}
	for roomID, room := range news.Rooms.Join {
		r := o.room(roomID, event.MembershipJoin)
		o.seeAll(roomID, r, room.State.Events, room.Timeline.Events)
		for _, e := range room.Ephemeral.Events {
			r.seeEphemeral(e)
		}
	}
	for roomID, room := range news.Rooms.Leave {
		o.seeAll(roomID, o.room(roomID, event.MembershipLeave), room.State.Events, room.Timeline.Events)
	}
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *Operator) room(roomID id.RoomID, m event.Membership) *operatorRoom {
	r := o.rooms[roomID]
	if r == nil {
		r = &operatorRoom{state: map[event.Type]map[string]*event.Event{}, receipts: map[id.UserID]map[id.EventID]bool{}}
		o.rooms[roomID] = r
	}
	r.membership = m
	return r
}

func (o *Operator) seeAll(roomID id.RoomID, r *operatorRoom, lists ...[]*event.Event) {
	for _, list := range lists {
		for _, e := range list {
			o.see(roomID, r, e, true)
		}
	}
}

// see takes an event in. Stripped state of an invite has no event id and is no event to wait for.
func (o *Operator) see(roomID id.RoomID, r *operatorRoom, e *event.Event, full bool) {
	e.RoomID = roomID
	parseContent(e)
	if e.StateKey != nil {
		if r.state[e.Type] == nil {
			r.state[e.Type] = map[string]*event.Event{}
		}
		r.state[e.Type][*e.StateKey] = e
	}
	if full && !o.known[e.ID] {
		o.known[e.ID] = true
		o.events = append(o.events, e)
	}
}

// parseContent fills Content.Parsed where the type is a known one. Content.Raw is there always.
func parseContent(e *event.Event) {
	if e.StateKey != nil {
		e.Type.Class = event.StateEventType
	} else {
		e.Type.Class = event.MessageEventType
	}
	_ = e.Content.ParseRaw(e.Type) // unknown types and broken contents stay raw
}

func (r *operatorRoom) seeEphemeral(e *event.Event) {
	switch e.Type.Type {
	case event.EphemeralEventTyping.Type:
		var typing event.TypingEventContent
		if json.Unmarshal(e.Content.VeryRaw, &typing) == nil {
			r.typing = typing.UserIDs
		}
	case event.EphemeralEventReceipt.Type:
		var receipts map[id.EventID]map[event.ReceiptType]map[id.UserID]json.RawMessage
		if json.Unmarshal(e.Content.VeryRaw, &receipts) != nil {
			return
		}
		for eventID, kinds := range receipts {
			for user := range kinds[event.ReceiptTypeRead] {
				if r.receipts[user] == nil {
					r.receipts[user] = map[id.EventID]bool{}
				}
				r.receipts[user][eventID] = true
			}
		}
	}
}
