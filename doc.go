// Package frontdesk is a contact desk on Matrix: people who write from a website appear to the staff as Matrix users in Matrix rooms,
// and the staff answers from any Matrix client through the organisation's own Synapse.
//
// The root package holds nothing but the example files that ship inside the program. The program is in cmd/frontdesk, the domain in
// desk; docs/operations.md tells how to run it.
package frontdesk
