package desk

// PrivacyTx keeps what of the staff's private words is needed to know them again.
type PrivacyTx interface {
	// PutPrivateLines adds the hashes of lines to those of a room; known ones are nothing.
	PutPrivateLines(room RoomKey, hashes []string) error
	IsPrivateLine(room RoomKey, hash string) (bool, error)
}
