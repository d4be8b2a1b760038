package desk

import (
	"fmt"
	"slices"
	"strings"
)

// orderTemplateNamed finds a rights template by its name.
func (a *act) orderTemplateNamed(o *order, word string) (*RightsTemplate, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	var known []string
	for i, t := range r.templates {
		if strings.EqualFold(t.Name, word) || shipped(t.Name) && a.meant(word, "rights.template.", []string{t.Name}) != "" {
			return &r.templates[i], nil
		}
		known = append(known, t.Name)
	}
	return nil, Refuse(NotFound, "rights.no_template", clip(word, 40), strings.Join(known, ", "))
}

// orderAssignment reads to whom which template is assigned for what.
func (a *act) orderAssignment(o *order) (Assignment, *Operator, error) {
	whose, err := a.orderColleague(o)
	if err != nil {
		return Assignment{}, nil, err
	}
	t, err := a.orderTemplateNamed(o, o.given.word(0))
	if err != nil {
		return Assignment{}, nil, err
	}
	scope, target, err := a.orderScope(o, o.given.word(1))
	if err != nil {
		return Assignment{}, nil, err
	}
	if scope == ScopeOwn {
		return Assignment{}, nil, Refuse(Invalid, "rights.no_scope", clip(o.given.word(1), 40))
	}
	return Assignment{Operator: whose.ID, Template: t.Name, Scope: scope, Target: target}, whose, nil
}

// mayAssign refuses what contains a right somebody may not give.
func (a *act) mayAssign(o *order, as Assignment) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	for _, g := range r.resolve(as) {
		if err := a.mayGive(o, g); err != nil {
			return err
		}
	}
	return a.mayGive(o, Grant{Module: ModRights, Scope: as.Scope, Target: as.Target, Edit: true})
}

func (a *act) orderAssign(o *order) (answer, error) {
	as, whose, err := a.orderAssignment(o)
	if err != nil {
		return answer{}, err
	}
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	words := a.scopeWords(o, as.Scope, as.Target)
	if slices.Contains(r.assignments(as.Operator), as) {
		return answer{}, Refuse(Conflict, "rights.assigned_already", whose.PublicName, a.templateName(o, as.Template), words)
	}
	if err := a.mayAssign(o, as); err != nil {
		return answer{}, err
	}
	if err := a.tx.PutAssignment(as); err != nil {
		return answer{}, fmt.Errorf("assign: %w", err)
	}
	if err := a.noteRight(string(o.by), "rights.assigned", as.Operator, as.Scope, as.Target, changes(nil, assignmentChange(as))); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.assigned", whose.PublicName, a.templateName(o, as.Template), words)), a.followRights()
}

func (a *act) orderUnassign(o *order) (answer, error) {
	as, whose, err := a.orderAssignment(o)
	if err != nil {
		return answer{}, err
	}
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	words := a.scopeWords(o, as.Scope, as.Target)
	if !slices.Contains(r.assigned, as) {
		if slices.Contains(r.assignments(as.Operator), as) {
			return answer{}, Refuse(Conflict, "rights.of_group", whose.PublicName, words, "!"+a.called(o, "operator leave")+" "+string(as.Operator)+" "+as.Target)
		}
		return answer{}, Refuse(NotFound, "rights.not_assigned", whose.PublicName, a.templateName(o, as.Template), words)
	}
	if err := a.mayAssign(o, as); err != nil {
		return answer{}, err
	}
	if err := a.keepAdmin(func(r *rights) {
		r.assigned = slices.DeleteFunc(slices.Clone(r.assigned), func(k Assignment) bool { return k == as })
	}); err != nil {
		return answer{}, err
	}
	if err := a.tx.DeleteAssignment(as); err != nil {
		return answer{}, fmt.Errorf("take assignment: %w", err)
	}
	if err := a.noteRight(string(o.by), "rights.unassigned", as.Operator, as.Scope, as.Target, changes(assignmentChange(as), nil)); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.unassigned", whose.PublicName, a.templateName(o, as.Template), words)), a.followRights()
}

// assignmentChange is an assignment as the journal shows it.
func assignmentChange(as Assignment) map[string]string {
	return map[string]string{as.Template: strings.TrimSuffix(string(as.Scope)+":"+as.Target, ":")}
}

// orderRightsTemplates lists the templates with their rights.
func (a *act) orderRightsTemplates(o *order) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "rights.templates", len(r.templates)), name: "rights-templates",
		head: []string{a.word(o, "rights.head.template"), a.word(o, "rights.head.people"), a.word(o, "rights.head.rights")},
	}
	for _, t := range r.templates {
		var lines []string
		for _, line := range t.Rights {
			lines = append(lines, a.word(o, "rights.words", a.word(o, "module."+string(line.Module)), a.word(o, "scope."+string(line.Scope), ""),
				a.word(o, "depth."+depth(line.Edit))))
		}
		people := 0
		for _, staff := range r.staff {
			if slices.ContainsFunc(r.assignments(staff.ID), func(as Assignment) bool { return as.Template == t.Name }) {
				people++
			}
		}
		name := t.Name
		if shown := a.templateName(o, t.Name); shown != name {
			name += " (" + shown + ")"
		}
		l.rows = append(l.rows, []string{name, fmt.Sprint(people), strings.Join(lines, "; ")})
	}
	return a.list(o, l, o.given.word(0))
}

