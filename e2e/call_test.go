package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

var (
	annas  = devices{Tone: annaTone.hertz, Camera: annaCamera.css()}
	boriss = devices{Tone: borisTone.hertz, Camera: borisCamera.css(), Screen: borisScreen.css(), Sound: borisSound.hertz}
)

// identified fails unless everybody connected to the SFU is a member of the session too: others would be shown by no Element.
func (c *caller) identified(t *testing.T) {
	t.Helper()
	c.waits("everybody connected to be a member", func(s session) bool {
		known := map[string]bool{}
		for _, m := range s.Members {
			known[m.Identity] = true
		}
		for _, p := range s.People {
			if !known[p.Identity] {
				return false
			}
		}
		return len(s.People) > 0 && len(s.People) == len(s.Members)-1
	})
}

// muted waits until a caller's Element shows that the customer has switched something off, or on.
func (c *caller) muted(source string, off bool) {
	c.t.Helper()
	c.waits(source+" switched", func(s session) bool {
		for _, p := range s.People {
			for _, track := range p.Tracks {
				if strings.HasPrefix(p.Identity, puppets) && track.Source == source && track.Muted == off {
					return true
				}
			}
		}
		return false
	})
}

// notices waits for a notice of the desk's in a ticket's room.
func (o *operator) notices(room id.RoomID, text string) {
	o.t.Helper()
	o.sees(room, "the notice "+text, func(_ *event.Event, m *event.MessageEventContent) bool {
		return strings.Contains(m.Body, text) || (m.NewContent != nil && strings.Contains(m.NewContent.Body, text))
	})
}

// asks invites a colleague into a ticket's room, who comes.
func (o *operator) asks(room id.RoomID, colleague *operator) {
	o.t.Helper()
	ctx, cancel := o.within()
	defer cancel()
	_, err := o.Client.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: colleague.ID})
	if err == nil {
		err = colleague.WaitMembership(ctx, room, event.MembershipInvite)
	}
	if err == nil {
		err = colleague.Join(ctx, room)
	}
	if err != nil {
		o.t.Fatalf("bring %s into %s: %v", colleague.ID, room, err)
	}
}

// A voice call is asked for in every tab, answered in a window of its own, outlives the page that opened it, is muted from either side, and
// ends when the operator hangs up.
func TestVoiceCall(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "Позвоните мне, пожалуйста")
	second := page.newTab(o.site.url).customer()
	second.open()
	element.join(room, "audio", devices{Tone: annaTone.hertz})

	for _, tab := range []*customer{page, second} {
		tab.offers("Запретить", "Разрешить")
		tab.shows("приглашает вас начать голосовой звонок")
	}
	anna.notices(room, "Waiting for an answer")
	page.shot("call-voice-invitation")
	page.press("Разрешить")
	window := page.opened()
	window.offers("Отклонить", "Принять звонок")
	window.shot("call-voice-window")
	window.press("Принять звонок")
	second.shows("Звонок идёт в другом окне.")

	flows(t, element.tab, []source{annaTone}, window.tab, []source{visitorTone})
	element.identified(t)
	anna.notices(room, "In a call with")
	window.shot("call-voice-talking")
	page.do(chromedp.Navigate(o.site.url + "/?page=2"))
	page.until("the next page is there", launcherIsThere)
	together(t, func() error { return window.receives(listening, annaTone) }, func() error { return element.receives(listening, visitorTone) })

	window.press("Выключить микрофон")
	element.muted("microphone", true)
	together(t, func() error { return element.loses(visitorTone) })
	window.press("Включить микрофон")
	element.muted("microphone", false)
	together(t, func() error { return element.receives(listening, visitorTone) })
	element.call("operator.mute", "mic", true)
	together(t, func() error { return window.loses(annaTone) })
	element.call("operator.mute", "mic", false)
	together(t, func() error { return window.receives(listening, annaTone) })

	element.leave()
	window.shows("Звонок завершён")
	anna.notices(room, "talked")
	anna.risen(room)
	second.shows("Звонок завершён. Длительность")
	page.unviolated()
}

// unanswered lets an operator call somebody who is not there to answer, and gives what waits until both sides are told of it.
func (o *office) unanswered(who *operator, words string) (told func()) {
	o.t.Helper()
	page, room := o.caller(who, words)
	who.says(room, "!video")
	page.offers("Отклонить", "Принять")
	return func() {
		o.t.Helper()
		who.notices(room, "missed the video call: no answer")
		page.shows("Пропущенный видеозвонок")
		page.shot("call-missed")
		if seats := who.seats(room); len(seats) > 0 {
			o.t.Errorf("who never answered is in the session of the room: %v", seats)
		}
	}
}

