package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// staffCommands are those about who answers here.
func staffCommands() []command {
	some := []param{{name: "staff_filter", kind: paramRest, optional: true}}
	who := param{name: "who", kind: paramStaff}
	queues := param{name: "queues", kind: paramWord, many: true}
	edit := &right{ModUsers, true}
	return []command{
		{name: "who", aliases: []string{"кто", "wh"}, rooms: allRooms, private: true, reads: true, params: some, run: (*act).orderWho},
		{
			name: "operators", aliases: []string{"ops", "сотрудники", "операторы"}, rooms: allRooms, private: true, reads: true, right: &right{ModUsers, false},
			params: some, run: (*act).orderOperators,
		},
		{
			name: "operator", aliases: []string{"op", "сотрудник", "оператор"}, rooms: allRooms, private: true, right: &right{ModUsers, false},
			params: []param{who}, run: (*act).orderOperator,
		},
		{
			name: "operator add", aliases: []string{"добавить"}, rooms: allRooms, private: true, right: edit,
			params: []param{who, {name: "queues", kind: paramWord, many: true, optional: true}}, run: (*act).orderOperatorAdd,
		},
		{
			name: "operator remove", aliases: []string{"удалить", "уволить"}, rooms: allRooms, private: true, right: edit,
			params: []param{who}, run: (*act).orderOperatorRemove,
		},
		{
			name: "operator join", aliases: []string{"включить"}, rooms: allRooms, private: true, right: edit,
			params: []param{who, queues}, run: func(a *act, o *order) (answer, error) { return a.orderGroup(o, true) },
		},
		{
			name: "operator leave", aliases: []string{"вывести"}, rooms: allRooms, private: true, right: edit,
			params: []param{who, queues}, run: func(a *act, o *order) (answer, error) { return a.orderGroup(o, false) },
		},
		{
			name: "operator set", aliases: []string{"изменить"}, rooms: allRooms, private: true, right: edit,
			params: []param{who, {name: "card_field", kind: paramWord}, {name: "text", kind: paramRest, optional: true}}, run: (*act).orderOperatorSet,
		},
		{
			name: "operator contact", aliases: []string{"контакт", "телефон", "phone"}, rooms: allRooms, private: true, right: edit,
			params: []param{who, {name: "own_contact", kind: paramRest}}, run: (*act).orderOperatorContact,
		},
	}
}

// seenEvery is how often it is noted that somebody of the staff was seen.
const seenEvery = 5 * time.Minute

// saw notes that a member of staff has done something.
func (a *act) saw(in Input) error {
	u := actorOf(in)
	o, err := a.staff(u)
	if err != nil || o == nil || a.now.Sub(o.Seen) < seenEvery {
		return err
	}
	o.Seen = a.now
	if err := a.tx.PutOperator(o); err != nil {
		return fmt.Errorf("put operator %s: %w", u, err)
	}
	return nil
}

// actorOf gives who of the staff did what an input tells, or "".
func actorOf(in Input) UserID {
	switch in := in.(type) {
	case StaffMessage:
		return in.Sender
	case StaffEdit:
		return in.Sender
	case StaffReaction:
		return in.Sender
	case StaffSeen:
		return in.Sender
	}
	return ""
}

// queuesOf lists the queues whose group somebody is in.
func (r *rights) queuesOf(u UserID) []Queue {
	var out []Queue
	for _, q := range r.queues {
		if slices.Contains(q.Operators, u) {
			out = append(out, q)
		}
	}
	return out
}

// mayMind reports whether somebody may see, or change, the card of another member of staff: by department, or by all queues that one
// answers in; to see it one of them is enough.
func (a *act) mayMind(o *order, whose *Operator, edit bool) (bool, error) {
	may, err := a.can(o.staff, ModUsers, edit, subject{department: whose.Department, owner: whose.ID})
	if may || err != nil {
		return may, err
	}
	r, err := a.book()
	if err != nil {
		return false, err
	}
	covered := 0
	queues := r.queuesOf(whose.ID)
	for _, q := range queues {
		may, err := a.can(o.staff, ModUsers, edit, subject{site: q.Site, queue: q.ID})
		if err != nil {
			return false, err
		}
		if may {
			covered++
		}
	}
	return covered > 0 && (!edit || covered == len(queues)), nil
}

// orderMinded gives the named member of staff, whose card who asks may see or change.
func (a *act) orderMinded(o *order, edit bool) (*Operator, error) {
	whose, err := a.orderColleague(o)
	if err != nil {
		return nil, err
	}
	may, err := a.mayMind(o, whose, edit)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, Refuse(Denied, "staff.not_yours", whose.PublicName)
	}
	return whose, nil
}

