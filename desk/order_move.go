package desk

import (
	"fmt"
	"slices"
	"strings"
)

// commentParams are those of a move that takes a comment to the next one.
func commentParams(before ...param) []param {
	return append(before,
		param{name: "ticket", kind: paramTicket, optional: true, marked: true},
		param{name: "comment", kind: paramRest, optional: true})
}

func queueParams() []param {
	return commentParams(param{name: "queue", kind: paramQueue, optional: true})
}

func transferParams() []param {
	return commentParams(param{name: "queue", kind: paramQueue, optional: true}, param{name: "staff", kind: paramStaff, optional: true})
}

// moveCommands are those by which a ticket goes from one to another (Q7).
func moveCommands() []command {
	edit := &right{ModTickets, true}
	return []command{
		{name: "return", aliases: []string{"ret", "вернуть", "в"}, rooms: talkRooms, right: edit, params: commentParams(), run: (*act).orderReturn},
		{
			name: "queue", aliases: []string{"q", "очередь", "передать-в-очередь"}, rooms: talkRooms, right: edit,
			params: queueParams(), run: (*act).orderQueue,
		},
		{
			name: "transfer", aliases: []string{"tr", "передать", "специалисту"}, rooms: talkRooms, right: edit,
			params: transferParams(), run: (*act).orderTransfer,
		},
		{
			name: "rename", aliases: []string{"rn", "переименовать"}, rooms: []string{KindPortal}, right: edit,
			params: []param{{name: "name", kind: paramRest, optional: true}}, run: (*act).orderRename,
		},
		{name: "take", aliases: []string{"tk", "забрать"}, rooms: talkRooms, right: edit, params: commentParams(), run: (*act).orderTake},
		{
			name: "watch", aliases: []string{"w", "наблюдать"}, rooms: talkRooms, right: edit,
			params: []param{{name: "ticket", kind: paramTicket, optional: true}}, run: (*act).orderWatch,
		},
	}
}

// movedTicket finds the ticket of a move with a comment. Where nothing else says which is meant, a number at the comment's beginning does.
func (a *act) movedTicket(o *order) (*dossier, error) {
	if o.given.ticket == 0 {
		word, rest, quoted := nextWord(o.given.rest)
		marked := strings.HasPrefix(word, "#") || strings.HasPrefix(word, "№")
		if n, ok := parseNumber(word); ok && n > 0 && !quoted && (marked || o.place == nil && o.card == "") {
			o.given.ticket, o.given.rest = n, strings.TrimSpace(rest)
		}
	}
	return a.orderTicket(o)
}

func (a *act) orderReturn(o *order) (answer, error) {
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.maySteer(d, o.by, moveReturn); err != nil {
		return answer{}, err
	}
	if err := a.returnToQueue(d, movedBy(o.by, o.given.rest)); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.returned", d.ticket.Number, d.queue.Name)), nil
}

func (a *act) orderQueue(o *order) (answer, error) {
	if err := a.readMove(o, queueParams()); err != nil {
		return answer{}, err
	}
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.maySteer(d, o.by, moveQueue); err != nil {
		return answer{}, err
	}
	if err := a.allowed(d.ticket, moveQueue); err != nil {
		return answer{}, err
	}
	if o.given.word(0) == "" {
		options, err := a.queueOptions(o, d)
		if err != nil {
			return answer{}, err
		}
		if len(options) == 0 {
			return answer{}, Refuse(NotFound, "queue.only_one", d.site.Name)
		}
		return a.asking(o, a.word(o, "queue.which", d.ticket.Number), options), nil
	}
	q, err := a.givenQueue(o, d)
	if err != nil {
		return answer{}, err
	}
	if err := a.toQueue(d, q, movedBy(o.by, o.given.rest)); err != nil {
		return answer{}, err
	}
	return a.saidElsewhere(o, d, "command.queued", d.ticket.Number, q.Name), nil
}

