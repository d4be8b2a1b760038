// Package appservice is the Matrix side of Frontdesk: it turns what a homeserver tells into inputs, and effects into rooms, events and
// memberships.
//
// # In
//
// Handler takes the homeserver's transactions and stores each event before it acknowledges (source "matrix", one lane per room);
// Translate turns a stored event into domain inputs. What the homeserver may have lost while it was away is read by catch-up:
// a /sync of the bot, whose token lies in the database. Until a catch-up is read, the Matrix lanes stand still, so that its order
// decides.
//
// # Out
//
// Deliver carries out ordered effects and Apply brings about desired state, both so that once more is the same as once: sends carry
// the row's id as transaction id, from one device per user; rooms carry it in their create event; state is compared before it is
// changed.
//
// # Whose event is it
//
// Events of the bot and of puppets are ours: they are echoes of effects (content key "frontdesk.row"), never acts of a person. A membership
// event made in the name of a member of staff (double puppeting) carries a row too, which is signed: what a member writes there himself
// counts for nothing.
//
// # Concurrency
//
// All methods of Service may be called from any goroutine. Callbacks (OnTyping) are called from the goroutine of a transaction and must not
// block.
package appservice
