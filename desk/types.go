package desk

import (
	"time"

	"frontdesk/content"
)

// History says whether a conversation keeps one room for ever or opens a new one per ticket (Q10).
type History string

const (
	HistoryShared History = "shared"
	HistoryTicket History = "ticket"
)

// Site is one client-facing resource with its widget and queues.
type Site struct {
	ID           SiteID
	Key          string // public widget key
	Name         string
	Origins      []string // allowed web origins, exact or https://*.example.org
	Languages    []string // BCP 47; the first is the default
	StaffLang    string   // language of rooms, cards and bot answers
	History      History
	DefaultQueue QueueID
	Hours        string // words shown as office hours, may be empty
	Schedule     Schedule
	// ChooseTimeout is how long a customer who writes may choose a topic afterwards; 0: DefaultChooseTimeout.
	ChooseTimeout time.Duration
	Theme         map[string]string
	// Texts overrides the catalogue's customer-facing texts: language → key → text.
	Texts map[string]map[string]string
	// Consent is what customers have to agree to before they are heard.
	Consent ConsentRule
	// Removed: nobody can begin anything there, see removeSite.
	Removed bool
}

// Queue is where tickets of one topic wait.
type Queue struct {
	ID          QueueID
	Site        SiteID
	Name        string
	Visible     bool          // customers may choose it
	InviteLimit int           // at most so many operators are invited natively (Q4)
	RemindAfter time.Duration // a ticket waiting longer is announced again; 0: never
	Operators   []UserID      // its group: who is offered its tickets
	Position    int           // among the queues of its site, from 0
	Removed     bool          // keeps only the memory of its tickets
	// Assign says how tickets are offered: to all operators at once, or to one after the other (Q8).
	Assign       AssignMode
	MaxOpen      int           // an operator with so many assigned tickets is offered no more; 0: no limit
	OfferTimeout time.Duration // an unanswered offer to one operator moves on after it
}

// AssignMode is the order in which a queue offers its tickets to one operator at a time; empty: to all at once.
type AssignMode string

const (
	AssignRoundRobin AssignMode = "round_robin" // who was offered nothing for longest
	AssignLeastBusy  AssignMode = "least_busy"  // who has the fewest assigned tickets
)

// Operator is a member of staff.
type Operator struct {
	ID         UserID
	PublicName string // what customers see; never empty
	Avatar     string // mxc URI of the public photo, may be empty
	Faces      map[SiteID]Face
	Matrix     Face   // name and photo in Matrix, as last seen there
	FullName   string // among the staff; may be empty
	Position   string
	Department string
	Contacts   []StaffContact
	Lang       string    // of the bot's answers; empty: the site's
	Gender     string    // grammatical: "f", "m" or empty
	Zone       string    // IANA time zone; empty: the site's
	Quiet      time.Time // do not disturb until then; zero: may be disturbed
	Seen       time.Time // when something was last done by this operator, roughly; zero: never
	Offered    time.Time // when a ticket was last offered to this operator alone; zero: never
	Removed    bool
}

// IsQuiet reports whether somebody is not to be disturbed at a time (O6).
func (o *Operator) IsQuiet(now time.Time) bool { return o.Quiet.After(now) }

// EverySite is the key of the face that an operator has on sites without one of their own.
const EverySite SiteID = ""

// Face is how customers of one site see an operator. What is empty is as everywhere.
type Face struct {
	Name   string `json:"name,omitempty"`
	Avatar string `json:"avatar,omitempty"` // mxc URI
}

// Face gives the name and photo by which customers of a site know an operator: those for the site, else those for every site, else the
// configured ones, else those in Matrix.
func (o *Operator) Face(site SiteID) Face {
	configured := Face{Name: o.PublicName, Avatar: o.Avatar}
	if configured.Name == o.ID.Localpart() {
		configured.Name = "" // nobody has given a name yet
	}
	out := Face{Name: o.ID.Localpart()}
	for _, f := range []Face{o.Matrix, configured, o.Faces[EverySite], o.Faces[site]} {
		if f.Name != "" {
			out.Name = f.Name
		}
		if f.Avatar != "" {
			out.Avatar = f.Avatar
		}
	}
	return out
}

