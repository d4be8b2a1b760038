package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/internal/devstack"
)

const botToken = "123456:secret-of-the-chaos-bot"

// messenger is Telegram, which outlives everything, with one bot, behind a proxy.
type messenger struct {
	server     *telegramtest.Server
	bot        *telegramtest.Bot
	proxy      *devstack.Proxy
	complaints telegramtest.Complaints
	writers    []*writer

	stop     chan struct{}
	watching sync.WaitGroup
}

// openTelegram starts Telegram and the gate before Synapse, and puts both between Frontdesk and its sides.
func (s *stage) openTelegram(o *devstack.StackOptions) error {
	m := &messenger{stop: make(chan struct{})}
	m.server = telegramtest.Start(&m.complaints)
	m.server.Limit(1, 30)
	m.bot = m.server.Bot(botToken, "chaos_bot")
	s.telegram = m
	var err error
	if m.proxy, err = devstack.NewProxy(strings.TrimPrefix(m.server.URL, "http://")); err != nil {
		return err
	}
	if o.SynapsePort, err = devstack.FreePort(); err != nil {
		return err
	}
	if s.gate, err = openGate(fmt.Sprintf("http://127.0.0.1:%d", o.SynapsePort)); err != nil {
		return err
	}
	o.Settings = map[string]any{
		"homeserver.address": s.gate.URL,
		"sites.0.telegram":   []map[string]any{{"name": "chaos", "token": botToken, "api_url": "http://" + m.proxy.Addr}},
	}
	return nil
}

// unending is more often than anything is asked in a run.
const unending = 1_000_000

// weather makes it stormy. A send whose answer is lost comes with it: the first was carried out all the same.
func (m *messenger) weather(kind faultKind) {
	switch kind {
	case telegramLimits:
		for _, method := range []string{"", "getUpdates"} {
			m.server.Fail(method, unending, http.StatusTooManyRequests, 1)
		}
	case telegramErrs:
		m.server.FailAfter("sendMessage", 1, http.StatusBadGateway)
		for _, method := range []string{"", "getUpdates", "download"} {
			m.server.Fail(method, unending, http.StatusBadGateway, 0)
		}
	case telegramCuts:
		m.server.CutAfter("sendMessage", 1)
		m.server.Cut("sendMessage", 1)
		m.server.Cut("getUpdates", 1)
		m.proxy.CutAll()
	case telegramGone:
		m.proxy.Refuse(true)
		m.proxy.CutAll()
	}
}

func (m *messenger) calm() {
	m.server.Calm()
	m.proxy.Refuse(false)
}

func (m *messenger) close() error {
	close(m.stop)
	m.watching.Wait()
	var err error
	if m.proxy != nil {
		err = m.proxy.Close()
	}
	m.server.Close()
	return err
}

// writer is a customer in Telegram.
type writer struct {
	m      *messenger
	user   *telegramtest.User
	ledger *ledger
	keys   map[string]string // of the operator's lines by their content
	looked int               // messages of the chat that were looked at
}

// lookEvery is how often writers look at their chats.
const lookEvery = 100 * time.Millisecond

// enter brings the customers, one for each conversation, who look at their chats until the messenger is closed.
func (m *messenger) enter(s script, l *ledger) {
	for _, c := range s.Conversations {
		w := &writer{m: m, user: m.server.User(int64(1000+c.N), fmt.Sprintf("Customer %d", c.N), "en"), ledger: l, keys: map[string]string{}}
		for _, line := range c.Lines[operatorSide] {
			w.keys[contentOf(operatorSide, line.Text, line.File)] = line.Key
		}
		m.writers = append(m.writers, w)
	}
	m.watching.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-m.stop:
				return
			}
			for _, w := range m.writers {
				w.look()
			}
		}
	})
}

// look notes in the ledger what is new in the chat.
func (w *writer) look() {
	all := w.user.Chat(w.m.bot)
	for _, m := range all[w.looked:] {
		if s, ok := shownOf(m); ok && w.keys[s.content()] != "" {
			w.ledger.saw(operatorSide, w.keys[s.content()])
		}
	}
	w.looked = len(all)
}

// say writes a line. Telegram takes everything at once, but people look for an answer now and then.
func (w *writer) say(ctx context.Context, l line) error {
	if l.File != nil {
		w.user.SendDocument(w.m.bot, l.File.Name, "application/octet-stream", l.File.Data, "")
	} else {
		w.user.Write(w.m.bot, l.Text)
	}
	return w.ledger.room(ctx, l.Conversation, visitorSide, outboxMax)
}

func (w *writer) acknowledged(context.Context) error { return nil }

func (w *writer) close() error { return nil }

// shownOf is what a message shows, and false for what Frontdesk says by itself.
func shownOf(m telegramtest.Message) (shown, bool) {
	s := shown{From: visitorSide, Text: m.Text, ID: fmt.Sprint(m.ID)}
	if m.FromBot {
		s.From = operatorSide
	}
	if m.Media != nil {
		s.Sum = sumOf(m.Media.Data)
	}
	return s, !m.FromBot || m.Media != nil || keyOf(m.Text) != ""
}

func (w *writer) read(context.Context) (view, error) {
	var v view
	for _, m := range w.user.Chat(w.m.bot) {
		if s, ok := shownOf(m); ok && !m.Deleted {
			v = append(v, s)
		}
	}
	return v, nil
}

// hears waits until the bot says a text.
func (w *writer) hears(ctx context.Context, text string) error {
	for !slices.Contains(w.user.Texts(w.m.bot), text) {
		pause(ctx, lookEvery)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("wait for %q in Telegram: %w", text, err)
		}
	}
	return nil
}
