package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"frontdesk/desk"
	"frontdesk/internal/section"
	"frontdesk/internal/texts"
)

// SitesConfigured gives what the file says of sites, queues and staff as the domain wants it. Administrators who are no operators are
// staff too, named by their localpart.
func (c *Config) SitesConfigured() desk.SitesConfigured {
	out := desk.SitesConfigured{Departments: c.Departments}
	for _, s := range c.Sites {
		out.Sites = append(out.Sites, desk.Site{
			ID:            desk.SiteID(s.ID),
			Key:           s.Key,
			Name:          s.Name,
			Origins:       s.Origins,
			Languages:     s.Languages,
			StaffLang:     s.StaffLanguage,
			History:       desk.History(s.History),
			DefaultQueue:  desk.QueueID(s.DefaultQueue),
			Hours:         s.Hours,
			Schedule:      s.Schedule.table(),
			ChooseTimeout: time.Duration(s.ChooseTimeout),
			Theme:         s.Theme.table(),
			Texts:         s.Texts,
			Consent:       desk.ConsentRule{Version: s.Consent.Version, Policy: s.Consent.Policy},
		})
		for i, q := range s.Queues {
			out.Queues = append(out.Queues, desk.Queue{
				ID:          desk.QueueID(q.ID),
				Site:        desk.SiteID(s.ID),
				Name:        q.Name,
				Visible:     q.Visible,
				InviteLimit: q.InviteLimit,
				RemindAfter: time.Duration(q.RemindAfter),
				Assign:      q.assign(), MaxOpen: q.MaxOpen, OfferTimeout: time.Duration(q.OfferTimeout),
				Operators: userIDs(q.Operators),
				Position:  i,
			})
			for _, id := range q.Supervisors {
				out.Rights = append(out.Rights, desk.Assignment{
					Operator: desk.UserID(id), Template: desk.TemplateSupervisor, Scope: desk.ScopeQueue, Target: q.ID,
				})
			}
		}
	}
	for _, o := range c.Operators {
		out.Staff = append(out.Staff, desk.Operator{
			ID:         desk.UserID(o.ID),
			PublicName: publicName(o),
			Avatar:     o.Avatar,
			FullName:   o.FullName,
			Position:   o.Position,
			Department: o.Department,
			Contacts:   contactsOf(o),
		})
	}
	for _, id := range c.Admins {
		if !slices.ContainsFunc(c.Operators, func(o Operator) bool { return o.ID == id }) {
			out.Staff = append(out.Staff, desk.Operator{ID: desk.UserID(id), PublicName: localpart(id)})
		}
		out.Rights = append(out.Rights, desk.Assignment{Operator: desk.UserID(id), Template: desk.TemplateAdmin, Scope: desk.ScopeAll})
	}
	c.rightsConfigured(&out)
	return out
}

// table gives the hours as the domain wants them. What does not say anything was reported when the file was checked.
func (s Schedule) table() desk.Schedule {
	out := desk.Schedule{Zone: s.Zone}
	for _, line := range s.Week {
		out.SetWeek(line)
	}
	for _, line := range s.Dates {
		out.SetDates(line)
	}
	return out
}

// assign is the queue's way to offer tickets as the domain names it.
func (q *Queue) assign() desk.AssignMode {
	if q.Assign == assignOff {
		return ""
	}
	return desk.AssignMode(q.Assign)
}

// publicName is what customers see of an operator who is given no name here: until it is known how Matrix calls them, the localpart.
func publicName(o Operator) string {
	if name := strings.TrimSpace(o.Name); name != "" {
		return name
	}
	return localpart(o.ID)
}

