package desk

// SearchTx finds tickets and messages. What is found follows the rows: a message can be found from the moment it is put, by its newest
// words, and no more once they are gone.
type SearchTx interface {
	CountTickets(Search) (int, error)
	// FindTickets lists the tickets that fit from the given one on, those first that entered their state last.
	FindTickets(s Search, offset, limit int) ([]Ticket, error)
	// FindMessages lists the messages that fit, at most so many, those first that came last. It needs words or phrases to look for.
	FindMessages(s Search, most int) ([]MessageID, error)
	// LastWords gives the newest message of a ticket that somebody wrote and that is still there.
	LastWords(TicketID) (*Message, error)
}
