package desk

import (
	"fmt"
	"time"
)

// OpenConversation makes a new customer and their conversation on a channel of a site. It has no Matrix room and no ticket until
// the first message. lang is the language the customer asked for; it is matched with the site's.
func (e *Engine) OpenConversation(tx Tx, now time.Time, site SiteID, channel Channel, lang string) (*Conversation, error) {
	s, err := tx.Site(site)
	if err != nil {
		return nil, fmt.Errorf("open conversation: site %s: %w", site, err)
	}
	number, err := tx.NextCustomerNumber()
	if err != nil {
		return nil, fmt.Errorf("open conversation: number the customer: %w", err)
	}
	customer := &Customer{
		ID: CustomerID(e.newID()), Site: site, Number: number, Language: s.Language(lang), Created: now,
	}
	if err := tx.PutCustomer(customer); err != nil {
		return nil, fmt.Errorf("open conversation: put customer: %w", err)
	}
	return e.OpenConversationOf(tx, now, customer, channel)
}

// OpenConversationOf makes one more conversation of a customer, who comes by another way of the same site.
func (e *Engine) OpenConversationOf(tx Tx, now time.Time, customer *Customer, channel Channel) (*Conversation, error) {
	conversation := &Conversation{
		ID: ConversationID(e.newID()), Site: customer.Site, Customer: customer.ID, Channel: channel, Created: now,
	}
	if err := tx.PutConversation(conversation); err != nil {
		return nil, fmt.Errorf("open conversation: put conversation: %w", err)
	}
	return conversation, nil
}
