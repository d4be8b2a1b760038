// Package widgettest is a visitor for tests: a client of docs/widget-protocol.md that behaves as a good one should. It keeps an outbox
// with stable client ids, notices dead connections, reconnects and resumes by rev, and remembers every message's newest state.
//
// Client is the whole visitor. Conn is a bare socket for tests that want to misbehave.
package widgettest
