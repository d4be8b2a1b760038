package desk

import (
	"fmt"
	"strconv"
	"strings"
)

// templateCommands are about ready answers (O2).
func templateCommands() []command {
	return []command{
		{
			name: "template", aliases: []string{"t", "templates", "шаблон", "шаблоны", "ш"}, rooms: talkRooms, run: (*act).orderTemplate,
			params: []param{{name: "template", kind: paramWord, optional: true}, {name: "template_text", kind: paramRest, optional: true}},
		},
	}
}

func templateVerbs() []verb {
	return []verb{
		{words: wordsPage, run: (*act).templatePage},
		{words: wantsAll, run: func(a *act, o *order) (answer, error) { cutSite(o); return a.listTemplates(o, "all") }},
		{words: wordsAdd, run: (*act).addTemplate},
		{words: wordsEdit, run: (*act).editTemplate},
		{words: wordsDelete, run: (*act).deleteTemplate},
		{words: wordsShow, run: (*act).showTemplate},
		{words: wordsOn, run: func(a *act, o *order) (answer, error) { return a.switchTemplate(o, false) }},
		{words: wordsOff, run: func(a *act, o *order) (answer, error) { return a.switchTemplate(o, true) }},
	}
}

// orderTemplate lists the templates, or does with one of them what its first word asks for; a number or a shortcut alone uses it. Which site is
// meant may be said before all that.
func (a *act) orderTemplate(o *order) (answer, error) {
	word := o.given.word(0)
	if _, ok := siteWord(word); ok {
		o.given.rest = strings.TrimSpace(word + " " + o.given.rest)
		cutSite(o)
		word, o.given.rest, _ = nextWord(o.given.rest)
		o.given.rest = strings.TrimSpace(o.given.rest)
	}
	if word == "" {
		return a.listTemplates(o, "")
	}
	if v, ok := findVerb(templateVerbs(), word); ok {
		return v.run(a, o)
	}
	t, err := a.findTemplate(o, word)
	if err != nil {
		return answer{}, err
	}
	if o.given.rest != "" {
		return answer{}, Refuse(Invalid, "template.nothing_after", t.Number)
	}
	if o.place == nil {
		return a.templateAnswer(o, "template.shown", t), nil
	}
	return a.useTemplate(o, t)
}

func (a *act) templatePage(o *order) (answer, error) {
	cutSite(o)
	page, rest, _ := nextWord(o.given.rest)
	o.given.rest = rest
	cutSite(o)
	return a.listTemplates(o, page)
}

// listTemplates shows the table of a site, if the asker may see it, and behind it the asker's own.
func (a *act) listTemplates(o *order, page string) (answer, error) {
	own, err := a.templates("", o.by)
	if err != nil {
		return answer{}, err
	}
	site, err := a.templateSite(o)
	if err != nil {
		return answer{}, err
	}
	all, err := a.templates(site.ID, "")
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "template.list", site.Name, len(all), len(own)), name: "templates", more: "template.more",
		head: []string{a.word(o, "list.number"), a.word(o, "template.text"), "●", a.word(o, "template.shortcut")},
	}
	if o.given.ofSite {
		l.more, l.which = "template.more_of", []any{site.ID}
	}
	for _, t := range append(all, own...) {
		mark, shortcut := "●", ""
		if t.Off {
			mark = "○"
		}
		if t.Shortcut != "" {
			shortcut = a.word(o, "template.by_shortcut", t.Shortcut)
		}
		l.rows = append(l.rows, []string{strconv.FormatInt(t.Number, 10), t.Text, mark, shortcut})
	}
	return a.list(o, l, page)
}

// cutSite cuts the word that names a site off the beginning of an order's rest.
func cutSite(o *order) {
	word, rest, quoted := nextWord(o.given.rest)
	if id, ok := siteWord(word); ok && !quoted {
		o.given.site, o.given.ofSite, o.given.rest = id, true, strings.TrimSpace(rest)
	}
}

