package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"frontdesk/internal/config"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
	"frontdesk/widgetgw/widgettest"
)

// stage is everything that takes part in a run: Synapse and Frontdesk as processes, operators with their clients, and customers, who are
// visitors behind proxies of their own or write in Telegram, with weather between Frontdesk and its two sides.
type stage struct {
	dir     string
	stack   *devstack.Stack
	config  *config.Config
	gateway widgettest.Options // straight to the gateway, for a fresh look at the end

	operators []*operator
	customers []customer
	visitors  []*visitor // the customers, if they are such
	telegram  *messenger // nil if they are visitors
	gate      *gate      // before Synapse; nil if customers are visitors
}

// customer is somebody outside.
type customer interface {
	// say says a line, and returns when the next may be said.
	say(ctx context.Context, l line) error
	// acknowledged waits until everything said was taken.
	acknowledged(ctx context.Context) error
	// read gives what the customer is shown, afresh.
	read(ctx context.Context) (view, error)
	close() error
}

func openStage(ctx context.Context, o options, log zerolog.Logger) (*stage, error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("frontdesk-chaos-%d-", o.Seed))
	if err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	s := &stage{dir: dir}
	options := devstack.StackOptions{
		Dir: dir, Operators: o.Operators, DoublePuppet: true,
		Progress: func(words string) { log.Info().Str("step", words).Msg("Preparing") },
	}
	if o.Channel == byTelegram {
		if err := s.openTelegram(&options); err != nil {
			return nil, errors.Join(err, s.close(), os.RemoveAll(dir))
		}
	}
	if s.stack, err = devstack.Up(ctx, options); err != nil {
		return nil, errors.Join(err, s.close(), os.RemoveAll(dir))
	}
	if s.config, err = program.LoadConfig(s.stack.Frontdesk.Config); err != nil {
		return nil, errors.Join(err, s.close(), os.RemoveAll(dir))
	}
	s.gateway = widgettest.Options{URL: s.stack.Frontdesk.GatewayURL, Site: devstack.SiteKey, Origin: s.stack.Frontdesk.GatewayURL, Lang: "en"}
	return s, nil
}

// people logs the operators in and lets the customers come, one for each conversation.
func (s *stage) people(ctx context.Context, script script, l *ledger) error {
	var err error
	if s.operators, err = s.logins(ctx); err != nil {
		return err
	}
	if s.telegram != nil {
		s.telegram.enter(script, l)
		for _, w := range s.telegram.writers {
			s.customers = append(s.customers, w)
		}
		return nil
	}
	u, err := url.Parse(s.stack.Frontdesk.GatewayURL)
	if err != nil {
		return fmt.Errorf("read the gateway's address: %w", err)
	}
	for range script.Conversations {
		v, err := newVisitor(s.gateway, u.Host, l)
		if err != nil {
			return err
		}
		s.visitors, s.customers = append(s.visitors, v), append(s.customers, v)
	}
	return nil
}

// logins logs every operator in with a client that knows nothing yet.
func (s *stage) logins(ctx context.Context) ([]*operator, error) {
	var list []*operator
	for _, a := range s.stack.Operators {
		client, err := s.stack.Login(ctx, a)
		if err != nil {
			closeAll(list)
			return nil, err
		}
		list = append(list, &operator{Operator: client, bot: id.UserID(s.config.BotID()), puppets: "@" + s.config.Appservice.PuppetPrefix})
	}
	return list, nil
}

func closeAll(operators []*operator) {
	for _, o := range operators {
		o.Close()
	}
}

// database is Frontdesk's.
func (s *stage) database() string {
	path := string(s.config.Database.URI)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.stack.Frontdesk.Dir, path)
	}
	return path
}

// close ends everything. The data directory stays.
func (s *stage) close() error {
	var errs []error
	for _, c := range s.customers {
		errs = append(errs, c.close())
	}
	closeAll(s.operators)
	if s.stack != nil {
		errs = append(errs, s.stack.Close())
	}
	if s.telegram != nil {
		errs = append(errs, s.telegram.close())
	}
	if s.gate != nil {
		errs = append(errs, s.gate.close())
	}
	return errors.Join(errs...)
}

func (s *stage) killFrontdesk(context.Context) error      { return s.stack.Frontdesk.Kill() }
func (s *stage) startFrontdesk(ctx context.Context) error { return s.stack.Frontdesk.Start(ctx) }
func (s *stage) killSynapse(context.Context) error        { return s.stack.Synapse.Kill() }
func (s *stage) startSynapse(ctx context.Context) error   { return s.stack.Synapse.Start(ctx) }
func (s *stage) stopSynapse(context.Context) error        { return s.stack.Synapse.Pause() }

func (s *stage) resumeSynapse(ctx context.Context) error {
	if err := s.stack.Synapse.Resume(); err != nil {
		return err
	}
	return s.stack.Synapse.WaitReady(ctx)
}

func (s *stage) cut(ctx context.Context, visitor int) int {
	s.connected(ctx, visitor)
	return s.visitors[visitor].proxy.CutAll()
}

func (s *stage) oneWay(ctx context.Context, visitor int) int {
	s.connected(ctx, visitor)
	conns := s.visitors[visitor].proxy.Conns()
	for _, c := range conns {
		c.OneWay()
	}
	return len(conns)
}

// connected waits until a visitor is connected, but not for long.
func (s *stage) connected(ctx context.Context, visitor int) {
	ctx, cancel := context.WithTimeout(ctx, busyPatience)
	defer cancel()
	_ = s.visitors[visitor].client.Until(ctx, widgettest.View.Live) // the caller counts what there is
}

func (s *stage) weather(kind faultKind) error {
	switch kind {
	case synapseLimits, synapseErrs, synapseCuts:
		s.gate.set(kind)
	default:
		s.telegram.weather(kind)
	}
	return nil
}

func (s *stage) calm(kind faultKind) error {
	switch kind {
	case synapseLimits, synapseErrs, synapseCuts:
		s.gate.set("")
	default:
		s.telegram.calm()
	}
	return nil
}
