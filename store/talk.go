package store

import "frontdesk/desk"

const (
	getTalk = `SELECT id, name, creator, ticket, created FROM talk WHERE id=$1`
	putTalk = `
		INSERT INTO talk (id, name, creator, ticket, created) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name=excluded.name, creator=excluded.creator, ticket=excluded.ticket, created=excluded.created`
)

func scanTalk(r row, k *desk.Talk) error {
	return r.Scan(&k.ID, &k.Name, &k.Creator, &k.Ticket, instant{&k.Created})
}

func (t *tx) Talk(id desk.TalkID) (*desk.Talk, error) {
	k, err := one(t, scanTalk, getTalk, id)
	return k, wrap(err, "get talk", id)
}

func (t *tx) PutTalk(k *desk.Talk) error {
	_, err := t.exec(putTalk, k.ID, k.Name, k.Creator, k.Ticket, nanos(k.Created))
	return wrap(err, "put talk", k.ID)
}