// siteWord reads a word that names a site: "site:shop". "site:" alone is the one of the room.
func siteWord(word string) (SiteID, bool) {
	kind, id, ok := strings.Cut(word, ":")
	if !ok || !isWord(wordsSite, kind) {
		return "", false
	}
	return SiteID(id), true
}

// siteNamed writes the word that names a site, in the language of who gave an order.
func (a *act) siteNamed(o *order, id SiteID) string {
	return a.word(o, "scope.word.site") + ":" + string(id)
}

// templateSite finds the site whose table is meant: the one named, else that of the room, else the only one whose table the asker may see.
func (a *act) templateSite(o *order) (*Site, error) {
	named := o.given.site
	all, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	var seen []*Site
	var ids []string
	for i := range all {
		if all[i].Removed && (o.site == nil || o.site.ID != all[i].ID) {
			continue // tickets of a site that was removed may still be open
		}
		may, err := a.mayTemplates(o.staff, all[i].ID, false)
		if err != nil {
			return nil, err
		}
		if may {
			seen, ids = append(seen, &all[i]), append(ids, a.siteNamed(o, all[i].ID))
		}
	}
	if named == "" && o.site != nil {
		named = o.site.ID
	}
	for _, s := range seen {
		if s.ID == named {
			return s, nil
		}
	}
	switch {
	case len(seen) == 0:
		return nil, Refuse(Denied, "template.no_right_to_see")
	case named != "":
		return nil, Refuse(NotFound, "template.no_such_site", string(named), strings.Join(ids, ", "))
	case len(seen) > 1:
		return nil, Refuse(Invalid, "template.which_site", strings.Join(ids, ", "))
	}
	return seen[0], nil
}

// findTemplate finds a template by its number or its shortcut: of the asker's own or the site's.
func (a *act) findTemplate(o *order, word string) (*Template, error) {
	number, isNumber := parseNumber(word)
	isNumber = isNumber && number > 0
	shortcut := strings.ToLower(strings.TrimPrefix(word, "/"))
	fits := func(all []Template) *Template {
		for i := range all {
			if isNumber && all[i].Number == number || !isNumber && all[i].Shortcut != "" && all[i].Shortcut == shortcut {
				return &all[i]
			}
		}
		return nil
	}
	if !o.given.ofSite {
		own, err := a.templates("", o.by)
		if err != nil {
			return nil, err
		}
		if t := fits(own); t != nil {
			return t, nil
		}
	}
	if isNumber && number >= personalFrom {
		return nil, Refuse(NotFound, "template.unknown", clip(word, 20))
	}
	site, err := a.templateSite(o)
	if err != nil {
		return nil, err
	}
	all, err := a.templates(site.ID, "")
	if err != nil {
		return nil, err
	}
	if t := fits(all); t != nil {
		return t, nil
	}
	return nil, Refuse(NotFound, "template.unknown", clip(word, 20))
}

// namedTemplate finds the template that the first word of an order's rest names, and cuts the word off.
func (a *act) namedTemplate(o *order) (*Template, error) {
	cutSite(o)
	word, rest, _ := nextWord(o.given.rest)
	if word == "" {
		return nil, Refuse(Invalid, "template.which")
	}
	o.given.rest = strings.TrimSpace(rest)
	return a.findTemplate(o, word)
}

// ownTemplate is namedTemplate for one that the asker may edit.
func (a *act) ownTemplate(o *order) (*Template, error) {
	t, err := a.namedTemplate(o)
	if err != nil {
		return nil, err
	}
	return t, a.mayEditTemplate(o, t)
}

// mayEditTemplate refuses changes of a template without the right to one's own, or to the site's.
func (a *act) mayEditTemplate(o *order, t *Template) error {
	if t.Owner == "" {
		may, err := a.mayTemplates(o.staff, t.Site, true)
		if err == nil && !may {
			err = Refuse(Denied, "template.no_right")
		}
		return err
	}
	r, err := a.book()
	if err == nil && !r.holds(o.by, Grant{Module: ModTemplates, Scope: ScopeOwn, Edit: true}) {
		err = Refuse(Denied, "template.no_right_to_own")
	}
	return err
}

