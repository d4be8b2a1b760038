package desk

import (
	"fmt"
	"slices"
)

// Settings knows how the configuration file is written and what may stand in it, so that a value given by command is judged by the rules of
// the file.
type Settings interface {
	// Export writes what the file says of sites, queues and staff. It holds no secrets.
	Export(SitesConfigured) ([]byte, error)
	// List gives the settings whose keys are the given one or begin with it and a dot ("site.main", "queue.support.name"), in their order.
	List(c SitesConfigured, key string) ([]Setting, error)
	// Set gives a configuration twice: as it is, and with one setting changed. Its error is a *BadSetting where the file would not take it.
	Set(c SitesConfigured, key, value string) (before, after SitesConfigured, err error)
	// Snippet is what stands on the pages of the site with a key: the widget's script tag.
	Snippet(key string) string
}

// Setting is a key of the configuration, with its value as it is written.
type Setting struct {
	Key, Value string
}

// BadSetting tells what is wrong with a setting: the text "setting.<code>" says it, "setting.<code>.cure" what to do; Args fills both.
type BadSetting struct {
	Key, Code string
	Args      []any
}

func (e *BadSetting) Error() string { return fmt.Sprintf("setting %s: %s %v", e.Key, e.Code, e.Args) }

// configuration is what the file would have to say for the desk to be as it is.
func (a *act) configuration() (SitesConfigured, error) {
	var out SitesConfigured
	sites, err := a.tx.Sites()
	if err != nil {
		return out, fmt.Errorf("list sites: %w", err)
	}
	r, err := a.book()
	if err != nil {
		return out, err
	}
	out.Staff, out.Rights, out.Given = r.staff, r.assigned, r.given
	if out.Departments, err = a.departments(); err != nil {
		return out, err
	}
	for _, s := range sites {
		if s.Removed {
			continue
		}
		out.Sites = append(out.Sites, s)
		for _, q := range r.queues {
			if q.Site == s.ID {
				out.Queues = append(out.Queues, q)
			}
		}
	}
	// What is for a removed site, or for a queue of one, the file cannot say.
	out.Rights = slices.DeleteFunc(slices.Clone(out.Rights), func(as Assignment) bool { return !out.has(as.Scope, as.Target) })
	out.Given = slices.DeleteFunc(slices.Clone(out.Given), func(h Holding) bool { return !out.has(h.Grant.Scope, h.Grant.Target) })
	for _, t := range r.templates {
		if shipped := find(ShippedTemplates(), func(k RightsTemplate) bool { return k.Name == t.Name }); shipped == nil || !sameRights(*shipped, t) {
			out.RightsTemplates = append(out.RightsTemplates, t)
		}
	}
	return out, nil
}

// sameRights reports whether two templates hold the same lines, in whatever order.
func sameRights(a, b RightsTemplate) bool {
	return len(a.Rights) == len(b.Rights) && !slices.ContainsFunc(a.Rights, func(line TemplateRight) bool { return !slices.Contains(b.Rights, line) })
}

// has reports whether a configuration names the site or queue of a scope.
func (c *SitesConfigured) has(scope Scope, target string) bool {
	switch scope {
	case ScopeSite:
		return slices.ContainsFunc(c.Sites, func(s Site) bool { return string(s.ID) == target })
	case ScopeQueue:
		return slices.ContainsFunc(c.Queues, func(q Queue) bool { return string(q.ID) == target })
	}
	return true
}
