package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	stdlog "log"
	"net"
	"net/http"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// listen opens an address. Its error is one sentence that names the key and the cure.
func listen(ctx context.Context, key, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%s: the port of %s is taken by another program (or another frontdesk); stop it, or choose another port", key, address)
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%s: not allowed to listen on %s; choose a port above 1023", key, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &dns):
		err = fmt.Errorf("%s: this machine has no address %s; write 127.0.0.1, or 0.0.0.0 for all", key, address)
	default:
		err = fmt.Errorf("%s: cannot listen on %s: %w", key, address, err)
	}
	return nil, exit(NoListener, err)
}

// idleTime ends kept-alive connections that nobody uses.
const idleTime = 2 * time.Minute

// httpServer is a handler on a listener.
type httpServer struct {
	name string
	l    net.Listener
	srv  *http.Server
}

func newHTTPServer(name string, l net.Listener, h http.Handler, log zerolog.Logger) *httpServer {
	log = log.With().Str("listener", name).Logger()
	return &httpServer{name: name, l: l, srv: &http.Server{
		Handler:           guarded(h, log),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          stdlog.New(httpErrors{log}, "", 0),
	}}
}

// guarded logs the panic of a handler and ends only its connection.
func guarded(h http.Handler, log zerolog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				log.Error().Any("panic", p).Bytes("stack", debug.Stack()).Msg("Handler panicked")
				panic(http.ErrAbortHandler)
			} else if p != nil {
				panic(p)
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// httpErrors takes what net/http logs of itself: troubles of single connections, with the addresses of their clients.
type httpErrors struct{ log zerolog.Logger }

func (e httpErrors) Write(p []byte) (int, error) {
	e.log.Debug().Bytes("cause", bytes.TrimSpace(p)).Msg("HTTP connection failed")
	return len(p), nil
}

// serve works until shutdown.
func (s *httpServer) serve() error {
	if err := s.srv.Serve(s.l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", s.name, err)
	}
	return nil
}

// shutdown takes no more requests and waits for those under way until ctx ends, then drops them.
func (s *httpServer) shutdown(ctx context.Context) error {
	if err := s.srv.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("shut down %s: %w", s.name, err), s.srv.Close())
	}
	return nil
}
