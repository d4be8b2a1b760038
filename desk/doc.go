// Package desk is the domain of Frontdesk: sites, queues, customers, conversations, tickets, messages, operators, and the
// rules by which they change.
//
// # Functional core
//
// Everything that happens is an Input. Engine.Decide reads and writes domain rows through a Tx and returns a Decision: the
// effects to carry out and the conversations whose visitors have something new to read. It does no I/O of its own, starts no
// goroutines and knows no clock but the time it is given, so every rule is tested without a server.
//
// The caller (internal/journal) runs Decide inside one database transaction together with the removal of the input
// and the storing of the effects: a crash leaves either all of it or nothing.
//
// # Concurrency
//
// One writer runs all decisions of one database, one after another. Decide is therefore never called concurrently for the same Tx, and
// compare-and-set (Tx.ClaimTicket) is a second line of defence, not the only one.
//
// # Direction
//
// desk imports only content and the standard library. Adapters import desk; nothing here knows Matrix, HTTP or SQL. Matrix ids appear
// as opaque strings because the staff lives there.
package desk
