// Package e2e holds the end-to-end tests: a visitor in headless Chromium and operators on ordinary Matrix accounts, with the real
// Synapse, the real frontdesk and nothing else between them. Its helpers drive the widget as a person does: they type, press, look.
package e2e
