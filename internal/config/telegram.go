package config

import (
	"net/url"
	"path/filepath"
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
	v.files(at, b)
	if b.Mode == TelegramWebhook && b.InCloud() {
		v.hook(at + ".mode")
	}
}

// files checks where the files of a Bot API server of one's own are, which serves none itself.
func (v *validator) files(at string, b *Telegram) {
	u, err := url.Parse(b.FileURL)
	switch {
	case b.FileURL == "":
	case b.InCloud():
		v.wrong(at+".file_url", "is of a Bot API server of one's own, but api_url is Telegram's", "remove it, or name your server by api_url")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		v.wrong(at+".file_url", "is no address", "write one such as http://127.0.0.1:8082/file")
	case b.FileDir != "":
		v.wrong(at+".file_url", "stands beside file_dir", "keep one of the two")
	}
	switch {
	case b.FileDir == "":
	case b.InCloud():
		v.wrong(at+".file_dir", "is of a Bot API server of one's own, but api_url is Telegram's", "remove it, or name your server by api_url")
	case !filepath.IsAbs(b.FileDir):
		v.wrong(at+".file_dir", "is no whole path", "write one such as /var/lib/telegram-bot-api")
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
