package store_test

import (
	"encoding/json"
	"maps"
	"testing"

	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
	"frontdesk/store/upgrades"
)

// ofVersion brings an empty database to an earlier version's schema, and gives what fills it.
func ofVersion(t *testing.T, database storetest.Database, version int) func(query string, args ...any) {
	t.Helper()
	raw := rawDatabase(t, database)
	old, err := dbutil.NewWithDB(raw, map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[database.Driver])
	check(t, err)
	old.Owner, old.UpgradeTable = "frontdesk", upgrades.Table()[:version]
	check(t, old.Upgrade(t.Context()))
	return func(query string, args ...any) {
		t.Helper()
		_, err := raw.ExecContext(t.Context(), query, args...)
		check(t, err)
	}
}

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
		exec := ofVersion(t, database, 43)
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

// TestPartsOfBefore: the words of a message that went to Telegram beside its files before the upgrade are known by the numbers they have since, so that
// they are not sent once more.
func TestPartsOfBefore(t *testing.T) {
	const twoFiles = `{"text":"x","files":[{"id":"a"},{"id":"b"}]}`
	type parts map[string]int // by Telegram's ids
	tests := map[string]struct {
		source, content string
		before, want    parts
	}{
		"words and files":       {"telegram:shop", twoFiles, parts{"10": 0, "11": 1, "12": 2, "13": 3, "99": 1000}, parts{"10": 500, "11": 501, "12": 0, "13": 1, "99": 1000}},
		"a caption":             {"telegram:shop", twoFiles, parts{"10": 0, "11": 1}, parts{"10": 0, "11": 1}},
		"words alone":           {"telegram:shop", `{"text":"x"}`, parts{"10": 0, "11": 1}, parts{"10": 0, "11": 1}},
		"numbers of the newest": {"telegram:shop", twoFiles, parts{"10": 500, "11": 0, "12": 1}, parts{"10": 500, "11": 0, "12": 1}},
		"another messenger":     {"pigeons:shop", twoFiles, parts{"10": 0, "11": 1, "12": 2}, parts{"10": 0, "11": 1, "12": 2}},
	}
	storetest.Each(t, func(t *testing.T, database storetest.Database) {
		exec := ofVersion(t, database, 48)
		exec(`INSERT INTO customer (id, site, number, name, email, region, language, created) VALUES ('c', '', 1, '', '', '', '', 0)`)
		exec(`INSERT INTO conversation (id, site, customer, channel, rev, portal, ticket, customer_seen, customer_got, staff_seen, staff_got, page_url,
			page_title, created) VALUES ('c', '', 'c', '', 0, '', '', 0, 0, 0, 0, '', '', 0)`)
		seq := 0
		for name, test := range tests {
			seq++
			exec(`INSERT INTO message (id, conversation, ticket, seq, rev, author, operator, who_name, who_avatar, client_id, kind, args, content, reply,
				reactions, status, at, edited, deleted) VALUES ($1, 'c', '', $2, $2, 'staff', '', '', '', '', '', '[]', $3, '', '[]', '', 0, 0, 0)`, name, seq, test.content)
			for id, part := range test.before {
				exec(`INSERT INTO remote (message, part, source, chat, id, state, sum, at) VALUES ($1, $2, $3, '7', $4, 'sent', '', 0)`, name, part, test.source, id)
			}
		}
		check(t, database.Open(t).Read(t.Context(), func(tx journal.Tx) error {
			for name, test := range tests {
				all, err := tx.RemotesOf(desk.MessageID(name))
				if err != nil {
					return err
				}
				got := parts{}
				for _, r := range all {
					got[r.ID] = r.Part
				}
				if !maps.Equal(got, test.want) {
					t.Errorf("%s: parts are %v, want %v", name, got, test.want)
				}
			}
			return nil
		}))
	})
}
