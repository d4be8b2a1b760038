package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	getQuestion = `SELECT room, asked, row_id, orders, at FROM question WHERE room=$1 AND asked=$2`
	putQuestion = `
		INSERT INTO question (room, asked, row_id, orders, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (room, asked) DO UPDATE SET row_id=excluded.row_id, orders=excluded.orders, at=excluded.at`
	deleteQuestion = `DELETE FROM question WHERE room=$1 AND asked=$2`
)

func scanQuestion(r row, q *desk.Question) error {
	return r.Scan(&q.Room, &q.User, &q.Row, dbutil.JSON{Data: &q.Orders}, instant{&q.At})
}

func (t *tx) Question(room desk.RoomKey, asked desk.UserID) (*desk.Question, error) {
	q, err := one(t, scanQuestion, getQuestion, room, asked)
	return q, wrap(err, "get question to", asked)
}

func (t *tx) PutQuestion(q *desk.Question) error {
	_, err := t.exec(putQuestion, q.Room, q.User, q.Row, dbutil.JSON{Data: q.Orders}, nanos(q.At))
	return wrap(err, "put question to", q.User)
}

func (t *tx) DeleteQuestion(room desk.RoomKey, asked desk.UserID) error {
	_, err := t.exec(deleteQuestion, room, asked)
	return wrap(err, "delete question to", asked)
}
