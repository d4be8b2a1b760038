package appservice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	"frontdesk/desk"
)

// Config says which homeserver to work with and who we are there.
type Config struct {
	HomeserverURL string // base URL of the client API
	Domain        string // server name, the part of user ids after the colon
	ID            string // id of the registration; "" leaves out the ping
	ASToken       string
	HSToken       string
	Bot           desk.UserID
	BotName       string // display name of the bot; "" leaves it as it is
	PuppetPrefix  string // of puppets' localparts; "" is "desk_c_"

	// StaffToken is the as_token of the second registration, for acting in the name of staff; "" switches double puppeting off.
	StaffToken string
	// Staff reports whether the second registration covers a user; nil: none.
	Staff func(desk.UserID) bool

	// RegistrationSecret is Synapse's registration_shared_secret, with which accounts of new staff are made; "": none are.
	RegistrationSecret string

	Federate    bool   // whether people of other servers may ever come into rooms made from now on
	RoomVersion string // of rooms made from now on; "" is the newest of 12 and 11 that the homeserver knows
	MaxMedia    int64  // bytes of a file passed on from the homeserver; 0 is 200 MiB
}

// Spool holds the bytes of visitors' files until they are in the homeserver's media repository.
type Spool interface {
	// Open gives a file's bytes and their number; ctx ends the reading, too.
	Open(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error)
	Remove(id desk.FileID) error
}

const (
	defaultPuppetPrefix = "desk_c_"
	defaultMaxMedia     = 200 << 20
)

var localpartPattern = regexp.MustCompile(`^[0-9a-z._=/+-]+$`)

// complete checks the configuration and fills in its defaults.
func (c Config) complete() (Config, error) {
	if c.PuppetPrefix == "" {
		c.PuppetPrefix = defaultPuppetPrefix
	}
	if c.MaxMedia <= 0 {
		c.MaxMedia = defaultMaxMedia
	}
	if c.Staff == nil {
		c.Staff = func(desk.UserID) bool { return false }
	}
	u, err := url.Parse(c.HomeserverURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return c, errors.New("homeserver address is no http or https URL")
	}
	if c.Domain == "" || strings.ContainsAny(c.Domain, "/@ ") {
		return c, fmt.Errorf("homeserver domain %q is no server name", c.Domain)
	}
	if c.ASToken == "" || c.HSToken == "" {
		return c, errors.New("as_token and hs_token are required")
	}
	local, domain, ok := strings.Cut(strings.TrimPrefix(string(c.Bot), "@"), ":")
	if !strings.HasPrefix(string(c.Bot), "@") || !ok || domain != c.Domain || !localpartPattern.MatchString(local) {
		return c, fmt.Errorf("bot %q is no user of %s", c.Bot, c.Domain)
	}
	if !localpartPattern.MatchString(c.PuppetPrefix) {
		return c, fmt.Errorf("puppet prefix %q has characters that are not allowed in user ids", c.PuppetPrefix)
	}
	return c, nil
}

// puppetID gives the Matrix user of a customer.
func (c Config) puppetID(customer desk.CustomerID) desk.UserID {
	return desk.UserID("@" + c.PuppetPrefix + strings.ToLower(string(customer)) + ":" + c.Domain)
}

// isPuppet reports whether a user is in the puppets' namespace.
func (c Config) isPuppet(u desk.UserID) bool {
	rest, ok := strings.CutPrefix(string(u), "@"+c.PuppetPrefix)
	if !ok {
		return false
	}
	local, domain, ok := strings.Cut(rest, ":")
	if !ok || domain != c.Domain || local == "" {
		return false
	}
	for _, r := range local {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// isOurs reports whether a user is the bot or a puppet.
func (c Config) isOurs(u desk.UserID) bool { return u == c.Bot || c.isPuppet(u) }
