package devstack_test

import (
	"testing"

	"frontdesk/internal/devstack"
)

// Servers are given their ports before any of them listens.
func TestNoPortIsGivenTwice(t *testing.T) {
	given := map[int]bool{}
	for range 1000 {
		port, err := devstack.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if given[port] {
			t.Fatalf("port %d was given twice", port)
		}
		given[port] = true
	}
}