// contactsOf reads how somebody is reached. What is no contact was reported when the file was checked.
func contactsOf(o Operator) []desk.StaffContact {
	var out []desk.StaffContact
	for _, line := range o.Contacts {
		if c, err := desk.ReadStaffContact(line); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// table gives the theme as the widget is told it.
func (t Theme) table() map[string]string {
	out := map[string]string{"mode": t.Mode}
	if t.Accent != "" {
		out["accent"] = t.Accent
	}
	return out
}

func userIDs(ids []string) []desk.UserID {
	out := make([]desk.UserID, len(ids))
	for i, id := range ids {
		out[i] = desk.UserID(id)
	}
	return out
}

func localpart(id string) string {
	local, _, _ := strings.Cut(strings.TrimPrefix(id, "@"), ":")
	return local
}

func (v *validator) staff() {
	for i, id := range v.c.Admins {
		key := fmt.Sprintf("admins[%d]", i)
		v.userID(key, id)
		v.reachable(key, id)
		if slices.Contains(v.c.Admins[:i], id) {
			v.wrong(key, "stands in the list twice", "remove one")
		}
	}
	for i, name := range v.c.Departments {
		key := fmt.Sprintf("departments[%d]", i)
		switch {
		case !desk.ValidDepartment(name):
			v.wrong(key, "is no name of a department", "use 1 to 100 characters on one line, without a colon")
		case slices.Contains(v.c.Departments[:i], name):
			v.wrong(key, "stands in the list twice", "remove one")
		}
	}
	seen := map[string]bool{}
	for i, o := range v.c.Operators {
		key := fmt.Sprintf("operators[%d]", i)
		v.userID(key+".id", o.ID)
		v.reachable(key+".id", o.ID)
		if seen[o.ID] {
			v.wrong(key+".id", "stands in the list twice", "remove one")
		}
		seen[o.ID] = true
		if o.Avatar != "" && !strings.HasPrefix(o.Avatar, "mxc://") {
			v.wrong(key+".avatar", "is no mxc address", "upload the picture to the homeserver and write its mxc://… address")
		}
		for j, line := range o.Contacts {
			if _, err := desk.ReadStaffContact(line); err != nil {
				v.wrong(fmt.Sprintf("%s.contacts[%d]", key, j), "is no phone number and no e-mail address", "write it like \"+7 916 123-45-67, work\"")
			}
		}
	}
}

// userID checks the shape of a person's Matrix id, and that it is none of ours.
func (v *validator) userID(key, id string) {
	local, server, ok := strings.Cut(strings.TrimPrefix(id, "@"), ":")
	if !ok || !strings.HasPrefix(id, "@") || local == "" || len(id) > 255 || !domainRE.MatchString(server) ||
		strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r > '~' }) {
		v.wrong(key, "is no Matrix user id", "write @name:"+v.domain())
		return
	}
	if server == v.c.Homeserver.Domain && (local == v.c.Appservice.Bot || strings.HasPrefix(local, v.c.Appservice.PuppetPrefix)) {
		v.wrong(key, "is a user of Frontdesk itself", "name a person's account")
	}
}

// reachable checks that rooms which are not federated can hold the person.
func (v *validator) reachable(key, id string) {
	if !v.c.Appservice.Federate {
		v.local(key, id)
	}
}

func (v *validator) local(key, id string) {
	if _, server, ok := strings.Cut(id, ":"); ok && server != v.c.Homeserver.Domain && v.c.Homeserver.Domain != "" {
		v.wrong(key, "is of another server", "name an account of "+v.c.Homeserver.Domain)
	}
}

func (v *validator) domain() string {
	if v.c.Homeserver.Domain == "" {
		return "example.org"
	}
	return v.c.Homeserver.Domain
}

func (v *validator) sites() {
	if len(v.c.Sites) == 0 {
		v.wrong("sites", "is empty", "write one site with one queue, as in config.example.yaml")
	}
	sites, keys, queues := map[string]bool{}, map[string]bool{}, map[string]bool{}
	seen := make([]map[string]bool, len(v.sections)) // of each messenger
	for n := range seen {
		seen[n] = map[string]bool{}
	}
	for i := range v.c.Sites {
		s := &v.c.Sites[i]
		at := fmt.Sprintf("sites[%d]", i)
		v.slug(at+".id", s.ID, sites)
		if s.Key != s.ID || keys[s.Key] {
			v.slug(at+".key", s.Key, keys)
		}
		keys[s.Key] = true
		v.site(at, s)
		v.sections.each(s.Messengers, at, func(n int, at string, e section.Entry) { e.Check(checker{v, at, seen[n]}) })
		for j := range s.Queues {
			at := fmt.Sprintf("%s.queues[%d]", at, j)
			v.slug(at+".id", s.Queues[j].ID, queues)
			v.queue(at, &s.Queues[j])
		}
	}
}

// slug checks a configured id; seen makes sure that it is the only one.
func (v *validator) slug(key, id string, seen map[string]bool) {
	switch {
	case id == "":
		v.bad(key, "id_missing")
	case !slugRE.MatchString(id):
		v.bad(key, "id_bad")
	case seen[id]:
		v.bad(key, "id_twice")
	}
	seen[id] = true
}

