package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"frontdesk/desk"
)

// A right is written as the command that gives it: "assign <who> <template> <scope>", or "give <who> <module> <scope> view" (or edit).
const (
	wordAssign = "assign"
	wordGive   = "give"
)

// rightLine is a line of the key rights, taken apart.
type rightLine struct {
	given    bool // a single right
	assigned desk.Assignment
	holding  desk.Holding
}

func (r rightLine) operator() string {
	if r.given {
		return string(r.holding.Operator)
	}
	return string(r.assigned.Operator)
}

func (r rightLine) scope() (desk.Scope, string) {
	if r.given {
		return r.holding.Grant.Scope, r.holding.Grant.Target
	}
	return r.assigned.Scope, r.assigned.Target
}

// splitWords takes a line apart at its spaces; what holds spaces stands in quotes.
func splitWords(line string) ([]string, bool) {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			out, line = append(out, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, false
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, false
		}
		out, line = append(out, word), line[len(quoted):]
	}
	return out, true
}

func joinWords(words ...string) string {
	for i, w := range words {
		if w == "" || strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r == '"' || !strconv.IsPrint(r) }) {
			words[i] = strconv.Quote(w)
		}
	}
	return strings.Join(words, " ")
}

// parseRight reads a line of rights; whether what it names is there is not looked at.
func parseRight(line string) (out rightLine, ok bool) {
	words, ok := splitWords(line)
	if !ok || len(words) < 4 {
		return out, false
	}
	scope, target, ok := parseScope(words[3])
	if !ok {
		return out, false
	}
	who := desk.UserID(words[1])
	switch {
	case words[0] == wordAssign && len(words) == 4 && scope != desk.ScopeOwn:
		out.assigned = desk.Assignment{Operator: who, Template: words[2], Scope: scope, Target: target}
		return out, true
	case words[0] == wordGive && len(words) == 5 && slices.Contains(desk.Modules(), desk.Module(words[2])):
		edit, ok := parseDepth(words[4])
		out.given = true
		out.holding = desk.Holding{Operator: who, Grant: desk.Grant{Module: desk.Module(words[2]), Scope: scope, Target: target, Edit: edit}}
		return out, ok
	}
	return out, false
}

func parseScope(word string) (desk.Scope, string, bool) {
	kind, target, _ := strings.Cut(word, ":")
	scope := desk.Scope(kind)
	bare := scope == desk.ScopeOwn || scope == desk.ScopeAll
	return scope, target, slices.Contains(desk.Scopes(), scope) && bare == (target == "")
}

func parseDepth(word string) (edit, ok bool) { return word == "edit", word == "edit" || word == "view" }

func depthWord(edit bool) string {
	if edit {
		return "edit"
	}
	return "view"
}

func scopeWord(s desk.Scope, target string) string {
	if target == "" {
		return string(s)
	}
	return string(s) + ":" + target
}

// parseTemplateRight reads a line of a rights template: "<module> <scope> view" or edit.
func parseTemplateRight(line string) (desk.TemplateRight, bool) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return desk.TemplateRight{}, false
	}
	edit, ok := parseDepth(words[2])
	out := desk.TemplateRight{Module: desk.Module(words[0]), Scope: desk.Scope(words[1]), Edit: edit}
	scopes := []desk.Scope{desk.ScopeOwn, desk.ScopeAssigned, desk.ScopeSite, desk.ScopeAll}
	return out, ok && slices.Contains(desk.Modules(), out.Module) && slices.Contains(scopes, out.Scope)
}

// rightsConfigured gives what the file says of rights besides administrators and supervisors.
func (c *Config) rightsConfigured(out *desk.SitesConfigured) {
	for _, name := range slices.Sorted(maps.Keys(c.RightsTemplates)) {
		t := desk.RightsTemplate{Name: name}
		for _, line := range c.RightsTemplates[name] {
			if right, ok := parseTemplateRight(line); ok {
				t.Rights = append(t.Rights, right)
			}
		}
		out.RightsTemplates = append(out.RightsTemplates, t)
	}
	for _, line := range c.Rights {
		right, ok := parseRight(line)
		switch {
		case !ok: // reported when the file was checked
		case right.given:
			out.Given = append(out.Given, right.holding)
		case !slices.Contains(out.Rights, right.assigned):
			out.Rights = append(out.Rights, right.assigned)
		}
	}
}

