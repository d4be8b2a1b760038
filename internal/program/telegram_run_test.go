package program_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/internal/devstack"
	"frontdesk/internal/telemetry"
)

// postOffice is a frontdesk with two bots: Telegram is asked for what people write to the one, over a line that breaks, and brings what they
// write to the other.
type postOffice struct {
	*stack
	*running
	ctx        context.Context
	telegram   *telegramtest.Server
	line       *devstack.Proxy
	shop, help *telegramtest.Bot
	anna       *devstack.Operator
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	p := &postOffice{stack: startStack(t, devstack.SynapseOptions{}, "--set", "log.level=trace"), telegram: telegramtest.New(t)}
	var err error
	if p.line, err = devstack.NewProxy(strings.TrimPrefix(p.telegram.URL, "http://")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.line.Close(); err != nil {
			t.Error(err)
		}
	})
	p.shop, p.help = p.telegram.Bot("1001:a-secret-of-the-shop", "shop_bot"), p.telegram.Bot("1002:a-secret-of-the-helpers", "help_bot")
	p.path = withBot(t, p.path, fmt.Sprintf("{name: shop, token: %q, api_url: 'http://%s'}\n      - {name: help, token: %q, api_url: '%s', mode: webhook}",
		p.shop.Token, p.line.Addr, p.help.Token, p.telegram.URL))
	p.telegram.Cut("setWebhook", 1) // and is asked once more
	p.running = run(t, p.stack)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	p.ctx = ctx
	p.anna = p.login(t, "anna")
	return p
}

// begin lets somebody write to a bot and Anna take the ticket; it gives the room.
func (p *postOffice) begin(t *testing.T, u *telegramtest.User, b *telegramtest.Bot, words string) id.RoomID {
	t.Helper()
	u.Write(b, words)
	invite, err := p.anna.WaitInvite(p.ctx, func(i devstack.Invite) bool { return i.Reason == words })
	if err != nil {
		t.Fatalf("no invite: %v\n%s", err, p.log)
	}
	if err := p.anna.Join(p.ctx, invite.Room); err != nil {
		t.Fatal(err)
	}
	u.Await(b, "Anna is answering you.")
	return invite.Room
}

func (p *postOffice) say(t *testing.T, room id.RoomID, words string) {
	t.Helper()
	if _, err := p.anna.SendText(p.ctx, room, words); err != nil {
		t.Fatal(err)
	}
}

// sees waits for an event that Anna sees, and gives it.
func (p *postOffice) sees(t *testing.T, what string, ok func(*event.Event, *event.MessageEventContent) bool) *event.MessageEventContent {
	t.Helper()
	e, err := p.anna.WaitFor(p.ctx, func(e *event.Event) bool { m := e.Content.AsMessage(); return m != nil && ok(e, m) })
	if err != nil {
		t.Fatalf("Anna does not see %s: %v\n%s", what, err, p.log)
	}
	return e.Content.AsMessage()
}

// The whole program with Telegram: what is seen of the other side besides words, both ways in, and what is never to be seen.
func TestTelegramRuns(t *testing.T) {
	p := openPostOffice(t)
	ivan, olga := p.telegram.User(7, "Ivan", "en"), p.telegram.User(8, "Olga", "en")
	shop := p.begin(t, ivan, p.shop, "Do you sell tea?")
	help := p.begin(t, olga, p.help, "My tea is cold")
	t.Run("typing", func(t *testing.T) { p.typing(t, ivan, shop) })
	t.Run("what is spoken or hidden", func(t *testing.T) { p.spokenAndHidden(t, ivan, shop) })
	t.Run("tokens", func(t *testing.T) { p.tokens(t, ivan, olga, shop, help) })
}