func (a *act) orderOperators(o *order) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	l := listing{name: "operators", head: []string{
		"№", a.word(o, "staff.head.id"), a.word(o, "staff.head.name"), a.word(o, "staff.head.position"), a.word(o, "staff.head.department"),
		a.word(o, "staff.head.seen"),
	}}
	clock, err := a.clockOf(o.staff, o.site)
	if err != nil {
		return answer{}, err
	}
	q, err := a.staffQuery(o)
	if err != nil {
		return answer{}, err
	}
	for _, k := range r.staff {
		may, err := a.mayMind(o, &k, false)
		if err != nil {
			return answer{}, err
		}
		if !may || !q.fits(&k) {
			continue
		}
		name := k.FullName
		if name == "" {
			name = k.PublicName
		}
		seen := a.word(o, "staff.never_seen")
		if !k.Seen.IsZero() {
			seen = a.orderMoment(o, k.Seen, clock)
		}
		l.rows = append(l.rows, []string{fmt.Sprint(len(l.rows) + 1), string(k.ID), name, k.Position, k.Department, seen})
	}
	l.title, l.more = a.word(o, "staff.title", len(l.rows)), q.more
	return a.list(o, l, q.page)
}

// orderOperator shows the card of a member of staff.
func (a *act) orderOperator(o *order) (answer, error) {
	whose, err := a.orderMinded(o, false)
	if err != nil {
		return answer{}, err
	}
	return a.operatorCard(o, whose)
}

func (a *act) operatorCard(o *order, whose *Operator) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	var queues, templates []string
	for _, q := range r.queuesOf(whose.ID) {
		queues = append(queues, q.Name)
	}
	for _, as := range r.assignments(whose.ID) {
		templates = append(templates, a.templateName(o, as.Template)+", "+a.scopeWords(o, as.Scope, as.Target))
	}
	l := listing{title: whose.PublicName, name: "operator"}
	for _, row := range [][2]string{
		{"id", string(whose.ID)}, {"name", whose.FullName}, {"position", whose.Position}, {"department", whose.Department},
		{"queues", strings.Join(queues, ", ")}, {"templates", strings.Join(templates, "; ")},
	} {
		if row[1] != "" {
			l.rows = append(l.rows, []string{a.word(o, "staff.head."+row[0]), row[1]})
		}
	}
	l.rows = append(l.rows, a.contactRows(o, whose)...)
	return a.list(o, l, "")
}

// orderWho tells who is there to answer: in one's own queues, or wherever one may see the staff.
func (a *act) orderWho(o *order) (answer, error) {
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	own := r.queuesOf(o.by)
	l := listing{name: "who", head: []string{
		a.word(o, "staff.head.name"), a.word(o, "staff.head.department"), a.word(o, "staff.head.state"), a.word(o, "staff.head.open"), a.word(o, "staff.head.queues"),
	}}
	q, err := a.staffQuery(o)
	if err != nil {
		return answer{}, err
	}
	available := 0
	for _, k := range r.staff {
		queues := r.queuesOf(k.ID)
		colleague := slices.ContainsFunc(queues, func(q Queue) bool {
			return slices.ContainsFunc(own, func(mine Queue) bool { return mine.ID == q.ID })
		})
		may, err := a.mayMind(o, &k, false)
		if err != nil {
			return answer{}, err
		}
		if len(queues) == 0 || !colleague && !may || !q.fits(&k) {
			continue
		}
		state, free, err := a.presence(o, &k, queues)
		if err != nil {
			return answer{}, err
		}
		if free {
			available++
		}
		open, err := a.tx.CountTicketsOf(k.ID)
		if err != nil {
			return answer{}, fmt.Errorf("count tickets of %s: %w", k.ID, err)
		}
		var names []string
		for _, q := range queues {
			names = append(names, q.Name)
		}
		name, err := a.staffName(k.ID)
		if err != nil {
			return answer{}, err
		}
		l.rows = append(l.rows, []string{name, k.Department, state, fmt.Sprint(open), strings.Join(names, ", ")})
	}
	l.title, l.more = a.word(o, "who.title", available, len(l.rows)), q.more
	return a.list(o, l, q.page)
}

// presence says whether somebody is offered tickets, and what it is called.
func (a *act) presence(o *order, k *Operator, queues []Queue) (string, bool, error) {
	if k.IsQuiet(a.now) {
		clock, err := a.clockOf(o.staff, o.site)
		if err != nil {
			return "", false, err
		}
		return a.word(o, "who.quiet", a.orderMoment(o, k.Quiet, clock)), false, nil
	}
	for i := range queues {
		full, err := a.isFull(&queues[i], k.ID)
		if err != nil {
			return "", false, err
		}
		if !full {
			return a.word(o, "who.available"), true, nil
		}
	}
	return a.word(o, "who.full"), false, nil
}
