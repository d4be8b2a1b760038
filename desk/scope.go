package desk

import (
	"strings"
)

// orderLanguages are those in which words of commands are understood whatever language somebody reads.
var orderLanguages = []string{"en", "ru"}

// meant gives the one of several names that somebody means by a word: itself, or what it is called, by the text of prefix and name, in a
// language commands are understood in. "" is none.
func (a *act) meant(word, prefix string, names []string) string {
	word = strings.TrimSuffix(strings.ToLower(flat(word)), ":")
	for _, name := range names {
		if word == name {
			return name
		}
		for _, lang := range orderLanguages {
			if strings.EqualFold(word, a.texts.Text(lang, prefix+name)) {
				return name
			}
		}
	}
	return ""
}

// orderModule reads the name of a module.
func (a *act) orderModule(o *order, word string) (Module, error) {
	var names, shown []string
	for _, m := range Modules() {
		names = append(names, string(m))
		shown = append(shown, a.word(o, "module."+string(m)))
	}
	if name := a.meant(word, "module.", names); name != "" {
		return Module(name), nil
	}
	return "", Refuse(Invalid, "rights.no_module", clip(word, 40), strings.Join(shown, ", "))
}

// orderScope reads a scope with what it is of: "own", "queue:support", "site:main", "all". Where there is one site, "site" is it.
func (a *act) orderScope(o *order, word string) (Scope, string, error) {
	kind, target, _ := strings.Cut(word, ":")
	var names []string
	for _, s := range Scopes() {
		names = append(names, string(s))
	}
	scope := Scope(a.meant(kind, "scope.word.", names))
	if isWord(wordsSite, kind) {
		scope = ScopeSite
	}
	target = strings.TrimSpace(target)
	switch scope {
	case ScopeOwn, ScopeAll:
		if target == "" {
			return scope, "", nil
		}
	case ScopeQueue:
		q, err := a.namedQueue(o, target)
		if err != nil {
			return "", "", err
		}
		return scope, string(q.ID), nil
	case ScopeSite:
		s, err := a.namedSite(o, target)
		if err != nil {
			return "", "", err
		}
		return scope, string(s.ID), nil
	case ScopeDepartment:
		name, err := a.namedDepartment(target)
		return scope, name, err
	}
	return "", "", Refuse(Invalid, "rights.no_scope", clip(word, 40))
}

// namedQueue finds a queue by its id or name, among those that were not removed.
func (a *act) namedQueue(o *order, word string) (*Queue, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	var known []string
	for i, q := range r.queues {
		if string(q.ID) == word || strings.EqualFold(q.Name, word) {
			return &r.queues[i], nil
		}
		known = append(known, string(q.ID))
	}
	return nil, Refuse(NotFound, "rights.no_queue", clip(word, 40), strings.Join(known, ", "))
}

// namedSite finds a site by its id or name. Without a word it is the only one, or the one of the room.
func (a *act) namedSite(o *order, word string) (*Site, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, err
	}
	live := 0
	for _, s := range sites {
		if !s.Removed {
			live++
		}
	}
	var known []string
	for i, s := range sites {
		if string(s.ID) == word || strings.EqualFold(s.Name, word) || word == "" && !s.Removed && (live == 1 || o.site != nil && o.site.ID == s.ID) {
			return &sites[i], nil
		}
		known = append(known, string(s.ID))
	}
	return nil, Refuse(NotFound, "rights.no_site", clip(word, 40), strings.Join(known, ", "))
}

// scopeWords says how far a right goes to who gave an order.
func (a *act) scopeWords(o *order, s Scope, target string) string {
	return a.scopeName(a.speaker(o.staff, o.site), s, target)
}

func (a *act) scopeName(say sayer, s Scope, target string) string {
	name := target
	switch s {
	case ScopeQueue:
		if q, err := a.tx.Queue(QueueID(target)); err == nil {
			name = q.Name
		}
	case ScopeSite:
		if site, err := a.tx.Site(SiteID(target)); err == nil {
			name = site.Name
		}
	}
	return say("scope."+string(s), name)
}

// depth is the word for viewing or editing.
func depth(edit bool) string {
	if edit {
		return "edit"
	}
	return "view"
}

// orderDepth reads «view» or «edit».
func (a *act) orderDepth(word string) (bool, error) {
	switch a.meant(word, "depth.", []string{"view", "edit"}) {
	case "view":
		return false, nil
	case "edit":
		return true, nil
	}
	return false, Refuse(Invalid, "rights.no_depth", clip(word, 40))
}