// queueOptions offers the queues of its site that a ticket can move to.
func (a *act) queueOptions(o *order, d *dossier) ([]option, error) {
	queues, err := a.tx.Queues(d.ticket.Site)
	if err != nil {
		return nil, fmt.Errorf("list queues of site %s: %w", d.ticket.Site, err)
	}
	var out []option
	for _, q := range queues {
		if q.ID == d.ticket.Queue {
			continue
		}
		out = append(out, option{
			label: a.word(o, "queue.option", q.Name),
			order: fmt.Sprintf("queue %s #%d%s", q.ID, d.ticket.Number, suffix(" ", o.given.rest)),
		})
	}
	return out, nil
}

// givenQueue finds the queue that was named among those of a ticket's site: by its id, its name, or the beginning of either.
func (a *act) givenQueue(o *order, d *dossier) (*Queue, error) {
	word := strings.ToLower(o.given.word(0))
	queues, err := a.tx.Queues(d.ticket.Site)
	if err != nil {
		return nil, fmt.Errorf("list queues of site %s: %w", d.ticket.Site, err)
	}
	var names []string
	var near []Queue
	for _, q := range queues {
		name := strings.ToLower(q.Name)
		if word == strings.ToLower(string(q.ID)) || word == name {
			return &q, nil
		}
		if strings.HasPrefix(name, word) || strings.HasPrefix(strings.ToLower(string(q.ID)), word) {
			near = append(near, q)
		}
		names = append(names, q.Name)
	}
	if len(near) == 1 {
		return &near[0], nil
	}
	if foreign, err := a.foreignQueue(word, d.ticket.Site); err != nil {
		return nil, err
	} else if foreign != nil {
		return nil, Refuse(Denied, "queue.other_site", foreign.Name, d.ticket.Number)
	}
	return nil, Refuse(NotFound, "queue.unknown", o.given.word(0), strings.Join(names, ", "))
}

// readMove reads once more what was given to a move to somewhere: the ticket's number may stand before it, and a queue's name of several words needs
// no quotation marks. A bare number is the ticket's unless a queue is called so.
func (a *act) readMove(o *order, params []param) error {
	queues, err := a.everyQueue()
	if err != nil {
		return err
	}
	text, number := o.text, int64(0)
	word, rest, quoted := nextWord(text)
	isQueue := slices.ContainsFunc(queues, func(q Queue) bool { return strings.EqualFold(q.Name, word) || strings.EqualFold(string(q.ID), word) })
	if n, ok := parseNumber(word); ok && n > 0 && !quoted && !isQueue {
		text, number = strings.TrimSpace(rest), n
	}
	slices.SortStableFunc(queues, func(x, y Queue) int { return len(y.Name) - len(x.Name) })
	for _, q := range queues {
		if rest, whole := withoutName(q.Name, text); whole {
			text = quotedWord(q.Name) + " " + rest
			break
		}
	}
	given, ok := parseArguments(params, text, a.bot.Server())
	if !ok || number > 0 && given.ticket > 0 {
		return nil // as it was read at first
	}
	if number > 0 {
		given.ticket = number
	}
	o.given = given
	return nil
}

// withoutName takes a name of several words off the beginning of a text, and reports whether it stood there.
func withoutName(name, text string) (string, bool) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return text, false
	}
	rest := text
	for _, word := range words {
		given, after, quoted := nextWord(rest)
		if quoted || !strings.EqualFold(given, word) {
			return text, false
		}
		rest = after
	}
	return strings.TrimSpace(rest), true
}

// foreignQueue finds a queue of another site, to say so rather than that there is none.
func (a *act) foreignQueue(word string, except SiteID) (*Queue, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		if s.ID == except {
			continue
		}
		queues, err := a.tx.Queues(s.ID)
		if err != nil {
			return nil, fmt.Errorf("list queues of site %s: %w", s.ID, err)
		}
		for i := range queues {
			if strings.EqualFold(queues[i].Name, word) || string(queues[i].ID) == word {
				return &queues[i], nil
			}
		}
	}
	return nil, nil
}

