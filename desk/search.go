package desk

import (
	"strings"
	"time"

	"frontdesk/content"
)

// Search says what is looked for. Everything that is given has to fit; what is empty fits everything. Reach is different: it bounds what
// may be found at all, and an empty one finds nothing.
type Search struct {
	Reach  Reach
	States []TicketState
	// Words are looked for in messages. Looking for tickets, each has to be a part of what is known of the customer.
	Words []content.Term
	// Phrases are looked for as they are written: their words one after the other, in this very form.
	Phrases []Phrase
	// Periods is the time to look in, for each site there is. A message was written in it; a ticket was open at some time of it.
	Periods []Period
	// Parts of what is known of the customer, folded.
	Name, Email, Phone, Region, Town string
	Queues                           []QueueID
	Staff                            []UserID // the responsible
	LeastStars, MostStars            int      // of the rating; 0 and 0: rated or not
	Parties                          []Party  // each takes part
}

// Phrase is a text that stood in quotation marks.
type Phrase struct {
	Text  string // folded
	Words []content.Term
}

// HasWords reports whether there is something to look for in messages.
func (s *Search) HasWords() bool { return len(s.Words)+len(s.Phrases) > 0 }

// Party is somebody who takes part in a ticket: its customer, if the name is a part of theirs, or its responsible, if among the staff.
type Party struct {
	Name  string // folded
	Staff []UserID
}

// Period is a time in one site's days: from From until before Until; zero: without end.
type Period struct {
	Site        SiteID
	From, Until time.Time
}

// Reach says which tickets somebody may see.
type Reach struct {
	All    bool
	Sites  []SiteID
	Queues []QueueID
	Owners []UserID  // those these people are responsible for, see Ticket.Responsible
	Waits  []QueueID // those that wait there
}

// Responsible is who has a ticket or, once it is closed, had it last.
func (t *Ticket) Responsible() UserID {
	if t.State == Closed {
		return t.LastOwner
	}
	return t.Owner
}

// Searchable is the text by which a message is found: the words of customer and staff, and the names of their files.
func (m *Message) Searchable() string {
	if m.Author == FromSystem || !m.Deleted.IsZero() {
		return ""
	}
	return strings.TrimSpace(wordsOf(m))
}

// Known is what is known of a customer, for finding them by.
type Known struct {
	Name, Email, Phone, Region, Town string // folded; phone numbers are their digits
	Others                           string // names in messengers and the like
}

// Known gathers what a customer is found by, contacts that are out of date included.
func (c *Customer) Known(contacts []Contact) Known {
	k := Known{Name: content.Fold(c.Name), Email: content.Fold(c.Email), Region: content.Fold(c.Region), Town: content.Fold(c.Town)}
	for i := range contacts {
		switch known := &contacts[i]; known.Kind {
		case ContactEmail:
			k.Email += "\n" + content.Fold(known.Value)
		case ContactPhone, ContactWhatsApp:
			number := digits(known.Value)
			k.Phone += "\n" + number
			if russian, ok := strings.CutPrefix(known.Value, "+7"); ok {
				k.Phone += "\n8" + russian // as it is dialled at home
			}
		default:
			k.Others += "\n" + content.Fold(known.Value)
		}
	}
	return k
}

// All is everything in one text.
func (k Known) All() string {
	return strings.Join([]string{k.Name, k.Email, k.Phone, k.Region, k.Town, k.Others}, "\n")
}
