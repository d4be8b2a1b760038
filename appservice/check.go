package appservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/desk"
)

// Finding is what Check found out about one link of the chain.
type Finding struct {
	Name    string
	OK      bool
	Detail  string // what is well, where there is more to say
	Problem string // what is wrong
	Cure    string // what to do about it
}

// CheckOptions say what else Check is to look at.
type CheckOptions struct {
	Staff []desk.UserID // members of staff whom the second registration should cover
}

// checker walks the links in order. A link that hangs on a broken one is left out.
type checker struct {
	*Service
	options  CheckOptions
	sender   desk.UserID
	detail   string // of the link being looked at
	findings []Finding
}

// Check walks the Matrix side of the chain and tells of each link whether it is well. It needs no journal and may run beside a
// running Frontdesk. For the ping to come back, Handler must be served at the address of the registration.
func (s *Service) Check(ctx context.Context, o CheckOptions) []Finding {
	c := &checker{Service: s, options: o}
	if !c.run("homeserver", c.versions(ctx)) || !c.run("application service token", c.token(ctx)) {
		return c.findings
	}
	bot := c.run("bot", c.botReady(ctx))
	c.run("puppets", c.puppets(ctx))
	c.run("ping back", c.pingBack(ctx))
	c.doublePuppeting(ctx)
	if s.cfg.RegistrationSecret != "" {
		c.run("registration secret", c.registrationSecret(ctx))
	}
	if bot {
		c.run("media", c.media(ctx))
		c.checkRooms(ctx)
	}
	return c.findings
}

// trouble is a broken link.
type trouble struct{ problem, cure string }

func (t *trouble) Error() string { return t.problem }

func (c *checker) run(name string, err error) bool {
	f := Finding{Name: name, OK: err == nil, Detail: c.detail}
	c.detail = ""
	var t *trouble
	if errors.As(err, &t) {
		f.Problem, f.Cure = t.problem, t.cure
	} else if err != nil {
		f.Problem, f.Cure = err.Error(), "see the homeserver's log"
	}
	c.findings = append(c.findings, f)
	return err == nil
}

// wantVersion is the first Matrix version with authenticated media.
const wantVersion = "v1.11"

func (c *checker) versions(ctx context.Context) error {
	var answer struct {
		Versions []string `json:"versions"`
	}
	// The bot may not be known there yet.
	err := c.doAs(ctx, c.nobody, "ask for versions", request{method: http.MethodGet, path: []any{"versions"}, out: &answer})
	if err != nil {
		return &trouble{err.Error(), "see that the homeserver runs and that homeserver.address is its client API"}
	}
	if !slices.Contains(answer.Versions, wantVersion) {
		return &trouble{"the homeserver does not speak Matrix " + wantVersion, "update it: Synapse 1.120 or later"}
	}
	c.detail = "Matrix " + answer.Versions[len(answer.Versions)-1]
	return nil
}

type whoami struct {
	User desk.UserID `json:"user_id"`
}

func (c *checker) token(ctx context.Context) error {
	nobody, err := c.newClient("", c.cfg.ASToken)
	if err != nil {
		return err
	}
	var me whoami
	err = c.doAs(ctx, nobody, "ask who we are", request{method: http.MethodGet, path: []any{"v3", "account", "whoami"}, out: &me})
	switch {
	case hasCode(err, codeToken):
		return &trouble{"the homeserver does not know appservice.as_token",
			"name the registration file under app_service_config_files, see that both have the same as_token, restart the homeserver"}
	case err != nil:
		return err
	case !strings.HasSuffix(string(me.User), ":"+c.cfg.Domain):
		return &trouble{fmt.Sprintf("the homeserver's name is not %s: we are %s there", c.cfg.Domain, me.User),
			"correct homeserver.domain"}
	case me.User == c.cfg.Bot:
		return &trouble{"the bot is the registration's sender_localpart; Synapse cannot serve it /sync",
			"give sender_localpart another, random value"}
	}
	c.sender = me.User
	return nil
}

func (c *checker) botReady(ctx context.Context) error {
	if err := c.ready(ctx, c.bot); err != nil {
		return accountTrouble(err, "the bot")
	}
	if err := c.probe(ctx); err != nil {
		return err
	}
	_, err := c.sync(ctx, "", nothingFilter)
	return err
}

// checkPuppet stands for nobody.
const checkPuppet desk.CustomerID = "0check"

