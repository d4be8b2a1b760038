package devstack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
)

// StackOptions say what a whole stack is to be made of. The zero value is a throw-away one with two operators and no double puppeting,
// on SQLite.
type StackOptions struct {
	Dir          string // keeps everything; "" for temporary directories, removed by Close
	Operators    int    // how many; 0 for two
	DoublePuppet bool
	Postgres     bool // Synapse and Frontdesk on PostgreSQL, in a throw-away cluster
	Unlimited    bool // no rate limits for anybody
	Calls        bool // LiveKit and its token service too, and Frontdesk's calls switched on
	Origins      []string

	SynapsePort, GatewayPort, AppservicePort, MetricsPort int // 0 for free ones
	LiveKitPort, LiveKitMediaPort, TokenPort, MediaPort   int // of calls, the same

	Settings map[string]any // further settings of Frontdesk by their dotted paths
	Synapse  map[string]any // further top-level keys of homeserver.yaml
	Progress Progress
}

// Account is somebody who can log in.
type Account struct {
	Name     string // localpart
	ID       string // @name:localhost
	Password string
}

// Stack is Synapse and Frontdesk, running, with accounts. Close it.
type Stack struct {
	Synapse   *Synapse
	Frontdesk *Frontdesk
	Postgres  *Postgres     // nil unless asked for
	LiveKit   *LiveKit      // the same
	Tokens    *TokenService // the same
	Admin     Account       // of the homeserver and of the desk; never double puppeted
	Operators []Account
}

var operatorNames = []string{"anna", "boris", "clara", "dmitri", "elena", "felix", "galina", "hugo"}

// OperatorName gives the localpart of the i-th operator.
func OperatorName(i int) string {
	if i < len(operatorNames) {
		return operatorNames[i]
	}
	return fmt.Sprintf("operator%d", i+1)
}

// NewAccount gives the account that a name has here, with the password everybody knows.
func NewAccount(name, domain string) Account {
	return Account{Name: name, ID: "@" + name + ":" + domain, Password: name + "-frontdesk"}
}

// Up starts a whole stack and returns when every link of it is well.
func Up(ctx context.Context, o StackOptions) (*Stack, error) {
	if o.Operators == 0 {
		o.Operators = 2
	}
	s := &Stack{Admin: NewAccount("admin", Domain)}
	for i := range o.Operators {
		s.Operators = append(s.Operators, NewAccount(OperatorName(i), Domain))
	}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o StackOptions) error {
	if _, err := EnsureSynapse(ctx, o.Progress); err != nil {
		return err
	}
	port, err := orFreePort(o.SynapsePort, "Synapse")
	if err != nil {
		return err
	}
	synapseDB, frontdeskDB, err := s.databases(ctx, o.Postgres)
	if err != nil {
		return err
	}
	homeserver := fmt.Sprintf("http://127.0.0.1:%d", port)
	settings, err := s.calls(ctx, o, homeserver)
	if err != nil {
		return err
	}
	s.Frontdesk, err = NewFrontdesk(ctx, FrontdeskOptions{
		Dir: subdirectory(o.Dir, "frontdesk"), Homeserver: homeserver,
		Operators: names(s.Operators), Admins: []string{s.Admin.Name}, DoublePuppet: o.DoublePuppet, Origins: o.Origins,
		GatewayPort: o.GatewayPort, AppservicePort: o.AppservicePort, MetricsPort: o.MetricsPort,
		Postgres: frontdeskDB, Settings: settings, Progress: o.Progress,
	})
	if err != nil {
		return err
	}
	o.Progress.Say("starting Synapse")
	s.Synapse, err = StartSynapse(ctx, SynapseOptions{
		Dir: subdirectory(o.Dir, "synapse"), Port: port, Registrations: s.Frontdesk.Registrations,
		Postgres: synapseDB, Unlimited: o.Unlimited, TokenService: s.tokenService(), Extra: o.Synapse, Progress: o.Progress,
	})
	if err != nil {
		return err
	}
	if err := s.register(ctx); err != nil {
		return err
	}
	o.Progress.Say("starting frontdesk")
	if err := s.Frontdesk.Start(ctx); err != nil {
		return err
	}
	return s.Frontdesk.WaitWell(ctx)
}

