package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	getRating = `SELECT ticket, stars, comment, at, told FROM rating WHERE ticket=$1`
	putRating = `
		INSERT INTO rating (ticket, stars, comment, at, told) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (ticket) DO UPDATE SET stars=excluded.stars, comment=excluded.comment, at=excluded.at, told=excluded.told`
)

func scanRating(r row, k *desk.Rating) error {
	return r.Scan(&k.Ticket, &k.Stars, &k.Comment, instant{&k.At}, dbutil.JSON{Data: &k.Told})
}

func (t *tx) Rating(id desk.TicketID) (*desk.Rating, error) {
	r, err := one(t, scanRating, getRating, id)
	return r, wrap(err, "get rating of ticket", id)
}

func (t *tx) PutRating(r *desk.Rating) error {
	_, err := t.exec(putRating, r.Ticket, r.Stars, r.Comment, nanos(r.At), dbutil.JSON{Data: r.Told})
	return wrap(err, "put rating of ticket", r.Ticket)
}
