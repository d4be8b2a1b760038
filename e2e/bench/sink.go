package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// sink stands in for Frontdesk at the address of its registration and answers 200 to everything: the least that an application
// service can do.
type sink struct {
	server *http.Server
	done   chan struct{}
	seen   func(event string, at time.Time)
}

// openSink listens at once. seen is told every event pushed, with the moment its transaction had been read; it may be called concurrently.
func openSink(ctx context.Context, address string, seen func(event string, at time.Time)) (*sink, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen as a sink on %s: %w", address, err)
	}
	s := &sink{done: make(chan struct{}), seen: seen}
	s.server = &http.Server{Handler: http.HandlerFunc(s.take), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ErrServerClosed
	}()
	return s, nil
}

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	at := time.Now()
	if err != nil {
		http.Error(w, "{}", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}")
	var transaction struct {
		Events []struct {
			ID string `json:"event_id"`
		} `json:"events"`
	}
	if json.Unmarshal(body, &transaction) != nil {
		return
	}
	for _, e := range transaction.Events {
		s.seen(e.ID, at)
	}
}

func (s *sink) close() error {
	err := s.server.Close()
	<-s.done
	if err != nil {
		return fmt.Errorf("close the sink: %w", err)
	}
	return nil
}
