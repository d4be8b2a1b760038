package e2e

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Nothing that the staff says among itself reaches the visitor's browser, whatever it relates to: neither the page nor a frame of the
// socket has the words. Each secret is said in another way and carries a word of its own.
func TestPrivacy(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	vera := chromium(t).visit(o.site.url, desktop)
	vera.open()
	vera.say("Хочу вернуть кофемолку")
	room := anna.accept(anna.card("Хочу вернуть кофемолку"))
	first := anna.reads(room, "Хочу вернуть кофемолку")
	hello := anna.says(room, "Здравствуйте, сейчас посмотрю")
	vera.sees("Здравствуйте, сейчас посмотрю")
	secrets := confide(anna, room, first.ID, hello)

	// What is said last and reaches the visitor tells that all before has been dealt with.
	anna.says(room, "Вернём деньги сегодня")
	vera.sees("Вернём деньги сегодня")
	frames, page := strings.Join(vera.frames(), "\n"), vera.text()
	if !strings.Contains(frames, "Вернём деньги сегодня") {
		t.Fatal("the socket's frames were not recorded")
	}
	for _, secret := range secrets {
		if strings.Contains(frames, secret) {
			t.Errorf("%q came through the socket", secret)
		}
		if strings.Contains(page, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	// And the page built anew from the history has none either.
	vera.reload()
	vera.open()
	vera.sees("Вернём деньги сегодня")
	frames, page = strings.Join(vera.frames(), "\n"), vera.text()
	for _, secret := range secrets {
		if strings.Contains(frames+page, secret) {
			t.Errorf("after a reload there is %q", secret)
		}
	}
}

// confide says secrets in every way there is and gives the words that must not get out.
func confide(o *operator, room id.RoomID, public, own id.EventID) []string {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	must := func(sent id.EventID, err error) id.EventID {
		o.t.Helper()
		if err != nil {
			o.t.Fatal(err)
		}
		return sent
	}
	var secrets []string
	secret := func() string {
		word := fmt.Sprintf("тайна%02dтайна", len(secrets))
		secrets = append(secrets, word)
		return word
	}
	note := must(o.SendText(ctx, room, "// "+secret()))
	must(o.SendHTML(ctx, room, "// "+secret(), "<p><b>//</b> "+secret()+"</p>"))
	threadOnPublic := must(o.ReplyInThread(ctx, room, public, secret()))
	threadOnNote := must(o.ReplyInThread(ctx, room, note, secret()))
	for _, target := range []id.EventID{note, threadOnPublic, threadOnNote} {
		must(o.Reply(ctx, room, target, secret()))
		must(o.Edit(ctx, room, target, secret()))
		must(o.Send(ctx, room, &event.MessageEventContent{
			MsgType: event.MsgText, Body: "смотри https://matrix.to/#/" + string(room) + "/" + string(target) + " " + secret(),
		}, ""))
		// Clients of the old kind quote in the text.
		must(o.Send(ctx, room, &event.MessageEventContent{
			MsgType: event.MsgText, Body: "> <@anna:localhost> " + secret() + "\n\nда, " + secret(), Format: event.FormatHTML,
			FormattedBody: "<mx-reply><blockquote>" + secret() + "</blockquote></mx-reply>да, " + secret(),
			RelatesTo:     (&event.RelatesTo{}).SetReplyTo(target),
		}, ""))
		secrets = append(secrets, "🦉")
		must(o.React(ctx, room, target, "🦉"))
	}
	must(o.Edit(ctx, room, own, "// "+secret()))
	must(o.SendText(ctx, room, "!"+secret()))
	if err := o.Redact(ctx, room, threadOnNote); err != nil {
		o.t.Fatal(err)
	}
	return secrets
}
