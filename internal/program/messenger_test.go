package program_test

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/bridges"
	"frontdesk/desk"
	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
	"frontdesk/internal/program"
	"frontdesk/internal/section"
	"frontdesk/internal/telemetry"
)

// pigeon is a loft to which customers send pigeons, as the configuration names it.
type pigeon struct {
	Loft     string         `yaml:"loft"`
	Ring     section.Secret `yaml:"ring"`
	RingFile string         `yaml:"ring_file"`
}

func (p *pigeon) SetDefaults() { p.Loft = "roof" }

func (p *pigeon) Check(c section.Checker) {
	c.Name("loft", p.Loft)
	if p.Ring == "" {
		c.Wrong("ring", "is missing", "read it at the pigeon's leg")
	}
}

// pigeonPost is a third messenger: letters are brought by HTTP, and what is said to their senders flies to home.
func pigeonPost(home chan<- string) bridges.Messenger {
	return bridges.Messenger{
		Name:  "pigeon",
		Entry: (*pigeon)(nil),
		Texts: fstest.MapFS{"en.yaml": {Data: []byte("channel.pigeon: Pigeon post")}},
		Open: func(s bridges.Settings, d bridges.Desk) (bridges.Adapter, error) {
			l := &loft{site: s.Entries[0].Site, pigeon: *s.Entries[0].Entry.(*pigeon), desk: d, home: home}
			l.courier = bridges.NewCourier(l, d.Journal, bridges.Limits{}, time.Now, d.Log)
			return l, nil
		},
		Check: func(_ context.Context, s bridges.Settings, _ bridges.Reader, say func(bridges.Finding)) {
			for _, e := range s.Entries {
				say(bridges.Finding{Link: "pigeon loft " + e.Entry.(*pigeon).Loft, Detail: "it coos"})
			}
		},
	}
}

// loft is the messenger at work, and its only channel.
type loft struct {
	pigeon
	site    desk.SiteID
	desk    bridges.Desk
	courier *bridges.Courier
	home    chan<- string
}

func (l *loft) Source() string                                { return "pigeon:" + l.Loft }
func (l *loft) Run(ctx context.Context) error                 { return l.courier.Run(ctx) }
func (l *loft) Probe(context.Context) error                   { return nil }
func (l *loft) Away() []string                                { return nil }
func (l *loft) StaffTyping(desk.ConversationID, string, bool) {}

func (l *loft) OpenFile(context.Context, desk.FileID) (io.ReadCloser, int64, error) {
	return nil, 0, bridges.ErrNoFile
}

func (l *loft) Changed(changed, _ []desk.ConversationID) {
	for _, id := range changed {
		l.courier.Wake(id)
	}
}

func (l *loft) Parts(v bridges.View) []bridges.Part {
	return []bridges.Part{{Text: v.Message.Content.Text, Sum: v.Message.Content.Text}}
}

func (l *loft) Send(ctx context.Context, chat string, p bridges.Part) (string, error) {
	select {
	case l.home <- chat + ": " + p.Text:
		return p.Sum, nil
	case <-ctx.Done():
		return "", bridges.Away(ctx.Err())
	}
}

// letter is what a pigeon brings.
type letter struct{ From, Number, Text string }

func (l *loft) Translate(tx journal.Tx, in journal.Input) ([]desk.Input, error) {
	var a letter
	if err := json.Unmarshal(in.Body, &a); err != nil {
		return nil, journal.Permanent(err)
	}
	chat, err := tx.Chat(in.Source, a.From)
	if err != nil {
		return nil, err
	}
	return []desk.Input{desk.CustomerMessage{Conversation: chat.Conversation, ClientID: "pigeon:" + a.Number, Text: a.Text, At: in.At}}, nil
}

func (l *loft) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a letter
		switch err := json.NewDecoder(r.Body).Decode(&a); {
		case subtle.ConstantTimeCompare([]byte(r.Header.Get("Ring")), []byte(l.Ring)) != 1:
			http.Error(w, "whose pigeon is this?", http.StatusForbidden)
		case err != nil:
			http.Error(w, "cannot be read", http.StatusBadRequest)
		default:
			if err := l.take(r.Context(), a); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
			}
		}
	})
}

