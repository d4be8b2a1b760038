package desk

// ContactTx keeps the contacts of customers and their history.
type ContactTx interface {
	// Contacts lists a customer's contacts by number, hidden ones too.
	Contacts(CustomerID) ([]Contact, error)
	PutContact(*Contact) error
	// DeleteContact forgets a contact; one that is not there is nothing.
	DeleteContact(*Contact) error
	// ContactChanges lists what was changed of a customer's contacts, the newest first.
	ContactChanges(CustomerID) ([]ContactChange, error)
	PutContactChange(*ContactChange) error
}
