package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"

	"frontdesk/internal/devstack"
)

// With the homeserver stopped visitors go on: words and files are acknowledged, and are in the room when it is back, in their order.
func TestUploadsWhileSynapseIsStopped(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	lena := chromium(t).visit(o.site.url, desktop)
	room := lena.talk(anna, "Пришлю фотографии")
	ctx, cancel := anna.within()
	defer cancel()
	if err := o.stack.Synapse.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	big := make([]byte, 3<<20)
	_, _ = rand.Read(big)
	photo := picture(t, 130)
	lena.attach(onDisk(t, "sad.png", photo), onDisk(t, "zapis.bin", big))
	lena.say("Вот они")
	lena.until("the files were taken", lastTicks+` === "stored"`)
	lena.say("И ещё два слова")
	lena.until("the words were taken", lastTicks+` === "stored"`)
	if err := o.stack.Synapse.Start(ctx); err != nil {
		t.Fatal(err)
	}
	anna.reads(room, "Вот они")
	anna.reads(room, "И ещё два слова")
	for name, want := range map[string][]byte{"sad.png": photo, "zapis.bin": big} {
		file := anna.sees(room, name, func(_ *event.Event, m *event.MessageEventContent) bool { return m.URL != "" && m.GetFileName() == name })
		got, err := anna.Download(ctx, file.Content.AsMessage().URL)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d came (%v)", name, len(got), len(want), err)
		}
	}
	said := strings.Join(customerSaid(anna, room, "Пришлю фотографии"), " · ")
	if first, last := strings.Index(said, "Вот они"), strings.Index(said, "И ещё два слова"); first < 0 || last < first {
		t.Errorf("the room has %s", said)
	}
	lena.until("the words were delivered", lastTicks+` === "delivered"`)
}

var lastTicks = fmt.Sprintf(`[...%s.querySelectorAll(".fd-ticks")].at(-1).dataset.status`, inChat(".fd-log"))

// What could run in the gateway's name is never shown by it, whichever side it came from.
func TestNothingActiveInline(t *testing.T) {
	o := sharedOffice(t, true)
	anna, visitor := o.login(o.stack.Operators[0]), o.guest()
	room, _, _ := begin(t, visitor, anna, "Some files of another kind")
	ctx, cancel := anna.within()
	defer cancel()
	files := map[string]struct {
		mime string
		data []byte
	}{
		"logo.svg":  {"image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		"page.html": {"text/html", []byte(`<!doctype html><script>alert(1)</script>`)},
		"photo.xml": {"application/xml", []byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`)},
	}
	for name, f := range files {
		up, err := visitor.Upload(ctx, name, f.mime, f.data)
		if err != nil {
			t.Fatal(err)
		}
		visitor.say("mine: "+name, up.ID)
		if _, err := anna.SendFile(ctx, room, "ours-"+name, f.mime, f.data); err != nil {
			t.Fatal(err)
		}
	}
	for name := range files {
		for _, of := range []string{name, "ours-" + name} {
			m := visitor.sees(of, hasFile(of))
			if kind := string(m.Files[0].Kind); kind != "file" {
				t.Errorf("%s is shown as %s", of, kind)
			}
			if m.Files[0].Thumb != "" {
				t.Errorf("%s has a thumbnail", of)
			}
			passive(t, o.stack.Frontdesk.GatewayURL+m.Files[0].URL)
		}
	}
}

// passive fails if a browser would show what an address gives.
func passive(t *testing.T, address string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	h := answer.Header
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%s: %d %v", address, answer.StatusCode, h)
	}
}

// A site has limits for its files; the visitor is told in words, and nothing is sent. Its tickets have rooms of their own here.
func TestLimitsAndARoomPerTicket(t *testing.T) {
	o := openOffice(t, devstack.StackOptions{DoublePuppet: true, Settings: map[string]any{
		"sites.0.history": "ticket", "gateway.spool.file_max": "100KB", "gateway.spool.types": []string{"image/*", "text/plain"},
	}})
	anna := o.login(o.stack.Operators[0])
	yana := chromium(t).visit(o.site.url, desktop)
	first := yana.talk(anna, "Первый вопрос")

	refused := fmt.Sprintf(`%s.textContent`, inChat(".fd-alerts"))
	big := filepath.Join(t.TempDir(), "big.png")
	if err := os.WriteFile(big, append(picture(t, 20), make([]byte, 200<<10)...), 0o600); err != nil {
		t.Fatal(err)
	}
	yana.attach(big)
	yana.until("words about the size", refused+`.includes("big.png") && `+refused+`.includes("100")`)
	yana.attach(onDisk(t, "song.zip", []byte("PK\x03\x04 no picture")))
	yana.until("words about the type", refused+`.includes("song.zip")`)
	// A name may lie; the gateway looks into the file.
	yana.attach(onDisk(t, "lie.png", []byte("PK\x03\x04 no picture")))
	yana.until("that the file is refused", `!!`+inChat(".fd-thumb[data-bad]"))
	for eval[bool](yana, `!!`+inChat(".fd-thumb")) {
		eval[bool](yana, fmt.Sprintf(`(%s.click(), true)`, inChat(".fd-thumb")))
	}
	yana.attach(onDisk(t, "fits.png", picture(t, 60)))
	yana.say("Эта подходит")
	anna.sees(first, "fits.png", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.GetFileName() == "fits.png" && m.URL != ""
	})
	for _, e := range anna.Seen(first) {
		if m := e.Content.AsMessage(); e.Type == event.EventMessage && m.URL != "" && m.GetFileName() != "fits.png" {
			t.Errorf("%s was sent", m.GetFileName())
		}
	}

	anna.says(first, "!close")
	yana.sees("Конец диалога")
	yana.say("Второй вопрос")
	second := anna.accept(anna.card("Второй вопрос"))
	if second == first {
		t.Error("both tickets are in one room")
	}
	anna.says(second, "Ответ на второй")
	yana.sees("Ответ на второй")
	yana.sees("Первый вопрос")
	history, err := anna.History(o.ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history {
		if e.Type == event.EventMessage && strings.Contains(e.Content.AsMessage().Body, "Первый вопрос") {
			t.Error("the first ticket's words are in the second one's room")
		}
	}
}
