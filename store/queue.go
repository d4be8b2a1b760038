package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	queueColumns = `
		SELECT id, site, name, visible, invite_limit, remind_after, operators, position, removed, assign, max_open, offer_timeout
		FROM queue`
	getQueue  = queueColumns + ` WHERE id=$1`
	getQueues = queueColumns + ` WHERE site=$1 AND NOT removed ORDER BY position, id`
	putQueue  = `
		INSERT INTO queue (id, site, name, visible, invite_limit, remind_after, operators, position, removed, assign, max_open,
			offer_timeout)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET site=excluded.site, name=excluded.name, visible=excluded.visible,
			invite_limit=excluded.invite_limit, remind_after=excluded.remind_after, operators=excluded.operators,
			position=excluded.position, removed=excluded.removed, assign=excluded.assign,
			max_open=excluded.max_open, offer_timeout=excluded.offer_timeout`
)

func scanQueue(r row, q *desk.Queue) error {
	return r.Scan(&q.ID, &q.Site, &q.Name, &q.Visible, &q.InviteLimit, &q.RemindAfter,
		dbutil.JSON{Data: &q.Operators}, &q.Position, &q.Removed, &q.Assign, &q.MaxOpen, &q.OfferTimeout)
}

func (t *tx) Queue(id desk.QueueID) (*desk.Queue, error) {
	q, err := one(t, scanQueue, getQueue, id)
	return q, wrap(err, "get queue", id)
}

func (t *tx) Queues(site desk.SiteID) ([]desk.Queue, error) {
	queues, err := all(t, scanQueue, getQueues, site)
	return queues, wrap(err, "list queues of site", site)
}

func (t *tx) PutQueue(q *desk.Queue) error {
	_, err := t.exec(putQueue, q.ID, q.Site, q.Name, q.Visible, q.InviteLimit, int64(q.RemindAfter),
		dbutil.JSON{Data: q.Operators}, q.Position, q.Removed, q.Assign, q.MaxOpen, int64(q.OfferTimeout))
	return wrap(err, "put queue", q.ID)
}
