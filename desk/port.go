package desk

import "time"

// Tx is the database as decisions see it: one transaction, reads see its own writes. Look-ups of one row return ErrNotFound
// (possibly wrapped) when there is none. Values returned are copies: change them and Put them back.
type Tx interface {
	RightsTx
	JournalTx
	SeedTx
	TemplateTx
	ReminderTx
	ContactTx
	RatingTx
	MoveTx
	SearchTx
	TalkTx
	DepartmentTx
	ConsentTx
	CallTx
	PrivacyTx

	Site(SiteID) (*Site, error)
	SiteByKey(key string) (*Site, error)
	Sites() ([]Site, error)
	PutSite(*Site) error
	Queue(QueueID) (*Queue, error)
	// Queues lists a site's queues in their order, without those that were removed.
	Queues(SiteID) ([]Queue, error)
	PutQueue(*Queue) error
	Operator(UserID) (*Operator, error)
	Operators() ([]Operator, error)
	PutOperator(*Operator) error

	Customer(CustomerID) (*Customer, error)
	PutCustomer(*Customer) error
	// ForgetTopic takes a queue away from the customers whose choice it is.
	ForgetTopic(QueueID) error
	NextCustomerNumber() (int64, error)
	Conversation(ConversationID) (*Conversation, error)
	PutConversation(*Conversation) error

	Portal(PortalID) (*Portal, error)
	PutPortal(*Portal) error
	Portals(ConversationID) ([]Portal, error)

	Ticket(TicketID) (*Ticket, error)
	TicketByNumber(int64) (*Ticket, error)
	// PutTicket inserts or replaces the ticket, whatever its state in the database.
	PutTicket(*Ticket) error
	// ClaimTicket writes t only if the stored row is still in state from and generation t.Generation-1, and reports whether it was.
	ClaimTicket(t *Ticket, from TicketState) (bool, error)
	NextTicketNumber() (int64, error)
	// TicketsIn lists tickets of a queue in a state, oldest first.
	TicketsIn(QueueID, TicketState) ([]Ticket, error)
	// TicketsOf lists an operator's assigned tickets, oldest first.
	TicketsOf(UserID) ([]Ticket, error)

	Message(MessageID) (*Message, error)
	MessageByClientID(ConversationID, string) (*Message, error)
	// PutMessage inserts or replaces.
	PutMessage(*Message) error
	// MessagesAfter lists messages with a rev above the given one, in rev order.
	MessagesAfter(c ConversationID, rev int64, limit int) ([]Message, error)
	// MessagesBefore lists the newest messages with a seq below the given one (0: newest of all), in seq order.
	MessagesBefore(c ConversationID, seq int64, limit int) ([]Message, error)
	// LastMessage gives the newest message with seq ≤ the given one and one of the authors (none given: any).
	LastMessage(c ConversationID, seq int64, authors ...Author) (*Message, error)

	File(FileID) (*File, error)
	FileByClientID(ConversationID, string) (*File, error)
	PutFile(*File) error

	Room(RoomKey) (*Room, error)
	// RoomByID never finds a room that does not exist yet (empty ID).
	RoomByID(RoomID) (*Room, error)
	// PutRoom inserts or replaces. Any number of rooms may wait for their ID.
	PutRoom(*Room) error

	Event(RoomKey, EventID) (*Event, error)
	// EventByRow gives the event an effect sent; the one put last if there are several (a card sent anew).
	EventByRow(EffectID) (*Event, error)
	// EventsOf lists the events that carry a message (kind EventMessage), by part.
	EventsOf(MessageID) ([]Event, error)
	// PutEvent inserts or replaces by (Room, ID).
	PutEvent(*Event) error

	Session(tokenHash string) (*Session, error)
	PutSession(*Session) error

	// Desired gives the newest desired value of a thing, ErrNotFound if none was ever desired.
	Desired(RoomKey, string) (*Desire, error)
	// DesiredOf lists everything desired of a room.
	DesiredOf(RoomKey) ([]Desire, error)

	// GoneChildren counts the rooms that hung in a space and were taken out of it.
	GoneChildren(RoomKey) (int, error)

	// DeadLetters lists what was given up, newest first.
	DeadLetters(limit int) ([]DeadLetter, error)
	// Revive makes a dead letter pending again, at the end of its lane; a CreateRoom returns to its place, for everything else in its
	// lane waits for it. ErrNotFound if there is no such dead letter.
	Revive(of, id string) error
}

// Texts is the message catalogue. Text never fails: an unknown key gives the key itself, an unknown language the default.
type Texts interface {
	Text(lang, key string, args ...any) string
}

// Clock gives the time. Only adapters hold one; decisions are given a time.
type Clock func() time.Time
