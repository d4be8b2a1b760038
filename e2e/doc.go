// Package e2e holds the end-to-end tests: a visitor in headless Chromium and operators on ordinary Matrix accounts, with the real
// Synapse, the real frontdesk and nothing else between them. Its helpers drive the widget as a person does: they type, press, look.
//
// Calls go over a real LiveKit. The staff's side is the code that Element Call ships, and Element Call itself; see element/. What arrives is
// told by its pitch and its colour.
package e2e
