package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/config"
	"frontdesk/internal/journal"
	"frontdesk/internal/telemetry"
	"frontdesk/store"
)

// finding is what check says of one link of the chain.
type finding struct {
	link    string
	problem string // empty: well
	cure    string
	detail  string // of a link that is well, may be empty
}

func (f finding) String() string {
	if f.problem != "" {
		return fmt.Sprintf("WRONG  %s: %s\n       -> %s", f.link, f.problem, f.cure)
	}
	if f.detail != "" {
		return fmt.Sprintf("well   %s: %s", f.link, f.detail)
	}
	return "well   " + f.link
}

// checker walks the chain. It works beside a running frontdesk and without one, and changes nothing but a test file in the media
// repository.
type checker struct {
	cfg        *config.Config
	messengers []bridges.Messenger
	out        io.Writer
	wrong      int
	wrote      error
	reader     *store.Reader // nil if there is no database to read
	runs       bool          // frontdesk does
}

func (c *checker) say(findings ...finding) {
	for _, f := range findings {
		if f.problem != "" {
			c.wrong++
		}
		if _, err := fmt.Fprintln(c.out, f); err != nil && c.wrote == nil {
			c.wrote = fmt.Errorf("print findings: %w", err)
		}
	}
}

// checkTime bounds the whole walk.
const checkTime = 2 * time.Minute

func checkCommand(ctx context.Context, m *Main, args []string) error {
	fs := m.flags("check")
	path := configFlag(fs)
	quick := fs.Bool("quick", false, "only ask the running frontdesk how it is, for health checks")
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, err := m.load(*path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c := &checker{cfg: cfg, messengers: m.messengers(), out: m.Stdout}
	if *quick {
		c.quick(ctx)
	} else {
		c.say(finding{link: "configuration", detail: *path})
		c.walk(ctx)
	}
	switch {
	case c.wrote != nil:
		return c.wrote
	case c.wrong == 1:
		return exit(CheckFailed, errors.New("one link is not well"))
	case c.wrong > 1:
		return exit(CheckFailed, fmt.Errorf("%d links are not well", c.wrong))
	}
	return nil
}

// quick asks the running program by its health page. Only a required link that fails is a failure: with the homeserver away frontdesk
// does its work, and restarting it would help nobody.
func (c *checker) quick(ctx context.Context) {
	const link = "frontdesk"
	if c.cfg.Metrics.Listen == "" {
		c.say(finding{link: link, problem: "has no health page", cure: "set metrics.listen in the configuration"})
		return
	}
	r, err := askHealth(ctx, c.cfg.Metrics.Listen)
	if err != nil {
		c.say(finding{link: link, problem: "does not answer: " + err.Error(), cure: "start it with frontdesk run, and read its log"})
		return
	}
	for _, l := range r.Links {
		f := finding{link: l.Name}
		switch {
		case l.OK:
		case r.State == telemetry.Down:
			f.problem, f.cure = l.Error, "frontdesk check says more"
		default:
			f.detail = l.Error + " (not needed to work on)"
		}
		c.say(f)
	}
}

func askHealth(ctx context.Context, address string) (*telemetry.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+"/health", nil)
	if err != nil {
		return nil, fmt.Errorf("ask for health: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for health: %w", err)
	}
	defer resp.Body.Close()
	var r telemetry.Report
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&r); err != nil {
		return nil, fmt.Errorf("ask for health: something else answers at %s", address)
	}
	return &r, nil
}

// reachable turns an address to listen on into one to connect to.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// walk looks at every link, from the inside to the outside. A link that is wrong does not hide the ones behind it, as far as they can be
// looked at.
func (c *checker) walk(ctx context.Context) {
	c.database(ctx)
	if c.reader != nil {
		defer func() {
			if err := c.reader.Close(); err != nil {
				c.say(finding{link: "database", problem: err.Error(), cure: "look at the disk"})
			}
		}()
	}
	c.say(checkSpool(c.cfg.Gateway.Spool))
	c.staff()
	end := c.program(ctx)
	service := c.matrix(ctx)
	end()
	c.calls(ctx, service)
	c.bridges(ctx)
	c.deadLetters(ctx)
}

