package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"frontdesk/appservice"
	"frontdesk/bridges"
	"frontdesk/bridges/telegram"
	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw"
)

// messenger is a kind of messenger that the program knows.
type messenger struct {
	source string // its name in the journal
	hooks  string // the path below which its webhooks come; empty: none do
	open   func(*Server, *desk.Engine, desk.Texts) (bridges.Adapter, error)
	check  func(*checker, context.Context)
}

// messengers are all of them: a further one is its package and a line here.
func messengers() []messenger {
	return []messenger{
		{telegram.Source, telegram.HookPath, openTelegram, (*checker).telegram},
	}
}

// bridge is a messenger at work.
type bridge struct {
	messenger
	bridges.Adapter
}

func (s *Server) openBridges(engine *desk.Engine, texts desk.Texts) error {
	for _, m := range messengers() {
		adapter, err := m.open(s, engine, texts)
		if err != nil {
			return err
		}
		s.bridges = append(s.bridges, bridge{m, adapter})
	}
	return nil
}

// answers is the bridge's line of the health page.
func (b bridge) answers(context.Context) error {
	if away := b.Away(); len(away) > 0 {
		return fmt.Errorf("does not answer %s; messages wait for it", strings.Join(away, ", "))
	}
	return nil
}

// public serves everything that comes from outside: visitors, and what messengers bring.
func (s *Server) public() http.Handler {
	visitors := s.gateway.Handler()
	hooks := make(map[string]http.Handler)
	for _, b := range s.bridges {
		if b.hooks != "" {
			hooks[b.hooks] = b.Handler()
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, handler := range hooks {
			if strings.HasPrefix(r.URL.Path, path) {
				handler.ServeHTTP(w, r)
				return
			}
		}
		visitors.ServeHTTP(w, r)
	})
}

// spools is where the Matrix side finds customers' files: those of visitors lie with the gateway, others with their messenger. It is made before
// both.
type spools struct {
	gateway *widgetgw.Spool
	bridges []bridge
}

var _ appservice.Spool = (*spools)(nil)

func (s *spools) Open(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	for _, b := range s.bridges {
		body, size, err := b.OpenFile(ctx, id)
		switch {
		case err == nil:
			return body, size, nil
		case errors.Is(err, bridges.ErrNoFile):
			continue
		case journal.IsPermanent(err):
			return nil, 0, err // says in words for people why there is no such file
		}
		return nil, 0, fmt.Errorf("open a file of %s: %w", b.source, err)
	}
	return s.gateway.Open(id)
}

func (s *spools) Remove(id desk.FileID) error { return s.gateway.Remove(id) }
