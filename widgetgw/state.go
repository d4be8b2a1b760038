package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/widgetgw/protocol"
)

// stateOf is the conversation's state as its visitor sees it.
func (g *Gateway) stateOf(tx desk.Tx, site *site, conv *desk.Conversation) (protocol.State, error) {
	var ticket *desk.Ticket
	var err error
	if conv.Ticket != "" {
		if ticket, err = tx.Ticket(conv.Ticket); err != nil {
			return protocol.State{}, fmt.Errorf("read ticket %s: %w", conv.Ticket, err)
		}
	}
	customer, err := tx.Customer(conv.Customer)
	if err != nil {
		return protocol.State{}, fmt.Errorf("read customer %s: %w", conv.Customer, err)
	}
	s, err := g.reception(tx, &site.Site, customer, ticket)
	if err != nil {
		return s, err
	}
	s.StaffSeen, s.StaffGot, s.MySeen = conv.StaffSeen, conv.StaffGot, conv.CustomerSeen
	if s.Call, err = g.callOf(tx, site.ID, conv.ID); err != nil {
		return s, err
	}
	if ticket == nil {
		return s, nil
	}
	s.Ticket = &protocol.Ticket{Number: ticket.Number, State: string(ticket.State)}
	if ticket.State == desk.Assigned {
		s.Operator, err = g.operator(tx, site.ID, ticket.Owner)
	} else if desk.Ratable(ticket) {
		s.Rate, err = ratingOf(tx, ticket.ID)
	}
	return s, err
}

// reception is what of a state does not depend on messages: who is there, and what may be chosen.
func (g *Gateway) reception(tx desk.Tx, site *desk.Site, c *desk.Customer, t *desk.Ticket) (protocol.State, error) {
	s := protocol.State{Hours: site.Hours}
	topics, err := desk.Topics(tx, site.ID, c, t)
	if err != nil {
		return s, err
	}
	for _, o := range topics {
		s.Topics = append(s.Topics, protocol.Topic{ID: string(o.Queue), Name: o.Name})
	}
	if !site.Schedule.Open(g.cfg.Now()) {
		return s, nil
	}
	queues, err := desk.Destinations(tx, site, c, t)
	if err != nil {
		return s, err
	}
	for _, id := range queues {
		if s.Online, err = g.staffed(tx, id); s.Online || err != nil {
			return s, err
		}
	}
	return s, nil
}

func ratingOf(tx desk.Tx, id desk.TicketID) (*protocol.Rating, error) {
	out := &protocol.Rating{Ticket: string(id)}
	r, err := tx.Rating(id)
	if errors.Is(err, desk.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read rating of ticket %s: %w", id, err)
	}
	out.Stars, out.Comment = r.Stars, r.Comment
	return out, nil
}

// staffing keeps for a moment which queues have somebody to answer: finding out takes a look at each of their operators, and every message
// brings a state.
type staffing struct {
	mu      sync.Mutex
	byQueue map[desk.QueueID]staffed
}

type staffed struct {
	yes bool
	at  time.Time
}

// staffed reports whether somebody could take a ticket of the queue.
func (g *Gateway) staffed(tx desk.Tx, id desk.QueueID) (bool, error) {
	now := g.cfg.Now()
	g.staffing.mu.Lock()
	known, ok := g.staffing.byQueue[id]
	g.staffing.mu.Unlock()
	if ok && now.Sub(known.at) < siteFresh {
		return known.yes, nil
	}
	yes, err := g.engine.Staffed(tx, now, id)
	if err != nil {
		return false, err
	}
	g.staffing.mu.Lock()
	g.staffing.byQueue[id] = staffed{yes, now}
	g.staffing.mu.Unlock()
	return yes, nil
}

// stateFresh is how old a state may get while somebody looks at the chat: hours begin and end, operators come and go, and nothing tells.
const stateFresh = 20 * time.Second

// freshen makes sure of the state now and then. Clients ping while somebody looks at them.
func (p *peer) freshen(ctx context.Context, now time.Time) {
	if !p.greeted.Load() || now.UnixMilli()-p.looked < stateFresh.Milliseconds() {
		return
	}
	p.looked = now.UnixMilli()
	if p.room != nil {
		p.g.feeds.wake(p.g, p.room)
		return
	}
	site, err := p.g.siteByKey(ctx, p.site.Key)
	if err != nil {
		p.g.log.Err(err).Msg("Failed to look at a site's state again")
		return
	}
	if sum := checksum(site.first); sum != p.stateSum {
		p.stateSum = sum
		p.tell(protocol.StateFrame{State: site.first})
	}
}