// Customer is the person outside. Verified identities come with later channels.
type Customer struct {
	ID       CustomerID
	Site     SiteID
	Number   int64  // counts customers of the installation; names the nameless ("Visitor 17")
	Name     string // may be empty
	Email    string // may be empty
	Region   string // may be empty: unknown
	Town     string // may be empty
	Language string
	Topic    QueueID // the queue of their own last choice of a topic, empty before one
	Created  time.Time
}

// Channel is a way in. Messengers bring names of their own.
type Channel string

const (
	ChannelWidget Channel = "widget"
	ChannelMatrix Channel = "matrix"
)

// Conversation is one customer on one channel of one site, for ever.
type Conversation struct {
	ID       ConversationID
	Site     SiteID
	Customer CustomerID
	Channel  Channel
	Rev      int64    // last number given; messages and changes count up from here (see Message)
	Portal   PortalID // current portal, empty before the first message
	Ticket   TicketID // latest ticket, empty before the first message
	// Read positions, each monotonic, each the seq of a message.
	CustomerSeen int64 // the customer has seen staff messages up to here
	CustomerGot  int64 // the customer's client has received up to here
	StaffSeen    int64 // the responsible has read the customer's messages up to here
	StaffGot     int64 // the customer's messages up to here are in Matrix
	PageURL      string
	PageTitle    string
	Created      time.Time
}

// Portal is the Matrix room of a conversation; Ordinal counts the conversation's portals from 1 (History ticket).
type Portal struct {
	ID           PortalID
	Conversation ConversationID
	Ordinal      int
	Title        string // what the staff have named the room for its newest ticket; empty: it is named after the customer (Q12)
}

// TicketState is where a ticket stands.
type TicketState string

const (
	Choosing TicketState = "choosing" // no queue yet, unseen by operators
	Waiting  TicketState = "waiting"  // in a queue, offered
	Assigned TicketState = "assigned" // one operator is responsible
	Closed   TicketState = "closed"
)

// Ticket is one request inside a conversation.
type Ticket struct {
	ID           TicketID
	Number       int64 // counts tickets of the installation: #42
	Conversation ConversationID
	Site         SiteID
	Customer     CustomerID
	Portal       PortalID
	// Queue is where it waits or was last accepted from; an operator who hands it on leaves that as it is. Empty in Choosing, and ever after
	// if closed from there.
	Queue       QueueID
	State       TicketState
	Owner       UserID   // the responsible; empty unless assigned
	LastOwner   UserID   // who had it last
	Generation  int64    // counts transitions; a timer of another generation is void
	CloseReason string   // closed: "operator", "blocked", …
	Words       string   // the customer's first words of this ticket, clipped
	Declined    []UserID // who is not offered this wait: declined it, or returned the ticket to it (Q6, Q7)
	Comment     string   // waiting: what who moved it told the next one, for the card; never for the customer
	Offer       Offer    // waiting: how far it has come with being offered
	Opened      time.Time
	Since       time.Time // when the state was entered
	Snoozed     time.Time // assigned: put aside until then; zero: not
}

// Offer is how far a waiting ticket has come with being offered. All but Called is for queues that assign (Q8).
type Offer struct {
	To     UserID    `json:"to,omitempty"`     // who is offered it now; empty: nobody is left, or all are
	At     time.Time `json:"at,omitzero"`      // since when
	Due    time.Time `json:"due,omitzero"`     // when it moves on
	Passed []UserID  `json:"passed,omitempty"` // who let this round's offer pass
	Rounds int       `json:"rounds,omitempty"` // how often everybody has let it pass
	ToAll  bool      `json:"to_all,omitempty"` // it is offered to everybody at once now, as in a queue that does not assign
	Called bool      `json:"called,omitempty"` // that nobody is left who would take it has been told
}

// Block keeps a customer out of a site, whatever way they come (Q7).
type Block struct {
	Site     SiteID
	Customer CustomerID
	Ticket   TicketID // in which it was done
	By       UserID
	At       time.Time
	Reason   string // may be empty
}

