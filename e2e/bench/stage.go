package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/internal/config"
	"frontdesk/internal/devstack"
	"frontdesk/internal/program"
)

// stage is what is measured on: Synapse, at Frontdesk's address either Frontdesk or the sink, Telegram with a bot, an operator's client that
// reads all the time, and open chats. Measurements use it one after the other.
type stage struct {
	scale scale
	notes io.Writer
	dir   string // of both servers

	stack  *devstack.Stack
	config *config.Config
	sink   *sink // nil while Frontdesk runs

	home     *homeserver
	operator person
	reader   *reader
	cards    *arrivals // first words of new tickets, when their card is in the lobby
	pushed   *arrivals // events by id, when they reached the sink

	gateway     gateway
	pageAddress string // host:port where a page with the widget may be served
	chats       []*chat
	probes      int

	telegram   *telegramtest.Server
	bot        *telegramtest.Bot
	complaints telegramtest.Complaints

	reading context.CancelFunc
	readers sync.WaitGroup

	mu     sync.Mutex
	placed map[string]place  // by the text said there
	asked  map[string]string // rooms of invites, by the words in their reason
}

// place is where a customer said something, and as whom.
type place struct{ room, puppet string }

const (
	openChats = 8
	setUpTime = 3 * time.Minute
)

// openStage starts everything and opens the chats. Frontdesk is at its address when it returns.
func openStage(ctx context.Context, sc scale, notes io.Writer) (_ *stage, err error) {
	s := &stage{
		scale: sc, notes: notes, cards: newArrivals(), pushed: newArrivals(),
		placed: map[string]place{}, asked: map[string]string{},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close(false))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	if err = s.startServers(ctx); err != nil {
		return nil, err
	}
	if err = s.employ(ctx); err != nil {
		return nil, err
	}
	for i := range openChats {
		if err = s.openChat(ctx, i); err != nil {
			return nil, fmt.Errorf("open chat %d: %w", i, err)
		}
	}
	return s, nil
}

func (s *stage) note(format string, args ...any) { fmt.Fprintf(s.notes, "# "+format+"\n", args...) }

func (s *stage) newChat(name string, from net.Addr) *chat {
	return &chat{name: name, gateway: s.gateway, from: from, note: s.note, acks: newArrivals(), texts: newArrivals()}
}

// openChat brings a visitor in and lets the operator accept.
func (s *stage) openChat(ctx context.Context, i int) error {
	c := s.newChat(fmt.Sprintf("chat-%d", i), nil)
	if err := c.connect(ctx); err != nil {
		return err
	}
	s.chats = append(s.chats, c)
	first := "open-" + c.name
	if _, err := c.sendAcked(ctx, first); err != nil {
		return err
	}
	if err := s.accept(ctx, c, first); err != nil {
		return err
	}
	return s.probe(ctx, c)
}

// accept lets the operator join the room of the chat that began with these words, and learns room and puppet.
func (s *stage) accept(ctx context.Context, c *chat, first string) error {
	room, err := s.invited(ctx, first)
	if err != nil {
		return err
	}
	if err := s.home.call(ctx, http.MethodPost, "/_matrix/client/v3/join/"+url.PathEscape(room), nil, s.operator.token, struct{}{}, nil); err != nil {
		return err
	}
	if _, err := s.reader.texts.wait(ctx, first); err != nil {
		return err
	}
	s.mu.Lock()
	at := s.placed[first]
	s.mu.Unlock()
	c.room = at.room
	c.puppet = person{home: s.home, token: string(s.config.Appservice.ASToken), query: url.Values{"user_id": {at.puppet}}}
	device, err := s.deviceOf(ctx, c.puppet)
	if err != nil {
		return err
	}
	c.puppet.query.Set("device_id", device)
	return nil
}

// deviceOf finds the device with which Frontdesk sends as a puppet: the baseline uses the same.
func (s *stage) deviceOf(ctx context.Context, puppet person) (string, error) {
	var answer struct {
		Devices []struct {
			ID string `json:"device_id"`
		} `json:"devices"`
	}
	if err := s.home.call(ctx, http.MethodGet, "/_matrix/client/v3/devices", puppet.query, puppet.token, nil, &answer); err != nil {
		return "", err
	}
	if len(answer.Devices) != 1 {
		return "", fmt.Errorf("the puppet has %d devices, not one", len(answer.Devices))
	}
	return answer.Devices[0].ID, nil
}

