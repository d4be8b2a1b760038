// Chaos proves that nothing is lost, doubled or put out of order: visitors and operators talk while Frontdesk and Synapse are killed,
// Synapse is stopped and visitors' sockets are cut or made one-way. What counts is only what visitors' sockets and a fresh
// operator's login show at the end, compared by content.
//
//	MESSAGES=2000 SEED=1 go run ./e2e/chaos
//
// Its last line is
//
//	chaos: sent N lost N duplicated N disordered N kills K synapse-kills Y cuts C seed S
//
// and it exits with 1 unless nothing is lost, duplicated or disordered and there were enough faults, a third of each kind of them
// while messages were in flight.
package main
