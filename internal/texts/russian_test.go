package texts

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRussianIsOneVoice: Russian texts name commands in Russian, address people as «Вы», and call a site «ресурс» among the staff.
func TestRussianIsOneVoice(t *testing.T) {
	data, err := os.ReadFile("ru.yaml")
	if err != nil {
		t.Fatal(err)
	}
	faults := map[string]*regexp.Regexp{
		"an English command": regexp.MustCompile(`![a-z]{2,}`),
		"«вы» in lower case": regexp.MustCompile(`(^|[^А-Яа-яЁё])в(ы|ас|ам|ами|аш[а-я]{0,3})($|[^А-Яа-яЁё])`),
	}
	website := regexp.MustCompile(`^(customer|template\.start|call|help\.call_link|setting\.origin|widget)`)
	for line := range strings.Lines(string(data)) {
		key, text, _ := strings.Cut(line, ": ")
		if strings.HasPrefix(key, "#") || strings.HasPrefix(key, "template.start.") { // those are the document's
			continue
		}
		for what, fault := range faults {
			if found := fault.FindString(text); found != "" {
				t.Errorf("%s has %s: %q", key, what, found)
			}
		}
		if strings.Contains(strings.ToLower(text), "сайт") && !website.MatchString(key) {
			t.Errorf("%s speaks of a «сайт»", key)
		}
	}
}

// TestWordsOfTheDocuments: what the documents that the features come from call a thing is what the Russian interface calls it.
func TestWordsOfTheDocuments(t *testing.T) {
	c := load(t)
	for key, words := range map[string][]string{
		"actions.how":         {"Закрыть заявку", "Вернуть в очередь", "Передать в очередь", "Передать комнату специалисту", "Блокировать"},
		"help.rename":         {"Переименование комнат"},
		"customer.closed":     {"Конец диалога"},
		"customer.rate":       {"Оцените качество"},
		"template.list":       {"Шаблоны ответов"},
		"template.text":       {"Текст ответа"},
		"list.my":             {"Мои"},
		"list.new":            {"Новые"},
		"list.all":            {"Все"},
		"list.archive":        {"Архив"},
		"contact.out_of_date": {"утративший актуальность"},
		"room.admins.name":    {"Администраторы"},
		"rights.templates":    {"Шаблоны прав"},
	} {
		text := c.Text("ru", key)
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say «%s»: %s", key, w, text)
			}
		}
	}
}
