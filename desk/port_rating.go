package desk

// RatingTx keeps customers' ratings.
type RatingTx interface {
	// Rating gives the rating of a ticket.
	Rating(TicketID) (*Rating, error)
	// PutRating inserts or replaces the one rating of a ticket.
	PutRating(*Rating) error
}
