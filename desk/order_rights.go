package desk

import (
	"fmt"
	"slices"
	"strings"
)

// rightsCommands are those about who may do what.
func rightsCommands() []command {
	who := param{name: "who", kind: paramStaff}
	anybody := param{name: "who", kind: paramStaff, optional: true}
	word := func(name string) param { return param{name: name, kind: paramWord} }
	maybe := func(name string) param { return param{name: name, kind: paramWord, optional: true} }
	give := &right{ModRights, true}
	return []command{
		{name: "rights", aliases: []string{"rg", "grants", "права"}, rooms: allRooms, private: true, params: []param{anybody, maybe("page")}, run: (*act).orderRights},
		{
			name: "rights give", aliases: []string{"дать", "выдать"}, rooms: allRooms, private: true, right: give,
			params: []param{who, word("module"), word("scope"), word("depth")}, run: (*act).orderGiveRight,
		},
		{
			name: "rights take", aliases: []string{"забрать", "снять"}, rooms: allRooms, private: true, right: give,
			params: []param{who, word("module"), word("scope")}, run: (*act).orderTakeRight,
		},
		{
			name: "rights assign", aliases: []string{"назначить"}, rooms: allRooms, private: true, right: give,
			params: []param{who, word("rights_template"), word("scope")}, run: (*act).orderAssign,
		},
		{
			name: "rights unassign", aliases: []string{"отозвать"}, rooms: allRooms, private: true, right: give,
			params: []param{who, word("rights_template"), word("scope")}, run: (*act).orderUnassign,
		},
		{
			name: "rights templates", aliases: []string{"шаблоны"}, rooms: allRooms, private: true, right: &right{ModRights, false},
			params: []param{maybe("page")}, run: (*act).orderRightsTemplates,
		},
		{
			name: "rights template", aliases: []string{"шаблон"}, rooms: allRooms, private: true, right: give,
			params: []param{word("rights_template"), word("module"), word("template_scope"), word("depth_off")}, run: (*act).orderRightsTemplate,
		},
		{
			name: "rights drop", aliases: []string{"удалить"}, rooms: allRooms, private: true, right: give,
			params: []param{word("rights_template")}, run: (*act).orderRightsDrop,
		},
	}
}

// orderRights lists the rights of who asks, or of somebody else.
func (a *act) orderRights(o *order) (answer, error) {
	whose := o.staff
	if len(o.given.staff) > 0 && o.given.staff[0] != o.by {
		may, err := a.canSomewhere(o.staff, ModRights, false)
		if err != nil {
			return answer{}, err
		}
		if !may {
			return answer{}, Refuse(Denied, "rights.only_own")
		}
		if whose, err = a.orderColleague(o); err != nil {
			return answer{}, err
		}
	}
	grants, err := a.grants(whose)
	if err != nil {
		return answer{}, err
	}
	name, err := a.staffName(whose.ID)
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "rights.title", name, len(grants)), name: "rights",
		head: []string{a.word(o, "rights.head.module"), a.word(o, "rights.head.scope"), a.word(o, "rights.head.depth"), a.word(o, "rights.head.from")},
	}
	for _, g := range grants {
		from := a.word(o, "rights.by_itself")
		if g.From != "" {
			from = a.templateName(o, g.From)
		}
		l.rows = append(l.rows, []string{
			a.word(o, "module."+string(g.Module)), a.scopeWords(o, g.Scope, g.Target), a.word(o, "depth."+depth(g.Edit)), from,
		})
	}
	return a.list(o, l, o.given.word(0))
}

// orderColleague gives the member of staff who is named.
func (a *act) orderColleague(o *order) (*Operator, error) {
	whose, err := a.staff(o.given.staff[0])
	if err != nil {
		return nil, err
	}
	if whose == nil {
		return nil, Refuse(NotFound, "staff.unknown", string(o.given.staff[0]))
	}
	return whose, nil
}

// templateName is what a template is called: the shipped ones have names in every language.
func (a *act) templateName(o *order, name string) string {
	if shipped(name) {
		return a.word(o, "rights.template."+name)
	}
	return name
}

// mayGive refuses to give or take a right somebody does not have or may not pass on: nobody gives more than he has.
func (a *act) mayGive(o *order, g Grant) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	if r.holds(o.by, g) && r.holds(o.by, Grant{Module: ModRights, Scope: g.Scope, Target: g.Target, Edit: true}) {
		return nil
	}
	return Refuse(Denied, "rights.not_yours", a.grantWords(o, g))
}

// grantWords says what a right is.
func (a *act) grantWords(o *order, g Grant) string {
	return a.word(o, "rights.words", a.word(o, "module."+string(g.Module)), a.scopeWords(o, g.Scope, g.Target), a.word(o, "depth."+depth(g.Edit)))
}

// orderGrant reads the right that a command is about.
func (a *act) orderGrant(o *order) (Grant, error) {
	m, err := a.orderModule(o, o.given.word(0))
	if err != nil {
		return Grant{}, err
	}
	scope, target, err := a.orderScope(o, o.given.word(1))
	return Grant{Module: m, Scope: scope, Target: target}, err
}