func (v *validator) site(at string, s *Site) {
	if len(s.Origins) == 0 {
		v.bad(at+".origins", "no_origins")
	}
	for i, o := range s.Origins {
		if !validOrigin(o) {
			v.bad(fmt.Sprintf("%s.origins[%d]", at, i), "origin")
		}
	}
	if len(s.Languages) == 0 {
		v.bad(at+".languages", "no_languages")
	}
	for i, l := range s.Languages {
		v.language(fmt.Sprintf("%s.languages[%d]", at, i), l)
	}
	if s.StaffLanguage != "" && !slices.Contains(s.Languages, s.StaffLanguage) {
		v.language(at+".staff_language", s.StaffLanguage)
	}
	if m := s.Theme.Mode; m != "auto" && m != "light" && m != "dark" {
		v.bad(at+".theme.mode", "theme_mode")
	}
	if s.Theme.Accent != "" && !accentRE.MatchString(s.Theme.Accent) {
		v.bad(at+".theme.accent", "accent")
	}
	v.schedule(at+".schedule", s.Schedule)
	if t := time.Duration(s.ChooseTimeout); t < time.Second || t > 24*time.Hour {
		v.bad(at+".choose_timeout", "choose_timeout", s.ChooseTimeout.String())
	}
	for lang, own := range s.Texts {
		if !slices.Contains(s.Languages, lang) {
			v.bad(at+".texts."+lang, "text_language")
		}
		for key, text := range own {
			switch n := len(utf16.Encode([]rune(text))); {
			case !v.ownText(key):
				v.bad(at+".texts."+lang+"."+key, "text_key")
			case n > maxOwnText && len(s.Messengers) > 0 && strings.HasPrefix(key, "customer."):
				v.bad(at+".texts."+lang+"."+key, "text_long", n, maxOwnText)
			}
		}
	}
	v.consent(at+".consent", s.Consent)
	if n := len(s.Consent.Policy); n > maxPolicy && len(s.Messengers) > 0 {
		v.bad(at+".consent.policy", "text_long", n, maxPolicy)
	}
	if h := desk.History(s.History); h != desk.HistoryShared && h != desk.HistoryTicket {
		v.bad(at+".history", "history")
	}
	switch {
	case len(s.Queues) == 0:
		v.bad(at+".queues", "no_queues")
	case !slices.ContainsFunc(s.Queues, func(q Queue) bool { return q.ID == s.DefaultQueue }):
		v.bad(at+".default_queue", "default_queue")
	}
}

// Texts of a site's own may be said together: a messenger that takes 4096 units greets, asks for the consent, names the policy and offers the
// topics in one message.
const (
	maxOwnText = 1200
	maxPolicy  = 400
)

// maxConsentVersion leaves a button's data, which is short, room for more.
const maxConsentVersion = 40

func (v *validator) consent(at string, c Consent) {
	if len(c.Version) > maxConsentVersion || strings.ContainsFunc(c.Version, func(r rune) bool { return r <= ' ' || r > '~' }) {
		v.bad(at+".version", "consent_version")
	}
	if c.Policy == "" {
		return
	}
	if u, err := url.Parse(c.Policy); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		v.bad(at+".policy", "consent_policy")
	}
}

func (v *validator) schedule(at string, s Schedule) {
	if !desk.ValidZone(s.Zone) {
		v.bad(at+".zone", "zone")
	}
	var table desk.Schedule
	for i, line := range s.Week {
		if !table.SetWeek(line) {
			v.bad(fmt.Sprintf("%s.week[%d]", at, i), "week")
		}
	}
	for i, line := range s.Dates {
		if !table.SetDates(line) {
			v.bad(fmt.Sprintf("%s.dates[%d]", at, i), "dates")
		}
	}
}

var widgetTextRE = regexp.MustCompile(`^widget\.[a-z_]+$`)

// ownText reports whether a site may have its own wording of a text: what the desk tells customers, and the words of the widget, which
// has a catalogue of its own.
func (v *validator) ownText(key string) bool {
	return widgetTextRE.MatchString(key) || strings.HasPrefix(key, "customer.") && slices.Contains(v.texts[texts.Default], key)
}

func (v *validator) language(key, code string) {
	if !languageRE.MatchString(code) {
		v.bad(key, "language")
	}
}

func (v *validator) queue(at string, q *Queue) {
	v.atLeast(at+".invite_limit", q.InviteLimit, 0)
	v.atLeast(at+".max_open", q.MaxOpen, 0)
	if m := q.assign(); m != "" && m != desk.AssignRoundRobin && m != desk.AssignLeastBusy {
		v.bad(at+".assign", "assign")
	}
	if time.Duration(q.OfferTimeout) < 10*time.Second {
		v.bad(at+".offer_timeout", "offer_timeout")
	}
	if q.RemindAfter != 0 && time.Duration(q.RemindAfter) < 10*time.Second {
		v.bad(at+".remind_after", "remind_after")
	}
	for _, list := range []struct {
		key string
		ids []string
	}{{"operators", q.Operators}, {"supervisors", q.Supervisors}} {
		for i, id := range list.ids {
			key := fmt.Sprintf("%s.%s[%d]", at, list.key, i)
			if !slices.ContainsFunc(v.c.Operators, func(o Operator) bool { return o.ID == id }) {
				v.wrong(key, "is none of the operators", "add this user to the list operators, with a name")
			} else if slices.Contains(list.ids[:i], id) {
				v.wrong(key, "stands in the list twice", "remove one")
			}
		}
	}
}

func validOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	host, wild := strings.CutPrefix(u.Hostname(), "*.")
	if strings.Contains(host, "*") || host == "" {
		return false
	}
	return !wild || strings.Contains(host, ".") || host == "localhost"
}
