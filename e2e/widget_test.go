package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// talk opens the chat, writes, and lets an operator take the ticket.
func (v *visitor) talk(who *operator, words string) id.RoomID {
	v.t.Helper()
	v.open()
	v.say(words)
	return who.accept(who.card(words))
}

// The conversation belongs to the browser profile: a reload keeps it, a second tab lives along, another profile is somebody else.
func TestReloadSecondTabAndAnotherPerson(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	nina := chromium(t).visit(o.site.url, desktop)
	room := nina.talk(anna, "Где мой заказ?")
	anna.says(room, "Курьер выехал")
	nina.sees("Курьер выехал")

	nina.reload()
	nina.open()
	nina.sees("Где мой заказ?")
	nina.sees("Курьер выехал")

	second := nina.newTab(o.site.url)
	second.open()
	second.sees("Курьер выехал")
	second.say("Спасибо, жду")
	nina.sees("Спасибо, жду")
	anna.says(room, "Приятного кофе")
	for _, tab := range []*visitor{nina, second} {
		tab.sees("Приятного кофе")
		if n := tab.times("Спасибо, жду"); n != 1 {
			t.Errorf("the message from the second tab is shown %d times", n)
		}
	}

	stranger := chromium(t).visit(o.site.url, desktop)
	stranger.open()
	stranger.say("А я впервые здесь")
	if anna.card("А я впервые здесь").ID == anna.card("Где мой заказ?").ID {
		t.Error("another person's words came to the same ticket")
	}
	if text := stranger.text(); strings.Contains(text, "Курьер") {
		t.Errorf("another person reads the conversation: %s", text)
	}
}

// times counts the messages with exactly this text.
func (v *visitor) times(text string) int {
	v.t.Helper()
	return eval[int](v, fmt.Sprintf(`[...%s.querySelectorAll(".fd-bubble")].filter((b) => b.textContent.includes(%q)).length`, inChat(".fd-log"), text))
}

// Days later the browser and the desk have been started anew; what is left is the token in the browser's storage.
func TestResumeByTheStoredToken(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	const key = "frontdesk:main"
	before := chromium(t).visit(o.site.url, desktop)
	room := before.talk(anna, "Напомните через неделю")
	anna.says(room, "Напомним")
	before.sees("Напомним")
	kept := eval[string](before, fmt.Sprintf(`localStorage.getItem(%q)`, key))

	ctx, cancel := anna.within()
	defer cancel()
	if err := o.stack.Frontdesk.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	after := startBrowser(t).visit(o.site.url, desktop)
	if there := eval[bool](after, fmt.Sprintf(`localStorage.getItem(%q) !== null`, key)); there {
		t.Fatal("the new browser has a session already")
	}
	eval[bool](after, fmt.Sprintf(`(localStorage.setItem(%q, %q), true)`, key, kept))
	after.reload()
	after.open()
	after.sees("Напомните через неделю")
	after.sees("Напомним")
	after.say("Я вернулась")
	anna.reads(room, "Я вернулась")
	anna.says(room, "С возвращением")
	after.sees("С возвращением")
}

// Everything can be done with the keyboard alone.
func TestKeyboardAlone(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	oleg := chromium(t).visit(o.site.url, desktop)
	oleg.until("the launcher is there", launcherIsThere)
	oleg.keys(kb.Tab, kb.Enter)
	oleg.until("the text field has the focus", focused+`?.tagName === "TEXTAREA"`)
	oleg.keys("Есть декаф?")
	oleg.press(kb.Enter, kb.ModifierShift)
	oleg.keys("Без кофеина", kb.Enter)
	card := anna.card("Есть декаф?")
	room := anna.accept(card)
	first := anna.reads(room, "Есть декаф?\nБез кофеина")
	oleg.until("the message was taken", fmt.Sprintf(`%s.querySelector(".fd-message[data-from=me]").dataset.id`, inChat(".fd-log")))

	oleg.keys(kb.ArrowUp)
	oleg.until("the last message is being edited", fmt.Sprintf(`%s.value.includes("декаф")`, inChat(".fd-composer textarea")))
	oleg.keys(kb.End, " совсем", kb.Enter)
	anna.sees(room, "the edit", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetReplaceID() == first.ID && m.NewContent != nil && strings.HasSuffix(m.NewContent.Body, "совсем")
	})

	// To the message's menu and a reaction by it: Shift+Tab leaves the composer backwards.
	anna.says(room, "Есть, швейцарский")
	oleg.sees("Есть, швейцарский")
	for eval[bool](oleg, focused+`?.classList.contains("fd-act") !== true`) {
		oleg.press(kb.Tab, kb.ModifierShift)
	}
	oleg.keys(kb.Enter)
	oleg.until("the menu has the focus", focused+`?.closest(".fd-menu")`)
	oleg.keys(kb.Enter)
	anna.happens(room, "the reaction", func(e *event.Event) bool {
		return e.Type == event.EventReaction && e.Content.AsReaction().RelatesTo.Key == "👍"
	})
	oleg.keys(kb.Escape)
	oleg.until("the chat is folded and the launcher has the focus",
		`document.activeElement?.localName === "frontdesk-launcher" && document.querySelector("frontdesk-launcher").shadowRoot.querySelector("button").ariaExpanded === "false"`)
}

