package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// talks brings a video call about between a visitor and an operator.
func (o *office) talks(anna *operator, words string) (element *caller, page *customer, room id.RoomID) {
	o.t.Helper()
	element = o.element(anna, "operator")
	page, room = o.caller(anna, words)
	element.join(room, "video", annas)
	page.press("Принять")
	together(o.t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	return element, page, room
}

// Without a token for the puppet no call comes about: both sides are told so in seconds, and nobody stays in the session.
func TestCallWithoutTokens(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "Позвоните, если получится")
	tokens := o.stack.Tokens

	for i, fault := range []struct {
		name       string
		begin, end func() error
	}{
		{"refused", func() error { tokens.Refuse(true); return nil }, func() error { tokens.Refuse(false); return nil }},
		{"down", tokens.Stop, tokens.Start},
	} {
		element.join(room, "video", annas)
		page.offers("Отклонить", "Принять")
		if err := fault.begin(); err != nil {
			t.Fatal(err)
		}
		page.press("Принять")
		page.until("the chat tells of it again", fmt.Sprintf(`%s.textContent.split("Видеозвонок не состоялся").length - 1 === %d`, inChat(".fd-log"), i+1))
		page.until("nothing is left of the call", `!document.querySelector("frontdesk-call")`)
		anna.noticed(room, "did not come about", i+1)
		anna.risen(room)
		if err := fault.end(); err != nil {
			t.Fatal(err)
		}
		page.shot("call-failed-" + fault.name)
		element.leave()
	}
}

// noticed waits until so many calls were told of in a text.
func (o *operator) noticed(room id.RoomID, text string, times int) {
	o.t.Helper()
	lines := map[id.EventID]bool{}
	o.sees(room, fmt.Sprintf("%q for the %d. time", text, times), func(e *event.Event, m *event.MessageEventContent) bool {
		if m.NewContent == nil && strings.Contains(m.Body, text) {
			lines[e.ID] = true
		}
		return len(lines) == times
	})
}

// Whoever vanishes from a call in the middle of it does not keep the other waiting.
func TestCallThatLosesOneSide(t *testing.T) {
	o := callOffice(t)
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	element, page, room := o.talks(anna, "Сейчас у оператора погаснет свет")
	second, other, otherRoom := o.talks(boris, "Сейчас у меня погаснет свет")

	vanish(t, element.ctx)
	vanish(t, other.ctx)
	page.shows("Видеозвонок завершён. Длительность")
	anna.notices(room, "by video")
	t.Logf("the customer left the session of the operator who vanished after %s", anna.risen(room))
	boris.notices(otherRoom, "by video")
	t.Logf("and the one who vanished after %s", boris.risen(otherRoom))
	second.waits("the customer to be gone", func(s session) bool { return len(s.People) == 0 })
	second.leave()
}

// vanish closes a tab, as somebody does who does not hang up.
func vanish(t *testing.T, tab context.Context) {
	t.Helper()
	if err := chromedp.Cancel(tab); err != nil {
		t.Fatalf("close a tab: %v", err)
	}
}

// A call goes on after Frontdesk was killed and came back; the room shows meanwhile that the customer is not there.
func TestCallOverAKill(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element, page, room := o.talks(anna, "Звонок должен это пережить")
	ctx, cancel := anna.within()
	defer cancel()

	if err := o.stack.Frontdesk.Kill(); err != nil {
		t.Fatal(err)
	}
	page.shows("Восстанавливаем связь…")
	if err := o.stack.Frontdesk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	element.identified(t)

	if err := o.stack.Frontdesk.Kill(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the customer was out of the session %s after Frontdesk was killed", anna.risen(room))
	element.leave()
	if err := o.stack.Frontdesk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	page.shows("Видеозвонок завершён. Длительность")
	anna.notices(room, "by video")
	if seats := anna.seats(room); len(seats) > 0 {
		t.Errorf("the customer is back in the session: %v", seats)
	}
}

// A homeserver that was away for longer than Element may be silent writes that the operator has left when it is back, which they have not: the
// call goes on, and both are in the session again.
func TestCallWithoutHomeserver(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element, page, room := o.talks(anna, "Сервер сейчас перезапустят")
	ctx, cancel := anna.within()
	defer cancel()

	if err := o.stack.Synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	together(t, func() error { return page.receives(silence, annaTone, annaCamera) },
		func() error { return element.receives(silence, visitorTone, visitorCamera) })
	if err := o.stack.Synapse.Start(ctx); err != nil {
		t.Fatal(err)
	}
	left := false
	anna.happens(room, "Anna to leave by the homeserver's doing, and to come back", func(e *event.Event) bool {
		if e.Type.Type == memberType.Type && e.Sender == anna.ID {
			left = left || len(e.Content.Raw) == 0
			return left && len(e.Content.Raw) > 0
		}
		return false
	})
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	element.identified(t)
	page.press("Завершить звонок")
	anna.risen(room)
	element.leave()
}

// silence is longer than the homeserver waits for a sign of Element's.
const silence = 22 * time.Second

// A call whose media server is gone ends with words on both sides, and the next one works when it is back.
func TestCallWithoutMediaServer(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element, page, room := o.talks(anna, "Сейчас упадёт сервер")
	ctx, cancel := anna.within()
	defer cancel()

	if err := o.stack.LiveKit.Kill(); err != nil {
		t.Fatal(err)
	}
	page.shows("Видеозвонок завершён. Длительность")
	anna.notices(room, "by video")
	t.Logf("the customer left the session %s after the media server died", anna.risen(room))
	page.shot("call-broken")
	element.leave()
	if err := o.stack.LiveKit.Start(ctx); err != nil {
		t.Fatal(err)
	}

	element.join(room, "video", annas)
	page.press("Принять")
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	page.press("Завершить звонок")
	anna.risen(room)
	element.leave()
}
