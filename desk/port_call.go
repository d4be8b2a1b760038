package desk

// CallTx keeps calls and who of the staff is in their sessions.
type CallTx interface {
	Call(CallID) (*Call, error)
	// CallOf gives the conversation's call that is not ended, ErrNotFound if there is none.
	CallOf(ConversationID) (*Call, error)
	// CallsToTend lists the calls that are joining or active, and the ended ones whose puppet may still have a membership.
	CallsToTend() ([]Call, error)
	// PutCall inserts or replaces.
	PutCall(*Call) error

	// CallMembers lists who is in the session of a portal, those who came first at the front.
	CallMembers(PortalID) ([]CallMember, error)
	// PutCallMember inserts, or replaces by portal, user and key.
	PutCallMember(*CallMember) error
	DeleteCallMember(portal PortalID, user UserID, key string) error
}
