package desk

import (
	"encoding/json"
	"fmt"
	"time"

	"frontdesk/content"
)

// Effect is something to be done, stored with the decision that caused it. There are three kinds with different promises:
//
//   - ordered messages (CreateRoom, RetireRoom, Post, Answer, React, Redact, DeclineCall, ClearCall): carried out once, strictly in the order of their lane, which is the
//     destination room;
//   - desired state (Desire): the newest value of each (room, thing) wins, compared with the room before it is
//     applied, retried alone, never in the way of messages;
//   - timers (Arm): become an input at their time.
type Effect interface{ kind() string }

// Ref points at an event in the room of the effect: a part of a message, an earlier effect, or an event by its id. Exactly one
// of Message, Row and Event is set. It is resolved when the effect is carried out; by then the lane has sent what came before.
type Ref struct {
	Message MessageID `json:"message,omitempty"`
	Part    int       `json:"part,omitempty"`
	Row     EffectID  `json:"row,omitempty"`
	Event   EventID   `json:"event,omitempty"`
}

// None reports whether the reference is empty.
func (r Ref) None() bool { return r == Ref{} }

// CreateRoom makes the room exist. Its shape (name, topic, members …) is what is desired of it when it is created.
type CreateRoom struct {
	ID   EffectID `json:"id"`
	Room RoomKey  `json:"room"`
	// Replaces is the Matrix room that had the key before. What is desired of the room moves over, except children desired as absent.
	Replaces RoomID `json:"replaces,omitempty"`
}

// RetireRoom empties a room that was replaced by the one that has the key now, marks it so, and takes it out of its parent.
type RetireRoom struct {
	ID     EffectID `json:"id"`
	Room   RoomKey  `json:"room"`
	Old    RoomID   `json:"old"`
	Parent RoomKey  `json:"parent,omitempty"` // the space it hung in
	Reason string   `json:"reason,omitempty"` // told to those who are in it
}

// Post sends one event of type m.room.message. Message and Part tell which message it carries, or are empty for the bot's own lines.
type Post struct {
	ID       EffectID            `json:"id"`
	Room     RoomKey             `json:"room"`
	As       Persona             `json:"as"`
	Message  MessageID           `json:"message,omitempty"`
	Part     int                 `json:"part,omitempty"`
	Notice   bool                `json:"notice,omitempty"` // m.notice instead of m.text
	Text     string              `json:"text,omitempty"`   // body, or caption when File is set
	HTML     string              `json:"html,omitempty"`
	File     *content.Attachment `json:"file,omitempty"`
	Data     []byte              `json:"data,omitempty"` // bytes of a File we made ourselves; else they lie where the file's record says
	Reply    Ref                 `json:"reply,omitzero"`
	Replaces Ref                 `json:"replaces,omitzero"`
	Thread   Ref                 `json:"thread,omitzero"`
	Mentions []UserID            `json:"mentions,omitempty"`
	At       time.Time           `json:"at,omitzero"` // origin time of the customer's act
}

// Answer posts what a command answers that only reads. The answer is not part of the decision but made by Engine.Answer when its turn to be
// posted has come: decisions wait for each other, so none may look through everything there is.
type Answer struct {
	ID      EffectID `json:"id"`
	Room    RoomKey  `json:"room"` // where it is posted
	Reply   Ref      `json:"reply,omitzero"`
	Thread  Ref      `json:"thread,omitzero"`
	By      UserID   `json:"by"` // who asked
	In      RoomKey  `json:"in"` // where it was asked
	Command string   `json:"command"`
	Given   string   `json:"given,omitempty"` // to the command
}

// React puts a reaction.
type React struct {
	ID     EffectID `json:"id"`
	Room   RoomKey  `json:"room"`
	As     Persona  `json:"as"`
	Target Ref      `json:"target"`
	Key    string   `json:"key"`
}

// Redact takes an event back. Target may be a Row: the event that effect sent.
type Redact struct {
	ID     EffectID `json:"id"`
	Room   RoomKey  `json:"room"`
	As     Persona  `json:"as"`
	Target Ref      `json:"target"`
	Reason string   `json:"reason,omitempty"`
}

// DeclineCall answers a call of the staff's with no, in the customer's name: clients that ring alone stop ringing by it.
type DeclineCall struct {
	ID           EffectID `json:"id"`
	Room         RoomKey  `json:"room"`
	As           Persona  `json:"as"`
	Notification EventID  `json:"notification"`
}

