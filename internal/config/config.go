// Package config reads Frontdesk's configuration file.
//
// The file is YAML. Reading is strict: an unknown key, a wrong type or a value that cannot work is a Problem that names file, line,
// key and the cure, and all problems are reported together. Every key is documented in config.example.yaml; keys left out have the defaults
// of Default. What a site says of a messenger is the messenger's own: see package section. Relative paths in the file are relative to the
// file's own directory.
//
// A Config is not changed after it was loaded and may be read from any goroutine.
package config

import (
	"fmt"
	"net/netip"
	"strings"

	"frontdesk/desk"
	"frontdesk/internal/section"
)

// Version is the number of the file format this program reads.
//
// New keys get defaults, so a file written for an older release of the same format stays valid. The number goes up only when a key
// changes its meaning or goes away; a file of another format is then refused with the release that reads it.
const Version = 1

// Config is the whole file.
type Config struct {
	Version      int          `yaml:"version"`
	Homeserver   Homeserver   `yaml:"homeserver"`
	Appservice   Appservice   `yaml:"appservice"`
	DoublePuppet DoublePuppet `yaml:"double_puppet"`
	Database     Database     `yaml:"database"`
	Gateway      Gateway      `yaml:"gateway"`
	Calls        Calls        `yaml:"calls"`
	Log          Log          `yaml:"log"`
	Metrics      Metrics      `yaml:"metrics"`
	Admins       []string     `yaml:"admins"`
	Operators    []Operator   `yaml:"operators"`
	Departments  []string     `yaml:"departments"`
	Sites        []Site       `yaml:"sites"`
	// RightsTemplates holds the lines of templates, by name, as parseTemplateRight reads them; Rights lines as parseRight does.
	RightsTemplates map[string][]string `yaml:"rights_templates"`
	Rights          []string            `yaml:"rights"`

	sections sections
	file     string
	lines    map[string]int
}

// Homeserver is the organisation's Synapse.
type Homeserver struct {
	Address string `yaml:"address"` // base URL of the client-server API as we reach it, without a path
	Domain  string `yaml:"domain"`  // server_name: the part after the colon of user ids

	RegistrationSecret     Secret `yaml:"registration_secret"` // Synapse's registration_shared_secret; empty: no accounts are made
	RegistrationSecretFile string `yaml:"registration_secret_file"`
}

// Appservice is our side towards Synapse.
type Appservice struct {
	Address      string `yaml:"address"` // URL under which Synapse reaches Listen
	Listen       string `yaml:"listen"`  // host:port
	ID           string `yaml:"id"`
	Bot          string `yaml:"bot"`           // localpart of the desk's own user
	BotName      string `yaml:"bot_name"`      // its display name; empty: left alone
	PuppetPrefix string `yaml:"puppet_prefix"` // of customers' localparts; a lower-case ULID follows
	ASToken      Secret `yaml:"as_token"`
	ASTokenFile  string `yaml:"as_token_file"`
	HSToken      Secret `yaml:"hs_token"`
	HSTokenFile  string `yaml:"hs_token_file"`
	Federate     bool   `yaml:"federate"`
	RoomVersion  string `yaml:"room_version"`
}

// DoublePuppet is the second registration, by which we may act as the staff.
type DoublePuppet struct {
	Enabled     bool     `yaml:"enabled"`
	ASToken     Secret   `yaml:"as_token"`
	ASTokenFile string   `yaml:"as_token_file"`
	HSToken     Secret   `yaml:"hs_token"`
	HSTokenFile string   `yaml:"hs_token_file"`
	Users       []string `yaml:"users"` // user ids, or one pattern "@prefix*:domain"
}

// Kinds of databases.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Database is where everything is kept.
type Database struct {
	Type    string `yaml:"type"`
	URI     Secret `yaml:"uri"` // path of the file, or postgres:// URL (it may hold a password)
	URIFile string `yaml:"uri_file"`
}

// Gateway is the visitors' side.
type Gateway struct {
	Listen         string   `yaml:"listen"`
	PublicURL      string   `yaml:"public_url"`
	Secret         Secret   `yaml:"secret"` // signs file addresses
	SecretFile     string   `yaml:"secret_file"`
	Spool          Spool    `yaml:"spool"`
	Limits         Limits   `yaml:"limits"`
	TrustedProxies []string `yaml:"trusted_proxies"` // addresses or prefixes whose X-Forwarded-For counts
	SessionTTL     Duration `yaml:"session_ttl"`
}

// Spool is where visitors' files wait for the homeserver.
type Spool struct {
	Dir     string   `yaml:"dir"`
	Max     Size     `yaml:"max"`
	FileMax Size     `yaml:"file_max"`
	Types   []string `yaml:"types"` // media types, "image/*" for a group; empty: all
}

// Limits bounds what all, one network and one visitor may take. A network is an IPv4 address or an IPv6 /64.
type Limits struct {
	Connections        int `yaml:"connections"`         // at the same time, all together
	NetworkConnections int `yaml:"network_connections"` // at the same time, from one network
	NetworkUpgrades    int `yaml:"network_upgrades"`    // new connections a second from one network, averaged
	NetworkVisitors    int `yaml:"network_visitors"`    // new sessions a minute from one network, averaged
	SessionTabs        int `yaml:"session_tabs"`
	SessionUploads     int `yaml:"session_uploads"` // at the same time
	Frames             int `yaml:"frames"`          // a second from one connection, averaged
}

// Formats of the log.
const (
	LogJSON   = "json"
	LogPretty = "pretty"
)

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Metrics is the listener of /metrics and /health; empty Listen: none.
type Metrics struct {
	Listen string `yaml:"listen"`
}

