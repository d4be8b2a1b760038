package desk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReadContact(t *testing.T) {
	for _, test := range []struct {
		text          string
		kind          ContactKind
		value, remark string
	}{
		{"+7 916 123-45-67", ContactPhone, "+79161234567", ""},
		{"8 (916) 123-45-67 после шести", ContactPhone, "+79161234567", "после шести"},
		{"8(495)8221641, рабочий", ContactPhone, "+74958221641", "рабочий"},
		{"+7 (495) 822-16-41 доб. 12", ContactPhone, "+74958221641", "доб. 12"},
		{"8 916 123-45-67 12 корпус", ContactPhone, "+79161234567", "12 корпус"},
		{"+7 916 123 45 67 10-18", ContactPhone, "+79161234567", "10-18"},
		{"79161234567", ContactPhone, "+79161234567", ""},
		{"9161234567", ContactPhone, "+79161234567", ""},
		{"+49 30 901820 office", ContactPhone, "+4930901820", "office"},
		{"телефон: 112345 внутренний", ContactPhone, "112345", "внутренний"},
		{"+7 916 123-45-67 (work)", ContactPhone, "+79161234567", "work"},
		{"whatsapp +7 916 123 45 67", ContactWhatsApp, "+79161234567", ""},
		{"Irina.P@Company.RU", ContactEmail, "Irina.P@company.ru", ""},
		{"irina@company.ru, личная", ContactEmail, "irina@company.ru", "личная"},
		{"почта irina@company.ru", ContactEmail, "irina@company.ru", ""},
		{"ирина@почта.рф", ContactEmail, "ирина@почта.рф", ""},
		{"@Irina_P evenings", ContactTelegram, "@irina_p", "evenings"},
		{"https://t.me/irina_p", ContactTelegram, "@irina_p", ""},
		{"tg irina_p", ContactTelegram, "@irina_p", ""},
		{"https://vk.com/irina.p", ContactVK, "vk.com/irina.p", ""},
		{"vk irina", ContactVK, "vk.com/irina", ""},
		{"other «Skype irina» office", ContactOther, "Skype irina", "office"},
		{"skype:irina", ContactOther, "skype:irina", ""},
	} {
		kind, value, remark, err := readContact(test.text)
		if err != nil || kind != test.kind || value != test.value || remark != test.remark {
			t.Errorf("%q: %s %q %q, %v", test.text, kind, value, remark, err)
		}
	}
	for text, key := range map[string]string{
		"": "contact.no_value", "phone": "contact.no_value", "почта": "contact.no_value", "phone call": "contact.no_value",
		"+7 916 123": "contact.bad_phone", "+7 916 123-45-675": "contact.bad_phone", "12": "contact.bad_phone", "+": "contact.bad_phone",
		"1+2345678": "contact.bad_phone", "+123456789012345678": "contact.bad_phone", "+0123456789": "contact.bad_phone",
		"891612345678": "contact.bad_phone", "112233445566": "contact.bad_phone", "irina@": "contact.bad_email", "irina@company": "contact.bad_email", "a@b@c.ru": "contact.bad_email", "email <a@b.ru>": "contact.bad_email",
		"email a@[127.0.0.1]": "contact.bad_email", "email a@b.": "contact.bad_email",
		"@me": "contact.bad_telegram", "@1234567": "contact.bad_telegram", "tg ирина": "contact.bad_telegram", "@": "contact.bad_telegram",
		"vk.com/": "contact.bad_vk", "vk имя": "contact.bad_vk",
		"other " + strings.Repeat("x", 201):            "contact.bad_other",
		"+7 916 123-45-67 " + strings.Repeat("x", 201): "contact.long_comment",
	} {
		if _, _, _, err := readContact(text); err == nil || !strings.HasSuffix(err.Error(), " "+key) {
			t.Errorf("%q: %v, want %s", text, err, key)
		}
	}
}

func TestContactLinks(t *testing.T) {
	for _, test := range []struct{ kind, value, link, shown string }{
		{"email", "a@b.ru", "mailto:a@b.ru", "a@b.ru"},
		{"telegram", "@irina", "https://t.me/irina", "@irina"},
		{"whatsapp", "+79161234567", "https://wa.me/79161234567", "+7 916 123-45-67"},
		{"vk", "vk.com/irina", "https://vk.com/irina", "vk.com/irina"},
		{"phone", "+79161234567", "", "+7 916 123-45-67"},
		{"phone", "+4930901820", "", "+4930901820"},
		{"other", "x", "", "x"},
	} {
		c := Contact{Kind: ContactKind(test.kind), Value: test.value}
		if c.link() != test.link || c.shown() != test.shown {
			t.Errorf("%+v: %q %q", c, c.link(), c.shown())
		}
		if c.Hidden = true; c.link() != "" {
			t.Errorf("hidden %+v is linked: %q", c, c.link())
		}
	}
}

// FuzzReadContact: what is taken is of its kind, and reading it again gives the same.
func FuzzReadContact(f *testing.F) {
	for _, s := range []string{"+7 916 123-45-67 x", "a@b.ru", "@irina_p", "t.me/irina", "vk.com/i1", "other «x»", "8(916)1234567", "\xff", "phone +", "mail \"a b\"@c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, value, remark, err := readContact(s)
		if err != nil {
			if CodeOf(err) != Invalid {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if value == "" || utf8.RuneCountInString(remark) > maxContactComment || len(value) > 4*maxContactValue+254 {
			t.Fatalf("%q: %q %q", s, value, remark)
		}
		if again := normalContact(kind, value); again != value {
			t.Fatalf("%q: %s %q, read again %q", s, kind, value, again)
		}
	})
}
