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

// The deadlines that calls have, by docs/decisions/calls-media.md and calls-in-the-desk.md.
const (
	withoutPage  = 15 * time.Second // a call without its page is given up
	withoutMedia = 20 * time.Second // so is one without its media server, or without a way into it
	silentPuppet = 20 * time.Second // the homeserver takes a puppet that is not heard of out of the session
	silentStaff  = 18 * time.Second // and an Element
	lingering    = 30 * time.Second // how long who is in the media server may be missing from the session
)

// slack is what a machine that is busy may take besides a deadline.
const slack = time.Minute

// aftermath measures what follows a fault, which both sides are to be told of in time.
type aftermath struct {
	t     *testing.T
	fault string
	began time.Time
	bound time.Duration
}

// struck begins at the moment of a fault.
func struck(t *testing.T, fault string, deadline time.Duration) *aftermath {
	return &aftermath{t: t, fault: fault, began: time.Now(), bound: deadline + slack}
}

// seen notes that what was waited for has come.
func (a *aftermath) seen(what string) {
	a.t.Helper()
	took := time.Since(a.began)
	a.t.Logf("%s: %s after %.1f s", a.fault, what, took.Seconds())
	if took > a.bound {
		a.t.Errorf("%s: %s after %s, longer than %s", a.fault, what, took, a.bound)
	}
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
		after := struck(t, "token service "+fault.name, withoutMedia)
		page.until("the chat tells of it again", fmt.Sprintf(`%s.textContent.split("Видеозвонок не состоялся").length - 1 === %d`, inChat(".fd-log"), i+1))
		page.until("nothing is left of the call", `!document.querySelector("frontdesk-call")`)
		after.seen("the visitor is told")
		anna.noticed(room, "did not come about", i+1)
		after.seen("the operator is told")
		anna.risen(room)
		after.seen("nobody is left in the session")
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

	operatorGone := struck(t, "operator gone", silentStaff+lingering)
	vanish(t, element.ctx)
	visitorGone := struck(t, "visitor gone", withoutPage)
	vanish(t, other.ctx)
	boris.notices(otherRoom, "by video")
	visitorGone.seen("the operator is told")
	boris.risen(otherRoom)
	visitorGone.seen("nobody is left in the session")
	page.shows("Видеозвонок завершён. Длительность")
	operatorGone.seen("the visitor is told")
	anna.notices(room, "by video")
	operatorGone.seen("the operator is told")
	anna.risen(room)
	operatorGone.seen("nobody is left in the session")
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

	killed := struck(t, "Frontdesk killed", silentPuppet)
	if err := o.stack.Frontdesk.Kill(); err != nil {
		t.Fatal(err)
	}
	page.shows("Восстанавливаем связь…")
	if err := o.stack.Frontdesk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	killed.seen("both are heard and seen again")
	element.identified(t)

	killed = struck(t, "Frontdesk killed for longer", silentPuppet)
	if err := o.stack.Frontdesk.Kill(); err != nil {
		t.Fatal(err)
	}
	anna.risen(room)
	killed.seen("nobody is left in the session")
	element.leave()
	back := struck(t, "Frontdesk back after that", withoutMedia)
	if err := o.stack.Frontdesk.Start(ctx); err != nil {
		t.Fatal(err)
	}
	page.shows("Видеозвонок завершён. Длительность")
	anna.notices(room, "by video")
	back.seen("both sides are told of the end")
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
	back := struck(t, "homeserver back", lingering)
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
	back.seen("both are in the session, heard and seen")
	page.press("Завершить звонок")
	anna.risen(room)
	element.leave()
}

// silence is longer than the homeserver waits for a sign of Element's, and leaves Synapse time to start before Element gives up: after half a minute.
const silence = silentStaff + time.Second

// A call whose media server is gone ends with words on both sides, and the next one works when it is back.
func TestCallWithoutMediaServer(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element, page, room := o.talks(anna, "Сейчас упадёт сервер")
	ctx, cancel := anna.within()
	defer cancel()

	died := struck(t, "media server killed", withoutMedia)
	if err := o.stack.LiveKit.Kill(); err != nil {
		t.Fatal(err)
	}
	page.shows("Видеозвонок завершён. Длительность")
	died.seen("the visitor is told")
	anna.notices(room, "by video")
	died.seen("the operator is told")
	anna.risen(room)
	died.seen("nobody is left in the session")
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
