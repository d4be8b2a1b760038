package desktest

import (
	"cmp"

	"frontdesk/desk"
)

func (t *Tx) Reminder(id desk.ReminderID) (*desk.Reminder, error) { return get(t.rows.Reminders, id) }

func (t *Tx) RemindersOf(u desk.UserID) ([]desk.Reminder, error) {
	return list(t.rows.Reminders, func(r desk.Reminder) bool { return r.By == u && !r.Done },
		func(a, b desk.Reminder) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) }), nil
}

func (t *Tx) PutReminder(r *desk.Reminder) error { t.rows.Reminders[r.ID] = clone(*r); return nil }
