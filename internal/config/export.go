package config

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"frontdesk/desk"
)

// MarshalText writes the form that UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// deskPart is the part of the file that the domain can change.
type deskPart struct {
	Admins      []string   `yaml:"admins"`
	Operators   []Operator `yaml:"operators"`
	Departments []string   `yaml:"departments"`
	Sites       []Site     `yaml:"sites"`

	RightsTemplates map[string][]string `yaml:"rights_templates,omitempty"`
	Rights          []string            `yaml:"rights,omitempty"`
}

// partOf is the inverse of Config.SitesConfigured. Everybody who is staff no longer is left out.
func partOf(in desk.SitesConfigured) deskPart {
	out := deskPart{Departments: in.Departments}
	staff := map[desk.UserID]bool{}
	for _, o := range in.Staff {
		staff[o.ID] = true
		known := Operator{
			ID: string(o.ID), Name: o.PublicName, Avatar: o.Avatar, FullName: o.FullName, Position: o.Position, Department: o.Department,
		}
		for _, c := range o.Contacts {
			known.Contacts = append(known.Contacts, c.String())
		}
		out.Operators = append(out.Operators, known)
	}
	supervisors := map[string][]string{}
	for _, as := range in.Rights {
		switch {
		case !staff[as.Operator]:
		case as.Template == desk.TemplateAdmin && as.Scope == desk.ScopeAll:
			out.Admins = append(out.Admins, string(as.Operator))
		case as.Template == desk.TemplateSupervisor && as.Scope == desk.ScopeQueue:
			supervisors[as.Target] = append(supervisors[as.Target], string(as.Operator))
		}
	}
	for _, s := range in.Sites {
		site := Site{
			ID: string(s.ID), Key: s.Key, Name: s.Name, Origins: s.Origins, Languages: s.Languages, StaffLanguage: s.StaffLang,
			History: string(s.History), DefaultQueue: string(s.DefaultQueue), Hours: s.Hours, Schedule: scheduleOf(s.Schedule),
			ChooseTimeout: Duration(s.ChooseTimeout), Theme: Theme{Mode: s.Theme["mode"], Accent: s.Theme["accent"]}, Texts: s.Texts,
			Consent: Consent{Version: s.Consent.Version, Policy: s.Consent.Policy},
		}
		for _, q := range in.Queues {
			if q.Site == s.ID {
				site.Queues = append(site.Queues, queueOf(q, staff, supervisors[string(q.ID)]))
			}
		}
		out.Sites = append(out.Sites, site)
	}
	out.writeRights(in, staff)
	return out
}

func queueOf(q desk.Queue, staff map[desk.UserID]bool, supervisors []string) Queue {
	out := Queue{
		ID: string(q.ID), Name: q.Name, Visible: q.Visible, InviteLimit: q.InviteLimit, RemindAfter: Duration(q.RemindAfter),
		Assign: string(q.Assign), MaxOpen: q.MaxOpen, OfferTimeout: Duration(q.OfferTimeout), Supervisors: supervisors,
	}
	if q.Assign == "" {
		out.Assign = assignOff
	}
	for _, u := range q.Operators {
		if staff[u] {
			out.Operators = append(out.Operators, string(u))
		}
	}
	return out
}

// scheduleOf writes hours as the lines they are read from.
func scheduleOf(s desk.Schedule) Schedule {
	out := Schedule{Zone: s.Zone}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if shifts, ok := s.Week[day]; ok {
			out.Week = append(out.Week, day+" "+shiftWords(shifts))
		}
	}
	for _, date := range slices.Sorted(maps.Keys(s.Dates)) {
		out.Dates = append(out.Dates, date+" "+shiftWords(s.Dates[date]))
	}
	return out
}

func shiftWords(shifts []desk.Shift) string {
	if len(shifts) == 0 {
		return "closed"
	}
	const dayLength = 24 * 60
	var words []string
	for _, sh := range shifts {
		to := sh.To
		if to > dayLength {
			to -= dayLength
		}
		words = append(words, fmt.Sprintf("%02d:%02d-%02d:%02d", sh.From/60, sh.From%60, to/60, to%60))
	}
	return strings.Join(words, " ")
}

// Export writes what the file would have to say of sites, queues and staff for the desk to be as it is. Nothing of it is secret.
func (s *Settings) Export(in desk.SitesConfigured) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Sites, queues and staff of Frontdesk on %s, as the configuration file would say it.\n", s.now().UTC().Format(time.DateOnly))
	b.WriteString("# What sites say of messengers does not stand here: the domain does not know it.\n")
	root, err := nodeOf(partOf(in))
	if err != nil {
		return nil, err
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return b.Bytes(), encoder.Close()
}
