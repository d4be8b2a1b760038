package desk

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/content"
)

// departmentCommands are those about the list of departments.
func departmentCommands() []command {
	edit := &right{ModUsers, true}
	name := param{name: "department", kind: paramRest}
	return []command{
		{
			name: "departments", aliases: []string{"dp", "deps", "отделы"}, rooms: allRooms, private: true, reads: true,
			params: []param{{name: "page", kind: paramWord, optional: true}}, run: (*act).orderDepartments,
		},
		{
			name: "departments add", aliases: []string{"добавить"}, rooms: allRooms, private: true, right: edit, params: []param{name},
			run: (*act).orderDepartmentAdd,
		},
		{
			name: "departments rename", aliases: []string{"переименовать"}, rooms: allRooms, private: true, right: edit,
			params: []param{{name: "department_old", kind: paramWord}, name}, run: (*act).orderDepartmentRename,
		},
		{
			name: "departments remove", aliases: []string{"удалить"}, rooms: allRooms, private: true, right: edit, params: []param{name},
			run: (*act).orderDepartmentRemove,
		},
	}
}

// departments lists those in the list and those that somebody belongs to nevertheless.
func (a *act) departments() ([]string, error) {
	out, err := a.tx.Departments()
	if err != nil {
		return nil, fmt.Errorf("list departments: %w", err)
	}
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	for _, o := range r.staff {
		if o.Department != "" && !slices.Contains(out, o.Department) {
			out = append(out, o.Department)
		}
	}
	slices.Sort(out)
	return out, nil
}

// namedDepartment finds a department by its name.
func (a *act) namedDepartment(word string) (string, error) {
	known, err := a.departments()
	if err != nil {
		return "", err
	}
	for _, name := range known {
		if strings.EqualFold(name, word) {
			return name, nil
		}
	}
	return "", Refuse(NotFound, "rights.no_department", clip(word, 40), strings.Join(known, ", "))
}

// orderDepartment finds the department that somebody is to belong to.
func (a *act) orderDepartment(o *order, word string) (string, error) {
	name, err := a.namedDepartment(word)
	if CodeOf(err) == NotFound {
		known, err := a.departments()
		if err != nil {
			return "", err
		}
		if len(known) == 0 {
			known = []string{a.word(o, "departments.none")}
		}
		return "", Refuse(NotFound, "departments.unknown", clip(word, 60), strings.Join(known, ", "))
	}
	return name, err
}

func (a *act) orderDepartments(o *order) (answer, error) {
	names, err := a.departments()
	if err != nil {
		return answer{}, err
	}
	l := listing{
		title: a.word(o, "departments.title", len(names)), name: "departments",
		head: []string{a.word(o, "staff.head.department"), a.word(o, "rights.head.people")},
	}
	for _, name := range names {
		people, err := a.membersOf(name)
		if err != nil {
			return answer{}, err
		}
		l.rows = append(l.rows, []string{name, fmt.Sprint(len(people))})
	}
	return a.list(o, l, o.given.word(0))
}

// membersOf lists the staff of a department.
func (a *act) membersOf(department string) ([]Operator, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(r.staff), func(k Operator) bool { return k.Department != department }), nil
}

// mayDepartments refuses to those who may not change the list: that takes the staff of all departments.
func (a *act) mayDepartments(o *order) error {
	may, err := a.can(o.staff, ModUsers, true, subject{})
	if err != nil {
		return err
	}
	if !may {
		return Refuse(Denied, "departments.not_yours")
	}
	return nil
}

// ValidDepartment reports whether something can be the name of a department.
func ValidDepartment(name string) bool {
	return name != "" && name == flat(name) && len([]rune(name)) <= cardLimit && !strings.Contains(name, ":")
}

// newDepartment reads the name of a department that there is not yet, but for one.
func (a *act) newDepartment(o *order, but string) (string, error) {
	name := flat(unquoted(o.given.rest))
	if !ValidDepartment(name) {
		return "", Refuse(Invalid, "departments.bad_name", clip(name, 60), cardLimit)
	}
	known, err := a.namedDepartment(name)
	if err != nil && CodeOf(err) != NotFound {
		return "", err
	}
	if err == nil && (known != but || known == name) {
		return "", Refuse(Conflict, "departments.there", known)
	}
	return name, nil
}

func (a *act) orderDepartmentAdd(o *order) (answer, error) {
	if err := a.mayDepartments(o); err != nil {
		return answer{}, err
	}
	name, err := a.newDepartment(o, "")
	if err != nil {
		return answer{}, err
	}
	if err := a.tx.PutDepartment(name); err != nil {
		return answer{}, fmt.Errorf("put department %s: %w", name, err)
	}
	err = a.note(JournalEntry{Actor: string(o.by), Action: "department.added", Target: name, Changes: departmentChange("", name)})
	return said(a.word(o, "departments.added", name)), err
}

// departmentChange is what becomes of a department, which is its name; "" where there is none.
func departmentChange(before, after string) []Change {
	return changes(map[string]string{"Name": before}, map[string]string{"Name": after})
}