func (a *act) orderGiveRight(o *order) (answer, error) {
	whose, err := a.orderColleague(o)
	if err != nil {
		return answer{}, err
	}
	g, err := a.orderGrant(o)
	if err != nil {
		return answer{}, err
	}
	if g.Edit, err = a.orderDepth(o.given.word(2)); err != nil {
		return answer{}, err
	}
	if err := a.mayGive(o, g); err != nil {
		return answer{}, err
	}
	before, err := a.holding(whose.ID, g)
	if err != nil {
		return answer{}, err
	}
	if before != nil && before.Edit == g.Edit {
		return answer{}, Refuse(Conflict, "rights.given_already", whose.PublicName, a.grantWords(o, g))
	}
	if before != nil && before.Edit { // only to view from now on: something is taken
		if err := a.mayGive(o, *before); err != nil {
			return answer{}, err
		}
	}
	if err := a.keepAdmin(func(r *rights) {
		r.given = append(r.dropped(Holding{whose.ID, g}), Holding{whose.ID, g})
	}); err != nil {
		return answer{}, err
	}
	if err := a.tx.PutHolding(Holding{whose.ID, g}); err != nil {
		return answer{}, fmt.Errorf("give right: %w", err)
	}
	var was any
	if before != nil {
		was = rightChange(*before)
	}
	if err := a.noteRight(string(o.by), "rights.given", whose.ID, g.Scope, g.Target, changes(was, rightChange(g))); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.given", whose.PublicName, a.grantWords(o, g))), a.followRights()
}

func (a *act) orderTakeRight(o *order) (answer, error) {
	whose, err := a.orderColleague(o)
	if err != nil {
		return answer{}, err
	}
	g, err := a.orderGrant(o)
	if err != nil {
		return answer{}, err
	}
	before, err := a.holding(whose.ID, g)
	if err != nil {
		return answer{}, err
	}
	if before == nil {
		return answer{}, a.notByItself(o, whose, g)
	}
	if err := a.mayGive(o, *before); err != nil {
		return answer{}, err
	}
	if err := a.keepAdmin(func(r *rights) { r.given = r.dropped(Holding{whose.ID, g}) }); err != nil {
		return answer{}, err
	}
	if err := a.tx.DeleteHolding(Holding{whose.ID, g}); err != nil {
		return answer{}, fmt.Errorf("take right: %w", err)
	}
	if err := a.noteRight(string(o.by), "rights.taken", whose.ID, g.Scope, g.Target, changes(rightChange(*before), nil)); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "rights.taken", whose.PublicName, a.grantWords(o, *before))), a.followRights()
}

// notByItself tells why a right cannot be taken: it comes from a template, or is not there.
func (a *act) notByItself(o *order, whose *Operator, g Grant) error {
	grants, err := a.grants(whose)
	if err != nil {
		return err
	}
	for _, have := range grants {
		if have.Module == g.Module && have.Scope == g.Scope && have.Target == g.Target {
			return Refuse(Conflict, "rights.of_template", whose.PublicName, a.grantWords(o, have), a.templateName(o, have.From))
		}
	}
	return Refuse(NotFound, "rights.not_held", whose.PublicName, a.word(o, "module."+string(g.Module)), a.scopeWords(o, g.Scope, g.Target))
}

// rightChange is a right as the journal shows it.
func rightChange(g Grant) map[string]string {
	return map[string]string{strings.TrimSuffix(string(g.Module)+" "+string(g.Scope)+":"+g.Target, ":"): depth(g.Edit)}
}

// holding gives the right of the same module, scope and target that somebody was given by itself, or nil.
func (a *act) holding(u UserID, g Grant) (*Grant, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	for _, h := range r.given {
		if h.same(Holding{u, g}) {
			return &h.Grant, nil
		}
	}
	return nil, nil
}

// same reports whether two rights are of the same person, module, scope and target.
func (h Holding) same(other Holding) bool {
	return h.Operator == other.Operator && h.Grant.Module == other.Grant.Module && h.Grant.Scope == other.Grant.Scope &&
		h.Grant.Target == other.Grant.Target
}

// dropped gives the rights people were given by themselves without one.
func (r *rights) dropped(h Holding) []Holding {
	return slices.DeleteFunc(slices.Clone(r.given), func(k Holding) bool { return k.same(h) })
}

// keepAdmin refuses a change of rights after which there would be no administrator.
func (a *act) keepAdmin(change func(*rights)) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	next := *r
	next.resolved = nil
	change(&next)
	if len(next.admins()) == 0 && len(r.admins()) > 0 {
		return Refuse(Conflict, "rights.last_admin")
	}
	return nil
}

// followRights makes rooms and offers follow changed rights.
func (a *act) followRights() error {
	a.rightsChanged()
	if err := a.shapeRooms(); err != nil {
		return err
	}
	return a.offerWaiting()
}

// noteRight records a change of somebody's rights.
func (a *act) noteRight(actor, action string, whose UserID, scope Scope, target string, what []Change) error {
	e := JournalEntry{Actor: actor, Action: action, Target: string(whose), Changes: what}
	switch scope {
	case ScopeSite:
		e.Site = SiteID(target)
	case ScopeQueue:
		q, err := a.tx.Queue(QueueID(target))
		if err != nil {
			return fmt.Errorf("queue %s: %w", target, err)
		}
		e.Site, e.Queue = q.Site, q.ID
	}
	return a.note(e)
}
