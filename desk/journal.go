package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// JournalEntry is one line of the journal: who did what, when, where, why, and what became of it.
type JournalEntry struct {
	ID      int64 // counts up in the order of recording; given by the store
	At      time.Time
	Actor   string // UserID, "customer", "timer", "file" or "system"
	Action  string // "ticket.opened", "ticket.accepted", …
	Ticket  TicketID
	From    string // states of the ticket
	To      string
	Comment string
	Room    RoomKey // where it was done
	Site    SiteID  // what it belongs to; known of the ticket
	Queue   QueueID
	Target  string // whom or what it was done to, besides the ticket: a user, a queue, a setting
	Changes []Change
}

// Change is what became of a field. What was not there before, or is not there afterwards, is empty.
type Change struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// JournalTx keeps what happened.
type JournalTx interface {
	// Record gives the entry an ID of its own.
	Record(JournalEntry) error
	// Records lists entries, the newest first.
	Records(f JournalFilter, offset, limit int) ([]JournalEntry, error)
	CountRecords(JournalFilter) (int, error)
}

// JournalFilter says which entries are meant. What is empty excludes nothing.
type JournalFilter struct {
	Person string   // did it, or had it done to them
	People []string // one of them did it, or had it done to them; none: whoever
	Ticket TicketID // of it
	Action string   // beginning of the action
	// Actions are several of them, of which it is one; none: any.
	Actions []string
	Before  int64     // recorded before the entry of this ID; 0: any
	From    time.Time // at this time or later
	To      time.Time // before this time
	// Within bounds them to what somebody may see; nil: everything.
	Within *JournalBounds
}

// JournalBounds is the part of the journal somebody may see: what certain people did, and what belongs to certain sites and queues.
type JournalBounds struct {
	Actors []string
	Sites  []SiteID
	Queues []QueueID
}

// Actors of the journal who are no users.
const (
	actorCustomer = "customer"
	actorTimer    = "timer"
	actorFile     = "file" // what the configuration file says anew
	actorSystem   = "system"
)

// record notes what was done, in the simplest way.
func (a *act) record(actor, action string, t TicketID, comment string) error {
	return a.note(JournalEntry{Actor: actor, Action: action, Ticket: t, Comment: comment})
}

// note writes an entry of the journal and fills in what is known anyway: when, where, and where the ticket belongs.
func (a *act) note(e JournalEntry) error {
	e.At = a.now
	if e.Room == "" {
		e.Room = a.room
	}
	if e.Ticket != "" && (e.Site == "" || e.Queue == "") {
		t, err := a.tx.Ticket(e.Ticket)
		if ok, err := found(err); err != nil {
			return fmt.Errorf("ticket of %s: %w", e.Action, err)
		} else if ok {
			e.Site, e.Queue = t.Site, t.Queue
		}
	}
	if err := a.tx.Record(e); err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// volatile are fields whose change goes without saying.
var volatile = []string{"Generation", "Since", "Seen", "Offered"}

// changes lists the fields in which two values of a row differ, by name. nil stands for no row.
func changes(before, after any) []Change {
	was, is := fieldsOf(before), fieldsOf(after)
	var out []Change
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, stays := is[name]; !stays {
			out = append(out, Change{Field: name, Before: was[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if !bytes.Equal(was[name], is[name]) && !slices.Contains(volatile, name) {
			out = append(out, Change{Field: name, Before: was[name], After: is[name]})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return bytes.Compare([]byte(a.Field), []byte(b.Field)) })
	return out
}

// fieldsOf gives the fields of a row that hold something.
func fieldsOf(row any) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	body, err := json.Marshal(row)
	if err != nil || json.Unmarshal(body, &out) != nil {
		return nil // no row of ours: they are all plain data
	}
	maps.DeleteFunc(out, func(_ string, value json.RawMessage) bool {
		return slices.Contains([]string{"null", `""`, "0", "false", "[]", "{}", `"0001-01-01T00:00:00Z"`}, string(value))
	})
	return out
}

// roomOf gives the room in which something was done by the staff.
func roomOf(in Input) RoomKey {
	switch in := in.(type) {
	case StaffMessage:
		return in.Room
	case StaffEdit:
		return in.Room
	case StaffRedaction:
		return in.Room
	case StaffReaction:
		return in.Room
	case MemberChanged:
		return in.Room
	case StateBroken:
		return in.Room
	}
	return ""
}
