package config

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"frontdesk"
)

// Registration gives the file that tells Synapse about Frontdesk: bot and puppets are ours alone, events come to
// appservice.address.
func (c *Config) Registration() ([]byte, error) {
	a := c.Appservice
	domain := regexp.QuoteMeta(c.Homeserver.Domain)
	return fill(frontdesk.ExampleRegistration, []setting{
		{"id", a.ID},
		{"url", a.Address},
		{"as_token", string(a.ASToken)},
		{"hs_token", string(a.HSToken)},
		{"sender_localpart", senderLocalpart(a.ID, a.ASToken)},
		{"namespaces.users.0.regex", "@" + regexp.QuoteMeta(a.Bot) + ":" + domain + "$"},
		{"namespaces.users.1.regex", "@" + regexp.QuoteMeta(a.PuppetPrefix) + "[0-9a-z]+:" + domain + "$"},
	})
}

// StaffRegistration gives the file of the second registration, for double puppeting: it matches the staff and nobody else, and
// nothing is sent to it. It is nil if double puppeting is off.
func (c *Config) StaffRegistration() ([]byte, error) {
	p := c.DoublePuppet
	if !p.Enabled {
		return nil, nil
	}
	type namespace struct {
		Exclusive bool   `yaml:"exclusive"`
		Regex     string `yaml:"regex"`
	}
	users := make([]namespace, 0, len(p.Users))
	for _, u := range p.Users {
		users = append(users, namespace{Regex: staffRegex(u)})
	}
	id := c.StaffRegistrationID()
	return fill([]byte(staffRegistration), []setting{
		{"id", id},
		{"as_token", string(p.ASToken)},
		{"hs_token", string(p.HSToken)},
		{"sender_localpart", senderLocalpart(id, p.ASToken)},
		{"namespaces.users", users},
	})
}

// StaffRegistrationID is the name of the second registration.
func (c *Config) StaffRegistrationID() string { return c.Appservice.ID + "-staff" }

const staffRegistration = `# Lets Frontdesk act as the staff (double puppeting). List it under app_service_config_files as well.
# It matches exactly the accounts of double_puppet.users in Frontdesk's config.yaml. Never let it match administrators of the
# homeserver: whoever holds its token could act as them.
id: frontdesk-staff
# Nothing is sent to it.
url: null
as_token: CHANGE-ME
hs_token: CHANGE-ME
# A user that is never used.
sender_localpart: CHANGE-ME
rate_limited: false
namespaces:
  users: []
  aliases: []
  rooms: []
`

// staffRegex makes what Synapse matches of a user id or a pattern. Synapse anchors the beginning only.
func staffRegex(user string) string {
	if prefix, server, ok := splitPattern(user); ok {
		return regexp.QuoteMeta(prefix) + "[^:]*:" + regexp.QuoteMeta(server) + "$"
	}
	return regexp.QuoteMeta(user) + "$"
}

// senderLocalpart gives the unused sender of a registration: not to be guessed, yet the same for the same tokens.
func senderLocalpart(id string, token Secret) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("sender_localpart " + id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

type setting struct {
	path  string
	value any
}

func fill(template []byte, settings []setting) ([]byte, error) {
	d, err := ReadDocument(template)
	if err != nil {
		return nil, err
	}
	for _, s := range settings {
		if err := d.Set(s.path, s.value); err != nil {
			return nil, fmt.Errorf("fill in registration: %w", err)
		}
	}
	return d.Bytes()
}
