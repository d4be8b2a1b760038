package desktest

import "frontdesk/desk"

func (t *Tx) Rating(id desk.TicketID) (*desk.Rating, error) { return get(t.rows.Ratings, id) }
func (t *Tx) PutRating(r *desk.Rating) error                { t.rows.Ratings[r.Ticket] = clone(*r); return nil }
