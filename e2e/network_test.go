package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/e2e/chrome"
	"frontdesk/internal/devstack"
)

// through visits the site with a breakable network between browser and gateway.
func (o *office) through(b *browser) (*visitor, *devstack.Proxy) {
	o.t.Helper()
	proxy, err := devstack.NewProxy(strings.TrimPrefix(o.stack.Frontdesk.GatewayURL, "http://"))
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			o.t.Error(err)
		}
	})
	return b.visit(o.site.via("http://"+proxy.Addr), desktop), proxy
}

// customerSaid lists what a customer's puppet said in a room, in order, after some words.
func customerSaid(o *operator, room id.RoomID, after string) []string {
	var all []string
	for _, e := range o.Seen(room) {
		if m := e.Content.AsMessage(); e.Type == event.EventMessage && m.RelatesTo == nil && strings.HasPrefix(string(e.Sender), "@desk_c_") {
			all = append(all, m.Body)
		}
	}
	return all[slices.Index(all, after)+1:]
}

// What was typed without a network leaves when it is back: once and in order. What came meanwhile is shown.
func TestOfflineAndBack(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	pavel, proxy := o.through(chromium(t))
	room := pavel.talk(anna, "Еду в метро")
	proxy.Refuse(true)
	proxy.CutAll()
	typed := []string{"станция раз", "станция два", "станция три", "станция четыре", "станция пять"}
	for _, words := range typed {
		pavel.say(words)
		pavel.sees(words)
	}
	anna.says(room, "Ждём вас")
	pavel.until("the visitor is told that the connection is broken", fmt.Sprintf(`%s.textContent.includes("Связь прервалась")`, inChat(".fd-strip")))
	proxy.Refuse(false)
	pavel.sees("Ждём вас")
	for _, words := range typed {
		anna.reads(room, words)
	}
	anna.says(room, "Вижу все пять")
	pavel.sees("Вижу все пять")
	if got := customerSaid(anna, room, "Еду в метро"); !slices.Equal(got, typed) {
		t.Errorf("typed %v, came %v", typed, got)
	}
	for _, words := range append(typed, "Ждём вас") {
		if n := pavel.times(words); n != 1 {
			t.Errorf("%q is shown %d times", words, n)
		}
	}
}

// A network that swallows one direction looks open to both ends. The widget notices and opens another socket; nothing is lost or doubled.
func TestOneWayLoss(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	roman, proxy := o.through(chromium(t))
	room := roman.talk(anna, "Слышно меня?")
	anna.says(room, "Да")
	roman.sees("Да")

	for side, say := range map[string]func(){
		"the visitor speaks":  func() { roman.say("А теперь?"); anna.reads(room, "А теперь?") },
		"the operator speaks": func() { anna.says(room, "Вы пропали") },
	} {
		sockets, began := roman.sockets(), time.Now()
		for _, c := range proxy.Conns() {
			c.OneWay()
		}
		say()
		roman.reconnects(sockets)
		t.Logf("%s: replaced after %s", side, time.Since(began).Round(100*time.Millisecond))
		last := "Снова слышно: " + side
		anna.says(room, last)
		roman.sees(last)
	}
	roman.sees("Вы пропали")
	for _, words := range []string{"А теперь?", "Вы пропали"} {
		if n := roman.times(words); n != 1 {
			t.Errorf("%q is shown %d times", words, n)
		}
	}
	if got := customerSaid(anna, room, "Слышно меня?"); !slices.Equal(got, []string{"А теперь?"}) {
		t.Errorf("came %v", got)
	}
}

// A laptop that slept finds its connections dead, and what was said meanwhile.
func TestSleep(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	sonya, proxy := o.through(startBrowser(t))
	room := sonya.talk(anna, "Закрываю ноутбук")
	life := func(state page.SetWebLifecycleStateState) {
		t.Helper()
		sonya.do(chrome.Command(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state}))
	}
	life(page.SetWebLifecycleStateStateFrozen)
	for _, c := range proxy.Conns() {
		c.OneWay() // nobody says goodbye to a machine that sleeps
	}
	said := []string{"Ваш заказ собран", "Он в пункте выдачи", "Код 4512"}
	for _, words := range said {
		anna.says(room, words)
	}
	life(page.SetWebLifecycleStateStateActive)
	for _, words := range said {
		sonya.sees(words)
	}
	sonya.say("Проснулась")
	anna.reads(room, "Проснулась")
	for _, words := range said {
		if n := sonya.times(words); n != 1 {
			t.Errorf("%q is shown %d times", words, n)
		}
	}
}

// Where something on the way refuses WebSockets, long polling carries the conversation.
func TestWithoutWebSockets(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	gateway, err := url.Parse(o.stack.Frontdesk.GatewayURL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(gateway)
	guard := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, "not here", http.StatusForbidden)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(guard.Close)
	tanya := chromium(t).visit(o.site.via(guard.URL), desktop)
	room := tanya.talk(anna, "Пишу из банка")
	anna.says(room, "Читаем вас")
	tanya.sees("Читаем вас")
	tanya.say("Отлично")
	anna.reads(room, "Отлично")
	if frames := tanya.frames(); len(frames) > 0 {
		t.Errorf("a WebSocket brought %d frames", len(frames))
	}
}
