package desktest

import (
	"maps"
	"slices"
	"strings"

	"frontdesk/desk"
)

// findAccounts tells of the accounts that are looked for, and reports whether there were any.
func (d *Desk) findAccounts() bool {
	d.t.Helper()
	found := false
	for _, thing := range slices.Sorted(maps.Keys(d.rows.Desires[desk.StaffSpace()])) {
		user, ok := strings.CutPrefix(thing, desk.ThingAccount)
		if !ok {
			continue
		}
		var wish desk.AccountWish
		d.Want(desk.StaffSpace(), thing, &wish)
		if wish.Order == "" {
			continue
		}
		seen := desk.AccountSeen{Exists: true}
		if d.Account != nil {
			seen = d.Account(desk.UserID(user))
		}
		seen.User, seen.Order = desk.UserID(user), wish.Order
		d.Decide(seen)
		found = true
	}
	return found
}