// writeRights is the inverse of rightsConfigured, but for assignments that stand elsewhere in the file.
func (p *deskPart) writeRights(in desk.SitesConfigured, staff map[desk.UserID]bool) {
	for _, as := range in.Rights {
		if staff[as.Operator] && !elsewhere(as) {
			p.Rights = append(p.Rights, joinWords(wordAssign, string(as.Operator), as.Template, scopeWord(as.Scope, as.Target)))
		}
	}
	for _, h := range in.Given {
		if staff[h.Operator] {
			g := h.Grant
			p.Rights = append(p.Rights, joinWords(wordGive, string(h.Operator), string(g.Module), scopeWord(g.Scope, g.Target), depthWord(g.Edit)))
		}
	}
	for _, t := range in.RightsTemplates {
		if p.RightsTemplates == nil {
			p.RightsTemplates = map[string][]string{}
		}
		lines := []string{}
		for _, right := range t.Rights {
			lines = append(lines, joinWords(string(right.Module), string(right.Scope), depthWord(right.Edit)))
		}
		p.RightsTemplates[t.Name] = lines
	}
}

// elsewhere reports whether an assignment is one of those that the file names as admins or supervisors.
func elsewhere(as desk.Assignment) bool {
	return as.Template == desk.TemplateAdmin && as.Scope == desk.ScopeAll || as.Template == desk.TemplateSupervisor && as.Scope == desk.ScopeQueue
}

func (v *validator) rights() {
	for name, lines := range v.c.RightsTemplates {
		key := "rights_templates." + name
		if name == "" || len([]rune(name)) > 40 || strings.ContainsAny(name, ":@") {
			v.wrong(key, "is no name of a template", "use at most 40 characters, without : and @")
		}
		for i, line := range lines {
			if _, ok := parseTemplateRight(line); !ok {
				v.wrong(fmt.Sprintf("%s[%d]", key, i), "is no line of a template", "write a module, own, assigned, site or all, and view or edit, such as: tickets assigned edit")
			}
		}
	}
	for i, line := range v.c.Rights {
		key := fmt.Sprintf("rights[%d]", i)
		right, ok := parseRight(line)
		if !ok {
			v.wrong(key, "is no right", "write it like: assign @anna:"+v.domain()+" supervisor site:main, or: give @anna:"+v.domain()+" journal all view")
			continue
		}
		if !slices.Contains(v.c.Admins, right.operator()) && !slices.ContainsFunc(v.c.Operators, func(o Operator) bool { return o.ID == right.operator() }) {
			v.wrong(key, "is of none of the operators", "add "+right.operator()+" to the list operators")
		}
		if !right.given && !v.isTemplate(right.assigned.Template) {
			v.wrong(key, "names no rights template", "write operator, supervisor, admin, or one of rights_templates")
		}
		if !v.hasTarget(right.scope()) {
			v.wrong(key, "is for nothing that there is", "name the id of a site or of a queue of this file")
		}
	}
}

func (v *validator) isTemplate(name string) bool {
	_, own := v.c.RightsTemplates[name]
	return own || slices.ContainsFunc(desk.ShippedTemplates(), func(t desk.RightsTemplate) bool { return t.Name == name })
}

// hasTarget reports whether the file has the site or queue of a scope. Departments are what people are said to belong to, now or later.
func (v *validator) hasTarget(scope desk.Scope, target string) bool {
	return slices.ContainsFunc(v.c.Sites, func(s Site) bool {
		return scope == desk.ScopeSite && s.ID == target ||
			scope == desk.ScopeQueue && slices.ContainsFunc(s.Queues, func(q Queue) bool { return q.ID == target })
	}) || scope != desk.ScopeSite && scope != desk.ScopeQueue
}