func (c *checker) puppets(ctx context.Context) error {
	puppet, err := c.puppet(checkPuppet)
	if err != nil {
		return err
	}
	if err := c.ready(ctx, puppet); err != nil {
		return accountTrouble(err, "puppets")
	}
	return nil
}

func accountTrouble(err error, who string) error {
	r := refused(err)
	if r == nil {
		return err
	}
	switch {
	case r.code == codeExclusive:
		return &trouble{"the registration's namespaces do not cover " + who, "write the registration again: frontdesk registration"}
	case r.code == codeForbidden || r.code == codeNotFound || r.code == "M_UNRECOGNIZED":
		return &trouble{fmt.Sprintf("no device for %s: %s", who, r.Error()),
			"see that the registration has io.element.msc4190: true, restart the homeserver"}
	}
	return err
}

// pingPatience is how long pings are tried. Synapse answers one that came back as if it had not while it sends what it held back for us
// ("AlreadyCancelled", of its own timer), and may use a connection from before our restart.
const pingPatience = 5 * time.Second

func (c *checker) pingBack(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	ticker := time.NewTicker(pingPatience / 20)
	defer ticker.Stop()
	err := c.ping(ctx)
	for hasCode(err, codeUnreached) && patience.Err() == nil {
		select {
		case <-patience.Done():
		case <-ticker.C:
			err = c.ping(ctx)
		}
	}
	r := refused(err)
	if r == nil {
		return err
	}
	switch r.code {
	case "M_URL_NOT_SET":
		return &trouble{"the registration has no url", "write there the address at which the homeserver reaches us (appservice.address)"}
	case codeUnreached, "M_CONNECTION_TIMEOUT":
		return &trouble{"the homeserver does not reach us: " + r.text, "correct appservice.address, or open the way from the homeserver to it"}
	case "M_BAD_STATUS":
		return &trouble{"what answers at appservice.address refuses the homeserver",
			"see that hs_token is the same in config and registration and that nothing else listens there"}
	case codeForbidden:
		return &trouble{"the homeserver does not let us ping: " + r.text, "see that appservice.id is the registration's id"}
	}
	return err
}

// doublePuppeting looks at the second registration: it has to cover the staff, and nobody whose rights would be dangerous in our hands.
func (c *checker) doublePuppeting(ctx context.Context) {
	if c.cfg.StaffToken == "" {
		return
	}
	everybody, err := c.newAccount(c.sender, c.cfg.StaffToken, "")
	if err == nil {
		err = c.masquerade(ctx, everybody)
	}
	switch {
	case err == nil:
		c.run("double puppeting", &trouble{"the second registration covers every user, the homeserver's administrators too",
			"let its regex list the operators, or a prefix that only they have"})
		return
	case hasCode(err, codeToken):
		c.run("double puppeting", &trouble{"the homeserver does not know double_puppet.as_token",
			"name the second registration under app_service_config_files, see that both have the same as_token, restart the homeserver"})
		return
	case !hasCode(err, codeForbidden):
		c.run("double puppeting", err)
		return
	}
	c.run("double puppeting", nil)
	for _, u := range c.options.Staff {
		if c.cfg.Staff(u) {
			c.run("double puppeting of "+string(u), c.doublePuppet(ctx, u))
		}
	}
}

func (c *checker) masquerade(ctx context.Context, a *account) error {
	var me whoami
	return c.do(ctx, a, "ask who we are", request{method: http.MethodGet, path: []any{"v3", "account", "whoami"}, out: &me})
}

func (c *checker) doublePuppet(ctx context.Context, u desk.UserID) error {
	double, err := c.staff(u)
	if err != nil {
		return err
	}
	if err := c.masquerade(ctx, double); hasCode(err, codeForbidden) {
		return &trouble{"the homeserver does not let us act for them",
			"see that the account exists and that the second registration's regex covers it"}
	} else if err != nil {
		return err
	}
	// The admin API is open to administrators alone.
	resp, err := c.stream(ctx, double, http.MethodGet,
		double.client.BuildURLWithQuery(adminPath{"v2", "users"}, map[string]string{"limit": "1"}), nil, nil, 0)
	if err == nil {
		resp.Body.Close()
		return &trouble{"is an administrator of the homeserver: who has our token can do anything there",
			"take the account out of the second registration, or its administrator's rights"}
	}
	if r := refused(err); r != nil && r.status != http.StatusTooManyRequests && r.status < http.StatusInternalServerError {
		return nil
	}
	return err
}

