package config

import (
	"net/url"
	"regexp"
	"slices"
)

// botTokenRE is the shape of what @BotFather gives.
var botTokenRE = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$`)

// cloudAPI is Telegram's own Bot API server.
const cloudAPI = "api.telegram.org"

// hookPorts are those to which Telegram brings webhooks; "" is that of https.
var hookPorts = []string{"", "443", "80", "88", "8443"}

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
	v.baseURL(at+".api_url", b.APIURL, "https://"+cloudAPI)
	if b.Mode == TelegramWebhook && b.InCloud() {
		v.hook(at + ".mode")
	}
}

// InCloud reports whether the bot talks to Telegram's own server, which is stricter than one's own.
func (b *Telegram) InCloud() bool {
	u, err := url.Parse(b.APIURL)
	return err == nil && u.Hostname() == cloudAPI
}

// hook checks that Telegram would come to our address.
func (v *validator) hook(key string) {
	u, err := url.Parse(v.c.Gateway.PublicURL)
	switch {
	case err != nil || u.Host == "": // told at that key
	case u.Scheme != "https":
		v.wrong(key, "is webhook, for which gateway.public_url must begin with https://", "write mode: polling, or put TLS before the gateway")
	case !slices.Contains(hookPorts, u.Port()):
		v.wrong(key, "is webhook, for which Telegram does not come to port "+u.Port()+" of gateway.public_url",
			"write mode: polling, or serve the gateway at port 443, 80, 88 or 8443")
	}
}
