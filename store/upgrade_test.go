package store_test

import (
	"encoding/json"
	"testing"

	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
	"frontdesk/store/upgrades"
)

// TestGuestsOfBefore: whom the responsible had invited when guests were not told from others yet is a guest after the upgrade, whoever is in a room for
// another reason is not.
func TestGuestsOfBefore(t *testing.T) {
	rows := []struct {
		room, value string
		guest       int64
	}{
		{"portal:assigned", `{"want":"invite","by":"bot"}`, 7},
		{"portal:assigned", `{"want":"invite","by":"bot","seq":2}`, 7},
		{"portal:assigned", `{"want":"invite","by":"customer:c"}`, 0},
		{"portal:assigned", `{"want":"join","by":"bot","watch":true}`, 0},
		{"portal:assigned", `{"want":"leave","by":"bot"}`, 0},
		{"portal:waiting", `{"want":"invite","by":"bot"}`, 0},
		{"lobby:assigned", `{"want":"invite","by":"bot"}`, 0},
	}
	user := func(i int) string { return desk.ThingMember + string(rune('a'+i)) }
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		raw := rawDatabase(t, database)
		old, err := dbutil.NewWithDB(raw, map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[database.Driver])
		check(t, err)
		old.Owner, old.UpgradeTable = "frontdesk", upgrades.Table()[:43]
		check(t, old.Upgrade(t.Context()))
		exec := func(query string, args ...any) {
			t.Helper()
			_, err := raw.ExecContext(t.Context(), query, args...)
			check(t, err)
		}
		for i, state := range []string{"assigned", "waiting"} {
			exec(`INSERT INTO customer (id, site, number, name, email, region, language, created) VALUES ($1, '', $2, '', '', '', '', 0)`, state, i)
			exec(`INSERT INTO conversation (id, site, customer, channel, rev, portal, ticket, customer_seen, customer_got, staff_seen, staff_got, page_url,
				page_title, created) VALUES ($1, '', $1, '', 0, $1, $1, 0, 0, 0, 0, '', '', 0)`, state)
			exec(`INSERT INTO portal (id, conversation, ordinal) VALUES ($1, $1, 1)`, state)
			exec(`INSERT INTO ticket (id, number, conversation, site, customer, portal, queue, state, owner, last_owner, generation, close_reason, words,
				declined, opened, since) VALUES ($1, $2, $1, '', $1, $1, '', $1, '', '', 7, '', '', '[]', 0, 0)`, state, i)
		}
		for i, r := range rows {
			exec(`INSERT INTO desire (room, thing, value, version, applied, decision, seq, memo, attempts, next_at, dead, error, died)
				VALUES ($1, $2, $3, 1, 1, 1, 1, '', 0, 0, FALSE, '', 0)`, r.room, user(i), r.value)
		}
		check(t, database.Open(t).Read(t.Context(), func(tx journal.Tx) error {
			for i, r := range rows {
				d, err := tx.Desired(desk.RoomKey(r.room), user(i))
				if err != nil {
					return err
				}
				var before, want desk.Member
				check(t, json.Unmarshal([]byte(r.value), &before))
				want = before
				want.Guest = r.guest
				value, err := json.Marshal(want)
				check(t, err)
				if string(d.Value) != string(value) {
					t.Errorf("%s in %s became %s", r.value, r.room, d.Value)
				}
			}
			return nil
		}))
	})
}
