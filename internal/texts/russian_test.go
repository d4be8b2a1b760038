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
