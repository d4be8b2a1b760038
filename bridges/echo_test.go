package bridges_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/bridges"
	"frontdesk/bridges/channeltest"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

const echoSource = "echo:test"

// echo is a further messenger, in memory: the smallest channel that there can be. It sends and edits, shows topics and stars as a
// list under a message, and can do nothing else.
type echo struct {
	desk *channeltest.Desk

	mu      sync.Mutex
	chats   map[string][]echoMessage
	updates int
	asked   []asked
	answer  func(chat, text string) error // to what is sent, before it is there; nil is yes
	back    func() error                  // to a probe; nil is yes
	able    bridges.Channel               // this messenger when it can do more; nil is itself
}

// asked is a send that came, whatever became of it.
type asked struct {
	chat, text string
	at         time.Time
}

// echoMessage is a message of a chat. Its id is its place, from 1.
type echoMessage struct {
	mine   bool // the customer's
	text   string
	choice choice
}

// choice is what can be chosen at a message.
type choice struct {
	Topics []desk.Option
	Rate   desk.TicketID
}

// echoUpdate is what a customer does.
type echoUpdate struct {
	Chat   string
	ID     int
	Text   string
	Queue  desk.QueueID
	Ticket desk.TicketID
	Stars  int
}

// openEcho brings the messenger and a desk that answers in it. A messenger that was there before goes on.
func openEcho(t testing.TB, database storetest.Database, limits bridges.Limits, before *echo) *echo {
	t.Helper()
	e := before
	if e == nil {
		e = &echo{chats: map[string][]echoMessage{}}
	}
	e.desk = channeltest.OpenDesk(t, channeltest.Place{Database: database}, func(d *channeltest.Desk) func(context.Context) error {
		log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.ErrorLevel)
		channel := e.able
		if channel == nil {
			channel = e
		}
		courier := bridges.NewCourier(channel, d.Journal, limits, time.Now, log)
		d.Journal.Source("echo", e.translate)
		d.Journal.OnChanged(func(changed, _ []desk.ConversationID) {
			for _, id := range changed {
				courier.Wake(id)
			}
		})
		return courier.Run
	})
	return e
}

func (e *echo) Source() string { return echoSource }

// pieceMax is how long a message may be, in bytes.
const pieceMax = 500

func (e *echo) Parts(v bridges.View) (parts []bridges.Part) {
	c := choice{Topics: v.Message.Options}
	if v.Message.Author == desk.FromSystem && v.Message.Kind == "closed" && v.Ticket != nil && v.Ticket.ID == v.Message.Ticket && desk.Ratable(v.Ticket) {
		c.Rate = v.Ticket.ID
	}
	rest := v.Message.Content.Text
	for len(rest) > pieceMax {
		cut := strings.LastIndexByte(rest[:pieceMax], ' ')
		parts, rest = append(parts, bridges.Part{Number: len(parts), Text: rest[:cut], Sum: rest[:cut]}), rest[cut+1:]
	}
	return append(parts, bridges.Part{Number: len(parts), Text: rest, Extra: c, Sum: fmt.Sprint(rest, c)})
}

func (e *echo) Send(_ context.Context, chat string, p bridges.Part) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, asked{chat, p.Text, time.Now()})
	if e.answer != nil {
		if err := e.answer(chat, p.Text); err != nil {
			return "", err
		}
	}
	c, _ := p.Extra.(choice)
	e.chats[chat] = append(e.chats[chat], echoMessage{text: p.Text, choice: c})
	return strconv.Itoa(len(e.chats[chat])), nil
}

