package main

import (
	"context"
	"testing"

	"github.com/rs/zerolog"
)

// A short run with everything in it: the full one is `make chaos`.
func TestNothingIsLostInAShortRun(t *testing.T) {
	o := options{Messages: 200, Files: 4, Conversations: 6, Operators: 2, Seed: 42}
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
