package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/internal/config"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

// crowd is a queue with so many operators, each with a client that syncs all the time and reloads the queue's space when it changes, and so
// many waiting tickets, on servers of its own behind a counting proxy.
type crowd struct {
	note     func(format string, args ...any)
	dir      string
	stack    *devstack.Stack
	config   *config.Config
	counter  *counter
	synapse  *database
	desk     *database
	clients  []*client
	gateway  gateway
	visitors []*chat
	reloads  atomic.Int64 // of the queue's space, asked for or going on
	stop     context.CancelFunc
	reading  sync.WaitGroup
}

// client is an operator's.
type client struct {
	reader
	id     string
	shown  *arrivals // "<space> <room>": a space shows a room; "-<space> <room>": no more
	queue  string    // the queue's space
	reload chan struct{}
	due    *atomic.Int64 // of all clients: reloads that are asked for or go on
}

const crowdTime = 15 * time.Minute

func openCrowd(ctx context.Context, size crowdSize, note func(string, ...any)) (_ *crowd, err error) {
	w := &crowd{note: note}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := w.startServers(ctx, size); err != nil {
		return nil, err
	}
	// The tickets come before most clients: telling forty of each would take most of the time, and is not what is measured.
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	if err := w.logIn(ctx, reading, w.stack.Operators[:1]); err != nil {
		return nil, err
	}
	note("%d tickets come", size.waiting)
	for i := range size.waiting {
		if _, err := w.visit(ctx, fmt.Sprintf("first-wait-%04d", i)); err != nil {
			return nil, err
		}
	}
	note("%d operators come", size.operators)
	if err := w.logIn(ctx, reading, w.stack.Operators[1:]); err != nil {
		return nil, err
	}
	return w, w.settle(ctx)
}

// settle waits until nothing is left to do, neither for Frontdesk nor for the clients: what one step leaves them to reload is no part of the next.
func (w *crowd) settle(ctx context.Context) error {
	for {
		if err := w.counter.quiet(ctx, quietTime); err != nil {
			return err
		}
		if w.reloads.Load() == 0 {
			return nil
		}
		pause(ctx, quietTime/10)
	}
}

func (w *crowd) startServers(ctx context.Context, size crowdSize) error {
	port, err := devstack.FreePort()
	if err != nil {
		return err
	}
	if w.counter, err = openCounter(fmt.Sprintf("http://127.0.0.1:%d", port)); err != nil {
		return err
	}
	if w.dir, err = os.MkdirTemp("", "frontdesk-bench-"); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	page := "http://127.0.0.1:1"
	w.stack, err = devstack.Up(ctx, devstack.StackOptions{
		Dir: w.dir, Operators: size.operators, DoublePuppet: true, Unlimited: true, Origins: []string{page}, SynapsePort: port,
		Settings: map[string]any{
			"homeserver.address":              w.counter.URL,
			"log.level":                       "warn",
			"gateway.limits.network_visitors": 1_000_000,
			"sites.0.queues.0.invite_limit":   0, // no invites: what is measured is the card
			"sites.0.queues.0.remind_after":   "0s",
			"gateway.limits.network_upgrades": 100_000,
		},
		Progress: func(words string) { w.note("%s", words) },
	})
	if err != nil {
		return err
	}
	if w.config, err = program.LoadConfig(w.stack.Frontdesk.Config); err != nil {
		return err
	}
	w.counter.recognise(string(w.config.Appservice.ASToken), string(w.config.DoublePuppet.ASToken))
	w.gateway = gateway{URL: w.stack.Frontdesk.GatewayURL, Site: devstack.SiteKey, Origin: page}
	if w.synapse, err = openDatabase(filepath.Join(w.dir, "synapse", "homeserver.db")); err != nil {
		return err
	}
	w.desk, err = openDatabase(filepath.Join(w.dir, "frontdesk", "frontdesk.db"))
	return err
}

// logIn starts the clients of operators and returns when each has read what is there. They sync until reading ends.
func (w *crowd) logIn(ctx, reading context.Context, operators []devstack.Account) error {
	home := newHomeserver(w.counter.URL)
	queue, err := w.room(ctx, "queue:"+string(w.config.Sites[0].Queues[0].ID))
	if err != nil {
		return err
	}
	began := len(w.clients)
	for _, o := range operators {
		var login struct {
			Token string `json:"access_token"`
		}
		err := home.call(ctx, http.MethodPost, "/_matrix/client/v3/login", nil, "", map[string]any{
			"type": "m.login.password", "identifier": map[string]string{"type": "m.id.user", "user": o.Name}, "password": o.Password,
		}, &login)
		if err != nil {
			return err
		}
		c := &client{id: o.ID, shown: newArrivals(), queue: queue, reload: make(chan struct{}, 1), due: &w.reloads}
		c.reader = reader{person: person{home: home, token: login.Token}, texts: newArrivals(), onEvent: c.onEvent, synced: make(chan struct{})}
		w.clients = append(w.clients, c)
	}
	for _, c := range w.clients[began:] {
		w.reading.Go(func() {
			if err := c.run(reading); err != nil {
				w.note("a client ended: %v", err)
			}
		})
		w.reading.Go(func() { c.reloadSpace(reading) })
	}
	for _, c := range w.clients[began:] {
		select {
		case <-c.synced:
		case <-ctx.Done():
			return fmt.Errorf("wait for the client of %s: %w", c.id, ctx.Err())
		}
	}
	return nil
}

