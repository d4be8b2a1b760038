package desk

// ConsentTx keeps what customers agreed to.
type ConsentTx interface {
	// Consents lists a customer's, oldest first.
	Consents(CustomerID) ([]Consent, error)
	// PutConsent inserts, or replaces by customer and version.
	PutConsent(*Consent) error
}
