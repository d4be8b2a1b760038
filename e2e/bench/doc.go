// Bench measures Frontdesk against the same homeserver without it: one run on one machine, baseline and ours by turns, the median of
// three rounds.
//
// The baseline is the same Synapse with the same registrations, rooms, members and devices, while a sink that answers 200 to every
// transaction stands at Frontdesk's address. "Direct" sends as the customer's puppet with the application service's token, over
// connections that are kept alive.
//
//	go run ./e2e/bench                 # everything
//	BENCH=ack,flood go run ./e2e/bench # some of it: throughput, telegram, visitor, operator, ack, flood, sockets, sizes, tickets, calls, faults
//
// Every figure is one line on the standard output: figure <name> <value> <unit> goal <bound> met|missed. What has no goal has the bound
// "none". How the rounds went is told on the standard error.
package main