// ClearCall takes the membership of somebody who has gone from a room out of its session: they cannot do it themselves any more.
type ClearCall struct {
	ID   EffectID `json:"id"`
	Room RoomKey  `json:"room"`
	User UserID   `json:"user"`
	Key  string   `json:"key"` // of the membership
}

// Desire states how a thing of a room should be. Value is one of the types below, as JSON.
type Desire struct {
	Room  RoomKey         `json:"room"`
	Thing string          `json:"thing"`
	Value json.RawMessage `json:"value"`
	// Rank makes what is of a lower one in the same decision go first. It is no promise of an order: what fails, or waits for a room, is not
	// waited for.
	Rank int `json:"rank,omitempty"`
}

// Things that can be desired of a room. Those with a slash carry an id: "member/@anna:example.org".
const (
	ThingName    = "name"    // string
	ThingTopic   = "topic"   // string
	ThingAvatar  = "avatar"  // string: mxc URI, or an emoji/initials avatar "text:АБ" made by appservice
	ThingJoin    = "join"    // JoinRule
	ThingBridge  = "bridge"  // Bridge, becomes m.bridge
	ThingMember  = "member/" // + UserID: Member
	ThingChild   = "child/"  // + RoomKey: Child
	ThingCard    = "card/"   // + TicketID in a lobby, + PortalID in that portal, + UserID in their direct chat: Card
	ThingReceipt = "receipt" // Receipt: the puppet's read receipt (portals)
	ThingProfile = "profile" // Profile of the portal's customer, by persona
	ThingQuiet   = "quiet"   // Quiet (direct chats): whether devices ring
)

type (
	JoinRule struct {
		Restricted bool      `json:"restricted,omitempty"` // else invite only
		Allow      []RoomKey `json:"allow,omitempty"`      // members of these may join; nobody if there are none
	}
	Member struct {
		// Want is join (joined for them where double puppeting is on, else invited), invite, or leave.
		Want   string    `json:"want"`
		By     Persona   `json:"by"` // who invites or removes
		Reason string    `json:"reason,omitempty"`
		Level  int       `json:"level,omitempty"`  // power level, 0 by default; below that one cannot speak
		Seq    int64     `json:"seq,omitempty"`    // makes a renewed wish differ from the old one: an invite offered anew
		Until  time.Time `json:"until,omitzero"`   // of a stay that ends by itself
		Watch  bool      `json:"watch,omitempty"`  // reads along in a portal: what they write does not go to the customer
		Guest  int64     `json:"guest,omitempty"`  // invited by the responsible, for as long as the ticket has this generation
		Ticket TicketID  `json:"ticket,omitempty"` // the closed one that is read
	}
	Child struct {
		Present   bool   `json:"present"`
		Suggested bool   `json:"suggested,omitempty"`
		Order     string `json:"order,omitempty"`
	}
	// Card is the one message that stands for a ticket in a lobby: sent once, then edited. The event sent first carries the row
	// CardRow(ticket) and is reported as an Echo; reactions, replies and threads on it find their ticket so.
	Card struct {
		Text     string   `json:"text"`
		HTML     string   `json:"html"`
		Mentions []UserID `json:"mentions,omitempty"`
		Buttons  []string `json:"buttons,omitempty"` // the bot's own reactions on it
		Pinned   bool     `json:"pinned,omitempty"`
	}
	Receipt struct {
		As      Persona   `json:"as"`
		Message MessageID `json:"message"`
	}
	// Quiet is whether the devices of a member of staff ring for what the desk sends.
	Quiet struct {
		User UserID `json:"user"`
		On   bool   `json:"on"`
	}
	Bridge struct {
		Channel     Channel    `json:"channel"`
		ChannelName string     `json:"channel_name"`
		Site        SiteID     `json:"site"`
		SiteName    string     `json:"site_name"`
		Customer    CustomerID `json:"customer"`
	}
	Profile struct {
		Customer CustomerID `json:"customer"`
		Name     string     `json:"name"`
		Avatar   string     `json:"avatar,omitempty"`
	}
)

// Arm sets a timer. Every arming has a new ID; nothing is ever cancelled.
type Arm struct {
	ID         EffectID  `json:"id"`
	Due        time.Time `json:"due"`
	Name       string    `json:"name"` // "remind", …
	Ticket     TicketID  `json:"ticket,omitempty"`
	Generation int64     `json:"generation,omitempty"`
	Of         string    `json:"of,omitempty"` // what else than a ticket it is about
}

