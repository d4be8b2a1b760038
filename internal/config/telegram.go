package config

import "regexp"

// botTokenRE is the shape of what @BotFather gives.
var botTokenRE = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$`)

// telegram checks a bot; seen makes sure that its name and its token are used once: two readers of one bot take each other's updates.
func (v *validator) telegram(at string, b *Telegram, seen map[string]bool) {
	v.slug(at+".name", b.Name, seen)
	if b.Mode != TelegramPolling && b.Mode != TelegramWebhook {
		v.wrong(at+".mode", "is unknown", "write polling or webhook")
	}
	if !b.Enabled {
		return
	}
	token := "token " + string(b.Token)
	switch {
	case b.Token == "":
		v.wrong(at+".token", "is missing", "write what @BotFather gave you, in quotes, or enabled: false")
	case b.Token.placeholder():
	case !botTokenRE.MatchString(string(b.Token)):
		v.wrong(at+".token", "is no token of a bot", "write what @BotFather gave you: digits, a colon, letters")
	case seen[token]:
		v.wrong(at+".token", "is that of another bot of this file", "make a second bot with @BotFather, or remove one of the two")
	}
	seen[token] = true
	v.baseURL(at+".api_url", b.APIURL, "https://api.telegram.org")
}
