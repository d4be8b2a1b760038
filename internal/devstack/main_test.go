package devstack_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"frontdesk/internal/devstack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what should take seconds, on a busy machine too.
const patience = 3 * time.Minute

func startSynapse(t *testing.T, o devstack.SynapseOptions) *devstack.Synapse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time it is installed
	defer cancel()
	s, err := devstack.StartSynapse(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// login makes an account and logs it in.
func login(t *testing.T, s *devstack.Synapse, name string) *devstack.Operator {
	t.Helper()
	if err := s.RegisterUser(t.Context(), name, name+" secret", false); err != nil {
		t.Fatal(err)
	}
	o, err := devstack.Login(t.Context(), s.URL, name, name+" secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}