// adminPath lies below Synapse's admin API.
type adminPath []any

func (p adminPath) FullPath() []any { return append([]any{"_synapse", "admin"}, p...) }

func (c *checker) media(ctx context.Context) error {
	want, err := drawInitials("ok")
	if err != nil {
		return err
	}
	mxc, err := c.uploadBytes(ctx, c.bot, "check.png", "image/png", bytes.NewReader(want), int64(len(want)))
	if err != nil {
		return err
	}
	resp, err := c.Open(ctx, mxc, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("download file: %w", err)
	}
	if !bytes.Equal(got, want) {
		return &trouble{"a file comes back from the media repository changed", "look for a proxy that changes images"}
	}
	return nil
}

// inviteBurst is more than how often Synapse by default lets somebody be invited at once. Other limits are raised for the staff's sake,
// this one is not, so it tells us from people.
const inviteBurst = 6

// checkRooms makes a space and a room the way real ones are made, looks at them, and leaves them.
func (c *checker) checkRooms(ctx context.Context) {
	space, err := c.trialRoom(ctx, desk.SiteRoom("check"))
	if !c.run("spaces", err) {
		return
	}
	defer c.abandon(ctx, space)
	room, err := c.trialRoom(ctx, desk.PortalRoom("check"))
	if !c.run("rooms", err) {
		return
	}
	defer c.abandon(ctx, room)
	c.run("space children", c.putState(ctx, space, stateEvent{
		Type: "m.space.child", Key: string(room.ID), Content: map[string]any{"via": []string{c.cfg.Domain}},
	}))
	c.run("power levels", c.levels(ctx, room))
	c.run("no encryption by default", c.unencrypted(ctx, room))
	c.run("no rate limit", c.unlimited(ctx, room))
}

func (c *checker) trialRoom(ctx context.Context, key desk.RoomKey) (desk.Room, error) {
	version, err := c.newestVersion(ctx)
	if err != nil {
		return desk.Room{}, err
	}
	return c.requestRoom(ctx, &plan{room: key, row: "check", version: version, state: c.fixedState(key)})
}

func (c *checker) levels(ctx context.Context, room desk.Room) error {
	var got struct {
		Invite int `json:"invite"`
		State  int `json:"state_default"`
	}
	if err := c.state(ctx, room.ID, "m.room.power_levels", "", &got); err != nil {
		return err
	}
	c.detail = "room version " + room.Version
	if got.Invite != 0 || got.State != 100 {
		return &trouble{"the homeserver does not keep the power levels we ask for",
			"look at default_power_level_content_override and modules in its configuration"}
	}
	return nil
}

func (c *checker) unencrypted(ctx context.Context, room desk.Room) error {
	var got struct{}
	err := c.state(ctx, room.ID, "m.room.encryption", "", &got)
	switch {
	case hasCode(err, codeNotFound):
		return nil
	case err != nil:
		return err
	}
	return &trouble{"new rooms are encrypted, and the desk could not read them",
		"set encryption_enabled_by_default_for_room_type: off in the homeserver's configuration"}
}

func (c *checker) unlimited(ctx context.Context, room desk.Room) error {
	puppet := c.cfg.puppetID(checkPuppet)
	for range inviteBurst {
		for _, step := range []string{"invite", "kick"} {
			err := c.do(ctx, c.bot, step+" a puppet", request{
				method: http.MethodPost, path: []any{"v3", "rooms", room.ID, step}, body: map[string]any{"user_id": puppet},
			})
			if r := refused(err); r != nil && r.status == http.StatusTooManyRequests {
				return &trouble{"the homeserver limits us as it limits people",
					"set rate_limited: false in the registration, restart the homeserver"}
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// abandon leaves a trial room; the homeserver forgets it in time.
func (c *checker) abandon(ctx context.Context, room desk.Room) {
	for _, step := range []string{"leave", "forget"} {
		err := c.do(ctx, c.bot, step+" room "+string(room.ID), request{
			method: http.MethodPost, path: []any{"v3", "rooms", room.ID, step}, body: map[string]any{},
		})
		if err != nil {
			c.log.Warn().Err(err).Str("room", string(room.ID)).Msg("Trial room is left behind")
			return
		}
	}
}