// take stores a letter; who is new gets a conversation.
func (l *loft) take(ctx context.Context, a letter) error {
	var conversation desk.ConversationID
	err := l.desk.Journal.Write(ctx, func(tx journal.Tx) error {
		chat, err := tx.Chat(l.Source(), a.From)
		switch {
		case err == nil:
			conversation = chat.Conversation
			return nil
		case !errors.Is(err, desk.ErrNotFound):
			return err
		}
		c, err := l.desk.Engine.OpenConversation(tx, time.Now(), l.site, "pigeon", "en")
		if err != nil {
			return err
		}
		conversation = c.ID
		return tx.PutChat(&journal.Chat{Source: l.Source(), ID: a.From, Conversation: c.ID})
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = l.desk.Journal.Submit(ctx, journal.Input{
		Source: l.Source(), ID: a.Number, Lane: "conv:" + string(conversation), Kind: "letter", Body: body, At: time.Now(),
	})
	return err
}

// bring sends a letter to frontdesk and gives the status of its answer.
func (s *stack) bring(t *testing.T, ring string, a letter) int {
	t.Helper()
	body, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.config.Gateway.PublicURL+"/pigeon/roof", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Ring", ring)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// A further messenger is its package and its place in the list: this one is configured, checked, watched, written to and answered with what stands
// in this file.
func TestAFurtherMessenger(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ring := filepath.Join(s.dir, "ring")
	if err := os.WriteFile(ring, []byte("K-17\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, before := s.path, "    # Where tickets wait"
	s.path = rewrite(t, plain, before, "    pigeon: [{ring_file: ring}]\n"+before)
	if code, _, stderr := frontdeskCommand(ctx, "check", "-c", s.path); code != program.BadConfig || !strings.Contains(stderr, "sites[0].pigeon is an unknown key") {
		t.Errorf("without it check ended with %d:\n%s", code, stderr)
	}
	home := make(chan string, 16)
	further := pigeonPost(home)
	var out bytes.Buffer
	m := program.Main{Args: []string{"check", "-c", s.path}, Stdout: &out, Stderr: &out, Further: []bridges.Messenger{further}}
	if code := m.Run(ctx); code != program.OK || !strings.Contains(out.String(), "well   pigeon loft roof: it coos\n") {
		t.Errorf("check ended with %d:\n%s", code, &out)
	}

	r := run(t, s, further)
	r.wait(t, "the messenger is watched", func() bool {
		report, err := r.report()
		return err == nil && slices.ContainsFunc(report.Links, func(l telemetry.LinkReport) bool { return l.Name == "pigeon" && l.OK })
	})
	anna := s.login(t, "anna")
	hello := letter{From: "irina", Number: "1", Text: "Coo?"}
	if status := s.bring(t, "K-18", hello); status != http.StatusForbidden {
		t.Errorf("a strange pigeon is answered by %d", status)
	}
	if status := s.bring(t, "K-17", hello); status != http.StatusOK {
		t.Fatalf("the pigeon is answered by %d\n%s", status, r.log)
	}
	invite, err := anna.WaitInvite(ctx, func(i devstack.Invite) bool { return i.Reason == "Coo?" })
	if err != nil {
		t.Fatalf("no invite: %v\n%s", err, r.log)
	}
	if err := anna.Join(ctx, invite.Room); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.WaitRoom(ctx, func(name string) bool { return strings.Contains(name, "Pigeon post") }); err != nil {
		t.Errorf("no room is named after the channel: %v", err)
	}
	if _, err := anna.SendText(ctx, invite.Room, "Coo!"); err != nil {
		t.Fatal(err)
	}
	for got := ""; got != "irina: Coo!"; {
		select {
		case got = <-home:
		case <-ctx.Done():
			t.Fatalf("the answer does not fly home\n%s", r.log)
		}
	}
}
