package store

import (
	"errors"

	"frontdesk/desk"
)

const (
	getMeta = `SELECT value FROM meta WHERE key=$1`
	putMeta = `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value=excluded.value`
)

func (t *tx) Meta(key string) (string, error) {
	value, err := one(t, func(r row, s *string) error { return r.Scan(s) }, getMeta, key)
	if errors.Is(err, desk.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", wrap(err, "get meta", key)
	}
	return *value, nil
}

func (t *tx) PutMeta(key, value string) error {
	_, err := t.exec(putMeta, key, value)
	return wrap(err, "put meta", key)
}

// seedKey names what the configuration file said when it was last read.
const seedKey = "desk.seed"

func (t *tx) Seed() (string, error)     { return t.Meta(seedKey) }
func (t *tx) PutSeed(seed string) error { return t.PutMeta(seedKey, seed) }
