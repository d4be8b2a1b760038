package desk

import "time"

// Call is an invitation of the staff's to a customer to talk, be seen or show a screen, and what became of it (V1–V6). A conversation has at
// most one that is not ended. Its media never pass here: package calls carries them between the customer's page and the staff's session.
type Call struct {
	ID           CallID
	Conversation ConversationID
	Ticket       TicketID
	Portal       PortalID // in whose room the staff take part
	Kind         CallKind
	KindOpen     bool       // the membership that began it did not say what for, so its ringing may
	Share        ShareState // of the customer's screen inside a voice or video call
	ShareUntil   time.Time  // when the question for it lapses; zero unless it is asked
	State        CallState
	Caller       UserID // of the staff
	// Service is the address of the token service, byte for byte as the staff's memberships have it: clients compare it as a string. "" until
	// a member of staff is in the session: then the homeserver's is meant.
	Service      string
	Notification EventID // the ringing that a decline answers; "" if none came
	Tab          string  // page of the customer's that answered; "" before
	Device       string  // of the puppet in the session, made when the call was answered: [A-Z0-9]
	Seated       bool    // the puppet may have a membership in the room, to be cleared after the end
	Outcome      CallOutcome
	Reason       string // key of the text that says why it failed, or broke off
	Unshown      bool   // the room was told of pictures of the staff's that no customer can be shown
	// Line is the bot's line in the room that says where the call stands.
	Line      EffectID
	StartedAt time.Time
	// RingsUntil is when the invitation lapses. Alone is when the call ends unless somebody of the staff comes; zero while somebody is there.
	RingsUntil time.Time
	Alone      time.Time
	AnsweredAt time.Time
	TalkedAt   time.Time // when the customer and somebody of the staff were first connected
	EndedAt    time.Time
}

// CallID identifies a call.
type CallID string

// CallKind is what the customer is invited to.
type CallKind string

// Kinds of calls. A screen alone asks for neither microphone nor camera.
const (
	CallVoice  CallKind = "voice"
	CallVideo  CallKind = "video"
	CallScreen CallKind = "screen"
)

// CallState is where a call stands: ringing → joining → active → ended, or straight to ended.
type CallState string

// States of a call.
const (
	CallRinging CallState = "ringing" // the customer is asked, in every open page
	CallJoining CallState = "joining" // answered; the legs are being connected
	CallActive  CallState = "active"  // both sides are connected, or reconnect
	CallEnded   CallState = "ended"
)

// ShareState is where the screen inside a running call stands.
type ShareState string

// States of a shared screen.
const (
	ShareNone  ShareState = ""
	ShareAsked ShareState = "asked"
	ShareOn    ShareState = "on"
)

// CallOutcome is how a call ended.
type CallOutcome string

// Outcomes of calls.
const (
	CallDeclined  CallOutcome = "declined"  // by the customer
	CallMissed    CallOutcome = "missed"    // nobody answered in time
	CallWithdrawn CallOutcome = "withdrawn" // the staff hung up before it was answered
	CallFailed    CallOutcome = "failed"    // answered, but the sides were never connected; see Reason
	CallTalked    CallOutcome = "talked"    // from TalkedAt to EndedAt
)

// CallMember is somebody's membership in the MatrixRTC session of a portal. Key is the membership's state key or sticky key: with the user it
// tells one device's membership from others. Not everybody who has one takes part in the call with the customer, see Engine.CallStaff.
type CallMember struct {
	Portal  PortalID
	User    UserID
	Key     string
	Device  string
	Service string
	Intent  string    // m.call.intent: "audio", "video" or ""
	Event   EventID   // that said so last
	At      time.Time // of that event
	Since   time.Time // of the first one
	Until   time.Time // the membership expires
	Left    bool      // kept for a while, so that an older event that comes late is known to be one
}

// What happens to calls in Matrix. The sender is never a puppet of ours.
type (
	// CallMembership tells that a member of staff came into the session of a room, changed something, or left it.
	CallMembership struct {
		Room    RoomKey
		Event   EventID
		Sender  UserID
		Key     string
		Device  string
		Service string
		Intent  string
		Joined  bool // else left
		At      time.Time
		Until   time.Time
	}
	// CallNotification is the ringing of a session's first member.
	CallNotification struct {
		Room     RoomKey
		Event    EventID
		Sender   UserID
		Intent   string
		Relates  EventID // the membership
		At       time.Time
		Lifetime time.Duration
	}
)

// CustomerCall is what the customer does about a call. It is refused with a Conflict where the call is over or was answered in another page.
type CustomerCall struct {
	Conversation ConversationID
	Call         CallID
	Act          CallAct
	Tab          string // the page in which it was done
}

// CallAct is what a customer does about a call.
type CallAct string

// Acts of customers.
const (
	CallAnswer  CallAct = "answer"
	CallDecline CallAct = "decline"
	CallEnd     CallAct = "end"
	CallShare   CallAct = "share"   // shows a screen in a running call that asked for it
	CallUnshare CallAct = "unshare" // does not want to, or stops it
	// CallUnable is for a browser that cannot do what it was asked: a decline, or an unshare, that is told apart.
	CallUnable CallAct = "unable"
)

// What package calls tells of the media. Facts about a call that has ended are nothing.
type (
	// CallUp tells that the customer and somebody of the staff are connected for the first time.
	CallUp struct{ Call CallID }
	// CallHeld tells whether somebody of the staff is still connected to the media of a call whose staff have all left its session as Matrix
	// knows it. A homeserver that was away writes such leaves when it is back, for clients that never went.
	CallHeld struct {
		Call CallID
		Held bool
	}
	// CallUnshown tells that somebody of the staff sends pictures that no customer can be shown.
	CallUnshown struct {
		Call CallID
		User UserID
	}
	// CallDown tells that a call cannot go on. Reason is the key of a text for both sides; "" means that the customer's page has gone, or that
	// nobody of the staff came.
	CallDown struct {
		Call   CallID
		Reason string
	}
	// CallSeat tells whether the puppet may have a membership in the room: true is told before it gets one, false when it has none any more.
	CallSeat struct {
		Call   CallID
		Seated bool
	}
)

func (CallMembership) input()   {}
func (CallNotification) input() {}
func (CustomerCall) input()     {}
func (CallUp) input()           {}
func (CallHeld) input()         {}
func (CallUnshown) input()      {}
func (CallDown) input()         {}
func (CallSeat) input()         {}
