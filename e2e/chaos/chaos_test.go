package main

import (
	"context"
	"testing"

	"github.com/rs/zerolog"
)

// Short runs with everything in them: the full ones are `make chaos`.

func TestNothingIsLostInAShortRun(t *testing.T) {
	shortRun(t, options{Channel: byWidget, Messages: 200, Files: 4, Conversations: 6, Operators: 2, Seed: 42})
}

// What is undecided here is shown so in its room, and some of it is sent again.
func TestNothingIsLostInAShortRunOfTelegram(t *testing.T) {
	shortRun(t, options{Channel: byTelegram, Messages: 120, Files: 4, Conversations: 4, Operators: 2, Seed: 42})
}

func shortRun(t *testing.T, o options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTimeout(o.Messages))
	defer cancel()
	r, err := run(ctx, o, zerolog.New(zerolog.NewTestWriter(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if failure := r.failure(); failure != "" {
		t.Error(failure)
	}
}
