// Package journal holds the rules by which nothing is lost: the inbox with its lanes, the ordered effects, the desired state, timers,
// back-off and dead letters. Its SQL is in store, behind the DB and Tx ports declared here.
//
// # Inputs
//
// An Input is stored before it is acknowledged and worked strictly in the order of its lane. Working it means: the source's
// Translator turns it into domain inputs, the engine decides, and the decision's rows, the new effects and the input's «done» commit in
// one transaction. If the lane is idle when an input is submitted, storing and deciding share that transaction; a savepoint
// separates them, so that a failure leaves the stored input, to be tried again.
//
// A failing input holds up its lane with growing pauses. It is given up, reported to people and passed by when it has failed ten times and
// others passed meanwhile: if nothing passes, the fault is ours. What a decision refuses (*desk.Error) is done, and has changed
// nothing.
//
// # Effects
//
// Ordered effects are carried out by a Sink, one at a time in each lane, lanes side by side. Nothing is written before an effect is
// sent: it is marked afterwards, together with what its answer means (desk.Echo, the room's row), while the next one of the lane is on its
// way already unless it refers to what came before. After a crash the last two effects of a lane may therefore be given to the Sink
// again, in their order; Attempt says so, and effects carry ids by which the other side knows them again.
//
// An answer that was only announced by the decision is made, by the engine in a reader, when it is its turn: what is read may take its time
// without holding up the writer.
//
// Desired state is carried out by an Applier, each (room, thing) alone, the newest value only, as soon as the room exists.
//
// An error marked by Outage stops everything until a probe succeeds and kills nothing; RetryAfter waits as told; ErrNotYet waits for
// the next room to be created; Permanent gives up at once; any other error is tried ten times.
//
// # What comes first
//
// Effects in existing rooms come before new rooms and desired state, which share one place while somebody talks: see the limits in
// dispatch.go. Of the desires every other one is of the newest decision, and every other one the oldest.
//
// # Concurrency
//
// All writes go through one writer goroutine that commits the ready work of all lanes together. Who has work is known in memory and told
// after each commit, so nothing polls; a sweep every minute finds what the answer to a commit got lost for. Submit, Decide, Read
// and Write may be called from any goroutine. Sinks and appliers are called from the journal's workers, never twice at once for
// one lane or one (room, thing), and after Run has returned no more.
package journal
