package program

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/internal/config"
)

// checkSpool says whether visitors' files can be written where they shall wait.
func checkSpool(s config.Spool) finding {
	f := finding{link: "spool", detail: s.Dir}
	cure := "make the directory writable for the user frontdesk runs as, or change gateway.spool.dir"
	dir := s.Dir
	_, err := os.Stat(dir)
	for errors.Is(err, os.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir) // run makes the rest
		_, err = os.Stat(dir)
	}
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".frontdesk-check-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		f.problem, f.cure = "cannot be written: "+err.Error(), cure
		return f
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err == nil {
		free := int64(disk.Bavail) * int64(disk.Bsize)
		if free < int64(s.FileMax) {
			f.problem = fmt.Sprintf("the disk has %s left, less than one file may have", config.Size(free>>20<<20))
			f.cure = "free some, or name a directory on another disk"
		}
	}
	return f
}

// program finds out whether frontdesk runs. If not, it answers Synapse's ping itself until end is called.
func (c *checker) program(ctx context.Context) (end func()) {
	const link = "frontdesk"
	nothing := func() {}
	l, err := listen(ctx, "appservice.listen", c.cfg.Appservice.Listen)
	if err == nil {
		responder := &pingResponder{token: string(c.cfg.Appservice.HSToken)}
		server := newHTTPServer("ping", l, responder, zerolog.Nop())
		done := make(chan error, 1)
		go func() { done <- server.serve() }()
		c.say(finding{link: link, detail: "does not run; check answers Synapse's ping for it"})
		return func() {
			if responder.strange.Load() {
				c.say(finding{link: link, problem: "Synapse came with another hs_token", cure: registrationCure})
			}
			if err := errors.Join(server.shutdown(ctx), <-done); err != nil {
				c.say(finding{link: link, problem: err.Error(), cure: "run check again"})
			}
		}
	}
	switch status, pingErr := pingOurselves(ctx, c.cfg); {
	case pingErr == nil && status == http.StatusOK:
		c.runs = true
		c.say(finding{link: link, detail: "runs"})
		return nothing
	case pingErr == nil && (status == http.StatusForbidden || status == http.StatusUnauthorized):
		c.say(finding{link: link, problem: "runs with another hs_token than this configuration", cure: "restart it, or name its configuration with -c"})
		return nothing
	}
	c.say(finding{link: link, problem: err.Error(), cure: "see the sentence above"})
	return nothing
}

const registrationCure = "write the registration anew (frontdesk registration), and restart Synapse"

// pingOurselves asks whoever listens for Synapse, as Synapse would.
func pingOurselves(ctx context.Context, cfg *config.Config) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address := "http://" + reachable(cfg.Appservice.Listen) + pingPath
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		return 0, fmt.Errorf("ping frontdesk: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+string(cfg.Appservice.HSToken))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("ping frontdesk: %w", err)
	}
	return resp.StatusCode, resp.Body.Close()
}

const pingPath = "/_matrix/app/v1/ping"

// pingResponder stands in for a frontdesk that does not run: it answers pings, and nothing else, so that Synapse keeps its events.
type pingResponder struct {
	token   string
	strange atomic.Bool // somebody came with another token
}

func (p *pingResponder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	w.Header().Set("Content-Type", "application/json")
	answer, status := `{}`, http.StatusOK
	switch {
	case subtle.ConstantTimeCompare([]byte(token), []byte(p.token)) != 1:
		p.strange.Store(true)
		answer, status = `{"errcode":"M_FORBIDDEN","error":"wrong hs_token"}`, http.StatusForbidden
	case r.Method != http.MethodPost || r.URL.Path != pingPath:
		answer, status = `{"errcode":"M_UNKNOWN","error":"frontdesk does not run"}`, http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(answer)) // the asker has gone: nothing to do
}