func (e *echo) Edit(_ context.Context, chat, id string, p bridges.Part) error {
	n, err := strconv.Atoi(id)
	if err != nil {
		return bridges.Refuse("undelivered.refused", "no such message")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	c, _ := p.Extra.(choice)
	e.chats[chat][n-1] = echoMessage{text: p.Text, choice: c}
	return nil
}

func (e *echo) Probe(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.back != nil {
		return e.back()
	}
	return nil
}

// script changes what the messenger answers.
func (e *echo) script(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

// sent gives the sends to a chat so far, all for none.
func (e *echo) sent(chat string) (out []asked) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.asked {
		if chat == "" || a.chat == chat {
			out = append(out, a)
		}
	}
	return out
}

func (e *echo) translate(tx journal.Tx, in journal.Input) ([]desk.Input, error) {
	var u echoUpdate
	if err := json.Unmarshal(in.Body, &u); err != nil {
		return nil, journal.Permanent(err)
	}
	chat, err := tx.Chat(in.Source, u.Chat)
	if err != nil {
		return nil, err
	}
	switch in.Kind {
	case "choice":
		return []desk.Input{desk.CustomerChoice{Conversation: chat.Conversation, Queue: u.Queue}}, nil
	case "rating":
		return []desk.Input{desk.CustomerRating{Conversation: chat.Conversation, Ticket: u.Ticket, Stars: u.Stars}}, nil
	}
	return []desk.Input{desk.CustomerMessage{Conversation: chat.Conversation, ClientID: fmt.Sprint("echo:", u.ID), Text: u.Text, At: in.At}}, nil
}

// take stores what a customer does; who is new gets a conversation.
func (e *echo) take(kind string, u echoUpdate) error {
	ctx := context.Background()
	conversation := ""
	err := e.desk.Journal.Write(ctx, func(tx journal.Tx) error {
		chat, err := tx.Chat(echoSource, u.Chat)
		if errors.Is(err, desk.ErrNotFound) {
			c, err := e.desk.Engine.OpenConversation(tx, time.Now(), desktest.Site, "echo", "en")
			if err != nil {
				return err
			}
			conversation = string(c.ID)
			return tx.PutChat(&journal.Chat{Source: echoSource, ID: u.Chat, Conversation: c.ID})
		} else if err != nil {
			return err
		}
		conversation = string(chat.Conversation)
		return nil
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(u)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.updates++
	id := strconv.Itoa(e.updates)
	e.mu.Unlock()
	_, err = e.desk.Journal.Submit(ctx, journal.Input{Source: echoSource, ID: id, Lane: "conv:" + conversation, Kind: kind, Body: body, At: time.Now()})
	return err
}

// echoPerson is a customer.
type echoPerson struct {
	t    testing.TB
	e    *echo
	chat string
}

func (p *echoPerson) do(kind string, u echoUpdate) {
	p.t.Helper()
	u.Chat = p.chat
	if err := p.e.take(kind, u); err != nil {
		p.t.Fatalf("%s: %v", kind, err)
	}
}

func (p *echoPerson) Write(text string) string {
	p.t.Helper()
	p.e.mu.Lock()
	p.e.chats[p.chat] = append(p.e.chats[p.chat], echoMessage{mine: true, text: text})
	id := len(p.e.chats[p.chat])
	p.e.mu.Unlock()
	p.do("message", echoUpdate{ID: id, Text: text})
	return strconv.Itoa(id)
}

// choices are those that are shown now, with the newest at the end.
func (p *echoPerson) choices() (all []choice) {
	p.e.mu.Lock()
	defer p.e.mu.Unlock()
	for _, m := range p.e.chats[p.chat] {
		if len(m.choice.Topics) > 0 || m.choice.Rate != "" {
			all = append(all, m.choice)
		}
	}
	return all
}

func (p *echoPerson) Choose(topic string) {
	p.t.Helper()
	for _, c := range p.choices() {
		for _, o := range c.Topics {
			if o.Name == topic {
				p.do("choice", echoUpdate{Queue: o.Queue})
				return
			}
		}
	}
	p.t.Fatalf("%s is not offered", topic)
}

func (p *echoPerson) Rate(stars int) {
	p.t.Helper()
	for _, c := range slices.Backward(p.choices()) {
		if c.Rate != "" {
			p.do("rating", echoUpdate{Ticket: c.Rate, Stars: stars})
			return
		}
	}
	p.t.Fatal("there are no stars")
}

func (p *echoPerson) Sees() (out []channeltest.Seen) {
	p.e.mu.Lock()
	defer p.e.mu.Unlock()
	for i, m := range p.e.chats[p.chat] {
		out = append(out, channeltest.Seen{Handle: strconv.Itoa(i + 1), Mine: m.mine, Text: m.text})
	}
	return out
}

func (p *echoPerson) Offered() (names []string) {
	for _, c := range p.choices() {
		for _, o := range c.Topics {
			names = append(names, o.Name)
		}
	}
	return names
}

func (p *echoPerson) Ratable() bool {
	return slices.ContainsFunc(p.choices(), func(c choice) bool { return c.Rate != "" })
}

func (p *echoPerson) Conversation() (id desk.ConversationID) {
	p.t.Helper()
	p.e.desk.Read(p.t, func(tx journal.Tx) error {
		chat, err := tx.Chat(echoSource, p.chat)
		if err == nil {
			id = chat.Conversation
		}
		return err
	})
	return id
}

// What the messenger cannot do it has not declared, and is not asked for.

func (p *echoPerson) Answer(string, string) { p.t.Fatal("there are no answers here") }
func (p *echoPerson) Edit(string, string)   { p.t.Fatal("there are no edits here") }
func (p *echoPerson) React(string, string)  { p.t.Fatal("there are no reactions here") }
func (p *echoPerson) Typing() bool          { return false }
func (p *echoPerson) AskedToAgree() bool    { return false }
func (p *echoPerson) Agree()                { p.t.Fatal("nobody is asked to agree here") }
func (p *echoPerson) Album(string, ...channeltest.File) {
	p.t.Fatal("there are no files here")
}

// A further messenger needs nothing outside its own package: this one passes with what stands in this file.
func TestAFurtherMessenger(t *testing.T) {
	channeltest.Run(t, func(t testing.TB) channeltest.House {
		e := openEcho(t, storetest.SQLite(t), bridges.Limits{}, nil)
		people := 0
		house := e.desk.House()
		house.Can = channeltest.Can{Edited: true}
		house.Customer = func(t testing.TB, _ string) channeltest.Customer {
			people++
			return &echoPerson{t, e, strconv.Itoa(people)}
		}
		return house
	})
}