// typing: while Anna types in her client the customer is shown so by Telegram, and not any more when she stops.
func (p *postOffice) typing(t *testing.T, ivan *telegramtest.User, room id.RoomID) {
	if err := p.anna.Typing(p.ctx, room, true); err != nil {
		t.Fatal(err)
	}
	p.wait(t, "the customer sees Anna typing", func() bool { return ivan.Typing(p.shop) })
	for _, call := range p.telegram.Calls("sendChatAction") {
		if call.Bot != p.shop || call.Values["chat_id"] != "7" || call.Values["action"] != "typing" {
			t.Errorf("shown is %+v", call.Values)
		}
	}
	if err := p.anna.Typing(p.ctx, room, false); err != nil {
		t.Fatal(err)
	}
	p.wait(t, "the customer does not see Anna typing any more", func() bool { return !ivan.Typing(p.shop) })
}

// spoken is a voice message: an Ogg stream of pages with one packet each, of which the first two say what it is.
func spoken(packets ...byte) []byte {
	head := "OpusHead"
	var out []byte
	for _, size := range append([]byte{19, 30}, packets...) {
		out = append(out, "OggS"...)
		out = append(out, make([]byte, 22)...)
		out = append(out, 1, size)
		out = append(out, head...)
		out = append(out, make([]byte, int(size)-len(head))...)
		head = ""
	}
	return out
}

// spokenAndHidden: a voice message is one on the other side, with its length and how loud it is over time; a hidden picture is hidden.
func (p *postOffice) spokenAndHidden(t *testing.T, ivan *telegramtest.User, room id.RoomID) {
	voice := spoken(3, 100, 3, 3)
	ivan.SendVoice(p.shop, voice, 4)
	m := p.sees(t, "the voice message", func(_ *event.Event, m *event.MessageEventContent) bool { return m.MsgType == event.MsgAudio })
	if m.MSC3245Voice == nil || m.MSC1767Audio == nil || m.MSC1767Audio.Duration != 4000 || !slices.Equal(m.MSC1767Audio.Waveform, []int{0, 1024, 0, 0}) {
		t.Errorf("the voice message is %+v with %+v", m, m.MSC1767Audio)
	}
	up, err := p.anna.Client.UploadBytesWithName(p.ctx, voice, "audio/ogg", "answer.ogg")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.anna.Send(p.ctx, room, &event.MessageEventContent{
		MsgType: event.MsgAudio, Body: "answer.ogg", URL: up.ContentURI.CUString(), MSC3245Voice: &event.MSC3245Voice{},
		MSC1767Audio: &event.MSC1767Audio{Duration: 3000}, Info: &event.FileInfo{MimeType: "audio/ogg", Size: len(voice)},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	ivan.Until(p.shop, "the spoken answer", func(all []telegramtest.Message) bool {
		return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
			return m.FromBot && m.Media != nil && m.Media.Kind == "voice" && m.Media.Duration == 3 && bytes.Equal(m.Media.Data, voice)
		})
	})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	ivan.Send(p.shop, telegramtest.Media{Kind: "photo", Data: picture.Bytes(), Spoiler: true}, "")
	p.sees(t, "the hidden picture", func(e *event.Event, m *event.MessageEventContent) bool {
		return m.MsgType == event.MsgImage && e.Content.Raw["page.codeberg.everypizza.msc4193.spoiler"] == true
	})
}

