// Package journal holds the rules by which nothing is lost: the inbox with its lanes, the ordered effects, the desired state, timers,
// back-off and dead letters. Its SQL is in store, behind the DB and Tx ports declared here.
//
// # Model
//
// An Input is stored before it is acknowledged and worked strictly in the order of its lane. Working it means: the source's
// Translator turns it into domain inputs, desk.Engine decides, and the decision's rows, the new effects and the input's «done» commit
// in one transaction. If the lane is idle when an input is submitted, storing and deciding share that transaction (a savepoint
// separates them: if deciding fails, only the stored input stays, to be tried again).
//
// Ordered effects are carried out by a Sink, one at a time in each lane, lanes side by side. Desired state is carried out by an
// Applier, each (room, thing) alone, newest value only. What they answer comes back as domain inputs (desk.Echo, desk.EffectDead …).
//
// # Concurrency
//
// All writes go through one writer goroutine that commits the ready work of all lanes together. Submit, Decide, Read and Write may be
// called from any goroutine. Sinks and appliers are called from the journal's workers, never twice at once for one lane or one
// (room, thing).
package journal
