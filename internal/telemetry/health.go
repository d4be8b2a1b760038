package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Link is one thing the program depends on.
type Link struct {
	Name string
	// Required links make the program useless while they fail. Others only make it worse: with the homeserver away visitors still
	// write and are acknowledged.
	Required bool
	// Check says what is wrong, nil for nothing. The text is shown to whoever may read /health.
	Check func(context.Context) error
}

// States of the program as a whole.
const (
	Well     = "well"
	Degraded = "degraded" // a link that is not required fails
	Down     = "down"     // a required link fails
)

// Report is the answer of /health.
type Report struct {
	State   string       `json:"state"`
	Version string       `json:"version"`
	Links   []LinkReport `json:"links"`
}

// LinkReport is one link in it.
type LinkReport struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// checkTime bounds one look at all links.
const checkTime = 3 * time.Second

// Health looks at the links. Make it with its fields set, before it is served; it may be asked from any goroutine.
type Health struct {
	Version string
	Links   []Link
}

// Report asks all links at the same time.
func (h *Health) Report(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r := Report{State: Well, Version: h.Version, Links: make([]LinkReport, len(h.Links))}
	var wg sync.WaitGroup
	for i, l := range h.Links {
		wg.Go(func() {
			r.Links[i] = LinkReport{Name: l.Name, OK: true}
			if err := l.Check(ctx); err != nil {
				r.Links[i] = LinkReport{Name: l.Name, Error: err.Error()}
			}
		})
	}
	wg.Wait()
	for i, l := range r.Links {
		switch {
		case l.OK:
		case h.Links[i].Required:
			r.State = Down
		case r.State == Well:
			r.State = Degraded
		}
	}
	return r
}

// ServeHTTP answers the report: 503 if the state is Down, else 200.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	report := h.Report(r.Context())
	body, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		http.Error(w, "no report", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if report.State == Down {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(append(body, '\n')) // the asker has gone: nothing to do
}
