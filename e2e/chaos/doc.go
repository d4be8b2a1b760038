// Chaos proves that nothing is lost, doubled or put out of order: customers and operators talk while Frontdesk and Synapse are killed,
// Synapse is stopped and customers' connections are broken. What counts is only what customers' connections and a fresh
// operator's login show at the end, compared by content.
//
//	MESSAGES=2000 SEED=1 go run ./e2e/chaos
//	CHANNEL=telegram MESSAGES=2000 SEED=1 go run ./e2e/chaos
//
// Its last line is
//
//	chaos: sent N lost N duplicated N disordered N kills K synapse-kills Y cuts C seed S
//
// and it exits with 1 unless nothing is lost, duplicated or disordered and there were enough faults, a third of each kind of them
// while messages were in flight.
//
// By the widget, visitors' sockets are cut or made one-way. In Telegram, Telegram and Synapse answer 429 and 502 for a while, also after having
// done what was asked, break connections before and after that, and Telegram refuses them. Then the line is
//
//	chaos: sent N lost N duplicated N disordered N undecided N resent N kills K synapse-kills Y cuts C storms T seed S
//
// A line of an operator is undecided if its room shows that nobody knows whether the customer got it: with the warning sign, the words, and the
// sign that sends it again. One that is not with the customer and not shown so is lost. In the end every other undecided line is sent
// again by that sign, and has to arrive once more and only once, after which its room does not show it so any more.
package main
