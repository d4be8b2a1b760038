package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/appservice/matrixrtc"
	"frontdesk/bridges"
	"frontdesk/calls"
	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/journal"
	"frontdesk/internal/telemetry"
	"frontdesk/store"
	"frontdesk/widgetgw"
)

// shutdownTime bounds a graceful end.
const shutdownTime = 5 * time.Second

// Server is the running desk: all parts, wired. NewServer opens what it needs, Run works until its context ends and closes it again.
type Server struct {
	cfg *config.Config
	log zerolog.Logger

	db       *store.DB
	journal  *journal.Journal
	matrix   *appservice.Service
	gateway  *widgetgw.Gateway
	bridges  []bridge
	typing   *typingRelay
	calls    *calls.Manager      // nil where calls are off
	sessions *matrixrtc.Sessions // of the calls
	metrics  *prometheus.Registry

	listeners []net.Listener
	servers   []*httpServer
}

// NewServer opens database and listeners and wires the parts together. Nothing is served and no effect is carried out before Run.
func NewServer(ctx context.Context, cfg *config.Config, messengers []bridges.Messenger, log zerolog.Logger) (_ *Server, err error) {
	s := &Server{cfg: cfg, log: log, metrics: telemetry.NewRegistry(Version())}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	if s.db, err = openDatabase(ctx, cfg, log); err != nil {
		return nil, err
	}
	if err := s.wire(ctx, messengers); err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	s.serveOn()
	return s, nil
}

// listen takes the ports first: they tell most about what is wrong, and taking them changes nothing.
func (s *Server) listen(ctx context.Context) error {
	for _, l := range []struct{ key, address string }{
		{"appservice.listen", s.cfg.Appservice.Listen},
		{"gateway.listen", s.cfg.Gateway.Listen},
		{"metrics.listen", s.cfg.Metrics.Listen},
	} {
		if l.address == "" {
			continue
		}
		listener, err := listen(ctx, l.key, l.address)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, listener)
	}
	return nil
}

// wire makes the parts and ties their ports to each other.
func (s *Server) wire(ctx context.Context, messengers []bridges.Messenger) error {
	catalogue, err := textsOf(messengers)
	if err != nil {
		return err
	}
	settings, err := s.cfg.Settings()
	if err != nil {
		return err
	}
	engine := desk.New(desk.Options{
		NewID:     newID,
		Texts:     catalogue,
		Settings:  settings,
		Bot:       desk.UserID(s.cfg.BotID()),
		IsPuppet:  func(u desk.UserID) bool { return s.matrix.IsPuppet(u) },
		StaffLang: s.cfg.Sites[0].StaffLanguage,

		WithoutCalls: !s.cfg.Calls.Enabled,
	})
	s.journal = journal.New(journal.Options{
		DB: s.db, Engine: engine, Now: time.Now, Log: s.part("journal"), NewID: newID, Registerer: s.metrics,
	})
	spool := &spools{}
	if s.matrix, err = appservice.New(appserviceConfig(s.cfg), s.journal, spool, s.part("appservice")); err != nil {
		return err
	}
	s.gateway, err = widgetgw.New(gatewayConfig(s.cfg), s.journal, engine, s.matrix, catalogue, s.part("gateway"))
	if err != nil {
		return err
	}
	if err := s.openBridges(messengers, engine, catalogue); err != nil {
		return err
	}
	spool.gateway, spool.bridges = s.gateway.Spool(), s.bridges
	if err := s.wireCalls(ctx, engine); err != nil {
		return err
	}

	s.typing = newTypingRelay(s.part("typing"))
	s.typing.read = func(ctx context.Context, fn func(desk.Tx) error) error {
		return s.journal.Read(ctx, func(tx journal.Tx) error { return fn(tx) })
	}
	s.typing.toRoom = s.matrix.Typing
	s.typing.toVisit = func(c desk.ConversationID, name string, on bool) {
		s.gateway.StaffTyping(c, name, on)
		for _, b := range s.bridges {
			b.StaffTyping(c, name, on)
		}
	}
	s.matrix.OnTyping = s.typing.Staff
	s.gateway.OnTyping = s.typing.Visitor

	s.journal.Source("widget", s.gateway.Translate)
	for _, b := range s.bridges {
		s.journal.Source(b.source, b.Translate)
	}
	s.journal.OnChanged(func(changed, noted []desk.ConversationID) {
		s.gateway.Changed(changed, noted)
		for _, b := range s.bridges {
			b.Changed(changed, noted)
		}
		if s.calls != nil {
			s.calls.Changed(changed)
		}
	})

	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "frontdesk_gateway_connections",
		Help: "Visitors' sockets and polls now.",
	}, func() float64 { return float64(s.gateway.Connections()) }))
	return nil
}