// orderDepartmentRename renames a department with everybody in it and all rights for it.
func (a *act) orderDepartmentRename(o *order) (answer, error) {
	if err := a.mayDepartments(o); err != nil {
		return answer{}, err
	}
	old, err := a.namedDepartment(o.given.word(0))
	if err != nil {
		return answer{}, err
	}
	name, err := a.newDepartment(o, old)
	if err != nil {
		return answer{}, err
	}
	if err := a.tx.DeleteDepartment(old); err != nil {
		return answer{}, fmt.Errorf("delete department %s: %w", old, err)
	}
	if err := a.tx.PutDepartment(name); err != nil {
		return answer{}, fmt.Errorf("put department %s: %w", name, err)
	}
	staff, err := a.tx.Operators()
	if err != nil {
		return answer{}, fmt.Errorf("list operators: %w", err)
	}
	people := 0
	for i := range staff {
		k := &staff[i]
		if k.Department != old {
			continue
		}
		if !k.Removed {
			people++
		}
		k.Department = name
		if err := a.tx.PutOperator(k); err != nil {
			return answer{}, fmt.Errorf("put operator %s: %w", k.ID, err)
		}
	}
	if err := a.moveDepartmentRights(old, name); err != nil {
		return answer{}, err
	}
	if err := a.note(JournalEntry{Actor: string(o.by), Action: "department.renamed", Target: name, Changes: departmentChange(old, name)}); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "departments.renamed", old, name, people)), a.followRights()
}

// moveDepartmentRights makes the rights for a department those for another one.
func (a *act) moveDepartmentRights(from, to string) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	for _, as := range r.assigned {
		if as.Scope != ScopeDepartment || as.Target != from {
			continue
		}
		if err := a.tx.DeleteAssignment(as); err != nil {
			return fmt.Errorf("take %s from %s: %w", as.Template, as.Operator, err)
		}
		as.Target = to
		if err := a.tx.PutAssignment(as); err != nil {
			return fmt.Errorf("assign %s to %s: %w", as.Template, as.Operator, err)
		}
	}
	for _, h := range r.given {
		if h.Grant.Scope != ScopeDepartment || h.Grant.Target != from {
			continue
		}
		if err := a.tx.DeleteHolding(h); err != nil {
			return fmt.Errorf("take right from %s: %w", h.Operator, err)
		}
		h.Grant.Target = to
		if err := a.tx.PutHolding(h); err != nil {
			return fmt.Errorf("give right to %s: %w", h.Operator, err)
		}
	}
	a.rightsChanged()
	return nil
}

// orderDepartmentRemove takes a department nobody belongs to, and nobody has rights for, off the list.
func (a *act) orderDepartmentRemove(o *order) (answer, error) {
	if err := a.mayDepartments(o); err != nil {
		return answer{}, err
	}
	name, err := a.namedDepartment(flat(unquoted(o.given.rest)))
	if err != nil {
		return answer{}, err
	}
	people, err := a.membersOf(name)
	if err != nil {
		return answer{}, err
	}
	if len(people) > 0 {
		return answer{}, Refuse(Conflict, "departments.in_use", name, len(people), string(people[0].ID))
	}
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	var whose UserID
	for _, as := range r.assigned {
		if as.Scope == ScopeDepartment && as.Target == name {
			whose = as.Operator
		}
	}
	for _, h := range r.given {
		if h.Grant.Scope == ScopeDepartment && h.Grant.Target == name {
			whose = h.Operator
		}
	}
	if whose != "" {
		return answer{}, Refuse(Conflict, "departments.has_rights", name, string(whose))
	}
	if err := a.tx.DeleteDepartment(name); err != nil {
		return answer{}, fmt.Errorf("delete department %s: %w", name, err)
	}
	err = a.note(JournalEntry{Actor: string(o.by), Action: "department.removed", Target: name, Changes: departmentChange(name, "")})
	return said(a.word(o, "departments.removed", name)), err
}

// staffQuery is which of the staff a list shows: those of departments, those who are called or reached by something, a page of them.
type staffQuery struct {
	department, name string // parts, folded
	page             string
	more             string // key of what tells how to see other pages
}

// staffQuery reads what stands after a command that lists the staff.
func (a *act) staffQuery(o *order) (staffQuery, error) {
	q := parseQuery(o.given.rest)
	out := staffQuery{department: q.part("department"), name: content.Fold(q.words), page: q.filters["page"]}
	if out.page == "" && isPage(q.words) && (isAll(q.words) || len(q.words) < minPhonePart) {
		out.name, out.page = "", q.words
	}
	if out.department != "" || out.name != "" {
		out.more = "list.page_named"
	}
	if out.department == "" {
		return out, nil
	}
	_, err := a.peopleIn(out.department)
	return out, err
}

func (q staffQuery) fits(k *Operator) bool {
	return (q.department == "" || k.isIn(q.department)) && (q.name == "" || k.isCalled(q.name) || k.isReachedBy(q.name))
}

// isIn reports whether a folded text is a part of the name of somebody's department.
func (o *Operator) isIn(part string) bool {
	return o.Department != "" && strings.Contains(content.Fold(o.Department), part)
}

// peopleIn lists the members of staff, former ones too, of the departments a folded text is a part of.
func (a *act) peopleIn(part string) ([]string, error) {
	all, err := a.tx.Operators()
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	var out []string
	for i := range all {
		if all[i].isIn(part) {
			out = append(out, string(all[i].ID))
		}
	}
	if len(out) == 0 {
		return nil, Refuse(NotFound, "search.no_department", cut(part))
	}
	return out, nil
}

// withinDepartment narrows a search to tickets of the staff of departments.
func (a *act) withinDepartment(s *Search, part string) error {
	if part == "" {
		return nil
	}
	people, err := a.peopleIn(part)
	if err != nil {
		return err
	}
	var both []UserID
	for _, u := range people {
		if len(s.Staff) == 0 || slices.Contains(s.Staff, UserID(u)) {
			both = append(both, UserID(u))
		}
	}
	if len(both) == 0 {
		return Refuse(NotFound, "search.nobody_there", cut(part))
	}
	s.Staff = both
	return nil
}