// tokens: whatever fails, neither the log, at any level, nor what people are told has a bot's token, or the secret of a webhook.
func (p *postOffice) tokens(t *testing.T, ivan, olga *telegramtest.User, shop, help id.RoomID) {
	logged := func(words string) {
		t.Helper()
		p.wait(t, "the log tells: "+words, func() bool { return strings.Contains(p.log.String(), words) })
	}
	echo := "/bot" + p.shop.Token + "/sendMessage"
	logged("setWebhook: Post")
	p.telegram.Refuse("sendMessage", 1, http.StatusBadRequest, "Bad Request: nobody takes "+echo)
	p.say(t, shop, "Against the rule")
	p.sees(t, "the refusal", func(_ *event.Event, m *event.MessageEventContent) bool {
		return strings.Contains(m.Body, "the messenger did not take it: nobody takes /bot***/sendMessage")
	})
	p.telegram.Refuse("sendMessage", 1, http.StatusBadGateway, "no way to "+echo)
	p.say(t, shop, "Nobody knows")
	logged("no way to /bot***/sendMessage")
	asked := len(p.telegram.Calls("getFile"))
	p.telegram.Cut("download", 100) // its address has the token in it
	ivan.SendDocument(p.shop, "order.txt", "text/plain", []byte("an order"), "")
	p.wait(t, "the order is asked for", func() bool { return len(p.telegram.Calls("getFile")) > asked })

	p.line.Refuse(true)
	p.line.CutAll()
	logged("getUpdates: Post")
	p.say(t, shop, "While you were away")
	p.wait(t, "the absence shows", func() bool {
		report, err := p.report()
		return err == nil && slices.ContainsFunc(report.Links, func(l telemetry.LinkReport) bool { return l.Name == "telegram" && !l.OK })
	})
	p.secretless(t, "what is to be watched", p.fetch(t, "/health")+p.fetch(t, "/metrics"))
	p.wait(t, "it is kept why there is no order yet", func() bool { return strings.Contains(p.stored(t), "fetch a file: Get") })
	p.secretless(t, "the database", p.stored(t))
	p.say(t, shop, "When you are back")
	p.telegram.Calm()
	p.line.Refuse(false)
	ivan.Await(p.shop, "When you are back")
	p.sees(t, "the order", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.FileName == "order.txt" || m.Body == "order.txt"
	})
	if n := len(p.telegram.Calls("getFile")); n-asked < 2 {
		t.Errorf("the order was asked for %d times", n-asked)
	}

	p.help.Revoke()
	p.say(t, help, "Warm it")
	logged("Unauthorized")
	p.shop.Revoke()
	ivan.Write(p.shop, "Hello?")
	p.sees(t, "that the bot does not work", func(_ *event.Event, m *event.MessageEventContent) bool {
		return strings.Contains(m.Body, "bot shop") && strings.Contains(m.Body, "does not work")
	})
	logged("A Telegram bot does not work")
	p.end(t)
	p.secretless(t, "the log", p.log.String())
	for room := range p.anna.Rooms() {
		for _, e := range p.anna.Seen(room) {
			p.secretless(t, "an event", string(e.Content.VeryRaw))
		}
	}
	if strings.Contains(p.log.String(), "While you were away") || strings.Contains(p.log.String(), "My tea is cold") {
		t.Error("the log has what people write")
	}
	if n := len(olga.Texts(p.help)); n == 0 {
		t.Error("the bot that is brought its messages says nothing")
	}
}

// secretless looks for what nobody may see.
func (p *postOffice) secretless(t *testing.T, what, text string) {
	t.Helper()
	secrets := []string{p.shop.Token, p.help.Token, "a-secret-of-the"}
	for _, call := range p.telegram.Calls("setWebhook") {
		secrets = append(secrets, call.Values["secret_token"])
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(text, secret) {
			at := max(0, strings.Index(text, secret))
			t.Errorf("%s has the secret %q: %q", what, secret, text[max(0, at-200):min(len(text), at+200)])
			return
		}
	}
}

// stored reads everything that frontdesk keeps on disk, besides its configuration.
func (p *postOffice) stored(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".yaml" {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		if errors.Is(err, fs.ErrNotExist) { // the database has files for a while
			return nil
		}
		return err
	})
	if err != nil || !strings.Contains(all.String(), "Do you sell tea?") {
		t.Fatalf("what is kept on disk was not found: %v", err)
	}
	return all.String()
}

// fetch reads a page of those who watch frontdesk.
func (p *postOffice) fetch(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get(p.health + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || len(text) == 0 {
		t.Fatalf("%s has %d bytes, %v", path, len(text), err)
	}
	return string(text)
}
