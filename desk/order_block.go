package desk

import (
	"fmt"
	"slices"
	"strings"
)

// blockCommands are those about customers who are kept out (Q7).
func blockCommands() []command {
	edit := &right{ModTickets, true}
	return []command{
		{name: "block", aliases: []string{"b", "блокировать", "заблокировать"}, rooms: talkRooms, right: edit, params: commentParams(), run: (*act).orderBlock},
		{
			name: "unblock", aliases: []string{"ub", "разблокировать"}, rooms: talkRooms, right: edit,
			params: commentParams(), run: (*act).orderUnblock,
		},
		{
			name: "blocked", aliases: []string{"bl", "заблокированные"}, rooms: allRooms, right: &right{ModTickets, false},
			params: []param{{name: "page", kind: paramWord, optional: true}}, run: (*act).orderBlocked, private: true, reads: true,
		},
	}
}

// wordsOfConsent confirm what was asked.
var wordsOfConsent = []string{"yes", "да"}

// orderBlock asks once; "yes" before the reason, or alone after the question, is the answer.
func (a *act) orderBlock(o *order) (answer, error) {
	d, err := a.movedTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.maySteer(d, o.by, moveBlock); err != nil {
		return answer{}, err
	}
	word, reason, _ := nextWord(o.given.rest)
	if !slices.Contains(wordsOfConsent, strings.ToLower(word)) {
		text := a.word(o, "block.sure", a.nameFor(o, d), d.ticket.Number)
		order := fmt.Sprintf("block #%d yes%s", d.ticket.Number, suffix(" ", o.given.rest))
		return a.asking(o, text, []option{{order: order}}), nil
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		if reason, err = a.askedReason(o, d); err != nil {
			return answer{}, err
		}
	}
	if err := a.block(d, o.by, reason); err != nil {
		return answer{}, err
	}
	key := "command.blocked"
	if may, err := a.mayDo(o.by, subject{site: d.ticket.Site, queue: d.ticket.Queue}); err != nil {
		return answer{}, err
	} else if may {
		key = "command.blocked_undo"
	}
	return said(a.word(o, key, a.nameFor(o, d), d.ticket.Number)), nil
}

// askedReason gives the reason that was named when the bot was told to block and asked back.
func (a *act) askedReason(o *order, d *dossier) (string, error) {
	q, err := a.openQuestion(o.room, o.by)
	if err != nil || q == nil || len(q.Orders) != 1 {
		return "", err
	}
	reason, ok := strings.CutPrefix(q.Orders[0], fmt.Sprintf("block #%d yes ", d.ticket.Number))
	if !ok {
		return "", nil
	}
	return reason, nil
}

func (a *act) orderUnblock(o *order) (answer, error) {
	d, err := a.orderTicket(o)
	if err != nil {
		return answer{}, err
	}
	if err := a.unblock(d, o.by, o.given.rest); err != nil {
		return answer{}, err
	}
	return said(a.word(o, "command.unblocked", a.nameFor(o, d))), nil
}

// orderBlocked lists who is kept out, as far as who asks may see the tickets.
func (a *act) orderBlocked(o *order) (answer, error) {
	sites, err := a.tx.Sites()
	if err != nil {
		return answer{}, fmt.Errorf("list sites: %w", err)
	}
	var rows [][]string
	for _, s := range sites {
		blocks, err := a.tx.Blocks(s.ID)
		if err != nil {
			return answer{}, fmt.Errorf("list blocks of site %s: %w", s.ID, err)
		}
		for i := range blocks {
			row, err := a.blockRow(o, &blocks[i])
			if err != nil {
				return answer{}, err
			}
			if row != nil {
				rows = append(rows, row)
			}
		}
	}
	return a.list(o, listing{
		title: a.word(o, "blocked.title", len(rows)), name: "blocked", rows: rows,
		head: strings.Split(a.word(o, "blocked.head"), "|"),
	}, o.given.word(0))
}

// blockRow shows a block, or nil to who may not see its ticket.
func (a *act) blockRow(o *order, b *Block) ([]string, error) {
	t, err := a.tx.Ticket(b.Ticket)
	if err != nil {
		return nil, fmt.Errorf("ticket of a block: %w", err)
	}
	d, err := a.dossier(t, nil)
	if err != nil {
		return nil, err
	}
	on := d.about()
	on.owner = b.By
	if may, err := a.can(o.staff, ModTickets, false, on); err != nil || !may {
		return nil, err
	}
	by, err := a.staffName(b.By)
	if err != nil {
		return nil, err
	}
	clock, err := a.clockOf(o.staff, d.site)
	return []string{
		fmt.Sprintf("#%d", t.Number), a.nameFor(o, d), d.site.Name, by, a.orderMoment(o, b.At, clock), b.Reason,
	}, err
}
