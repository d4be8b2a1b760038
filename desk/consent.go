package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ConsentRule is what the customers of a site have to agree to before they are heard: the zero value is nothing.
type ConsentRule struct {
	Version string // names what is agreed to; another one has to be agreed to anew
	Policy  string // address where it can be read; may be empty
}

// Consent is what a customer agreed to.
type Consent struct {
	Customer     CustomerID
	Version      string
	Policy       string
	Text         string // as the customer read it
	Conversation ConversationID
	At           time.Time
}

// CustomerConsent tells that a customer has agreed to a version of a site's terms, in the words of Text.
type CustomerConsent struct {
	Conversation ConversationID
	Version      string
	Text         string
}

func (CustomerConsent) input() {}

// Agreed reports whether a customer may be heard.
func Agreed(tx ConsentTx, site *Site, customer CustomerID) (bool, error) {
	if site.Consent.Version == "" {
		return true, nil
	}
	all, err := tx.Consents(customer)
	if err != nil {
		return false, fmt.Errorf("consents of customer %s: %w", customer, err)
	}
	return slices.ContainsFunc(all, func(c Consent) bool { return c.Version == site.Consent.Version }), nil
}

// maxConsentText bounds what is kept of the words, in characters.
const maxConsentText = 4000

func (a *act) customerConsent(in CustomerConsent) error {
	c, err := a.tx.Conversation(in.Conversation)
	if err != nil {
		return a.missing(err, "conversation.unknown")
	}
	site, err := a.tx.Site(c.Site)
	if err != nil {
		return fmt.Errorf("site of conversation %s: %w", c.ID, err)
	}
	if site.Consent.Version != in.Version || in.Version == "" {
		return Refuse(Conflict, "consent.outdated")
	}
	agreed, err := Agreed(a.tx, site, c.Customer)
	if err != nil || agreed {
		return err
	}
	given := &Consent{
		Customer: c.Customer, Version: in.Version, Policy: site.Consent.Policy, Text: clip(in.Text, maxConsentText), Conversation: c.ID, At: a.now,
	}
	if err := a.tx.PutConsent(given); err != nil {
		return fmt.Errorf("put consent of customer %s: %w", c.Customer, err)
	}
	return a.note(JournalEntry{
		Actor: actorCustomer, Action: "consent.given", Ticket: c.Ticket, Site: site.ID, Comment: strings.TrimSpace(in.Version + " " + site.Consent.Policy),
	})
}
