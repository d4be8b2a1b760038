package desk

// TalkTx keeps the staff's own rooms.
type TalkTx interface {
	Talk(TalkID) (*Talk, error)
	// PutTalk inserts or replaces.
	PutTalk(*Talk) error
}
