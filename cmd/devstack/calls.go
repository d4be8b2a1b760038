package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"frontdesk/internal/devstack"
)

// canCall tells whether there is a LiveKit, building one the first time. Without it everything but calls works, so that is no error.
func canCall(ctx context.Context, progress devstack.Progress) (bool, error) {
	_, err := devstack.EnsureLiveKit(ctx, progress)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		progress.Say("there are no calls this time, as LiveKit is not to be had: " + strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return err == nil, nil
}

// callsThrough adds what calls need to what has been started.
func (r *running) callsThrough(l *devstack.LiveKit, t *devstack.TokenService) {
	r.livekit, r.tokens = l.URL, t.URL
	r.children = append(r.children, child{"LiveKit", l.Log, l.Running, func(ctx context.Context) error {
		return errors.Join(t.Close(), l.Stop(ctx), l.Close())
	}})
}

// callsBeside switches calls on if the homeserver of somebody else names the servers for them; ours cannot be made known to it.
func callsBeside(ctx context.Context, client *http.Client, f *devstack.Frontdesk, s settings, progress devstack.Progress) error {
	matrix, err := registered(client, s.synapseURL, f.Registrations[0])
	if err != nil {
		return err
	}
	var said struct {
		Transports []json.RawMessage `json:"rtc_transports"`
	}
	_, err = matrix.MakeRequest(ctx, http.MethodGet, matrix.BuildClientURL("unstable", "org.matrix.msc4143", "rtc", "transports"), nil, &said)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || len(said.Transports) == 0 {
		progress.Say("there are no calls, as the homeserver names no servers for them; docs/operations.md says what it has to be told")
		return nil
	}
	settings, err := devstack.CallSettings(s.media)
	if err != nil {
		return err
	}
	return f.Set(settings)
}
