package desk

import (
	"time"

	"frontdesk/content"
)

// Input is something that happened outside. Inputs are facts: Decide may refuse what they ask for with an *Error, which changes
// nothing, but never fails on a fact it does not like.
type Input interface{ input() }

// SitesConfigured tells what the configuration file says of sites, queues, operators and their rights. What it says anew since it was read
// last is taken over; what commands have changed meanwhile stays. The engine makes rooms and memberships follow.
type SitesConfigured struct {
	Sites  []Site
	Queues []Queue
	Staff  []Operator
	Rights []Assignment
	// Departments are those of the list. Whoever belongs to another one adds it.
	Departments []string
	// RightsTemplates are those that differ from what every desk has, Given the rights of single people besides their assignments.
	RightsTemplates []RightsTemplate
	Given           []Holding
}

// The customer's acts. ClientID makes each of them once-only.
type (
	CustomerMessage struct {
		Conversation ConversationID
		ClientID     string
		Text         string
		HTML         string   // empty unless it says more than Text
		Files        []FileID // uploads of this conversation, in order
		Reply        MessageID
		Phone        string // the customer's own number, if the channel vouches for it
		At           time.Time
		// Album are messages that were sent together with this one. They come right behind it, before anything we say to it. Those that
		// would be refused are left out.
		Album []CustomerMessage
	}
	CustomerEdit struct {
		Conversation ConversationID
		Message      MessageID
		Text         string
		HTML         string // as in CustomerMessage
	}
	CustomerDelete struct {
		Conversation ConversationID
		Message      MessageID
	}
	CustomerReaction struct {
		Conversation ConversationID
		Message      MessageID
		Key          string
		On           bool
	}
	// CustomerSeen and CustomerGot move read positions; a lower Seq than the known one is nothing.
	CustomerSeen struct {
		Conversation ConversationID
		Seq          int64
	}
	CustomerGot struct {
		Conversation ConversationID
		Seq          int64
	}
	// CustomerChoice chooses a topic; the Conversation may have no ticket yet.
	CustomerChoice struct {
		Conversation ConversationID
		Queue        QueueID
	}
	// CustomerRating rates a closed ticket, or changes its rating.
	CustomerRating struct {
		Conversation ConversationID
		Ticket       TicketID
		Stars        int
		Comment      string
	}
	CustomerPage struct {
		Conversation ConversationID
		URL, Title   string
	}
	// CustomerProfile tells what the customer is called in a channel.
	CustomerProfile struct {
		Conversation ConversationID
		Name         string
	}
	// CustomerReach tells that the customer has cut the channel off, as by blocking a bot, or lets us write again.
	CustomerReach struct {
		Conversation ConversationID
		Cut          bool
	}
)

// RelationKind is how a Matrix event relates to another.
type RelationKind string

const (
	NoRelation RelationKind = ""
	InReply    RelationKind = "reply"
	InThread   RelationKind = "thread"
)

// The staff's acts in Matrix. Sender is never a puppet of ours nor the bot: those come as Echo.
type (
	// StaffMessage is a message in one of our rooms: a portal, a lobby, a direct chat …
	StaffMessage struct {
		Room     RoomKey
		Event    EventID
		Sender   UserID
		Content  content.Message
		Files    []File // records of the attachments, MXC set
		Notice   bool
		Relation RelationKind
		Relates  EventID   // answered event or thread root
		ReplyTo  EventID   // inside a thread: the event answered there
		Quoted   []EventID // events whose permalinks or rich-reply quotes stand in the text
		// Order is the text of a command with the Matrix ids of those who are mentioned in the place of their names; "" where the
		// content says the same.
		Order string
		At    time.Time
	}
	StaffEdit struct {
		Room     RoomKey
		Event    EventID
		Sender   UserID
		Replaces EventID
		Content  content.Message
		Files    []File    // those it would show instead
		Quoted   []EventID // as in StaffMessage
		At       time.Time
	}
	StaffRedaction struct {
		Room    RoomKey
		Event   EventID
		Sender  UserID
		Redacts EventID
	}
	StaffReaction struct {
		Room    RoomKey
		Event   EventID
		Sender  UserID
		Relates EventID
		Key     string
	}
	// StaffSeen tells that Sender has read up to Event.
	StaffSeen struct {
		Room   RoomKey
		Sender UserID
		Event  EventID
	}
	// MemberChanged is a membership event in one of our rooms that is not the echo of an act of ours.
	MemberChanged struct {
		Room       RoomKey
		Event      EventID
		User       UserID
		Sender     UserID
		Membership string // join, invite, leave, ban, knock
		Previous   string
	}
	// StaffProfile tells how a member of staff is called and looks in Matrix. Users who are no staff come as well.
	StaffProfile struct {
		User   UserID
		Name   string
		Avatar string // mxc URI
	}
	// StateBroken tells that somebody else changed state we own (name, levels, join rule, child, …). Thing is the desired
	// thing it belongs to; the reconciler mends it, the engine only notes who did it. Name is the new name, of ThingName.
	StateBroken struct {
		Room   RoomKey
		Thing  string
		Sender UserID
		Name   string
	}
	// BotInvited tells that the bot is invited into a room that is none of ours.
	BotInvited struct {
		Event EventID
		Child RoomID
		By    UserID
	}
	// RoomSeen tells what the bot found in a room made by hand that By wants looked after, or has invited it into.
	RoomSeen struct {
		Child    RoomID
		By       UserID
		Joined   bool // else the bot is kept out, and nothing more is known
		Powerful bool // the bot may name it, bring people in and remove them
		Name     string
		Creator  UserID
		Members  []UserID // those joined and invited
	}
	// AccountSeen tells what the homeserver says of the account that an order is to take into the staff.
	AccountSeen struct {
		User     UserID
		Order    EventID
		Exists   bool
		Password string // of an account that was made for the order, else ""
		Refusal  string // why it could not be made; else ""
		Name     string // in Matrix
		Avatar   string // mxc URI
	}
	// ChildFound tells that somebody has put a room that is none of ours into a space of ours.
	ChildFound struct {
		Room   RoomKey
		Event  EventID
		Child  RoomID
		Sender UserID
	}
)

