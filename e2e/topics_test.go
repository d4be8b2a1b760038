package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"maunium.net/go/mautrix/event"

	"frontdesk/internal/devstack"
)

// topicalOffice gives a desk with two topics beside a hidden default queue. Anna answers everywhere.
func topicalOffice(t *testing.T, timeout string) *office {
	t.Helper()
	anna := "@" + devstack.OperatorName(0) + ":" + devstack.Domain
	var queues []map[string]any
	for _, name := range []string{"general", "sales", "delivery"} {
		queues = append(queues, map[string]any{
			"id": name, "name": map[string]string{"general": "General", "sales": "Продажи", "delivery": "Доставка"}[name], "visible": name != "general",
			"operators": []string{anna},
		})
	}
	return shareOffice(t, "topics within "+timeout, devstack.StackOptions{
		Operators: 1, DoublePuppet: true, Settings: map[string]any{"sites.0.queues": queues, "sites.0.choose_timeout": timeout},
	})
}

// topic is the button of a topic.
func topic(name string) string {
	quoted, _ := json.Marshal(name)
	return fmt.Sprintf(`[...document.querySelector("frontdesk-chat").shadowRoot.querySelectorAll(".fd-topics button")].find((b) => b.textContent === %s)`, quoted)
}

const noTopics = `document.querySelector("frontdesk-chat").shadowRoot.querySelector(".fd-topics") === null`

func (v *visitor) chooses(name string) {
	v.t.Helper()
	v.until("the topic is offered", topic(name))
	v.do(chromedp.Click(chromedp.JSPath(topic(name))))
	v.until("no topic is offered any more", noTopics)
}

// TestTopicBeforeWords: what is chosen at the sight of the chat opens the ticket there, and sticks.
func TestTopicBeforeWords(t *testing.T) {
	o := topicalOffice(t, "60s")
	anna := o.login(o.stack.Operators[0])
	page := chromium(t).visit(o.site.url, phone)
	page.open()
	page.until("both topics are offered", topic("Продажи")+` && `+topic("Доставка"))
	page.shot("topics")
	page.chooses("Доставка")
	page.sees("Спасибо за обращение!")
	card := anna.card("no words yet")
	page.say("Где моя посылка?")
	anna.cardSays(card, "Где моя посылка?")
	room := anna.accept(card)
	anna.says(room, "Уже едет")
	page.sees("Уже едет")
	anna.says(room, "!close")
	page.sees("Конец диалога. Оцените качество")
	page.until("no topics at the end", noTopics)
	page.say("И ещё вопрос")
	again := anna.card("И ещё вопрос")
	if again.RoomID != card.RoomID {
		t.Errorf("the second ticket came to another lobby than the first: %s", anna.saw(again.RoomID))
	}
	page.until("no topics for somebody who has chosen", noTopics)
}

// TestTopicAfterWords: nobody learns of the words before the topic is chosen or the time has passed; then the buttons are gone everywhere.
func TestTopicAfterWords(t *testing.T) {
	o := topicalOffice(t, "15s")
	anna := o.login(o.stack.Operators[0])
	chooser := chromium(t).visit(o.site.url, desktop)
	chooser.open()
	chooser.say("Сколько стоит?")
	chooser.sees("Выберите, пожалуйста, тему обращения.")
	second := chooser.newTab(o.site.url)
	second.open()
	chooser.until("the topics stay", topic("Продажи"))
	second.chooses("Продажи")
	for _, tab := range []*visitor{chooser, second} {
		tab.until("no topics in either tab", noTopics)
		tab.sees("Тема: Продажи")
	}
	sales := anna.card("Сколько стоит?")

	silent := chromium(t).visit(o.site.url, desktop)
	silent.open()
	silent.say("Есть кто-нибудь?")
	silent.until("the topics are offered", topic("Продажи"))
	silent.say("Ау!")
	silent.until("both messages are in Matrix", fmt.Sprintf(`%s.querySelectorAll("[data-status=delivered]").length === 2`, inChat(".fd-log")))
	seen := anna.saw("")
	if eval[bool](silent, "!("+noTopics+")") && strings.Contains(seen, "Есть кто-нибудь?") {
		t.Errorf("the staff learn of words whose topic is open:\n%s", seen)
	}
	silent.until("the time has passed", noTopics)
	silent.sees("Спасибо за обращение!")
	general := anna.card("Есть кто-нибудь?")
	if general.RoomID == sales.RoomID {
		t.Error("who chose nothing came to a chosen topic")
	}
}

