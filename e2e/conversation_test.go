package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"maunium.net/go/mautrix/event"

	"frontdesk/internal/devstack"
)

// picture draws a PNG that no other test sends.
func picture(t *testing.T, tint uint8) []byte {
	t.Helper()
	canvas := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			canvas.Set(x, y, color.RGBA{R: tint, G: uint8(x * 255 / 320), B: uint8(y * 255 / 200), A: 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func onDisk(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A whole conversation, as SPEC tells it: first message → offer → accept → talk both ways with files → close → the next message opens a
// new ticket. The visitor's page has the strictest policy and must not break it once.
func TestConversation(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { converse(t, sharedOffice(t, true)) })
	t.Run("postgres", func(t *testing.T) {
		converse(t, openOffice(t, devstack.StackOptions{DoublePuppet: true, Postgres: true}))
	})
}

func converse(t *testing.T, o *office) {
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	irina := chromium(t).visit(o.site.url, desktop)

	irina.open()
	irina.shot("1-opened")
	irina.say("Здравствуйте! Есть ли колумбийский кофе?")
	card := anna.card("Есть ли колумбийский кофе?")
	boris.card("Есть ли колумбийский кофе?")
	room := anna.accept(card)
	anna.reads(room, "Есть ли колумбийский кофе?")
	irina.until("the visitor sees who answers", fmt.Sprintf(`%s.textContent.includes("Anna")`, inChat(".fd-header")))
	boris.sees(card.RoomID, "the card that says who has it", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetReplaceID() == card.ID && m.NewContent != nil && bytes.Contains([]byte(m.NewContent.Body), []byte("Anna"))
	})

	anna.says(room, "Добрый день! Да, вчера обжарили.")
	irina.sees("Добрый день! Да, вчера обжарили.")
	note := anna.says(room, "// постоянный покупатель, сделать скидку")

	photo := picture(t, 40)
	ctx, cancel := anna.within()
	defer cancel()
	if _, err := anna.SendFile(ctx, room, "kofe.png", "image/png", photo); err != nil {
		t.Fatal(err)
	}
	irina.until("the operator's picture is drawn", fmt.Sprintf(`[...%s.querySelectorAll(".fd-message[data-from=staff] img")].some((i) => i.naturalWidth === 320)`, inChat(".fd-log")))
	if _, err := anna.ReplyInThread(ctx, room, note, "согласна, десять процентов"); err != nil {
		t.Fatal(err)
	}

	mine := picture(t, 200)
	irina.attach(onDisk(t, "chek.png", mine), onDisk(t, "zakaz.txt", []byte("два пакета, зерно")))
	irina.say("Вот чек и заказ")
	for name, want := range map[string][]byte{"chek.png": mine, "zakaz.txt": []byte("два пакета, зерно")} {
		file := anna.sees(room, name, func(_ *event.Event, m *event.MessageEventContent) bool {
			return m.URL != "" && m.GetFileName() == name
		})
		got, err := anna.Download(ctx, file.Content.AsMessage().URL)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s came with other bytes: %d instead of %d", name, len(got), len(want))
		}
	}
	captioned := anna.reads(room, "Вот чек и заказ")
	if err := anna.MarkRead(ctx, room, captioned.ID); err != nil {
		t.Fatal(err)
	}
	irina.until("the visitor's words are read", fmt.Sprintf(`[...%s.querySelectorAll(".fd-ticks")].at(-1).dataset.status === "read"`, inChat(".fd-log")))
	irina.shot("2-talking")

	anna.says(room, "!close")
	irina.sees("Конец диалога")
	irina.say("Ещё вопрос: доставляете?")
	second := anna.card("Ещё вопрос: доставляете?")
	if second.ID == card.ID {
		t.Error("the new ticket has the old one's card")
	}
	irina.shot("3-again")
	shown := irina.text()
	for _, secret := range []string{"постоянный покупатель", "десять процентов", "!close"} {
		if bytes.Contains([]byte(shown), []byte(secret)) {
			t.Errorf("the visitor can read %q", secret)
		}
	}
	select {
	case violation := <-irina.violations:
		t.Errorf("the widget broke the page's policy: %s", violation)
	default:
	}
}
