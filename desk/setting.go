package desk

import "fmt"

// Settings knows how the configuration file is written and what may stand in it, so that a value given by command is judged by the rules of
// the file.
type Settings interface {
	// Export writes what the file says of sites, queues and staff. It holds no secrets.
	Export(SitesConfigured) ([]byte, error)
	// List gives the settings whose keys are the given one or begin with it and a dot ("site.main", "queue.support.name"), in their order.
	List(c SitesConfigured, key string) ([]Setting, error)
	// Set gives a configuration twice: as it is, and with one setting changed. Its error is a *BadSetting where the file would not take it.
	Set(c SitesConfigured, key, value string) (before, after SitesConfigured, err error)
}

// Setting is a key of the configuration, with its value as it is written.
type Setting struct {
	Key, Value string
}

// BadSetting tells what is wrong with a setting.
type BadSetting struct {
	Key, What, Cure string
}

func (e *BadSetting) Error() string { return e.Key + " " + e.What + "; " + e.Cure }

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
	out.Sites, out.Queues, out.Staff, out.Rights = sites, r.queues, r.staff, r.assigned
	return out, nil
}
