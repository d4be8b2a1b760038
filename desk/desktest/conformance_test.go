package desktest

import (
	"testing"

	"frontdesk/desk"
)

func TestConformance(t *testing.T) {
	Conformance(t, func() desk.Tx { return NewTx() })
}
