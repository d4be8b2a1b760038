package desk

// MoveTx keeps what moves of tickets need besides the tickets.
type MoveTx interface {
	// EventByRowIn gives the event of a room that an effect or a card's row was sent as; the one put last if there are several.
	EventByRowIn(RoomKey, EffectID) (*Event, error)
	// ReactionsTo lists the reactions of people to an event that were not taken back by us (kind EventReaction).
	ReactionsTo(RoomKey, EventID) ([]Event, error)
	// OpenTicketsOf lists the tickets of a customer that are not closed, oldest first.
	OpenTicketsOf(CustomerID) ([]Ticket, error)
	// LastTicketIn gives the newest ticket whose room a portal of a conversation is.
	LastTicketIn(ConversationID, PortalID) (*Ticket, error)
	// CountTicketsOf counts an operator's assigned tickets.
	CountTicketsOf(UserID) (int, error)

	Block(SiteID, CustomerID) (*Block, error)
	// Blocks lists a site's blocks, newest first.
	Blocks(SiteID) ([]Block, error)
	PutBlock(*Block) error
	// DeleteBlock is nothing where there is none.
	DeleteBlock(SiteID, CustomerID) error

	Question(RoomKey, UserID) (*Question, error)
	// PutQuestion takes the place of what was asked there before.
	PutQuestion(*Question) error
	DeleteQuestion(RoomKey, UserID) error
}
