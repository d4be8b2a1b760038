package store

import "frontdesk/desk"

const (
	reminderColumns = `SELECT id, operator, number, ticket, body, due, done, created FROM reminder`
	getReminder     = reminderColumns + ` WHERE id=$1`
	getRemindersOf  = reminderColumns + ` WHERE operator=$1 AND NOT done ORDER BY due, id`
	putReminder     = `
		INSERT INTO reminder (id, operator, number, ticket, body, due, done, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET operator=excluded.operator, number=excluded.number, ticket=excluded.ticket, body=excluded.body,
			due=excluded.due, done=excluded.done, created=excluded.created`
)

func scanReminder(r row, m *desk.Reminder) error {
	return r.Scan(&m.ID, &m.By, &m.Number, &m.Ticket, &m.Text, instant{&m.Due}, &m.Done, instant{&m.Created})
}

func (t *tx) Reminder(id desk.ReminderID) (*desk.Reminder, error) {
	m, err := one(t, scanReminder, getReminder, id)
	return m, wrap(err, "get reminder", id)
}

func (t *tx) RemindersOf(u desk.UserID) ([]desk.Reminder, error) {
	reminders, err := all(t, scanReminder, getRemindersOf, u)
	return reminders, wrap(err, "list reminders of", u)
}

func (t *tx) PutReminder(m *desk.Reminder) error {
	_, err := t.exec(putReminder, m.ID, m.By, m.Number, m.Ticket, m.Text, nanos(m.Due), m.Done, nanos(m.Created))
	return wrap(err, "put reminder", m.ID)
}
