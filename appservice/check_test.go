package appservice_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"frontdesk/appservice"
	"frontdesk/desk"
)

// check gives what Check finds with a changed configuration.
func (f *office) check(change func(*appservice.Config), staff ...desk.UserID) map[string]appservice.Finding {
	f.t.Helper()
	c := f.config
	change(&c)
	s, err := appservice.New(c, nil, nil, zerolog.Nop())
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[string]appservice.Finding{}
	for _, finding := range s.Check(bounded(f.t), appservice.CheckOptions{Staff: staff}) {
		out[finding.Name] = finding
		if !finding.OK && (finding.Problem == "" || finding.Cure == "") {
			f.t.Errorf("%s is broken without a problem or a cure: %+v", finding.Name, finding)
		}
	}
	return out
}

func TestCheck(t *testing.T) {
	// The homeserver's calls reach whatever refuse says.
	var refuse atomic.Bool
	f := open(t, officeOptions{operators: 1, double: true, between: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refuse.Load() && r.Method == http.MethodPost {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			h.ServeHTTP(w, r)
		})
	}})
	anna := desk.UserID(f.operators[0].ID)
	admin := f.person("admin")
	same := func(*appservice.Config) {}

	for name, finding := range f.check(same, anna) {
		if !finding.OK {
			t.Errorf("%s: %s", name, finding.Problem)
		}
	}
	for _, test := range []struct {
		name   string
		link   string
		staff  desk.UserID
		change func(*appservice.Config)
	}{
		{"homeserver down", "homeserver", anna, func(c *appservice.Config) { c.HomeserverURL = "http://127.0.0.1:1" }},
		{"wrong token", "application service token", anna, func(c *appservice.Config) { c.ASToken = "wrong-token" }},
		{"other domain", "application service token", anna, func(c *appservice.Config) {
			c.Domain, c.Bot = "elsewhere", "@frontdesk:elsewhere"
		}},
		{"bot is the sender", "application service token", anna, func(c *appservice.Config) { c.Bot = "@sender0:localhost" }},
		{"bot outside the namespace", "bot", anna, func(c *appservice.Config) { c.Bot = "@someone:localhost" }},
		{"puppets outside the namespace", "puppets", anna, func(c *appservice.Config) { c.PuppetPrefix = "elsewhere_" }},
		{"ping of another id", "ping back", anna, func(c *appservice.Config) { c.ID = "other" }},
		{"wrong staff token", "double puppeting", anna, func(c *appservice.Config) { c.StaffToken = "wrong-token" }},
		{"staff token of everybody", "double puppeting", anna, func(c *appservice.Config) { c.StaffToken = asToken }},
		{"staff outside the namespace", "double puppeting of " + string(admin.ID), desk.UserID(admin.ID), func(c *appservice.Config) {
			c.Staff = func(desk.UserID) bool { return true }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if finding, ok := f.check(test.change, test.staff)[test.link]; !ok || finding.OK {
				t.Errorf("%s is found well: %+v", test.link, finding)
			}
		})
	}
	t.Run("staff who is administrator", func(t *testing.T) {
		boss := fmt.Sprintf("sup_%d", people.Add(1))
		if err := f.synapse.RegisterUser(t.Context(), boss, "secret", true); err != nil {
			t.Fatal(err)
		}
		user := desk.UserID("@" + boss + ":localhost")
		cover := func(c *appservice.Config) { c.Staff = func(desk.UserID) bool { return true } }
		if finding := f.check(cover, user)["double puppeting of "+string(user)]; finding.OK {
			t.Error("an administrator's account in our hands is found well")
		}
	})
	t.Run("ping refused", func(t *testing.T) {
		refuse.Store(true)
		if finding := f.check(same)["ping back"]; finding.OK {
			t.Error("ping back is found well")
		}
	})
}