// probe sends a message each way, so that everything between has caught up.
func (s *stage) probe(ctx context.Context, c *chat) error {
	s.probes++
	out, in := fmt.Sprintf("probe-out-%s-%05d", c.name, s.probes), fmt.Sprintf("probe-in-%s-%05d", c.name, s.probes)
	if _, err := s.operator.send(ctx, c.room, out); err != nil {
		return err
	}
	if _, err := c.texts.wait(ctx, out); err != nil {
		return err
	}
	if err := c.send(in); err != nil {
		return err
	}
	_, err := s.reader.texts.wait(ctx, in)
	return err
}

// invited waits for the operator's invite to the ticket that begins with these words.
func (s *stage) invited(ctx context.Context, words string) (string, error) {
	for {
		s.mu.Lock()
		room, ok := s.asked[words]
		s.mu.Unlock()
		if ok {
			return room, nil
		}
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("wait for an invite: %w", err)
		}
		pause(ctx, 20*time.Millisecond)
	}
}

var firstWords = regexp.MustCompile(`(?:open|first)-[a-z0-9-]+`)

func (s *stage) onInvite(room string, state []event) {
	for _, e := range state {
		var member struct {
			Reason string `json:"reason"`
		}
		if e.Type == "m.room.member" && e.Key != nil && json.Unmarshal(e.Content, &member) == nil {
			if words := firstWords.FindString(member.Reason); words != "" {
				s.mu.Lock()
				s.asked[words] = room
				s.mu.Unlock()
			}
		}
	}
}

func (s *stage) onEvent(room string, e event, at time.Time) {
	words := firstWords.FindString(e.body())
	if words == "" || e.Type != "m.room.message" {
		return
	}
	if strings.HasPrefix(e.Sender, "@"+s.config.Appservice.PuppetPrefix) {
		s.mu.Lock()
		s.placed[words] = place{room, e.Sender}
		s.mu.Unlock()
	} else {
		s.cards.arrived(words, at)
	}
}

// withFrontdesk puts Frontdesk at its address and connects the chats, if that is not so, and returns when everything has caught up.
func (s *stage) withFrontdesk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	if err := s.putFrontdesk(ctx); err != nil {
		return err
	}
	for _, c := range s.chats {
		if c.socket != nil {
			continue
		}
		if err := c.connect(ctx); err != nil {
			return err
		}
		if err := s.probe(ctx, c); err != nil {
			return fmt.Errorf("probe %s: %w", c.name, err)
		}
	}
	return nil
}

func (s *stage) putFrontdesk(ctx context.Context) error {
	if s.sink == nil {
		return nil
	}
	if err := s.sink.close(); err != nil {
		return err
	}
	s.sink = nil
	if err := s.stack.Frontdesk.Start(ctx); err != nil {
		return err
	}
	pause(ctx, s.scale.settle)
	return nil
}

// restartFrontdesk puts a fresh process in the place of the present one. Open chats are disconnected.
func (s *stage) restartFrontdesk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	if err := s.putFrontdesk(ctx); err != nil {
		return err
	}
	for _, c := range s.chats {
		c.disconnect()
	}
	return s.stack.Frontdesk.Restart(ctx)
}

