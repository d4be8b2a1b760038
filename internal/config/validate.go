package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// validator checks what the types cannot say.
type validator struct {
	*decoder
	c     *Config
	texts map[string][]string // the catalogue's keys by language
}

// wrong reports a problem at a key, or at the nearest group above it that the file has. A key has one problem at most: what could not
// be read is not missing as well.
func (v *validator) wrong(key, what, cure string) { v.found(key, Problem{What: what, Cure: cure}) }

// bad is wrong for a problem of sites and queues, which are changed by command as well: its words stand in the catalogue.
func (v *validator) bad(key, code string, args ...any) { v.found(key, coded(code, args...)) }

func (v *validator) found(key string, problem Problem) {
	if slices.ContainsFunc(v.problems, func(p Problem) bool { return p.Key == key || p.Key == key+"_file" }) {
		return
	}
	line, above := 0, key
	for line == 0 && above != "" {
		line = v.lines[above]
		cut := max(strings.LastIndexByte(above, '.'), strings.LastIndexByte(above, '['), 0)
		above = above[:cut]
	}
	v.reportCoded(line, key, problem)
}

func (v *validator) all() {
	c := v.c
	switch {
	case c.Version == 0:
		v.wrong("version", "is missing", "write \"version: 1\" on the first line")
		return
	case c.Version != Version:
		v.wrong("version", fmt.Sprintf("is %d, this program reads %d", c.Version, Version), "use the frontdesk release that wrote this file")
		return
	}
	v.homeserver()
	v.appservice()
	v.doublePuppet()
	v.database()
	v.gateway()
	v.calls()
	v.service()
	v.listeners()
	v.staff()
	v.sites()
	v.rights()
}

var (
	domainRE    = regexp.MustCompile(`^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$`)
	localpartRE = regexp.MustCompile(`^[a-z0-9._=/+-]+$`)
	slugRE      = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	languageRE  = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	typeRE      = regexp.MustCompile(`^[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)$`)
	accentRE    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	levelRE     = regexp.MustCompile(`^(trace|debug|info|warn|error)$`)
)

func (v *validator) homeserver() {
	h := v.c.Homeserver
	v.baseURL("homeserver.address", h.Address, "http://127.0.0.1:8008")
	switch {
	case h.Domain == "":
		v.wrong("homeserver.domain", "is missing", "write Synapse's server_name")
	case !domainRE.MatchString(h.Domain):
		v.wrong("homeserver.domain", "is no server name", "write Synapse's server_name, for example example.org")
	}
}

func (v *validator) appservice() {
	a := v.c.Appservice
	v.baseURL("appservice.address", a.Address, "http://127.0.0.1:29330")
	if a.ID == "" || strings.ContainsAny(a.ID, "| \t\n") {
		v.wrong("appservice.id", "is empty or has spaces or a |", "write a word such as frontdesk")
	}
	if !localpartRE.MatchString(a.Bot) {
		v.wrong("appservice.bot", "is no localpart of a user id", "use a-z, 0-9 and . _ = / + -")
	}
	switch {
	case !localpartRE.MatchString(a.PuppetPrefix):
		v.wrong("appservice.puppet_prefix", "is no beginning of a user id", "use a-z, 0-9 and . _ = / + -")
	case len(a.PuppetPrefix) < 3:
		v.wrong("appservice.puppet_prefix", "is shorter than 3 letters", "choose one that no person's name begins with")
	}
	if a.RoomVersion != "11" && a.RoomVersion != "12" {
		v.wrong("appservice.room_version", "is none that Frontdesk makes", "write \"12\", or \"11\" for an old homeserver")
	}
	v.token("appservice.as_token", a.ASToken)
	v.token("appservice.hs_token", a.HSToken)
	if a.ASToken != "" && a.ASToken == a.HSToken && !a.ASToken.IsPlaceholder() {
		v.wrong("appservice.hs_token", "is the same as as_token", "make another one: openssl rand -hex 32")
	}
}

// token checks a secret that is given to Synapse. The same bounds hold for all secrets: long enough not to be guessed.
func (v *validator) token(key string, s Secret) {
	switch {
	case s == "":
		v.wrong(key, "is missing", "make one with: openssl rand -hex 32")
	case strings.ContainsAny(string(s), " \t\r\n"):
		v.wrong(key, "has white space in it", "write it without")
	case len(s) < 32 && !s.IsPlaceholder():
		v.wrong(key, "is shorter than 32 characters", "make one with: openssl rand -hex 32")
	}
}

func (v *validator) doublePuppet() {
	p := v.c.DoublePuppet
	if !p.Enabled {
		return
	}
	v.token("double_puppet.as_token", p.ASToken)
	v.token("double_puppet.hs_token", p.HSToken)
	if p.ASToken != "" && p.ASToken == v.c.Appservice.ASToken && !p.ASToken.IsPlaceholder() {
		v.wrong("double_puppet.as_token", "is the same as appservice.as_token", "each registration needs its own: openssl rand -hex 32")
	}
	if len(p.Users) == 0 {
		v.wrong("double_puppet.users", "is empty", "list the operators' ids, or write enabled: false")
	}
	for i, u := range p.Users {
		key := fmt.Sprintf("double_puppet.users[%d]", i)
		prefix, server, pattern := splitPattern(u)
		if !pattern {
			v.userID(key, u)
			v.local(key, u)
			continue
		}
		switch {
		case len(p.Users) > 1:
			v.wrong(key, "is a pattern beside other entries", "write one pattern alone, or list the ids")
		case len(prefix) < 4 || prefix[0] != '@' || !localpartRE.MatchString(prefix[1:]):
			v.wrong(key, "matches nearly everybody", "a pattern needs a staff-only prefix of 3 letters or more, for example @staff_*:"+v.c.Homeserver.Domain+
				"; whoever holds its token can act as everybody it matches, administrators too")
		case server != v.c.Homeserver.Domain:
			v.wrong(key, "is of another server", "end it with :"+v.c.Homeserver.Domain)
		}
	}
}

