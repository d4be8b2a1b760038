package telegram

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"

	"frontdesk/internal/section"
)

// Ways in which Telegram brings updates.
const (
	modePolling = "polling"
	modeWebhook = "webhook"
)

// entry is a bot as a site's configuration names it.
type entry struct {
	Name      string         `yaml:"name"` // unique over all sites; what came through the bot is known by it
	Enabled   bool           `yaml:"enabled"`
	Token     section.Secret `yaml:"token"`
	TokenFile string         `yaml:"token_file"`
	Mode      string         `yaml:"mode"`
	APIURL    string         `yaml:"api_url"`
	FileURL   string         `yaml:"file_url"` // where customers' files are served; empty: below APIURL
	FileDir   string         `yaml:"file_dir"` // where they lie on this machine; empty: they are served
}

// cloudAPI is Telegram's own Bot API server.
const cloudAPI = "api.telegram.org"

// SetDefaults gives the values of keys that are left out.
func (e *entry) SetDefaults() { e.Enabled, e.Mode, e.APIURL = true, modePolling, "https://"+cloudAPI }

// tokenRE is the shape of what @BotFather gives.
var tokenRE = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$`)

// hookPorts are those to which Telegram brings webhooks; "" is that of https.
var hookPorts = []string{"", "443", "80", "88", "8443"}

// Check looks for what cannot work. Name and token are used once: two readers of one bot take each other's updates.
func (e *entry) Check(c section.Checker) {
	c.Name("name", e.Name)
	if e.Mode != modePolling && e.Mode != modeWebhook {
		c.Wrong("mode", "is unknown", "write polling or webhook")
	}
	if !e.Enabled {
		return
	}
	switch {
	case e.Token == "":
		c.Wrong("token", "is missing", "write what @BotFather gave you, in quotes, or enabled: false")
	case e.Token.IsPlaceholder():
	case !tokenRE.MatchString(string(e.Token)):
		c.Wrong("token", "is no token of a bot", "write what @BotFather gave you: digits, a colon, letters")
	case !c.Once("token", string(e.Token)):
		c.Wrong("token", "is that of another bot of this file", "make a second bot with @BotFather, or remove one of the two")
	}
	c.BaseURL("api_url", e.APIURL, "https://"+cloudAPI)
	e.checkFiles(c)
	if e.Mode == modeWebhook && e.inCloud() {
		checkHook(c)
	}
}

// checkFiles checks where the files of a Bot API server of one's own are, which serves none itself.
func (e *entry) checkFiles(c section.Checker) {
	u, err := url.Parse(e.FileURL)
	switch {
	case e.FileURL == "":
	case e.inCloud():
		c.Wrong("file_url", "is of a Bot API server of one's own, but api_url is Telegram's", "remove it, or name your server by api_url")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		c.Wrong("file_url", "is no address", "write one such as http://127.0.0.1:8082/file")
	case e.FileDir != "":
		c.Wrong("file_url", "stands beside file_dir", "keep one of the two")
	}
	switch {
	case e.FileDir == "":
	case e.inCloud():
		c.Wrong("file_dir", "is of a Bot API server of one's own, but api_url is Telegram's", "remove it, or name your server by api_url")
	case !filepath.IsAbs(e.FileDir):
		c.Wrong("file_dir", "is no whole path", "write one such as /var/lib/telegram-bot-api")
	}
}

// inCloud reports whether the bot talks to Telegram's own server, which is stricter than one's own.
func (e *entry) inCloud() bool {
	u, err := url.Parse(e.APIURL)
	return err == nil && u.Hostname() == cloudAPI
}

// checkHook checks that Telegram would come to our address.
func checkHook(c section.Checker) {
	u, err := url.Parse(c.PublicURL())
	switch {
	case err != nil || u.Host == "": // told at that key
	case u.Scheme != "https":
		c.Wrong("mode", "is webhook, for which gateway.public_url must begin with https://", "write mode: polling, or put TLS before the gateway")
	case !slices.Contains(hookPorts, u.Port()):
		c.Wrong("mode", "is webhook, for which Telegram does not come to port "+u.Port()+" of gateway.public_url",
			"write mode: polling, or serve the gateway at port 443, 80, 88 or 8443")
	}
}
