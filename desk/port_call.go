package desk

import "time"

// CallTx keeps calls and who is in their sessions.
type CallTx interface {
	Call(CallID) (*Call, error)
	// CallOf gives the conversation's call that is not ended, ErrNotFound if there is none.
	CallOf(ConversationID) (*Call, error)
	// LastCall gives the conversation's call that began last, whatever its state.
	LastCall(ConversationID) (*Call, error)
	// CallsToTend lists the calls that are joining or active, and the ended ones whose puppet may still have a membership, those that began
	// first at the front.
	CallsToTend() ([]Call, error)
	// PutCall inserts or replaces.
	PutCall(*Call) error

	// CallMembers lists who is in the session of a portal and has not left it, those who came first at the front.
	CallMembers(PortalID) ([]CallMember, error)
	// CallMember gives a membership also after it was left.
	CallMember(portal PortalID, user UserID, key string) (*CallMember, error)
	// PutCallMember inserts, or replaces by portal, user and key.
	PutCallMember(*CallMember) error
	// ForgetCallMembers removes the memberships of a portal that were left before a time.
	ForgetCallMembers(portal PortalID, before time.Time) error
}
