package desk

import (
	"errors"
	"fmt"
	"strings"

	"frontdesk/content"
)

func settingCommands() []command {
	return []command{
		{
			name: "config", aliases: []string{"cfg", "settings", "настройки"}, rooms: allRooms, private: true, right: &right{ModSettings, false},
			params: []param{{name: "setting", kind: paramWord, optional: true}, {name: "page", kind: paramWord, optional: true}},
			run:    (*act).orderConfig,
		},
		{
			name: "config get", aliases: []string{"показать"}, rooms: allRooms, private: true, right: &right{ModSettings, false},
			params: []param{{name: "setting", kind: paramWord, optional: true}, {name: "page", kind: paramWord, optional: true}},
			run:    (*act).orderConfig,
		},
		{
			name: "config set", aliases: []string{"задать"}, rooms: allRooms, private: true, right: &right{ModSettings, true},
			params: []param{{name: "setting", kind: paramWord}, {name: "setting_value", kind: paramRest}}, run: (*act).orderConfigSet,
		},
		{
			name: "config export", aliases: []string{"файл", "выгрузить"}, rooms: allRooms, private: true, right: &right{ModSettings, false},
			run: (*act).orderConfigExport,
		},
	}
}

// settingSubject tells what a setting belongs to by its key; false for a key that names no site or queue of ours.
func (a *act) settingSubject(key string) (on subject, ok bool, err error) {
	kind, rest, _ := strings.Cut(key, ".")
	id, _, _ := strings.Cut(rest, ".")
	switch kind {
	case "site":
		site, err := a.tx.Site(SiteID(id))
		if ok, err := found(err); err != nil || !ok || site.Removed {
			return subject{}, false, err
		}
		return subject{site: site.ID}, true, nil
	case "queue":
		q, err := a.tx.Queue(QueueID(id))
		if ok, err := found(err); err != nil || !ok || q.Removed {
			return subject{}, false, err
		}
		return subject{site: q.Site, queue: q.ID}, true, nil
	}
	return subject{}, false, nil
}

// orderConfig lists the settings somebody may see: all, or those that begin with a key.
func (a *act) orderConfig(o *order) (answer, error) {
	key, page := strings.ToLower(o.given.word(0)), o.given.word(1)
	if n, ok := parseNumber(key); (ok && n > 0 || isAll(key)) && page == "" {
		key, page = "", key
	}
	now, err := a.configuration()
	if err != nil {
		return answer{}, err
	}
	all, err := a.settings.List(now, key)
	if err != nil {
		return answer{}, a.badSetting(o, err)
	}
	l := listing{name: "settings", head: []string{a.word(o, "config.head.key"), a.word(o, "config.head.value")}}
	for _, s := range all {
		on, ok, err := a.settingSubject(s.Key)
		if err != nil {
			return answer{}, err
		}
		may, err := a.can(o.staff, ModSettings, false, on)
		if err != nil {
			return answer{}, err
		}
		if ok && may {
			l.rows = append(l.rows, []string{s.Key, s.Value})
		}
	}
	if len(l.rows) == 0 {
		return answer{}, Refuse(NotFound, "config.nothing", clip(key, 60))
	}
	l.title = a.word(o, "config.title", len(l.rows))
	return a.list(o, l, page)
}

// badSetting makes a refusal of what the file would not take.
func (a *act) badSetting(o *order, err error) error {
	var bad *BadSetting
	if !errors.As(err, &bad) {
		return err
	}
	return Refuse(Invalid, "config.bad", clip(bad.Key, 60), a.word(o, "setting."+bad.Code, bad.Args...), a.cure(o, bad))
}

// cure says what to do about a value, as the end of a sentence.
func (a *act) cure(o *order, bad *BadSetting) string {
	return strings.TrimRight(a.word(o, "setting."+bad.Code+".cure", bad.Args...), ".?")
}

// orderConfigSet changes one setting. What follows from it follows at once.
func (a *act) orderConfigSet(o *order) (answer, error) {
	key, value := o.given.word(0), o.given.rest
	if value == `""` || value == "-" || value == "«»" {
		value = ""
	}
	on, ok, err := a.settingSubject(key)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, Refuse(NotFound, "config.nothing", clip(key, 60))
	}
	if may, err := a.can(o.staff, ModSettings, true, on); err != nil {
		return answer{}, err
	} else if !may {
		return answer{}, Refuse(Denied, "config.not_yours", clip(key, 60))
	}
	now, err := a.configuration()
	if err != nil {
		return answer{}, err
	}
	before, after, err := a.settings.Set(now, key, value)
	if err != nil {
		return answer{}, a.badSetting(o, err)
	}
	what, err := a.reconfigure(before, after, on)
	if err != nil {
		return answer{}, err
	}
	if len(what) == 0 {
		return answer{}, Refuse(Conflict, "config.same", key)
	}
	entry := JournalEntry{Actor: string(o.by), Action: "config.set", Target: key, Site: on.site, Queue: on.queue, Changes: what}
	if err := a.note(entry); err != nil {
		return answer{}, err
	}
	if err := a.followSettings(on); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "config.set", key, clip(value, 200))), nil
}

// reconfigure writes what differs between two configurations and tells what became of the site or queue that it is about.
func (a *act) reconfigure(before, after SitesConfigured, on subject) ([]Change, error) {
	row := func() (any, error) {
		if on.queue != "" {
			return a.tx.Queue(on.queue)
		}
		return a.tx.Site(on.site)
	}
	was, err := row()
	if err != nil {
		return nil, fmt.Errorf("read what is changed: %w", err)
	}
	if err := a.merge(&before, after); err != nil {
		return nil, err
	}
	is, err := row()
	if err != nil {
		return nil, fmt.Errorf("read what was changed: %w", err)
	}
	return changes(was, is), nil
}

// followSettings makes rooms and open tickets follow changed settings.
func (a *act) followSettings(on subject) error {
	if err := a.followRights(); err != nil {
		return err
	}
	queues, err := a.tx.Queues(on.site)
	if err != nil {
		return fmt.Errorf("list queues of site %s: %w", on.site, err)
	}
	for i := range queues {
		if on.queue != "" && on.queue != queues[i].ID {
			continue
		}
		if err := a.reshapeOpen(&queues[i]); err != nil {
			return err
		}
		if err := a.shapeQueueTickets(&queues[i]); err != nil {
			return err
		}
	}
	return nil
}

// orderConfigExport gives the configuration as a file: what the desk is now, whatever the file said when it was last read.
func (a *act) orderConfigExport(o *order) (answer, error) {
	if may, err := a.can(o.staff, ModSettings, false, subject{}); err != nil {
		return answer{}, err
	} else if !may {
		return answer{}, Refuse(Denied, "config.not_all")
	}
	now, err := a.configuration()
	if err != nil {
		return answer{}, err
	}
	data, err := a.settings.Export(now)
	if err != nil {
		return answer{}, fmt.Errorf("export configuration: %w", err)
	}
	if err := a.record(string(o.by), "config.exported", "", ""); err != nil {
		return answer{}, err
	}
	return answer{text: a.word(o, "config.exported"), data: data, file: &content.Attachment{
		ID: a.newID(), Name: "frontdesk.yaml", Type: "application/yaml", Size: int64(len(data)), Kind: content.File,
	}}, nil
}