func (a *act) showTemplate(o *order) (answer, error) {
	t, err := a.namedTemplate(o)
	if err != nil {
		return answer{}, err
	}
	return a.templateAnswer(o, "template.shown", t), nil
}

// templateAnswer says something of a template and shows it.
func (a *act) templateAnswer(o *order, key string, t *Template) answer {
	said := a.word(o, key, t.Number)
	return answer{
		text: said + "\n> " + strings.ReplaceAll(t.Text, "\n", "\n> "),
		html: escape(said) + "<blockquote>" + strings.ReplaceAll(escape(t.Text), "\n", "<br>") + "</blockquote>",
	}
}

// addTemplate puts a template into the asker's own table, or with "site:" into a site's.
func (a *act) addTemplate(o *order) (answer, error) {
	t := &Template{ID: TemplateID(a.newID()), Owner: o.by}
	if cutSite(o); o.given.ofSite {
		site, err := a.templateSite(o)
		if err != nil {
			return answer{}, err
		}
		t.Site, t.Owner = site.ID, ""
	}
	err := a.mayEditTemplate(o, t)
	if err != nil {
		return answer{}, err
	}
	if t.Shortcut, t.Text, err = readTemplate(o.given.rest); err != nil {
		return answer{}, err
	}
	if t.Text == "" {
		return answer{}, Refuse(Invalid, "template.no_text")
	}
	all, err := a.templates(t.Site, t.Owner)
	if err != nil {
		return answer{}, err
	}
	if len(all) >= maxTemplates {
		return answer{}, Refuse(Conflict, "template.too_many", maxTemplates)
	}
	taken := make([]int64, len(all))
	for i := range all {
		taken[i] = all[i].Number
	}
	t.Number = freeNumber(1, taken)
	if t.Owner != "" {
		t.Number = freeNumber(personalFrom, taken)
	}
	if err := a.putTemplate(o, "template.added", nil, t); err != nil {
		return answer{}, err
	}
	return a.templateAnswer(o, "template.added", t), nil
}

func (a *act) editTemplate(o *order) (answer, error) {
	t, err := a.ownTemplate(o)
	if err != nil {
		return answer{}, err
	}
	shortcut, text, err := readTemplate(o.given.rest)
	if err != nil {
		return answer{}, err
	}
	if shortcut == "" && text == "" {
		return answer{}, Refuse(Invalid, "template.no_text")
	}
	before := *t
	if shortcut != "" {
		t.Shortcut = shortcut
	}
	if text != "" {
		t.Text = text
	}
	if err := a.putTemplate(o, "template.edited", &before, t); err != nil {
		return answer{}, err
	}
	return a.templateAnswer(o, "template.edited", t), nil
}

func (a *act) deleteTemplate(o *order) (answer, error) {
	t, err := a.ownTemplate(o)
	if err != nil {
		return answer{}, err
	}
	before := *t
	t.Deleted = true
	if err := a.putTemplate(o, "template.deleted", &before, t); err != nil {
		return answer{}, err
	}
	return a.templateAnswer(o, "template.deleted", t), nil
}

func (a *act) switchTemplate(o *order, off bool) (answer, error) {
	t, err := a.ownTemplate(o)
	if err != nil {
		return answer{}, err
	}
	before := *t
	t.Off = off
	action := "template.on"
	if off {
		action = "template.off"
	}
	if err := a.putTemplate(o, action, &before, t); err != nil {
		return answer{}, err
	}
	return said(a.word(o, action, t.Number)), nil
}

