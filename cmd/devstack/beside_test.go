package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

func startSynapse(t *testing.T, o devstack.SynapseOptions) *devstack.Synapse {
	t.Helper()
	s, err := devstack.StartSynapse(t.Context(), o)
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

// Beside somebody else's Synapse the first start says what that one has to be told, and the second works.
func TestRunBesideSynapse(t *testing.T) {
	home, dir, s := t.TempDir(), filepath.Join(t.TempDir(), "run"), freeSettings(t)
	theirs := startSynapse(t, devstack.SynapseOptions{Dir: home, Port: s.synapse})
	s.synapseURL, s.synapseSecret = theirs.URL, theirs.Secret

	err := run(t.Context(), dir, s, nil, io.Discard)
	if err == nil {
		t.Fatal("it runs with a homeserver that does not know it")
	}
	registrations := []string{
		filepath.Join(dir, "beside", "frontdesk", "registration.yaml"),
		filepath.Join(dir, "beside", "frontdesk", "registration-staff.yaml"),
	}
	for _, want := range append([]string{"app_service_config_files"}, registrations...) {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}

	if err := theirs.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	startSynapse(t, devstack.SynapseOptions{Dir: home, Port: s.synapse, Registrations: registrations, TokenService: "http://127.0.0.1:1"})
	stop := up(t, dir, s)
	anna, err := devstack.Login(t.Context(), s.synapseURL, "anna", devstack.NewAccount("anna", devstack.Domain).Password)
	if err != nil {
		t.Error(err)
	} else {
		anna.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	c, err := program.LoadConfig(filepath.Join(dir, "beside", "frontdesk", "config.yaml"))
	if err != nil || !c.Calls.Enabled || c.Calls.UDP != fmt.Sprintf("127.0.0.1:%d", s.media) {
		t.Errorf("the homeserver names servers for calls, the configuration says %+v, %v", c, err)
	}
}