// withSink puts the sink at Frontdesk's address, if it is not there, and returns when Synapse's pushes arrive.
func (s *stage) withSink(ctx context.Context) error {
	if s.sink != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	for _, c := range s.chats {
		c.disconnect()
	}
	if err := s.stack.Frontdesk.Stop(ctx); err != nil {
		return err
	}
	var err error
	if s.sink, err = openSink(ctx, s.config.Appservice.Listen, s.pushed.arrived); err != nil {
		return err
	}
	// What Synapse could not push in between makes it wait; a ping ends that.
	ping := "/_matrix/client/v1/appservice/" + url.PathEscape(s.config.Appservice.ID) + "/ping"
	if err := s.home.call(ctx, http.MethodPost, ping, nil, string(s.config.Appservice.ASToken), struct{}{}, nil); err != nil {
		return err
	}
	for _, c := range s.chats {
		s.probes++
		event, err := s.operator.send(ctx, c.room, fmt.Sprintf("probe-sink-%s-%05d", c.name, s.probes))
		if err != nil {
			return err
		}
		if _, err := s.pushed.wait(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) frontdeskPID() int                 { return s.stack.Frontdesk.PID() }
func (s *stage) stopSynapse(context.Context) error { return s.stack.Synapse.Pause() }
func (s *stage) resumeSynapse(ctx context.Context) error {
	return errors.Join(s.stack.Synapse.Resume(), s.stack.Synapse.WaitReady(ctx))
}
func (s *stage) killSynapse(context.Context) error      { return s.stack.Synapse.Kill() }
func (s *stage) startSynapse(ctx context.Context) error { return s.stack.Synapse.Start(ctx) }

// close ends everything. The data directory stays if the measuring went wrong.
func (s *stage) close(fine bool) error {
	var errs []error
	for _, c := range s.chats {
		c.disconnect()
	}
	if s.reading != nil {
		s.reading()
		s.readers.Wait()
	}
	if s.sink != nil {
		errs = append(errs, s.sink.close())
	}
	if s.stack != nil {
		errs = append(errs, s.stack.Close())
	}
	if s.telegram != nil {
		s.telegram.Close()
	}
	if fine {
		errs = append(errs, os.RemoveAll(s.dir))
	} else {
		s.note("what the servers wrote is kept in %s", s.dir)
	}
	return errors.Join(errs...)
}

// startServers starts Synapse and Frontdesk. Limits that guard against strangers would only measure themselves here: everybody comes
// from this machine. Nobody is joined automatically, so that every ticket costs the same.
func (s *stage) startServers(ctx context.Context) error {
	port, err := devstack.FreePort()
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "frontdesk-bench-"); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	s.pageAddress = fmt.Sprintf("127.0.0.1:%d", port)
	page := "http://" + s.pageAddress
	s.telegram = telegramtest.Start(&s.complaints)
	s.bot = s.telegram.Bot(botToken, "bench_bot")
	s.stack, err = devstack.Up(ctx, devstack.StackOptions{
		Dir: s.dir, DoublePuppet: true, Unlimited: true, Origins: []string{page},
		Settings: map[string]any{
			"log.level":                          "warn",
			"gateway.limits.frames":              100_000,
			"gateway.limits.network_upgrades":    100_000,
			"gateway.limits.network_connections": 100_000,
			"gateway.limits.network_visitors":    1_000_000,
			"sites.0.queues.0.remind_after":      "0s", // nobody takes the flood's tickets
			"sites.0.telegram":                   []map[string]any{{"name": "bench", "token": botToken, "api_url": s.telegram.URL}},
		},
		Progress: func(words string) { s.note("%s", words) },
	})
	if err != nil {
		return err
	}
	if s.config, err = program.LoadConfig(s.stack.Frontdesk.Config); err != nil {
		return err
	}
	s.gateway = gateway{URL: s.stack.Frontdesk.GatewayURL, Site: devstack.SiteKey, Origin: page}
	return nil
}

// employ logs the operator in and starts to read.
func (s *stage) employ(ctx context.Context) error {
	anna := s.stack.Operators[0]
	s.home = newHomeserver(s.stack.Synapse.URL)
	var login struct {
		Token string `json:"access_token"`
	}
	err := s.home.call(ctx, http.MethodPost, "/_matrix/client/v3/login", nil, "", map[string]any{
		"type": "m.login.password", "identifier": map[string]string{"type": "m.id.user", "user": anna.Name}, "password": anna.Password,
	}, &login)
	if err != nil {
		return err
	}
	s.operator = person{home: s.home, token: login.Token}
	s.reader = &reader{person: s.operator, texts: newArrivals(), onEvent: s.onEvent, onInvite: s.onInvite}
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.reading = stop
	s.readers.Go(func() {
		if err := s.reader.run(reading); err != nil {
			s.note("the operator's client ended: %v", err)
		}
	})
	return nil
}
