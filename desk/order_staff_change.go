package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// givenQueues finds the queues that are named, whose group who asks may change.
func (a *act) givenQueues(o *order) ([]Queue, error) {
	var out []Queue
	for _, word := range o.given.words {
		q, err := a.namedQueue(o, strings.Trim(word, ","))
		if err != nil {
			return nil, err
		}
		may, err := a.can(o.staff, ModUsers, true, subject{site: q.Site, queue: q.ID})
		if err != nil {
			return nil, err
		}
		if !may {
			return nil, Refuse(Denied, "staff.not_your_queue", q.Name)
		}
		out = append(out, *q)
	}
	return out, nil
}

// orderOperatorAdd takes somebody into the staff, once the homeserver has told of the account.
func (a *act) orderOperatorAdd(o *order) (answer, error) {
	k, queues, err := a.newcomer(o)
	if err != nil {
		return answer{}, err
	}
	return answer{}, a.seekAccount(o, k.ID, queues)
}

// newcomer gives who is to become one of the staff, and the queues they are to answer in; who ordered it must be allowed to.
func (a *act) newcomer(o *order) (*Operator, []Queue, error) {
	id := o.given.staff[0]
	queues, err := a.givenQueues(o)
	if err != nil {
		return nil, nil, err
	}
	if len(queues) == 0 {
		may, err := a.can(o.staff, ModUsers, true, subject{})
		if err != nil {
			return nil, nil, err
		}
		if !may {
			return nil, nil, Refuse(Denied, "staff.name_a_queue")
		}
	}
	k, err := a.tx.Operator(id)
	if ok, err := found(err); err != nil {
		return nil, nil, fmt.Errorf("operator %s: %w", id, err)
	} else if !ok {
		k = &Operator{ID: id, PublicName: id.Localpart(), Removed: true}
	}
	if !k.Removed {
		return nil, nil, Refuse(Conflict, "staff.there_already", k.PublicName)
	}
	if id == a.bot || a.isPuppet(id) || id.Server() != a.bot.Server() {
		return nil, nil, Refuse(Invalid, "staff.no_account", string(id), a.bot.Server())
	}
	return k, queues, nil
}

// regroup takes somebody into a queue's group, or out of it.
func (a *act) regroup(actor string, q *Queue, k *Operator, in bool) error {
	before := *q
	q.Operators = slices.DeleteFunc(slices.Clone(q.Operators), func(u UserID) bool { return u == k.ID })
	action := "operator.left"
	if in {
		q.Operators, action = append(q.Operators, k.ID), "operator.joined"
	}
	if err := a.tx.PutQueue(q); err != nil {
		return fmt.Errorf("put queue %s: %w", q.ID, err)
	}
	a.rightsChanged()
	return a.note(JournalEntry{
		Actor: actor, Action: action, Target: string(k.ID), Site: q.Site, Queue: q.ID, Changes: changes(before, *q),
	})
}

// orderGroup takes somebody into the groups of queues, or out of them. What is assigned to them stays.
func (a *act) orderGroup(o *order, in bool) (answer, error) {
	whose, err := a.orderColleague(o)
	if err != nil {
		return answer{}, err
	}
	queues, err := a.givenQueues(o)
	if err != nil {
		return answer{}, err
	}
	var names []string
	for _, q := range queues {
		if slices.Contains(q.Operators, whose.ID) == in {
			return answer{}, Refuse(Conflict, map[bool]string{true: "staff.in_already", false: "staff.not_in"}[in], whose.PublicName, q.Name)
		}
		names = append(names, q.Name)
	}
	for i := range queues {
		if err := a.regroup(string(o.by), &queues[i], whose, in); err != nil {
			return answer{}, err
		}
	}
	key := map[bool]string{true: "staff.joined", false: "staff.left"}[in]
	return said(a.word(o, key, whose.PublicName, strings.Join(names, ", "))), a.followRights()
}

// cardFields are the fields of an operator's card that others may set, and how long they may be.
var cardFields = map[string]func(*Operator) *string{
	"name":       func(o *Operator) *string { return &o.FullName },
	"position":   func(o *Operator) *string { return &o.Position },
	"department": func(o *Operator) *string { return &o.Department },
	"public":     func(o *Operator) *string { return &o.PublicName },
}

// cardLimit is how many characters a field of a card may have.
const cardLimit = 100