// Question is something the bot has asked a member of staff in a room and waits to be answered: by a reaction to it or by "!1". Whoever is
// asked something else there is not asked this any more.
type Question struct {
	Room   RoomKey
	User   UserID
	Row    EffectID // of the event that asks
	Orders []string // the commands that the answers stand for, without "!"
	At     time.Time
}

// Author says who wrote a message, as the customer sees it.
type Author string

const (
	FromCustomer Author = "customer"
	FromStaff    Author = "staff"
	FromSystem   Author = "system"
)

// Reaction is one person's reaction to a message. By is a UserID or, for the customer, "customer".
type Reaction struct {
	Key   string   `json:"key"`
	By    string   `json:"by"`
	Event EventID  `json:"event,omitempty"` // Matrix event of a staff reaction
	Row   EffectID `json:"row,omitempty"`   // effect that carried a customer's reaction to Matrix
}

// Option is something a customer may choose where a system message asks. Each channel shows it in its own way: a button, a keyboard.
type Option struct {
	Queue QueueID `json:"queue"`
	Name  string  `json:"name"`
}

// MessageStatus is how far a message has come on its way to the other side (D4).
type MessageStatus string

const (
	Stored MessageStatus = "stored"
	Sent   MessageStatus = "sent"
	Failed MessageStatus = "failed"
)

// Message is one message of a conversation that the customer may see. What stays among the staff is no Message.
//
// Seq orders messages and never changes; Rev is the conversation's counter at the message's last change, so that a reader who has
// everything up to rev N asks for the rows with a higher one.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Ticket       TicketID
	Seq          int64
	Rev          int64
	Author       Author
	Operator     UserID // staff author
	WhoName      string // public name at the time of writing (staff)
	WhoAvatar    string
	ClientID     string   // cid of the customer's act, unique in the conversation
	Kind         string   // system messages: key of the text; else empty
	Args         []string // system messages: what fills the text
	Options      []Option // system messages: what may be chosen now; taken away once something was
	Content      content.Message
	Reply        MessageID // the message this one answers, or empty
	Reactions    []Reaction
	Status       MessageStatus
	Plight       Plight // what stands in the room since it did not arrive
	At           time.Time
	Edited       time.Time // zero: never
	Deleted      time.Time // zero: not
}

// File is an attachment's record: what it is, where its bytes are and whose it is.
type File struct {
	content.Attachment
	Conversation ConversationID
	ClientID     string // cid of the upload; empty for files from Matrix
	SHA256       string
	Spooled      bool      // the bytes lie in the spool under the file's id
	MXC          string    // mxc URI once the bytes are in the media repository
	Message      MessageID // empty: not used in a message yet
	Created      time.Time
}

// Room is a Matrix room of ours. ID is empty until it exists.
type Room struct {
	Key     RoomKey
	ID      RoomID
	Version string
}

// EventKind is what a Matrix event is to us.
type EventKind string

const (
	EventMessage  EventKind = "message" // carries (a part of) a Message
	EventEdit     EventKind = "edit"    // replaces one
	EventReaction EventKind = "reaction"
	EventNotice   EventKind = "notice"  // the bot's own line: answer, mark, card
	EventPrivate  EventKind = "private" // a note, a thread, or anything that relates to one
	EventUnsent   EventKind = "unsent"  // staff text that did not go out
	EventCommand  EventKind = "command"
)

// Event maps a Matrix event to what it means. Privacy is decided once, here, by the original event (O3).
type Event struct {
	Room RoomKey
	ID   EventID
	Row  EffectID // effect that sent it, if we did
	Kind EventKind
	// Message is the message it carries or changes; for the other kinds in a portal the customer's newest message before it, so that
	// a read receipt on it means something.
	Message MessageID
	Part    int // which part of that message, from 0
	Sender  UserID
	Relates EventID // the event it edits, reacts to or answers
	Key     string  // reaction key; of words in a thread, keyThread; of notes of administrators, keyNote
}

// Session is a visitor's browser. The token itself is never stored.
type Session struct {
	TokenHash    string // hex SHA-256 of the token
	Site         SiteID
	Conversation ConversationID
	Language     string
	Created      time.Time
	Expires      time.Time
	Revoked      bool
}