func (c *checker) database(ctx context.Context) {
	const link = "database"
	reader, err := store.OpenReader(ctx, store.Config{
		Driver: c.cfg.Database.Type, DSN: string(c.cfg.Database.URI), Log: zerolog.Nop(),
	})
	switch {
	case err == nil:
		c.reader = reader
		c.say(finding{link: link, detail: c.cfg.Database.Type + ", of this program's version"})
	case errors.Is(err, store.ErrNotMade):
		c.say(finding{link: link, detail: c.cfg.Database.Type + ", to be set up by the first frontdesk run"})
	case errors.Is(err, store.ErrOtherVersion):
		c.say(finding{link: link, problem: err.Error(), cure: "frontdesk migrate brings an older one up to date; for a newer one install the release that made it"})
	default:
		c.say(finding{link: link, problem: err.Error(), cure: "start the database, or correct database.uri"})
	}
}

// staff looks for what makes a desk useless without being wrong.
func (c *checker) staff() {
	const link = "staff"
	for _, s := range c.cfg.Sites {
		for _, q := range s.Queues {
			if len(q.Operators) == 0 {
				c.say(finding{link: link, problem: "queue " + q.ID + " has no operators, nobody can accept its tickets",
					cure: "list some under sites … queues … operators"})
				return
			}
		}
	}
	if len(c.cfg.Admins) == 0 {
		c.say(finding{link: link, problem: "there are no administrators to tell what goes wrong", cure: "list some under admins"})
		return
	}
	c.say(finding{link: link, detail: fmt.Sprintf("%d operators, %d administrators", len(c.cfg.Operators), len(c.cfg.Admins))})
}

// matrix lets the Matrix side look at the homeserver, and gives it if the homeserver can be asked more.
func (c *checker) matrix(ctx context.Context) *appservice.Service {
	service, err := appservice.New(appserviceConfig(c.cfg), nil, nil, zerolog.Nop())
	if err != nil {
		c.say(finding{link: "homeserver", problem: err.Error(), cure: "correct the configuration"})
		return nil
	}
	var staff []desk.UserID
	for _, o := range c.cfg.SitesConfigured().Staff {
		staff = append(staff, o.ID)
	}
	bot := false
	for _, f := range service.Check(ctx, appservice.CheckOptions{Staff: staff}) {
		c.say(finding{link: f.Name, problem: f.Problem, cure: f.Cure, detail: f.Detail})
		bot = bot || f.Name == "bot" && f.OK
	}
	if !bot {
		return nil
	}
	return service
}

// bridges lets each messenger look how it is reached.
func (c *checker) bridges(ctx context.Context) {
	var read bridges.Reader
	if c.reader != nil {
		read = c.reader.Read
	}
	for _, m := range c.messengers {
		m.Check(ctx, settingsOf(c.cfg, m), read, func(f bridges.Finding) {
			c.say(finding{link: f.Link, problem: f.Problem, cure: f.Cure, detail: f.Detail})
		})
	}
}

// maxDeadLetters is how many dead letters are listed.
const maxDeadLetters = 20

func (c *checker) deadLetters(ctx context.Context) {
	const link = "dead letters"
	if c.reader == nil {
		return
	}
	var letters []journal.DeadLetter
	err := c.reader.Read(ctx, func(tx journal.Tx) (err error) {
		letters, err = tx.DeadLetters(maxDeadLetters)
		return err
	})
	switch {
	case err != nil:
		c.say(finding{link: link, problem: err.Error(), cure: "look at the database"})
	case len(letters) == 0:
		c.say(finding{link: link, detail: "none"})
	}
	for _, l := range letters {
		c.say(finding{
			link: link,
			problem: fmt.Sprintf("%s %s (%s, lane %s) was given up at %s after %d attempts: %s",
				l.Of, l.ID, l.Kind, l.Lane, l.At.UTC().Format(time.RFC3339), l.Attempts, l.Error),
			cure: "mend the cause, then say !retry in the administrators' room of the running desk (!dead lists them there)",
		})
	}
}