func (s *Server) part(name string) zerolog.Logger { return s.log.With().Str("part", name).Logger() }

func newID() string { return ulid.Make().String() }

func appserviceConfig(c *config.Config) appservice.Config {
	out := appservice.Config{
		HomeserverURL: c.Homeserver.Address,
		Domain:        c.Homeserver.Domain,
		ID:            c.Appservice.ID,
		ASToken:       string(c.Appservice.ASToken),
		HSToken:       string(c.Appservice.HSToken),
		Bot:           desk.UserID(c.BotID()),
		BotName:       c.Appservice.BotName,
		PuppetPrefix:  c.Appservice.PuppetPrefix,
		Federate:      c.Appservice.Federate,
		RoomVersion:   c.Appservice.RoomVersion,

		RegistrationSecret: string(c.Homeserver.RegistrationSecret),
	}
	if c.DoublePuppet.Enabled {
		out.StaffToken = string(c.DoublePuppet.ASToken)
		out.Staff = func(u desk.UserID) bool { return c.IsStaffPuppet(string(u)) }
	}
	return out
}

func gatewayConfig(c *config.Config) widgetgw.Config {
	g, l := c.Gateway, c.Gateway.Limits
	return widgetgw.Config{
		PublicURL:    c.Gateway.PublicURL,
		Secret:       []byte(g.Secret),
		SpoolDir:     g.Spool.Dir,
		SpoolMax:     int64(g.Spool.Max),
		FileMax:      int64(g.Spool.FileMax),
		AllowedTypes: g.Spool.Types,
		SessionTTL:   time.Duration(g.SessionTTL),
		Limits: widgetgw.Limits{
			Connections:        l.Connections,
			NetworkConnections: l.NetworkConnections,
			NetworkUpgrades:    widgetgw.Rate{PerSecond: float64(l.NetworkUpgrades), Burst: 20 * float64(l.NetworkUpgrades)},
			NetworkStarts:      widgetgw.Rate{PerSecond: float64(l.NetworkVisitors) / 60, Burst: 2.5 * float64(l.NetworkVisitors)},
			SessionTabs:        l.SessionTabs,
			SessionUploads:     l.SessionUploads,
			Frames:             widgetgw.Rate{PerSecond: float64(l.Frames), Burst: 4 * float64(l.Frames)},
		},
		TrustedProxies: g.Proxies(),
	}
}

// serveOn puts the parts' handlers on the listeners, in the order they were taken.
func (s *Server) serveOn() {
	s.servers = append(s.servers, newHTTPServer("appservice", s.listeners[0], s.matrix.Handler(), s.log))
	s.servers = append(s.servers, newHTTPServer("gateway", s.listeners[1], s.public(), s.log))
	if len(s.listeners) > 2 {
		health := &telemetry.Health{Version: Version(), Links: s.links()}
		s.servers = append(s.servers, newHTTPServer("metrics", s.listeners[2], telemetry.Handler(s.metrics, health), s.log))
	}
}

// Gateway gives the address visitors are served on.
func (s *Server) Gateway() net.Addr { return s.listeners[1].Addr() }

