package appservice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"frontdesk/appservice"
	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
	"frontdesk/internal/texts"
	"frontdesk/store"
)

// patience bounds what should take seconds, on a busy machine too.
const patience = 4 * time.Minute

const (
	asToken    = "as-0123456789abcdef0123456789abcdef"
	hsToken    = "hs-0123456789abcdef0123456789abcdef"
	staffToken = "sa-0123456789abcdef0123456789abcdef"
	bot        = desk.UserID("@frontdesk:" + devstack.Domain)
)

// homeserver is shared by the tests of the package, which run one after another; each has rooms and people of its own.
var homeserver struct {
	once    sync.Once
	err     error
	synapse *devstack.Synapse
	dir     string
	port    int // where the registration says we listen
}

func TestMain(m *testing.M) {
	code := m.Run()
	if homeserver.synapse != nil {
		if err := homeserver.synapse.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if homeserver.dir != "" {
		_ = os.RemoveAll(homeserver.dir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func synapse(t *testing.T) *devstack.Synapse {
	t.Helper()
	homeserver.once.Do(func() { homeserver.err = startHomeserver() })
	if homeserver.err != nil {
		t.Fatalf("start Synapse: %v", homeserver.err)
	}
	if !homeserver.synapse.Running() {
		if err := homeserver.synapse.Start(t.Context()); err != nil {
			t.Fatalf("start Synapse again: %v", err)
		}
	}
	return homeserver.synapse
}

func startHomeserver() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // the first time it is installed
	defer cancel()
	var err error
	if homeserver.dir, err = os.MkdirTemp("", "frontdesk-appservice-"); err != nil {
		return err
	}
	if homeserver.port, err = devstack.FreePort(); err != nil {
		return err
	}
	registration := filepath.Join(homeserver.dir, "registration.yaml")
	staff := filepath.Join(homeserver.dir, "registration-staff.yaml")
	url := fmt.Sprintf("http://127.0.0.1:%d", homeserver.port)
	files := map[string]string{registration: mainRegistration(url), staff: staffRegistration(`'@(op|sup)_.*:localhost$'`)}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	homeserver.synapse, err = devstack.StartSynapse(ctx, devstack.SynapseOptions{
		Registrations: []string{registration, staff}, Unlimited: true,
		Extra: map[string]any{"experimental_features": map[string]any{"msc4354_enabled": true}}, // sticky events
	})
	return err
}

func mainRegistration(url string) string {
	return fmt.Sprintf(`id: frontdesk
url: %s
as_token: %s
hs_token: %s
sender_localpart: sender0
rate_limited: false
namespaces:
  users:
    - {exclusive: true, regex: '@frontdesk:localhost$'}
    - {exclusive: true, regex: '@desk_c_[0-9a-z]+:localhost$'}
  aliases: []
  rooms: []
receive_ephemeral: true
de.sorunome.msc2409.push_ephemeral: true
io.element.msc4190: true
`, url, asToken, hsToken)
}

func staffRegistration(regex string) string {
	return fmt.Sprintf(`id: frontdesk-staff
url: null
as_token: %s
hs_token: unused-0123456789
sender_localpart: sender1
rate_limited: false
namespaces:
  users:
    - {exclusive: false, regex: %s}
  aliases: []
  rooms: []
`, staffToken, regex)
}

// people are the accounts of one test.
var people atomic.Int64

// office is a Frontdesk with one site and one queue, without channels, on a database of its own.
type office struct {
	t       *testing.T
	synapse *devstack.Synapse
	config  appservice.Config
	file    string // database
	spool   *spool

	db      *store.DB
	engine  *desk.Engine
	journal *journal.Journal
	service *appservice.Service

	operators []*devstack.Operator
	stop      func()

	typed chan string // what OnTyping was told
}

type officeOptions struct {
	operators   int
	double      bool
	inviteLimit int
	admin       bool // the first operator is an admin of the desk
	roomVersion string
	spaceLimit  int
	older       bool // a version of the program that let nobody rename a ticket's room
	// log, if set, gets all that is logged, down to the least.
	log io.Writer
	// between stands between homeserver and service, for faults.
	between func(http.Handler) http.Handler
	// asked hears of every request to the homeserver and the status it was answered with.
	asked func(r *http.Request, status int)
}

const (
	siteID  desk.SiteID  = "shop"
	queueID desk.QueueID = "help"
)

// open starts an office whose people have logged in and whose rooms exist.
func open(t *testing.T, o officeOptions) *office {
	t.Helper()
	f := &office{
		t: t, synapse: synapse(t), file: filepath.Join(t.TempDir(), "frontdesk.db"), spool: &spool{dir: t.TempDir()},
		typed: make(chan string, 100),
	}
	f.config = appservice.Config{
		HomeserverURL: f.synapse.URL, Domain: devstack.Domain, ID: "frontdesk", ASToken: asToken, HSToken: hsToken,
		Bot: bot, BotName: "Frontdesk", RoomVersion: o.roomVersion,
	}
	if o.asked != nil {
		f.config.HomeserverURL = listening(t, f.synapse.URL, o.asked)
	}
	if o.double {
		f.config.StaffToken = staffToken
		f.config.Staff = func(u desk.UserID) bool { return strings.HasPrefix(string(u), "@op_") }
	}
	for range max(o.operators, 1) {
		f.operators = append(f.operators, f.person("op"))
	}
	f.start(o)
	t.Cleanup(func() { f.stop() })
	f.configure(o)
	return f
}

// person makes an account and logs it in.
func (f *office) person(role string) *devstack.Operator {
	f.t.Helper()
	name := fmt.Sprintf("%s_%d", role, people.Add(1))
	if err := f.synapse.RegisterUser(f.t.Context(), name, "secret "+name, role == "admin"); err != nil {
		f.t.Fatal(err)
	}
	p, err := devstack.Login(f.t.Context(), f.synapse.URL, name, "secret "+name)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(p.Close)
	return p
}

// start runs the office on its database, which may be that of an earlier run.
func (f *office) start(o officeOptions) {
	f.t.Helper()
	log := zerolog.New(zerolog.NewTestWriter(f.t)).Level(zerolog.WarnLevel)
	if o.log != nil {
		log = zerolog.New(o.log).Level(zerolog.TraceLevel)
	}
	var err error
	if f.db, err = store.Open(f.t.Context(), store.Config{Driver: "sqlite", DSN: f.file, Log: zerolog.Nop()}); err != nil {
		f.t.Fatal(err)
	}
	catalogue, err := texts.Load()
	if err != nil {
		f.t.Fatal(err)
	}
	newID := func() string { return ulid.Make().String() }
	f.engine = desk.New(desk.Options{
		NewID: newID, Texts: catalogue, Bot: bot, IsPuppet: func(u desk.UserID) bool { return f.service.IsPuppet(u) }, SpaceLimit: o.spaceLimit,
	})
	f.journal = journal.New(journal.Options{DB: f.db, Engine: f.engine, Log: log, NewID: newID})
	if f.service, err = appservice.New(f.config, f.journal, f.spool, log); err != nil {
		f.t.Fatal(err)
	}
	if o.older {
		f.service.WithoutOwnLevels()
	}
	f.service.OnTyping = func(room desk.RoomKey, user desk.UserID, on bool) {
		f.typed <- fmt.Sprintf("%s %s %t", room, user, on)
	}
	handler := f.service.Handler()
	if o.between != nil {
		handler = o.between(handler)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", homeserver.port))
	if err != nil {
		f.t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			f.t.Error(err)
		}
	})
	work.Go(func() {
		if err := f.journal.Run(ctx); err != nil {
			f.t.Error(err)
		}
	})
	work.Go(func() {
		if err := f.service.Run(ctx); err != nil {
			f.t.Error(err)
		}
	})
	f.stop = sync.OnceFunc(func() {
		_ = server.Close()
		cancel()
		work.Wait()
		if err := f.db.Close(); err != nil {
			f.t.Error(err)
		}
	})
}

// configure tells the desk of its site, queue and people, and lets the operators come into their rooms.
func (f *office) configure(o officeOptions) {
	f.t.Helper()
	if o.inviteLimit == 0 {
		o.inviteLimit = 5
	}
	queue := desk.Queue{ID: queueID, Site: siteID, Name: "Help", Visible: true, InviteLimit: o.inviteLimit}
	var staff []desk.Operator
	var rights []desk.Assignment
	for i, p := range f.operators {
		id := desk.UserID(p.ID)
		queue.Operators = append(queue.Operators, id)
		staff = append(staff, desk.Operator{ID: id, PublicName: fmt.Sprintf("Operator %d", i+1)})
		if o.admin && i == 0 {
			rights = append(rights, desk.Assignment{Operator: id, Template: desk.TemplateAdmin, Scope: desk.ScopeAll})
		}
	}
	site := desk.Site{
		ID: siteID, Key: "shop", Name: "Shop", Languages: []string{"en"}, StaffLang: "en", History: desk.HistoryShared, DefaultQueue: queueID,
	}
	f.decide(desk.SitesConfigured{Sites: []desk.Site{site}, Queues: []desk.Queue{queue}, Staff: staff, Rights: rights})
	rooms := []desk.RoomKey{desk.SiteRoom(siteID), desk.QueueRoom(queueID), desk.LobbyRoom(queueID)}
	for _, p := range f.operators {
		for _, key := range append(rooms, desk.DeskRoom(desk.UserID(p.ID))) {
			f.join(p, f.room(key).ID)
		}
	}
}

func (f *office) decide(in desk.Input) desk.Decision {
	f.t.Helper()
	d, err := f.journal.Decide(f.t.Context(), in)
	if err != nil {
		f.t.Fatalf("decide %T: %v", in, err)
	}
	return d
}

// spool keeps files in a directory.
type spool struct{ dir string }

func (s *spool) Open(_ context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	f, err := os.Open(filepath.Join(s.dir, string(id)))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func (s *spool) Remove(id desk.FileID) error { return os.Remove(filepath.Join(s.dir, string(id))) }

func (s *spool) put(t *testing.T, id string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, id), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