// templateScopes are the scopes a line of a template may have.
var templateScopes = []string{string(ScopeOwn), string(ScopeAssigned), string(ScopeSite), string(ScopeAll)}

// templateNameLimit is how many characters a template's name may have.
const templateNameLimit = 40

// orderRightsTemplate changes a line of a template, which is made if there is none. It takes all rights to change what others have.
func (a *act) orderRightsTemplate(o *order) (answer, error) {
	name := strings.ToLower(flat(o.given.word(0)))
	if t, err := a.orderTemplateNamed(o, name); err == nil {
		name = t.Name
	} else if len([]rune(name)) > templateNameLimit || strings.ContainsAny(name, ":@") {
		return answer{}, Refuse(Invalid, "rights.bad_name", clip(name, 40), templateNameLimit)
	}
	m, err := a.orderModule(o, o.given.word(1))
	if err != nil {
		return answer{}, err
	}
	scope := Scope(a.meant(o.given.word(2), "scope.word.", templateScopes))
	if scope == "" {
		return answer{}, Refuse(Invalid, "rights.no_template_scope", clip(o.given.word(2), 40))
	}
	off := a.meant(o.given.word(3), "depth.", []string{"off"}) != ""
	edit := false
	if !off {
		if edit, err = a.orderDepth(o.given.word(3)); err != nil {
			return answer{}, err
		}
	}
	return a.changeTemplate(o, name, TemplateRight{Module: m, Scope: scope, Edit: edit}, off)
}

// changeTemplate puts a line into a template, or takes it out.
func (a *act) changeTemplate(o *order, name string, line TemplateRight, off bool) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	before := RightsTemplate{Name: name}
	if t := find(r.templates, func(t RightsTemplate) bool { return t.Name == name }); t != nil {
		before = *t
	}
	after := RightsTemplate{Name: name}
	for _, k := range before.Rights {
		if k.Module != line.Module || k.Scope != line.Scope {
			after.Rights = append(after.Rights, k)
		}
	}
	if !off {
		after.Rights = append(after.Rights, line)
	}
	// A template may be assigned anywhere, so what it holds or held has to be somebody's everywhere.
	if err := a.mayGive(o, Grant{Module: line.Module, Scope: ScopeAll, Edit: true}); err != nil {
		return answer{}, err
	}
	if err := a.keepAdmin(func(r *rights) {
		r.templates = append(slices.DeleteFunc(slices.Clone(r.templates), func(t RightsTemplate) bool { return t.Name == name }), after)
	}); err != nil {
		return answer{}, err
	}
	if err := a.tx.PutRightsTemplate(&after); err != nil {
		return answer{}, fmt.Errorf("put rights template %s: %w", name, err)
	}
	err = a.note(JournalEntry{Actor: string(o.by), Action: "rights.template", Target: name, Changes: changes(templateChange(before), templateChange(after))})
	if err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.template_changed", a.templateName(o, name), len(after.Rights))), a.followRights()
}

// templateChange is a template as the journal shows it.
func templateChange(t RightsTemplate) map[string]string {
	out := map[string]string{}
	for _, line := range t.Rights {
		out[string(line.Module)+" "+string(line.Scope)] = depth(line.Edit)
	}
	return out
}

// orderRightsDrop deletes a template nobody has.
func (a *act) orderRightsDrop(o *order) (answer, error) {
	t, err := a.orderTemplateNamed(o, o.given.word(0))
	if err != nil {
		return answer{}, err
	}
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	switch {
	case shipped(t.Name):
		return answer{}, Refuse(Conflict, "rights.shipped", a.templateName(o, t.Name))
	case slices.ContainsFunc(r.assigned, func(as Assignment) bool { return as.Template == t.Name }):
		return answer{}, Refuse(Conflict, "rights.in_use", t.Name)
	}
	for _, line := range t.Rights {
		if err := a.mayGive(o, Grant{Module: line.Module, Scope: ScopeAll, Edit: line.Edit}); err != nil {
			return answer{}, err
		}
	}
	name, what := t.Name, changes(templateChange(*t), nil)
	if err := a.tx.DeleteRightsTemplate(name); err != nil {
		return answer{}, fmt.Errorf("delete rights template %s: %w", name, err)
	}
	a.rightsChanged()
	if err := a.note(JournalEntry{Actor: string(o.by), Action: "rights.template_dropped", Target: name, Changes: what}); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.dropped", name)), nil
}