// Operator is a member of staff.
type Operator struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	Avatar     string `yaml:"avatar"`
	FullName   string `yaml:"full_name"` // among the staff, as the rest
	Position   string `yaml:"position"`
	Department string `yaml:"department"`

	Contacts []string `yaml:"contacts"` // lines as desk.ReadStaffContact reads them
}

// Site is one client-facing resource.
type Site struct {
	ID            string                       `yaml:"id"`
	Key           string                       `yaml:"key"`
	Name          string                       `yaml:"name"`
	Origins       []string                     `yaml:"origins"`
	Languages     []string                     `yaml:"languages"`
	StaffLanguage string                       `yaml:"staff_language"`
	History       string                       `yaml:"history"`
	DefaultQueue  string                       `yaml:"default_queue"`
	Hours         string                       `yaml:"hours"`
	Schedule      Schedule                     `yaml:"schedule"`
	ChooseTimeout Duration                     `yaml:"choose_timeout"`
	Theme         Theme                        `yaml:"theme"`
	Texts         map[string]map[string]string `yaml:"texts"`
	Consent       Consent                      `yaml:"consent"`
	Queues        []Queue                      `yaml:"queues"`
	// Messengers holds the messengers' own lists, by their keys.
	Messengers map[string][]section.Entry `yaml:"-"`
}

// Consent is what customers have to agree to before they are heard.
type Consent struct {
	Version string `yaml:"version"` // empty: nothing
	Policy  string `yaml:"policy"`  // address
}

// Schedule is when somebody is in the office.
type Schedule struct {
	Zone  string   `yaml:"zone"`
	Week  []string `yaml:"week"`  // lines as desk.Schedule.SetWeek reads them
	Dates []string `yaml:"dates"` // lines as desk.Schedule.SetDates reads them
}

// Theme is how a site's widget looks.
type Theme struct {
	Mode   string `yaml:"mode"`   // auto, light or dark
	Accent string `yaml:"accent"` // "#rrggbb"; empty: the widget's own
}

// Queue is where a site's tickets of one topic wait.
type Queue struct {
	ID           string   `yaml:"id"`
	Name         string   `yaml:"name"`
	Visible      bool     `yaml:"visible"`
	InviteLimit  int      `yaml:"invite_limit"`
	RemindAfter  Duration `yaml:"remind_after"`
	Assign       string   `yaml:"assign"`
	MaxOpen      int      `yaml:"max_open"`
	OfferTimeout Duration `yaml:"offer_timeout"`
	Operators    []string `yaml:"operators"`
	Supervisors  []string `yaml:"supervisors"`
}

// assignOff offers tickets to all operators at once.
const assignOff = "off"

// Default gives the values of keys that a file leaves out.
func Default() *Config {
	return &Config{
		Appservice: Appservice{
			Listen:       "127.0.0.1:29330",
			ID:           "frontdesk",
			Bot:          "frontdesk",
			BotName:      "Frontdesk",
			PuppetPrefix: "desk_c_",
			RoomVersion:  "12",
		},
		Database: Database{Type: SQLite},
		Gateway: Gateway{
			Listen:     "127.0.0.1:8090",
			Spool:      Spool{Dir: "spool", Max: 2 << 30, FileMax: 50 << 20},
			SessionTTL: Duration(365 * day),
			Limits: Limits{
				Connections:        50_000,
				NetworkConnections: 1_000,
				NetworkUpgrades:    50,
				NetworkVisitors:    120,
				SessionTabs:        20,
				SessionUploads:     4,
				Frames:             100,
			},
		},
		Calls:   defaultCalls(),
		Log:     Log{Level: "info", Format: LogJSON},
		Metrics: Metrics{Listen: "127.0.0.1:9090"},
	}
}

// SetDefaults gives the values of keys that are left out.
func (s *Site) SetDefaults() {
	s.Languages, s.History, s.Theme.Mode = []string{"en", "ru"}, "shared", "auto"
	s.Schedule.Zone, s.ChooseTimeout = "UTC", Duration(desk.DefaultChooseTimeout)
}

// SetDefaults gives the values of keys that are left out.
func (q *Queue) SetDefaults() {
	q.Visible, q.InviteLimit, q.RemindAfter = true, 5, Duration(5*minute)
	q.Assign, q.OfferTimeout = assignOff, Duration(minute)
}

// BotID is the Matrix id of the desk's own user.
func (c *Config) BotID() string { return "@" + c.Appservice.Bot + ":" + c.Homeserver.Domain }

// IsStaffPuppet reports whether the second registration lets us act as that user.
func (c *Config) IsStaffPuppet(user string) bool {
	if !c.DoublePuppet.Enabled {
		return false
	}
	for _, u := range c.DoublePuppet.Users {
		if prefix, server, pattern := splitPattern(u); pattern {
			local, domain, ok := strings.Cut(user, ":")
			if ok && domain == server && strings.HasPrefix(local, prefix) {
				return true
			}
		} else if u == user {
			return true
		}
	}
	return false
}

// splitPattern takes "@staff_*:example.org" apart; false for a plain user id.
func splitPattern(s string) (prefix, server string, ok bool) {
	local, server, _ := strings.Cut(s, ":")
	prefix, ok = strings.CutSuffix(local, "*")
	return prefix, server, ok
}

// Proxies gives the trusted proxies as prefixes. Loading has checked them.
func (g Gateway) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range g.TrustedProxies {
		if p, err := parseProxy(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func parseProxy(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("parse network: %w", err)
		}
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("parse address: %w", err)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}