// TestRating: at the end the visitor rates by the keyboard; card, room and the operator's own chat show it, and a change of it.
func TestRating(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	page := chromium(t).visit(o.site.url, desktop)
	const words = "Как вернуть товар?"
	page.open()
	page.say(words)
	card := anna.card(words)
	room := anna.accept(card)
	anna.says(room, "По квитанции")
	page.sees("По квитанции")
	anna.says(room, "!close")
	page.sees("Конец диалога. Оцените качество")
	for eval[bool](page, focused+`?.type !== "radio"`) {
		page.press(kb.Tab, kb.ModifierShift)
	}
	page.keys(" ", kb.ArrowLeft)
	for eval[bool](page, inChat(`.fd-stars input:checked`)+`.value !== "5"`) {
		page.keys(kb.ArrowRight)
	}
	page.keys(kb.Tab, "Быстро!", kb.Tab, kb.Enter)
	page.sees("Спасибо за оценку!")
	anna.cardSays(card, "★5/5")
	ticket := number(t, card)
	direct := anna.sees("", "the rating in the direct chat", func(e *event.Event, m *event.MessageEventContent) bool {
		return containsAll(m.FormattedBody, ticket, "★5/5", "https://matrix.to/#/", "Быстро!")
	})
	thread := anna.sees(card.RoomID, "the comment in the thread", func(_ *event.Event, m *event.MessageEventContent) bool {
		return m.RelatesTo.GetThreadParent() == card.ID && containsAll(m.Body, "★5/5", "Быстро!")
	})
	if direct.RoomID == room || direct.RoomID == thread.RoomID {
		t.Errorf("told in %s", direct.RoomID)
	}

	page.reload()
	page.open()
	page.until("the rating is there after a reload", inChat(`.fd-stars input[value="5"]`)+`.checked`)
	second := page.newTab(o.site.url)
	second.open()
	second.until("and in a second tab", inChat(`.fd-stars input[value="5"]`)+`.checked`)
	second.do(chromedp.Click(chromedp.JSPath(inChat(`.fd-stars input[value="3"]`))), chromedp.Click(chromedp.JSPath(inChat(`.fd-rate button`))))
	anna.cardSays(card, "★3/5")
	page.until("the change came to the first tab", inChat(`.fd-stars input[value="3"]`)+`.checked`)
	second.say("Ещё вопрос")
	anna.card("Ещё вопрос")
	for _, tab := range []*visitor{page, second} {
		tab.until("a new ticket cannot be rated", inChat(".fd-rate")+` === null`)
	}
}

func containsAll(text string, words ...string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// TestAwayFromTheOffice: outside of the hours the header says so before a word is written, and the answer asks to wait until then.
func TestAwayFromTheOffice(t *testing.T) {
	today := time.Now().UTC()
	o := openOffice(t, devstack.StackOptions{Operators: 1, DoublePuppet: true, Settings: map[string]any{
		// Two days, as the test may run over midnight.
		"sites.0.schedule.dates": []string{today.Format(time.DateOnly) + ".." + today.AddDate(0, 0, 1).Format(time.DateOnly) + " closed"},
		"sites.0.hours":          "По будням с 9 до 18",
	}})
	anna := o.login(o.stack.Operators[0])
	for _, screen := range []viewport{desktop, phone} {
		page := chromium(t).visit(o.site.url, screen)
		page.open()
		page.sees("Сейчас нас нет на месте")
		page.sees("По будням с 9 до 18")
		page.say("Вы работаете? " + screen.name)
		page.sees("Сейчас нерабочее время")
		page.shot("away")
		room := anna.accept(anna.card("Вы работаете? " + screen.name))
		anna.says(room, "Да, зашла на минуту")
		page.sees("Мы рады помочь!")
	}
}

// TestNewScreensAreAccessible: topics and rating pass axe-core in either theme, on a desk and on a phone.
func TestNewScreensAreAccessible(t *testing.T) {
	o := topicalOffice(t, "60s")
	anna := o.login(o.stack.Operators[0])
	axe, err := os.ReadFile(filepath.Join("..", "widgetgw", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("read axe-core, which npm installs with the widget's packages: %v", err)
	}
	for _, dark := range []bool{false, true} {
		for _, screen := range []viewport{desktop, phone} {
			t.Run(fmt.Sprintf("%s dark %t", screen.name, dark), func(t *testing.T) {
				screen.dark = dark
				page := chromium(t).visit(o.site.url, screen)
				look := func(name string) {
					t.Helper()
					page.until("nothing moves any more", `document.querySelector("frontdesk-chat").shadowRoot.getAnimations().every((a) => a.playState !== "running")`)
					page.shot(fmt.Sprintf("%s-dark-%t", name, dark))
					for _, v := range violations(t, page, string(axe)) {
						if v.Impact == "serious" || v.Impact == "critical" {
							t.Errorf("%s: %s (%s): %s at %v", name, v.ID, v.Impact, v.Help, v.Nodes)
						}
					}
				}
				page.open()
				page.until("the topics are offered", topic("Продажи"))
				look("topics")
				words := fmt.Sprintf("Доступно ли это, %s %t?", screen.name, dark)
				page.say(words)
				page.sees("Выберите, пожалуйста, тему обращения.")
				look("topics-after-words")
				page.chooses("Продажи")
				room := anna.accept(anna.card(words))
				anna.says(room, "!close")
				page.until("it can be rated", inChat(".fd-rate"))
				look("rate")
				page.do(chromedp.Click(chromedp.JSPath(inChat(`.fd-stars input[value="4"]`))))
				look("rate-chosen")
				page.do(chromedp.Click(chromedp.JSPath(inChat(`.fd-rate button`))))
				page.sees("Спасибо за оценку!")
				look("rated")
				page.unviolated()
			})
		}
	}
}
