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
	"frontdesk/internal/config"
	"frontdesk/internal/journal"
	"frontdesk/internal/section"
	"frontdesk/internal/texts"
	"frontdesk/widgetgw"
)

// Messengers are all that the program knows: a further one is its package and a line here.
func Messengers() []bridges.Messenger {
	return []bridges.Messenger{
		telegram.Messenger(),
	}
}

// LoadConfig is config.Load with the messengers of the program.
func LoadConfig(path string) (*config.Config, error) {
	return config.Load(path, sectionsOf(Messengers())...)
}

func sectionsOf(messengers []bridges.Messenger) (out []section.Section) {
	for _, m := range messengers {
		out = append(out, m.Section())
	}
	return out
}

// textsOf gives the catalogue with the texts that messengers bring.
func textsOf(messengers []bridges.Messenger) (*texts.Catalogue, error) {
	all, err := texts.Load()
	for _, m := range messengers {
		if err == nil && m.Texts != nil {
			all, err = all.With(m.Texts)
		}
	}
	return all, err
}

// settingsOf is what the configuration says to a messenger.
func settingsOf(c *config.Config, m bridges.Messenger) bridges.Settings {
	out := bridges.Settings{
		PublicURL: c.Gateway.PublicURL, Secret: []byte(c.Gateway.Secret), FileMax: int64(c.Gateway.Spool.FileMax), Types: c.Gateway.Spool.Types,
	}
	for _, site := range c.Sites {
		for _, e := range site.Messengers[m.Section().Key] {
			out.Entries = append(out.Entries, bridges.SiteEntry{Site: desk.SiteID(site.ID), Entry: e})
		}
	}
	return out
}

// bridge is a messenger at work.
type bridge struct {
	source string // its name in the journal
	bridges.Adapter
}

func (s *Server) openBridges(messengers []bridges.Messenger, engine *desk.Engine, texts desk.Texts) error {
	for _, m := range messengers {
		source := string(m.Name)
		adapter, err := m.Open(settingsOf(s.cfg, m), bridges.Desk{
			Journal: s.journal, Engine: engine, Media: s.matrix, Texts: texts, Log: s.part(source),
		})
		if err != nil {
			return err
		}
		s.bridges = append(s.bridges, bridge{source, adapter})
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
		if handler := b.Handler(); handler != nil {
			hooks["/"+b.source+"/"] = handler
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