const focused = `document.querySelector("frontdesk-chat")?.shadowRoot.activeElement`

// On a phone the chat is the whole screen; on a desk it leaves the page alone. Both looks come in both languages.
func TestScreens(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	const box = `(() => { const r = %s.getBoundingClientRect(); return [r.left, r.top, innerWidth - r.right, innerHeight - r.bottom].map(Math.round) })()`
	for _, scheme := range []struct {
		screen viewport
		dark   bool
		lang   string
		hello  string
	}{
		{phone, false, "ru", "Напишите нам, мы онлайн!"}, {phone, true, "en", "Write to us"},
		{desktop, false, "en", "Write to us"}, {desktop, true, "ru", "Напишите нам, мы онлайн!"},
	} {
		t.Run(fmt.Sprintf("%s dark %t %s", scheme.screen.name, scheme.dark, scheme.lang), func(t *testing.T) {
			scheme.screen.dark = scheme.dark
			page := chromium(t).visit(o.site.url+"/?lang="+scheme.lang, scheme.screen)
			page.open()
			page.until("the greeting in the page's language", fmt.Sprintf(`%s.textContent.includes(%q)`, inChat(".fd-title"), scheme.hello))
			page.until("the panel has arrived", fmt.Sprintf(`%s.getAnimations().every((a) => a.playState === "finished")`, inChat(".fd-panel")))
			if want, got := map[bool]string{true: "dark", false: "light"}[scheme.dark], eval[string](page, inChat(".fd-panel")+".dataset.theme"); got != want {
				t.Errorf("the theme is %s, the system's %s", got, want)
			}
			edges := eval[[]int](page, fmt.Sprintf(box, inChat(".fd-panel")))
			if whole := edges[0] == 0 && edges[1] == 0 && edges[2] == 0 && edges[3] == 0; whole != scheme.screen.mobile {
				t.Errorf("the panel's distances from the screen's edges are %v", edges)
			}
			if eval[bool](page, `document.documentElement.scrollWidth > innerWidth`) {
				t.Error("the page scrolls sideways")
			}
			words := fmt.Sprintf("Какой кофе свежий, %s %t?", scheme.screen.name, scheme.dark)
			room := page.talk(anna, words)
			anna.says(room, "Эфиопия, вчерашней обжарки: https://example.org/ethiopia")
			page.sees("вчерашней обжарки")
			page.attach(onDisk(t, "chashka.png", picture(t, 120)))
			page.say("Такая подойдёт?")
			page.until("the picture is drawn", fmt.Sprintf(`[...%s.querySelectorAll(".fd-message[data-from=me] img")].some((i) => i.naturalWidth === 320)`, inChat(".fd-log")))
			page.shot(fmt.Sprintf("dark-%t-%s", scheme.dark, scheme.lang))
			page.unviolated()
		})
	}
}

// unviolated fails if the page's content security policy refused something.
func (v *visitor) unviolated() {
	v.t.Helper()
	select {
	case violation := <-v.violations:
		v.t.Errorf("the widget broke the page's policy: %s", violation)
	default:
	}
}

// What Element makes of bold words, lists, links and code is shown as such; what is no text is not there.
func TestHTMLFromElement(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	page := chromium(t).visit(o.site.url, desktop)
	room := page.talk(anna, "Как заваривать?")
	ctx, cancel := anna.within()
	defer cancel()
	_, err := anna.SendHTML(ctx, room, "Так: молоть, лить, ждать", `<p><strong>Так</strong>: <a href="https://example.org/brew">по шагам</a>, <code>94 °C</code></p>`+
		`<ol><li>молоть</li><li>лить</li></ol><img src="x" onerror="document.title='broken'"><script>document.title='broken'</script>`+
		`<a href="javascript:document.title='broken'">ждать</a><p style="position:fixed;inset:0">всё</p>`)
	if err != nil {
		t.Fatal(err)
	}
	page.sees("молоть")
	last := fmt.Sprintf(`[...%s.querySelectorAll(".fd-message[data-from=staff] .fd-bubble")].at(-1)`, inChat(".fd-log"))
	for what, expression := range map[string]string{
		"bold words":             `b.querySelector("strong,b").textContent === "Так"`,
		"a link in a new window": `b.querySelector("a").href === "https://example.org/brew" && b.querySelector("a").rel.includes("noopener") && b.querySelector("a").target === "_blank"`,
		"code":                   `b.querySelector("code").textContent === "94 °C"`,
		"a list":                 `[...b.querySelectorAll("ol li")].map((l) => l.textContent).join() === "молоть,лить"`,
		"nothing that runs":      `!b.querySelector("script,img,[style],[onerror]") && [...b.querySelectorAll("a")].every((a) => a.protocol === "https:") && document.title !== "broken"`,
	} {
		if !eval[bool](page, fmt.Sprintf(`((b) => !!(%s))(%s)`, expression, last)) {
			t.Errorf("the visitor does not see %s: %s", what, eval[string](page, last+".innerHTML"))
		}
	}
	page.unviolated()
}