func (c *client) onEvent(room string, e event, at time.Time) {
	switch e.Type {
	case "m.room.message":
		if words := firstWords.FindString(e.body()); words != "" && !strings.HasPrefix(e.Sender, "@desk_c_") {
			c.texts.arrived("card "+words+" "+e.ID, at)
			c.shown.arrived("card "+words, at)
		}
		c.shown.arrived("in "+room, at)
	case "m.space.child":
		if room == c.queue {
			c.due.Add(1)
			select {
			case c.reload <- struct{}{}:
			default:
				c.due.Add(-1)
			}
		}
		var child struct {
			Via []string `json:"via"`
		}
		if e.Key == nil || json.Unmarshal(e.Content, &child) != nil {
			return
		}
		if len(child.Via) > 0 {
			c.shown.arrived("child "+room+" "+*e.Key, at)
		} else {
			c.shown.arrived("gone "+room+" "+*e.Key, at)
		}
	}
}

// reloadSpace does what clients do when a space they show has changed.
func (c *client) reloadSpace(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.reload:
		}
		pause(ctx, 500*time.Millisecond) // clients gather changes
		path := "/_matrix/client/v1/rooms/" + url.PathEscape(c.queue) + "/hierarchy"
		_ = c.home.call(ctx, http.MethodGet, path, url.Values{"limit": {"20"}, "suggested_only": {"false"}}, c.token, nil, nil)
		c.due.Add(-1)
	}
}

// visit brings a new visitor with these first words and returns when every client's lobby shows the card.
func (w *crowd) visit(ctx context.Context, words string) (*chat, error) {
	n := len(w.visitors)
	c := &chat{
		name: words, gateway: w.gateway, from: &net.TCPAddr{IP: net.IPv4(127, 0, byte(10+n/200), byte(1+n%200))}, note: w.note,
		acks: newArrivals(), texts: newArrivals(),
	}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	w.visitors = append(w.visitors, c)
	if _, err := c.sendAcked(ctx, words); err != nil {
		return nil, err
	}
	_, err := w.clients[0].shown.wait(ctx, "card "+words)
	return c, err
}

// room gives the Matrix room of a key of ours, when it exists.
func (w *crowd) room(ctx context.Context, key string) (string, error) {
	for {
		id, _, err := one[string](ctx, w.desk, `SELECT id FROM room WHERE key=?`, key)
		if err != nil || id != "" {
			return id, err
		}
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("wait for room %s: %w", key, err)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// portal gives the room of the ticket that began with these words.
func (w *crowd) portal(ctx context.Context, words string) (room string, ticket int64, err error) {
	room, _, err = one[string](ctx, w.desk, `SELECT room.id FROM ticket JOIN room ON room.key='portal:' || ticket.portal WHERE ticket.words=?`, words)
	if err != nil {
		return "", 0, err
	}
	ticket, ok, err := one[int64](ctx, w.desk, `SELECT number FROM ticket WHERE words=?`, words)
	if err == nil && (!ok || room == "") {
		err = fmt.Errorf("there is no ticket %q", words)
	}
	return room, ticket, err
}

// now counts what has passed.
func (w *crowd) now(ctx context.Context) (counted, error) {
	events, _, err := one[int64](ctx, w.synapse, `SELECT MAX(stream_ordering) FROM events`)
	desk, clients := w.counter.requests()
	return counted{desk, clients, events}, err
}

func (w *crowd) close() error {
	var errs []error
	group := errgroup.Group{}
	for _, c := range w.visitors {
		group.Go(func() error { c.disconnect(); return nil })
	}
	_ = group.Wait()
	if w.stop != nil {
		w.stop()
		w.reading.Wait()
	}
	if w.stack != nil {
		errs = append(errs, w.stack.Close())
	}
	if w.counter != nil {
		errs = append(errs, w.counter.close())
	}
	for _, d := range []*database{w.synapse, w.desk} {
		if d != nil {
			errs = append(errs, d.db.Close())
		}
	}
	if w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}