// Names of effects as stored.
const (
	KindCreateRoom = "create_room"
	KindRetireRoom = "retire_room"
	KindPost       = "post"
	KindAnswer     = "answer"
	KindReact      = "react"
	KindRedact     = "redact"
	KindDecline    = "decline_call"
	KindClearCall  = "clear_call"
	KindDesire     = "desire"
	KindArm        = "arm"
)

func (CreateRoom) kind() string  { return KindCreateRoom }
func (RetireRoom) kind() string  { return KindRetireRoom }
func (Post) kind() string        { return KindPost }
func (Answer) kind() string      { return KindAnswer }
func (React) kind() string       { return KindReact }
func (Redact) kind() string      { return KindRedact }
func (DeclineCall) kind() string { return KindDecline }
func (ClearCall) kind() string   { return KindClearCall }
func (Desire) kind() string      { return KindDesire }
func (Arm) kind() string         { return KindArm }

// EffectKind gives the stored name of an effect.
func EffectKind(e Effect) string { return e.kind() }

// LaneOf gives the lane of an ordered effect (its destination room) and its id; false for the others.
func LaneOf(e Effect) (RoomKey, EffectID, bool) {
	switch e := e.(type) {
	case CreateRoom:
		return e.Room, e.ID, true
	case RetireRoom:
		return e.Room, e.ID, true
	case Post:
		return e.Room, e.ID, true
	case Answer:
		return e.Room, e.ID, true
	case React:
		return e.Room, e.ID, true
	case Redact:
		return e.Room, e.ID, true
	case DeclineCall:
		return e.Room, e.ID, true
	case ClearCall:
		return e.Room, e.ID, true
	}
	return "", "", false
}

// LooksBack reports whether an effect refers to what other effects have become, which must be known by then.
func LooksBack(e Effect) bool {
	switch e := e.(type) {
	case Post:
		return !e.Reply.settled() || !e.Replaces.settled() || !e.Thread.settled()
	case Answer:
		return !e.Reply.settled() || !e.Thread.settled()
	case React:
		return !e.Target.settled()
	case DeclineCall, ClearCall:
		return false
	}
	return true
}

// Forgettable reports whether it does no harm if it is forgotten that an effect was carried out, so that it is once more: what customers say
// in their rooms becomes the same event again, and nothing follows from its echo but that it is there.
func Forgettable(e Effect) bool {
	p, ok := e.(Post)
	if !ok || p.As == Bot {
		return false
	}
	kind, _ := p.Room.Split()
	return kind != KindLobby
}

// settled reports whether nothing has to be looked up.
func (r Ref) settled() bool { return r.None() || r.Event != "" }

// ParseEffect reads an ordered effect or a timer back from its stored form.
func ParseEffect(kind string, body []byte) (Effect, error) {
	var err error
	parse := func(p any) { err = json.Unmarshal(body, p) }
	var out Effect
	switch kind {
	case KindCreateRoom:
		var e CreateRoom
		parse(&e)
		out = e
	case KindRetireRoom:
		var e RetireRoom
		parse(&e)
		out = e
	case KindPost:
		var e Post
		parse(&e)
		out = e
	case KindAnswer:
		var e Answer
		parse(&e)
		out = e
	case KindReact:
		var e React
		parse(&e)
		out = e
	case KindRedact:
		var e Redact
		parse(&e)
		out = e
	case KindDecline:
		var e DeclineCall
		parse(&e)
		out = e
	case KindClearCall:
		var e ClearCall
		parse(&e)
		out = e
	case KindArm:
		var e Arm
		parse(&e)
		out = e
	default:
		return nil, fmt.Errorf("parse effect: unknown kind %q", kind)
	}
	if err != nil {
		return nil, fmt.Errorf("parse effect %s: %w", kind, err)
	}
	return out, nil
}

// Decision is what Decide answers.
type Decision struct {
	Effects []Effect
	// Changed lists conversations whose customers have something new to read: messages with a higher rev, or a new state.
	Changed []ConversationID
	// Noted lists conversations, none of them in Changed, of which only what their customers know or can do without for a moment was
	// written down: their own words, for which they are thanked otherwise, and the ticks at them.
	Noted []ConversationID
	// Message is the row a CustomerMessage made or, replayed, had made.
	Message *Message
}