// putTemplate stores a template and records who changed what. Two of a table cannot have one shortcut.
func (a *act) putTemplate(o *order, action string, before, t *Template) error {
	all, err := a.templates(t.Site, t.Owner)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != t.ID && t.Shortcut != "" && other.Shortcut == t.Shortcut {
			return Refuse(Conflict, "template.shortcut_taken", t.Shortcut, other.Number)
		}
	}
	t.By, t.At = o.by, a.now
	if err := a.tx.PutTemplate(t); err != nil {
		return fmt.Errorf("put template %s: %w", t.ID, err)
	}
	entry := JournalEntry{
		Actor: string(o.by), Action: action, Site: t.Site, Target: fmt.Sprintf("%s%s %d", t.Site, t.Owner, t.Number),
	}
	entry.Changes = changes(nil, t)
	if before != nil {
		entry.Changes = changes(before, t)
	}
	return a.note(entry)
}

// useTemplate sends a template to the customer of the room, as words of who asked for it.
func (a *act) useTemplate(o *order, t *Template) (answer, error) {
	if t.Off {
		return answer{}, Refuse(Conflict, "template.is_off", t.Number)
	}
	if o.in.Relation == InThread {
		return answer{}, Refuse(Denied, "template.in_thread")
	}
	refusal, err := a.maySpeak(o.place, o.by)
	if err != nil {
		return answer{}, err
	}
	if refusal != nil {
		return answer{}, refusal
	}
	pieces, err := parseTemplate(t.Text)
	if err != nil {
		return answer{}, err
	}
	facts, err := a.templateFacts(o)
	if err != nil {
		return answer{}, err
	}
	text := fillTemplate(pieces, facts, o.staff.Gender)
	if text == "" {
		return answer{}, Refuse(Invalid, "unsent.empty")
	}
	if err := a.speakFor(o, text); err != nil {
		return answer{}, err
	}
	return answer{}, a.record(string(o.by), "template.used", o.place.ticket.ID, fmt.Sprintf("%d %s", t.Number, t.ID))
}

// templateFacts are what fills the places of a template.
func (a *act) templateFacts(o *order) (map[string]string, error) {
	d, err := a.dossier(o.place.ticket, o.place.conversation)
	if err != nil {
		return nil, err
	}
	name, err := a.publicName(d.site.ID, o.by)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"customer": strings.TrimSpace(d.customer.Name), "operator": name, "ticket": strconv.FormatInt(d.ticket.Number, 10),
		"queue": d.queue.Name, "site": d.site.Name,
	}, nil
}

// speakFor publishes words of somebody who did not write them himself, and shows them in the room. The bot's event stands for the message there:
// what answers it or reacts to it reaches the customer as if it were the operator's own.
func (a *act) speakFor(o *order, text string) error {
	p := o.place
	m := &Message{
		ID: MessageID(a.newID()), Conversation: p.conversation.ID, Ticket: p.ticket.ID, Author: FromStaff, Operator: o.by,
		Status: Stored, At: a.moment(o.in.At),
	}
	m.Content.Text = text
	if err := a.sign(m, p.site.ID, o.by); err != nil {
		return err
	}
	if o.in.Relation == InReply {
		s, err := a.secrecyOfTarget(p.room, o.in.Relates)
		if err != nil {
			return err
		}
		if s == public {
			if m.Reply, err = a.answered(o.in); err != nil {
				return err
			}
		}
	}
	if err := a.append(p.conversation, m); err != nil {
		return err
	}
	if err := a.tx.PutConversation(p.conversation); err != nil {
		return fmt.Errorf("put conversation %s: %w", p.conversation.ID, err)
	}
	post := a.postedFor(m)
	post.ID, post.Room = partRow(m.ID, 0), p.room
	a.emit(post)
	return nil
}

// postedFor is a message as the bot shows it in the room for who says it.
func (a *act) postedFor(m *Message) Post {
	return Post{
		As: Bot, Message: m.ID, Text: m.WhoName + ": " + m.Content.Text,
		HTML: "<strong>" + escape(m.WhoName) + ":</strong> " + strings.ReplaceAll(escape(m.Content.Text), "\n", "<br>"),
	}
}