// links are what /health looks at.
func (s *Server) links() []telemetry.Link {
	links := []telemetry.Link{
		{Name: "database", Required: true, Check: func(ctx context.Context) error {
			return s.db.Read(ctx, func(journal.Tx) error { return nil })
		}},
		{Name: "homeserver", Check: func(context.Context) error {
			if s.journal.Outage() || s.matrix.Away() {
				return errors.New("does not answer; messages wait for it")
			}
			return nil
		}},
		{Name: "dead letters", Check: func(ctx context.Context) error {
			dead, err := s.journal.DeadLetters(ctx, 1)
			if err == nil && len(dead) > 0 {
				return errors.New("something was given up; frontdesk check lists it")
			}
			return err
		}},
	}
	for _, b := range s.bridges {
		links = append(links, telemetry.Link{Name: b.source, Check: b.answers})
	}
	return links
}

// Run serves until ctx ends or a part fails, then ends gracefully: visitors are told to come back, transactions under way are
// answered, what is in flight to the homeserver is finished. It may be called once and closes the server.
func (s *Server) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var parts sync.WaitGroup
	failed := make(chan error, 8)
	run := func(name string, f func(context.Context) error) {
		parts.Go(func() {
			if err := f(work); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	run("journal", s.journal.Run)
	run("appservice", s.matrix.Run)
	run("gateway", s.gateway.Run)
	run("typing", s.typing.Run)
	var err error
	if _, err = s.journal.Decide(ctx, s.cfg.SitesConfigured()); err != nil {
		err = fmt.Errorf("set up sites: %w", err)
	} else {
		for _, b := range s.bridges {
			run(b.source, b.Run)
		}
		run("calls", s.runCalls)
		for _, server := range s.servers {
			run(server.name, func(context.Context) error { return server.serve() })
		}
		s.log.Info().Str("version", Version()).Stringer("gateway", s.Gateway()).Str("domain", s.cfg.Homeserver.Domain).Msg("Frontdesk runs")
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	s.log.Info().Msg("Frontdesk ends")
	err = errors.Join(err, s.shutdown())
	stop()
	parts.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	return errors.Join(err, s.close())
}

// shutdown ends what comes in from outside, within shutdownTime altogether. The journal still works, so that what clients wait for is
// answered.
func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	errs := make([]error, len(s.servers)+1)
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = s.gateway.Shutdown(ctx) })
	for i, server := range s.servers {
		wg.Go(func() { errs[i+1] = server.shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// close releases what NewServer took.
func (s *Server) close() error {
	var errs []error
	for _, l := range s.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, fmt.Errorf("close listener: %w", err))
		}
	}
	if s.calls != nil {
		if err := s.calls.Close(); err != nil {
			errs = append(errs, err)
		}
	}
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close database: %w", err))
		}
	}
	return errors.Join(errs...)
}

// openDatabase opens the store and says what to do when that fails.
func openDatabase(ctx context.Context, cfg *config.Config, log zerolog.Logger) (*store.DB, error) {
	db, err := store.Open(ctx, store.Config{
		Driver: cfg.Database.Type, DSN: string(cfg.Database.URI), Log: log.With().Str("part", "store").Logger(),
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, store.ErrInUse):
		return nil, exit(NoDatabase, fmt.Errorf("%w; stop that one first: only one may run for a database", err))
	}
	return nil, exit(NoDatabase, fmt.Errorf("%w (database.uri in the configuration)", err))
}

func runCommand(ctx context.Context, m *Main, args []string) error {
	fs := m.flags("run")
	path := configFlag(fs)
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, err := m.load(*path)
	if err != nil {
		return err
	}
	log, err := m.logger(cfg)
	if err != nil {
		return err
	}
	s, err := NewServer(ctx, cfg, m.messengers(), log)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

func (m *Main) logger(cfg *config.Config) (zerolog.Logger, error) {
	return telemetry.NewLogger(zerolog.SyncWriter(m.Stderr), cfg.Log.Level, cfg.Log.Format == config.LogPretty)
}

// migrateCommand opens the database once, which upgrades its schema.
func migrateCommand(ctx context.Context, m *Main, args []string) error {
	fs := m.flags("migrate")
	path := configFlag(fs)
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, err := m.load(*path)
	if err != nil {
		return err
	}
	log, err := m.logger(cfg)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	if _, err := io.WriteString(m.Stdout, "The database is at this program's version.\n"); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