func (v *validator) database() {
	d := v.c.Database
	switch d.Type {
	case SQLite:
		if strings.Contains(string(d.URI), "://") {
			v.wrong("database.uri", "is no path of a file", "write a path such as frontdesk.db, or set type: postgres")
		}
	case Postgres:
		switch {
		case !strings.HasPrefix(string(d.URI), "postgres://") && !strings.HasPrefix(string(d.URI), "postgresql://"):
			v.wrong("database.uri", "is no PostgreSQL address", "write postgres://user:password@host/database")
		default:
			if _, err := url.Parse(string(d.URI)); err != nil {
				v.wrong("database.uri", "cannot be read as an address", "write special characters of the password as %XX")
			}
		}
	default:
		v.wrong("database.type", "is "+strconv.Quote(d.Type), "write sqlite or postgres")
	}
}

func (v *validator) gateway() {
	g := v.c.Gateway
	v.baseURL("gateway.public_url", g.PublicURL, "https://desk.example.org")
	v.token("gateway.secret", g.Secret)
	if g.Spool.Dir == "" {
		v.wrong("gateway.spool.dir", "is empty", "name a directory on a disk that keeps what is written")
	}
	if g.Spool.FileMax < 1 {
		v.wrong("gateway.spool.file_max", "is 0", "write a size such as 50MB")
	}
	if g.Spool.Max < g.Spool.FileMax {
		v.wrong("gateway.spool.max", "is less than file_max, so no file of that size fits", "write a size such as 2GB")
	}
	for i, t := range g.Spool.Types {
		if !typeRE.MatchString(t) {
			v.wrong(fmt.Sprintf("gateway.spool.types[%d]", i), "is no media type", "write type/subtype or type/*, for example image/*")
		}
	}
	for key, n := range map[string]int{
		"connections":         g.Limits.Connections,
		"network_connections": g.Limits.NetworkConnections,
		"network_upgrades":    g.Limits.NetworkUpgrades,
		"network_visitors":    g.Limits.NetworkVisitors,
		"session_tabs":        g.Limits.SessionTabs,
		"session_uploads":     g.Limits.SessionUploads,
		"frames":              g.Limits.Frames,
	} {
		v.atLeast("gateway.limits."+key, n, 1)
	}
	for i, p := range g.TrustedProxies {
		if _, err := parseProxy(p); err != nil {
			v.wrong(fmt.Sprintf("gateway.trusted_proxies[%d]", i), "is no address or network", "write 127.0.0.1 or 10.0.0.0/8")
		}
	}
	if time.Duration(g.SessionTTL) < time.Hour {
		v.wrong("gateway.session_ttl", "is less than an hour", "write a length of time such as 365d")
	}
}

func (v *validator) service() {
	if !levelRE.MatchString(v.c.Log.Level) {
		v.wrong("log.level", "is "+strconv.Quote(v.c.Log.Level), "write trace, debug, info, warn or error")
	}
	if f := v.c.Log.Format; f != LogJSON && f != LogPretty {
		v.wrong("log.format", "is "+strconv.Quote(f), "write json or pretty")
	}
}

func (v *validator) listeners() {
	taken := map[string]string{}
	for _, l := range []struct {
		key, addr string
		optional  bool
	}{
		{"appservice.listen", v.c.Appservice.Listen, false},
		{"gateway.listen", v.c.Gateway.Listen, false},
		{"metrics.listen", v.c.Metrics.Listen, true},
	} {
		if l.addr == "" && l.optional {
			continue
		}
		_, port, err := net.SplitHostPort(l.addr)
		n, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil {
			v.wrong(l.key, "is no address to listen on", "write host:port, for example 127.0.0.1:8090")
			continue
		}
		if other, twice := taken[l.addr]; twice && n != 0 {
			v.wrong(l.key, "is the same as "+other, "give each its own port")
		}
		taken[l.addr] = l.key
	}
	if other, twice := taken[v.c.Calls.TCP]; twice && v.c.Calls.Enabled {
		v.wrong("calls.tcp", "is the same as "+other, "give each its own port")
	}
}

func (v *validator) atLeast(key string, n, least int) {
	if n < least {
		v.bad(key, "less_than", n, least)
	}
}

// baseURL checks an http(s) address without path, query or user.
func (v *validator) baseURL(key, s, example string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		v.wrong(key, "is missing", "write an address such as "+example)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		v.wrong(key, "is no address", "write one such as "+example)
	case u.Path != "" && u.Path != "/":
		v.wrong(key, "has a path", "end it after the host: "+u.Scheme+"://"+u.Host)
	}
}
