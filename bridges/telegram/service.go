// Package telegram is the channel of Telegram: people write to a bot, the desk answers through it.
//
// Updates are stored in the journal before Telegram is told that they came (by asking with a higher offset, or by answering the webhook), each
// by its own id, so that one told twice counts once. Each is worked in its conversation's lane. What the desk has to say goes out by a
// bridges.Courier for each bot.
package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Source is the name of the channel, and the journal's of this adapter; inputs come from "telegram:<bot>".
const Source = "telegram"

// BotConfig is one bot of a site.
type BotConfig struct {
	Site    desk.SiteID
	Name    string // unique over all sites
	Token   string
	APIURL  string
	Webhook bool // Telegram comes to us; else we ask it
	Own     bool // APIURL is a Bot API server of one's own, which takes and gives files that Telegram's does not
	// Where customers' files are: FileURL followed by "/bot", the token and the file's path, as Telegram serves them; "" is below APIURL. Or,
	// of one's own server, in FileDir on this machine, in a directory named by the token.
	FileURL string
	FileDir string
}

// Config is what a Service is made of.
type Config struct {
	Bots []BotConfig
	// PublicURL is where Telegram reaches Handler, without a path; Secret makes the webhooks' secrets. Needed with webhooks only.
	PublicURL string
	Secret    []byte
	Limits    bridges.Limits // of what is sent; those that Telegram asks for if zero
	// FileMax and Types bound what customers may send: bytes of a file, and media types as in content.TypeAllowed. Zero: everything.
	FileMax int64
	Types   []string
	Stall   time.Duration // how long a file may stand still on its way before it is broken off; a minute if zero
	Recheck time.Duration // between two looks at what only people can mend; five minutes if zero
	Retry   time.Duration // after the first failure to get updates, and ever longer after more; a second if zero
	Now     desk.Clock    // time.Now if nil
}

// Journal is what of the journal the service needs.
type Journal interface {
	bridges.Journal
	Submit(ctx context.Context, in ...journal.Input) ([]journal.Outcome, error)
	Wait(ctx context.Context, source, id string) (journal.Outcome, error)
	Decide(ctx context.Context, in ...desk.Input) (desk.Decision, error)
}

// Engine makes conversations.
type Engine interface {
	OpenConversation(tx desk.Tx, now time.Time, site desk.SiteID, channel desk.Channel, lang string) (*desk.Conversation, error)
	OpenConversationOf(tx desk.Tx, now time.Time, customer *desk.Customer, channel desk.Channel) (*desk.Conversation, error)
}

// usual are the limits that Telegram asks bots to keep.
var usual = bridges.Limits{Chat: time.Second, PerSec: 30}

var _ bridges.Adapter = (*Service)(nil)

// Service runs the bots.
type Service struct {
	cfg     Config
	journal Journal
	engine  Engine
	media   bridges.Media
	texts   desk.Texts
	log     zerolog.Logger
	bots    map[string]*bot    // by source
	absent  map[string]*absent // by source; known once we run

	changed  chan struct{}
	mu       sync.Mutex
	fresh    map[desk.ConversationID]bool
	strange  map[desk.ConversationID]bool // known to be of other channels
	typing   map[desk.ConversationID]context.CancelFunc
	ended    bool
	running  context.Context // ends with what is done aside
	end      func()
	answerer sync.WaitGroup // of what is said beside the log
}

// New makes a Service. Without bots it does nothing.
func New(cfg Config, j Journal, e Engine, m bridges.Media, t desk.Texts, log zerolog.Logger) (*Service, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Limits == (bridges.Limits{}) {
		cfg.Limits = usual
	}
	if cfg.Recheck == 0 {
		cfg.Recheck = recheckUsual
	}
	if cfg.Retry == 0 {
		cfg.Retry = retryUsual
	}
	if cfg.Stall == 0 {
		cfg.Stall = stallUsual
	}
	s := &Service{
		cfg: cfg, journal: j, engine: e, media: m, texts: t, log: log, bots: make(map[string]*bot), absent: make(map[string]*absent),
		changed: make(chan struct{}, 1), fresh: make(map[desk.ConversationID]bool), strange: make(map[desk.ConversationID]bool),
		typing: make(map[desk.ConversationID]context.CancelFunc),
	}
	s.running, s.end = context.WithCancel(context.Background())
	for _, c := range cfg.Bots {
		b, err := newBot(s, c)
		if err != nil {
			return nil, fmt.Errorf("telegram bot %s: %w", c.Name, err)
		}
		s.bots[b.source] = b
	}
	return s, nil
}

// newTransport gives the connections of one bot. Nothing is sent again by itself: only the journal knows whether that is right.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialMetered,
		TLSHandshakeTimeout:   15 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       60 * time.Second,
		ResponseHeaderTimeout: 75 * time.Second,
	}
}

// Run works until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	if err := s.missBots(ctx); err != nil {
		return err
	}
	var parts sync.WaitGroup
	errs := make(chan error, 2*len(s.bots)+len(s.absent)+1)
	run := func(f func(context.Context) error) {
		parts.Go(func() {
			if err := f(ctx); err != nil {
				errs <- err
			}
		})
	}
	run(s.sort)
	for _, b := range s.bots {
		run(b.receive)
		run(b.courier.Run)
	}
	for _, a := range s.absent {
		run(a.courier.Run)
	}
	parts.Wait()
	s.endTyping()
	s.end()
	s.answerer.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}

// Changed tells that conversations have something new for their customers. It does not block.
func (s *Service) Changed(changed, _ []desk.ConversationID) {
	if len(changed) == 0 {
		return
	}
	s.mu.Lock()
	for _, id := range changed {
		if !s.strange[id] {
			s.fresh[id] = true
		}
	}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// strangersKept bounds how many conversations of other channels are remembered.
const strangersKept = 20_000

// sort tells the bots' couriers which of the conversations with news are theirs.
func (s *Service) sort(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
		}
		s.mu.Lock()
		fresh := s.fresh
		s.fresh = make(map[desk.ConversationID]bool)
		s.mu.Unlock()
		owners := make(map[desk.ConversationID]string)
		err := s.journal.Read(ctx, func(tx journal.Tx) error {
			for id := range fresh {
				chat, err := tx.ChatOf(id)
				switch {
				case errors.Is(err, desk.ErrNotFound):
					owners[id] = ""
				case err != nil:
					return err
				default:
					owners[id] = chat.Source
				}
			}
			return nil
		})
		if err != nil {
			if ctx.Err() == nil {
				s.log.Err(err).Msg("Failed to look whose conversations have news") // the couriers' sweep finds them
			}
			continue
		}
		s.hand(owners)
	}
}

func (s *Service) hand(owners map[desk.ConversationID]string) {
	for id, source := range owners {
		if b := s.bots[source]; b != nil {
			b.courier.Wake(id)
			continue
		}
		if a := s.absent[source]; a != nil {
			a.courier.Wake(id)
			continue
		}
		s.mu.Lock()
		if len(s.strange) >= strangersKept {
			clear(s.strange)
		}
		s.strange[id] = true
		s.mu.Unlock()
	}
}

// Away lists the bots whose Telegram does not answer.
func (s *Service) Away() []string {
	var out []string
	for _, b := range s.bots {
		if b.courier.IsAway() {
			out = append(out, b.cfg.Name)
		}
	}
	return out
}

// words is a text for a customer: the site's own, else the catalogue's.
func (s *Service) words(site *desk.Site, lang, key string, args ...any) string {
	return desk.CustomerText(s.texts, site, lang, key, args...)
}