func (a *act) orderOperatorSet(o *order) (answer, error) {
	whose, err := a.orderMinded(o, true)
	if err != nil {
		return answer{}, err
	}
	field := a.meant(o.given.word(0), "staff.field.", []string{"name", "position", "department", "public"})
	if field == "" {
		return answer{}, Refuse(Invalid, "staff.no_field", clip(o.given.word(0), 40))
	}
	text := flat(o.given.rest)
	if field == "department" && text != "" {
		if text, err = a.orderDepartment(o, text); err != nil {
			return answer{}, err
		}
	}
	if len([]rune(text)) > cardLimit || text == "" && field == "public" {
		return answer{}, Refuse(Invalid, "staff.bad_field", a.word(o, "staff.field."+field), cardLimit)
	}
	before := *whose
	*cardFields[field](whose) = text
	if field == "department" {
		if may, err := a.mayMind(o, whose, true); err != nil {
			return answer{}, err
		} else if !may {
			return answer{}, Refuse(Denied, "staff.not_yours", before.PublicName)
		}
		if err := a.mayPlace(o, text); err != nil {
			return answer{}, err
		}
	}
	if err := a.keepCard(o, before, whose); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "staff.changed", string(whose.ID), a.word(o, "staff.field."+field), text)), a.faceChanged(whose.ID)
}

// mayPlace refuses to put somebody into a department over which others have rights that who orders it may not give: they would have them over
// one more.
func (a *act) mayPlace(o *order, department string) error {
	r, err := a.book()
	if err != nil || department == "" {
		return err
	}
	for _, k := range r.staff {
		for _, g := range r.of(k.ID) {
			if g.Scope != ScopeDepartment || g.Target != department {
				continue
			}
			if err := a.mayGive(o, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepCard stores a colleague's changed card and records what changed.
func (a *act) keepCard(o *order, before Operator, k *Operator) error {
	if err := a.tx.PutOperator(k); err != nil {
		return fmt.Errorf("put operator %s: %w", k.ID, err)
	}
	a.rightsChanged()
	return a.note(JournalEntry{Actor: string(o.by), Action: "operator.changed", Target: string(k.ID), Changes: changes(before, *k)})
}

// orderOperatorRemove takes somebody out of the staff: rooms, spaces, queues and rights go at once, tickets return to their queues.
func (a *act) orderOperatorRemove(o *order) (answer, error) {
	whose, err := a.orderMinded(o, true)
	if err != nil {
		return answer{}, err
	}
	r, err := a.book()
	if err != nil {
		return answer{}, err
	}
	for _, g := range r.of(whose.ID) {
		if g.Scope != ScopeOwn && g.From != TemplateOperator && !r.holds(o.by, g) {
			return answer{}, Refuse(Denied, "staff.more_rights", whose.PublicName)
		}
	}
	err = a.keepAdmin(func(r *rights) {
		r.staff = slices.DeleteFunc(slices.Clone(r.staff), func(k Operator) bool { return k.ID == whose.ID })
	})
	if err != nil {
		return answer{}, err
	}
	tickets, err := a.tx.CountTicketsOf(whose.ID)
	if err != nil {
		return answer{}, fmt.Errorf("count tickets of %s: %w", whose.ID, err)
	}
	if err := a.strip(string(o.by), whose); err != nil {
		return answer{}, err
	}
	if err := a.followRights(); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "staff.removed", string(whose.ID), tickets)), a.returnAll(whose.ID)
}

// strip takes queues, rights and «do not disturb» from somebody who is staff no longer, so that none of it comes back with them.
// Rooms and tickets are for the caller to take.
func (a *act) strip(actor string, whose *Operator) error {
	r, err := a.book()
	if err != nil {
		return err
	}
	queues := r.queuesOf(whose.ID)
	var faults []error
	for _, as := range r.assigned {
		if as.Operator == whose.ID {
			faults = append(faults, a.tx.DeleteAssignment(as), a.noteRight(actor, "rights.unassigned", whose.ID, as.Scope, as.Target, changes(assignmentChange(as), nil)))
		}
	}
	for _, h := range r.given {
		if h.Operator == whose.ID {
			g := h.Grant
			faults = append(faults, a.tx.DeleteHolding(h), a.noteRight(actor, "rights.taken", whose.ID, g.Scope, g.Target, changes(rightChange(g), nil)))
		}
	}
	before := *whose
	whose.Removed, whose.Quiet = true, time.Time{}
	faults = append(faults, a.tx.PutOperator(whose))
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("remove operator %s: %w", whose.ID, err)
	}
	if !before.Quiet.IsZero() {
		if err := a.letRing(whose); err != nil {
			return err
		}
	}
	for i := range queues {
		if err := a.regroup(actor, &queues[i], whose, false); err != nil {
			return err
		}
	}
	a.rightsChanged()
	return a.note(JournalEntry{Actor: actor, Action: "operator.removed", Target: string(whose.ID), Changes: changes(before, *whose)})
}