// calls starts what calls need, if there are to be any, and gives Frontdesk's settings.
func (s *Stack) calls(ctx context.Context, o StackOptions, homeserver string) (settings map[string]any, err error) {
	settings = map[string]any{"calls.enabled": false} // the directory may be of a stack that had some
	if !o.Calls {
		maps.Copy(settings, o.Settings)
		return settings, nil
	}
	if _, err = EnsureLiveKit(ctx, o.Progress); err != nil {
		return nil, err
	}
	o.Progress.Say("starting LiveKit")
	s.LiveKit, err = StartLiveKit(ctx, LiveKitOptions{
		Dir: subdirectory(o.Dir, "livekit"), Port: o.LiveKitPort, MediaPort: o.LiveKitMediaPort, Progress: o.Progress,
	})
	if err != nil {
		return nil, err
	}
	s.Tokens, err = StartTokenService(TokenServiceOptions{Port: o.TokenPort, Homeserver: homeserver, LiveKit: s.LiveKit})
	if err != nil {
		return nil, err
	}
	settings, err = CallSettings(o.MediaPort)
	maps.Copy(settings, o.Settings)
	return settings, err
}

// CallSettings are Frontdesk's with which it makes calls on this machine. Visitors' media come in at the port; 0 for a free one.
func CallSettings(mediaPort int) (map[string]any, error) {
	port, err := orFreeMediaPort(mediaPort, "visitors' media")
	media := fmt.Sprintf("127.0.0.1:%d", port)
	return map[string]any{"calls.enabled": true, "calls.udp": media, "calls.tcp": media}, err
}

func (s *Stack) tokenService() string {
	if s.Tokens == nil {
		return ""
	}
	return s.Tokens.URL
}

func (s *Stack) databases(ctx context.Context, wanted bool) (synapse, frontdesk string, err error) {
	if !wanted {
		return "", "", nil
	}
	if s.Postgres, err = StartPostgres(ctx, PostgresOptions{}); err != nil {
		return "", "", err
	}
	if synapse, err = s.Postgres.CreateDatabase(ctx); err != nil {
		return "", "", err
	}
	frontdesk, err = s.Postgres.CreateDatabase(ctx)
	return synapse, frontdesk, err
}

func (s *Stack) register(ctx context.Context) error {
	for _, a := range append([]Account{s.Admin}, s.Operators...) {
		err := s.Synapse.RegisterUser(ctx, a.Name, a.Password, a == s.Admin)
		if err != nil && !errors.Is(err, ErrUserExists) {
			return err
		}
	}
	return nil
}

// Login logs an account in with a client of its own.
func (s *Stack) Login(ctx context.Context, a Account) (*Operator, error) {
	return Login(ctx, s.Synapse.URL, a.Name, a.Password)
}

// Stop ends everything tidily, so that the same directory can be used again.
func (s *Stack) Stop(ctx context.Context) error {
	var errs []error
	if s.Frontdesk != nil {
		errs = append(errs, s.Frontdesk.Stop(ctx))
	}
	if s.Synapse != nil {
		errs = append(errs, s.Synapse.Stop(ctx))
	}
	if s.Tokens != nil {
		errs = append(errs, s.Tokens.Stop())
	}
	if s.LiveKit != nil {
		errs = append(errs, s.LiveKit.Stop(ctx))
	}
	return errors.Join(errs...)
}

// Close kills what still runs and removes temporary directories.
func (s *Stack) Close() error {
	var errs []error
	if s.Frontdesk != nil {
		errs = append(errs, s.Frontdesk.Close())
	}
	if s.Synapse != nil {
		errs = append(errs, s.Synapse.Close())
	}
	if s.Tokens != nil {
		errs = append(errs, s.Tokens.Close())
	}
	if s.LiveKit != nil {
		errs = append(errs, s.LiveKit.Close())
	}
	if s.Postgres != nil {
		errs = append(errs, s.Postgres.Close())
	}
	return errors.Join(errs...)
}

func names(accounts []Account) []string {
	all := make([]string, len(accounts))
	for i, a := range accounts {
		all[i] = a.Name
	}
	return all
}

// subdirectory keeps "" as "", a temporary directory each.
func subdirectory(dir, name string) string {
	if strings.TrimSpace(dir) == "" {
		return ""
	}
	return filepath.Join(dir, name)
}
