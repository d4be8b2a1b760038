// Package widgetgw is the visitors' side of Frontdesk: the HTTP and WebSocket gateway that the widget on a site talks to. It speaks
// docs/widget-protocol.md, submits what visitors do to the journal (source "widget:<site>") and shows them their conversation's log.
//
// # Acts and news
//
// A durable act (send, edit, delete, reaction) is acknowledged only after the journal has it on disk. News need no outbox: the
// conversation's message rows are the log, every connection has a cursor into it, and after a change the connections of that
// conversation read on from their cursors. Nothing in this package has to survive a crash but the spool's files.
//
// # Who owns what
//
//   - A socket has one reader goroutine for its life; frames are worked one after another by goroutines borrowed from a bounded
//     number of slots, so that the reader's stack stays small (10,000 sockets: see the benchmark in this package).
//   - Whatever leaves for a visitor is appended to the connection's queue under peer.mu and written by at most one flusher
//     goroutine, which lives only while there is something to write. A visitor who does not read holds up nobody else.
//   - A room collects the connections of one conversation. Only its feed (one at a time per room) moves the cursors.
//   - peer.mu and room.mu are leaves: nothing is called while one of them is held that takes another lock, except
//     room.mu → peer.mu.
//
// # Polling
//
// Long polling carries the same frames: a poll is a peer whose queue is fetched by POSTs instead of written to a socket.
package widgetgw