// A video call goes on over a reload of the visitor's page, takes a second operator in, adds the screen when asked, and ends when the visitor
// hangs up. Meanwhile somebody else is called in vain.
func TestVideoCall(t *testing.T) {
	o := callOffice(t)
	anna, boris := o.login(o.stack.Operators[0]), o.login(o.stack.Operators[1])
	element, second := o.element(anna, "operator"), o.element(boris, "operator")
	missed := o.unanswered(o.login(o.stack.Operators[2]), "Перезвоните, я отойду на минуту")
	page, room := o.caller(anna, "Покажите, как это собрать")
	element.join(room, "video", annas)

	page.offers("Отклонить", "Принять")
	page.shows("приглашает вас начать видеозвонок")
	page.shot("call-video-invitation")
	page.press("Принять")
	flows(t, element.tab, []source{annaTone, annaCamera}, page.tab, []source{visitorTone, visitorCamera})
	element.identified(t)
	page.shot("call-video")
	element.shot("call-video-operator")

	page.press("Выключить камеру")
	element.muted("camera", true)
	together(t, func() error { return element.loses(visitorCamera) })
	page.press("Включить камеру")
	together(t, func() error { return element.receives(listening, visitorCamera) })
	element.call("operator.mute", "cam", true)
	together(t, func() error { return page.loses(annaCamera) })
	element.call("operator.mute", "cam", false)
	together(t, func() error { return page.receives(listening, annaCamera) })

	page.reload()
	flows(t, element.tab, []source{annaTone, annaCamera}, page.tab, []source{visitorTone, visitorCamera})

	anna.asks(room, boris)
	second.join(room, "video", boriss)
	together(t, func() error { return page.receives(listening, annaTone, annaCamera, borisTone, borisCamera) },
		func() error { return second.receives(listening, visitorTone, visitorCamera) })
	page.shot("call-video-two")

	anna.says(room, "!screen")
	page.press("Принять")
	together(t, func() error { return element.receives(listening, visitorScreen) })
	page.shot("call-video-screen")
	element.shot("call-video-screen-operator")
	anna.says(room, "!screen stop")
	together(t, func() error { return element.loses(visitorScreen) }, func() error { return page.receives(listening, annaCamera) })
	// Asked again, nothing is shown before the customer says so.
	anna.says(room, "!screen")
	page.offers("Отклонить", "Принять")
	together(t, func() error { return element.loses(visitorScreen) }, func() error { return page.receives(listening, annaCamera) })
	page.press("Отклонить")
	anna.notices(room, "declined to share the screen")

	page.press("Завершить звонок")
	anna.notices(room, "by video")
	anna.risen(room)
	page.shows("Видеозвонок завершён. Длительность")
	element.waits("the customer to be gone", func(s session) bool { return len(s.People) <= 1 })
	second.leave()
	element.leave()
	page.unviolated()
	missed()
}

// A screen alone asks for neither camera nor microphone, and ends by the button of the page.
func TestScreenCall(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "На странице ошибка")
	anna.says(room, "!screen")

	page.shows("приглашает вас начать трансляцию экрана")
	page.shot("call-screen-invitation")
	page.press("Принять")
	page.shows("Соединяем с оператором…") // nobody looks yet
	element.join(room, "audio", devices{})
	together(t, func() error { return element.receives(flow, visitorScreen) })
	element.identified(t)
	if m, err := page.tab.look(); err != nil || len(m.Out) != 1 || m.Out[0].Kind != "video" {
		t.Errorf("more than the screen is sent: %s (%v)", m, err)
	}
	page.shot("call-screen")
	page.press("Завершить трансляцию")
	anna.notices(room, "shared the screen for")
	anna.risen(room)
	page.shows("Трансляция экрана завершена. Длительность")
	element.leave()
}

// What comes to nothing is told on both sides: a refusal, and a hang-up before the answer.
func TestCallsThatComeToNothing(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "Я лучше напишу")

	element.join(room, "audio", devices{Tone: annaTone.hertz})
	page.press("Запретить")
	anna.notices(room, "declined the call")
	anna.happens(room, "the refusal for Element", func(e *event.Event) bool { return e.Type.Type == "org.matrix.msc4310.rtc.decline" })
	page.shows("Вы отклонили звонок")
	element.leave()

	element.join(room, "video", annas)
	page.offers("Отклонить", "Принять")
	element.leave()
	anna.notices(room, "The video call to")
	page.shows("Пропущенный видеозвонок")

	if seats := anna.seats(room); len(seats) > 0 {
		t.Errorf("the customer is in the session of the room: %v", seats)
	}
}