func (a *act) orderTransfer(o *order) (answer, error) {
	if err := a.readMove(o, transferParams()); err != nil {
		return answer{}, err
	}
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.maySteer(d, o.by, moveHand); err != nil {
		return answer{}, err
	}
	if err := a.allowed(d.ticket, moveHand); err != nil {
		return answer{}, err
	}
	if o.pressed {
		return a.askWhere(o, d)
	}
	var among *Queue
	if o.given.word(0) != "" {
		if among, err = a.givenQueue(o, d); err != nil {
			return answer{}, err
		}
	}
	if len(o.given.staff) == 0 {
		return a.askOperator(o, d, among)
	}
	u := o.given.staff[0]
	if among != nil && !slices.Contains(among.Operators, u) {
		return answer{}, Refuse(Denied, "transfer.not_in_queue", u, among.Name)
	}
	mind, err := a.reservations(o, d, u) // before they have this one as well
	if err != nil {
		return answer{}, err
	}
	if err := a.toOperator(d, u, movedBy(o.by, o.given.rest)); err != nil {
		return answer{}, err
	}
	name, err := a.staffName(u)
	if err != nil {
		return answer{}, err
	}
	return a.handedOver(o, d, name, mind)
}

// askWhere lists the queues and the operators a ticket can go to.
func (a *act) askWhere(o *order, d *dossier) (answer, error) {
	options, err := a.queueOptions(o, d)
	if err != nil {
		return answer{}, err
	}
	people, err := a.operatorOptions(o, d, nil)
	if err != nil {
		return answer{}, err
	}
	// Where not all can be shown, people and queues both are.
	rest := max(maxOptions-len(options), maxOptions/2)
	shown := people[:min(len(people), rest)]
	return a.askOf(o, d, "transfer.where", slices.Concat(shown, options, people[len(shown):]))
}

// askOperator lists whom a ticket can be handed to, with availability.
func (a *act) askOperator(o *order, d *dossier, among *Queue) (answer, error) {
	options, err := a.operatorOptions(o, d, among)
	if err != nil {
		return answer{}, err
	}
	return a.askOf(o, d, "transfer.which", options)
}

func (a *act) askOf(o *order, d *dossier, key string, options []option) (answer, error) {
	if len(options) == 0 {
		return answer{}, Refuse(NotFound, "transfer.nobody", d.ticket.Number)
	}
	return a.asking(o, a.word(o, key, d.ticket.Number), options), nil
}

// operatorOptions offers the operators of a site, or of one of its queues, except who has the ticket: the available ones first.
func (a *act) operatorOptions(o *order, d *dossier, among *Queue) ([]option, error) {
	queues, err := a.tx.Queues(d.ticket.Site)
	if err != nil {
		return nil, fmt.Errorf("list queues of site %s: %w", d.ticket.Site, err)
	}
	var choices [handyBusy + 1][]option
	seen := map[UserID]bool{d.ticket.Owner: true}
	for i := range queues {
		q := &queues[i]
		if among != nil && q.ID != among.ID {
			continue
		}
		for _, u := range q.Operators {
			member, err := a.staff(u)
			if err != nil {
				return nil, err
			}
			if member == nil || seen[u] {
				continue
			}
			seen[u] = true
			if may, err := a.mayAnswer(member, d.ticket.Site, d.ticket.Queue); err != nil {
				return nil, err
			} else if !may {
				continue
			}
			words, handy, err := a.availability(o, q, member)
			if err != nil {
				return nil, err
			}
			name, err := a.staffName(u)
			if err != nil {
				return nil, err
			}
			choices[handy] = append(choices[handy], option{
				label: fmt.Sprintf("%s (%s): %s", name, q.Name, words),
				order: fmt.Sprintf("transfer %s #%d%s", u, d.ticket.Number, suffix(" ", o.given.rest)),
			})
		}
	}
	return slices.Concat(choices[:]...), nil
}

func (a *act) orderTake(o *order) (answer, error) {
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.take(d, o.by, o.given.rest); err != nil {
		return answer{}, err
	}
	return a.saidElsewhere(o, d, "command.accepted", d.ticket.Number, a.nameFor(o, d)), nil
}

// saidElsewhere answers a move that was told in the ticket's room, unless it was ordered there: who ordered it reads it, or has left.
func (a *act) saidElsewhere(o *order, d *dossier, key string, args ...any) answer {
	if o.room == d.portal() {
		return answer{}
	}
	return said(a.word(o, key, args...))
}

func (a *act) orderWatch(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.watch(d, o.by); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.watching", d.ticket.Number)), nil
}
