package desk

// ReminderTx keeps what the staff want to be reminded of.
type ReminderTx interface {
	Reminder(ReminderID) (*Reminder, error)
	// RemindersOf lists what somebody is still to be reminded of, the next first.
	RemindersOf(UserID) ([]Reminder, error)
	PutReminder(*Reminder) error
}
