package devstack_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"frontdesk/internal/devstack"
)

func TestSynapseIsKilledAndGoesOn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := startSynapse(t, devstack.SynapseOptions{})
	anna := login(t, s, "anna")
	room, err := anna.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "Kept"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := anna.Send(ctx, room.RoomID, &event.MessageEventContent{MsgType: event.MsgText, Body: "before"}, "txn-1")
	if err != nil {
		t.Fatal(err)
	}

	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if s.Running() {
		t.Error("Running after Kill")
	}
	if _, err := anna.SendText(ctx, room.RoomID, "nobody there"); err == nil {
		t.Error("a message to a killed homeserver was taken")
	}
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}

	again, err := anna.Send(ctx, room.RoomID, &event.MessageEventContent{MsgType: event.MsgText, Body: "before"}, "txn-1")
	if err != nil {
		t.Fatal(err)
	}
	if again != before {
		t.Errorf("the same transaction id made another event, %s after %s", again, before)
	}
	after, err := anna.SendText(ctx, room.RoomID, "after")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.WaitFor(ctx, func(e *event.Event) bool { return e.ID == after }); err != nil {
		t.Errorf("the operator's client did not go on: %v", err)
	}
	history, err := anna.History(ctx, room.RoomID)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range history {
		if e.Type == event.EventMessage {
			said = append(said, e.Content.AsMessage().Body)
		}
	}
	if len(said) != 2 || said[0] != "before" || said[1] != "after" {
		t.Errorf("history says %q, want before and after once each", said)
	}
}

func TestSynapseIsPaused(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dir := t.TempDir()
	s := startSynapse(t, devstack.SynapseOptions{Dir: dir, Unlimited: true})
	anna := login(t, s, "anna")
	if err := s.RegisterUser(ctx, "anna", "other", false); !errors.Is(err, devstack.ErrUserExists) {
		t.Errorf("registering twice: %v, want ErrUserExists", err)
	}

	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := anna.Client.Whoami(ctx)
		answered <- err
	}()
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request made while paused was lost: %v", err)
	}

	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.Client.Whoami(ctx); err != nil {
		t.Errorf("the session did not survive a restart: %v", err)
	}
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err == nil {
		t.Error("a stopped homeserver was paused")
	}

	second := startSynapse(t, devstack.SynapseOptions{Dir: dir})
	if err := second.RegisterUser(ctx, "anna", "other", false); !errors.Is(err, devstack.ErrUserExists) {
		t.Errorf("a second start on the same directory forgot the accounts: %v", err)
	}
}

func TestSynapseOnPostgres(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	dsn, err := p.CreateDatabase(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := startSynapse(t, devstack.SynapseOptions{Postgres: dsn})
	login(t, s, "anna")
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = devstack.StartSynapse(t.Context(), devstack.SynapseOptions{Port: port})
	var taken *devstack.PortTakenError
	if !errors.As(err, &taken) || taken.Port != port || taken.For != "Synapse" {
		t.Errorf("StartSynapse on a taken port: %v, want a PortTakenError for it", err)
	}
}

func TestSynapseWithBrokenConfiguration(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := devstack.StartSynapse(ctx, devstack.SynapseOptions{Extra: map[string]any{"max_upload_size": "many"}})
	if err == nil {
		t.Fatal("it started")
	}
	if ctx.Err() != nil {
		t.Error("it was noticed by waiting, not by its end")
	}
}