// What became of our effects.
type (
	// Echo is one of our own events coming back, or the answer to sending it; whichever comes first.
	Echo struct {
		Room  RoomKey
		Event EventID
		Row   EffectID
		// Late tells that the effect had been given up before it was tried again and succeeded. It is told once.
		Late bool
	}
	// EffectDead tells that a message effect was given up. Reason is for people.
	EffectDead struct {
		Effect EffectID
		Body   Effect
		Reason string
	}
	// InputDead tells that an input could not be worked and its lane went on without it.
	InputDead struct {
		Source, SourceID, Lane string
		Room                   RoomKey // where a human should see it; empty: the admin room
		Reason                 string
	}
	// DesireDead tells that a desired thing could not be reached.
	DesireDead struct {
		Room   RoomKey
		Thing  string
		Reason string
	}
	// Delivered tells that a channel has taken all of a message of the staff's or the desk's.
	Delivered struct {
		Conversation ConversationID
		Message      MessageID
	}
	// Undelivered tells what a channel could not carry to the customer.
	Undelivered struct {
		Conversation ConversationID
		Message      MessageID
		Reason       string // key of the text that tells it
		Args         []string
		Doubt        bool // nobody knows whether it arrived
		// Change is the key of the text that says what the customer sees where the message arrived and only a change of it did not: {0} is the reason.
		Change string
	}
	// ChannelTrouble tells that a way in does not work until somebody mends it.
	ChannelTrouble struct {
		Site    SiteID
		Channel Channel
		Name    string // of the bot, mailbox …
		Reason  string // key of a text for administrators: {0} channel, {1} name, {2} site, {3} detail
		Detail  string
	}
	// TimerFired judges by (ticket, generation) whether it still means anything.
	TimerFired struct {
		Timer Arm
	}
)

func (SitesConfigured) input()  {}
func (CustomerMessage) input()  {}
func (CustomerEdit) input()     {}
func (CustomerDelete) input()   {}
func (CustomerReaction) input() {}
func (CustomerSeen) input()     {}
func (CustomerGot) input()      {}
func (CustomerPage) input()     {}
func (CustomerChoice) input()   {}
func (CustomerRating) input()   {}
func (CustomerProfile) input()  {}
func (CustomerReach) input()    {}
func (Delivered) input()        {}
func (Undelivered) input()      {}
func (ChannelTrouble) input()   {}
func (StaffMessage) input()     {}
func (StaffEdit) input()        {}
func (StaffRedaction) input()   {}
func (StaffReaction) input()    {}
func (StaffSeen) input()        {}
func (MemberChanged) input()    {}
func (StaffProfile) input()     {}
func (StateBroken) input()      {}
func (ChildFound) input()       {}
func (RoomSeen) input()         {}
func (BotInvited) input()       {}
func (AccountSeen) input()      {}
func (Echo) input()             {}
func (EffectDead) input()       {}
func (InputDead) input()        {}
func (DesireDead) input()       {}
func (TimerFired) input()       {}
