package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// quietTime is how long Frontdesk must have asked for nothing before the next thing is measured.
const quietTime = 800 * time.Millisecond

// tickets: what opening, accepting (by a press on the card, or by joining the room), transferring and closing a ticket costs, in a small queue and
// in a crowded one: requests of Frontdesk and
// events in rooms until the client that waits for it shows it, both again until nothing is left to do, and the milliseconds. Every client syncs
// all the time and reloads the queue's space for each of these moves; the next begins when all have.
func tickets(ctx context.Context, sc scale, r *report, notes io.Writer) error {
	note := func(format string, args ...any) { fmt.Fprintf(notes, "# "+format+"\n", args...) }
	for _, size := range sc.crowds {
		ctx, cancel := context.WithTimeout(ctx, crowdTime)
		defer cancel()
		w, err := openCrowd(ctx, size, note)
		if err != nil {
			return err
		}
		err = w.measure(ctx, fmt.Sprintf("_%d_%d", size.operators, size.waiting), sc.moves, r)
		if closing := w.close(); err == nil {
			err = closing
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// crowdSize is how crowded a queue is.
type crowdSize struct{ operators, waiting int }

// cost is what one move took.
type cost struct {
	requests, events       []float64 // until it is shown
	allRequests, allEvents []float64 // until nothing is left to do
	ms                     []float64
}

func (w *crowd) measure(ctx context.Context, size string, moves int, r *report) error {
	costs := map[string]*cost{}
	var said []float64
	for i := range moves {
		words, others := fmt.Sprintf("first-move-%04d", i), fmt.Sprintf("first-join-%04d", i)
		owner, next := w.clients[i%len(w.clients)], w.clients[(i+1)%len(w.clients)]
		for _, step := range []struct {
			name string
			do   func() (time.Time, error)
		}{
			{"opened", func() (time.Time, error) { return w.open(ctx, words) }},
			{"accepted", func() (time.Time, error) { return w.accept(ctx, owner, words) }},
			{"transferred", func() (time.Time, error) { return w.transfer(ctx, owner, next, words) }},
			{"closed", func() (time.Time, error) { return w.end(ctx, next, words) }},
			{"opened", func() (time.Time, error) { return w.open(ctx, others) }},
			{"joined", func() (time.Time, error) { return w.join(ctx, owner, others) }},
			{"closed", func() (time.Time, error) { return w.end(ctx, owner, others) }},
		} {
			if costs[step.name] == nil {
				costs[step.name] = &cost{}
			}
			w.counter.forget()
			began := time.Now()
			if err := w.weigh(ctx, costs[step.name], step.do); err != nil {
				return fmt.Errorf("ticket %s is to be %s: %w", words, step.name, err)
			}
			if i == moves-1 {
				took := costs[step.name].ms
				w.note("%s%s after %.0f ms: %s", step.name, size, took[len(took)-1], w.counter.took(began))
			}
		}
		took, err := w.chat(ctx, next, owner, words)
		if err != nil {
			return fmt.Errorf("say something in the lobby: %w", err)
		}
		said = append(said, ms(took))
	}
	for _, name := range []string{"opened", "accepted", "joined", "transferred", "closed"} {
		c := costs[name]
		requests, took := noGoal, noGoal
		if name == "accepted" || name == "joined" {
			requests, took = atMost(12), atMost(300)
		}
		r.add(
			figure{"ticket_" + name + size + "_requests", median(c.requests), "requests", requests},
			figure{"ticket_" + name + size + "_events", median(c.events), "events", noGoal},
			figure{"ticket_" + name + size + "_requests_in_all", median(c.allRequests), "requests", noGoal},
			figure{"ticket_" + name + size + "_events_in_all", median(c.allEvents), "events", noGoal},
			figure{"ticket_" + name + size + "_median", median(c.ms), "ms", took},
		)
	}
	r.add(
		figure{"lobby_event" + size + "_median", median(said), "ms", noGoal},
		figure{"ticket_accepted" + size + "_in_lobby_events", median(costs["accepted"].ms) / median(said), "ratio", noGoal},
	)
	return nil
}

// weigh counts what passes until a move is shown, and until nothing is left to do.
func (w *crowd) weigh(ctx context.Context, c *cost, do func() (time.Time, error)) error {
	before, err := w.now(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	shown, err := do()
	if err != nil {
		return err
	}
	then, err := w.now(ctx)
	if err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	after, err := w.now(ctx)
	if err != nil {
		return err
	}
	then, after = then.since(before), after.since(before)
	c.requests, c.events = append(c.requests, float64(then.desk)), append(c.events, float64(then.events))
	c.allRequests, c.allEvents = append(c.allRequests, float64(after.desk)), append(c.allEvents, float64(after.events))
	c.ms = append(c.ms, ms(shown.Sub(began)))
	return nil
}

func (w *crowd) open(ctx context.Context, words string) (time.Time, error) {
	if _, err := w.visit(ctx, words); err != nil {
		return time.Time{}, err
	}
	return w.clients[0].shown.wait(ctx, "card "+words)
}

// chat has an operator say something in the lobby and tells how long it takes to another's client: what anything there takes that everybody
// is told of, as they are of a press.
func (w *crowd) chat(ctx context.Context, from, to *client, words string) (time.Duration, error) {
	lobby, err := w.lobby(ctx)
	if err != nil {
		return 0, err
	}
	text := "said after " + words
	began := time.Now()
	if _, err := from.send(ctx, lobby, text); err != nil {
		return 0, err
	}
	took, err := since(ctx, began, to.texts, text)
	if err != nil {
		return 0, err
	}
	return took, w.settle(ctx)
}

func (w *crowd) lobby(ctx context.Context) (string, error) {
	return w.room(ctx, "lobby:"+string(w.config.Sites[0].Queues[0].ID))
}

// accept presses the button of a ticket's card.
func (w *crowd) accept(ctx context.Context, by *client, words string) (time.Time, error) {
	lobby, err := w.lobby(ctx)
	if err != nil {
		return time.Time{}, err
	}
	card, ok, err := one[string](ctx, w.desk, `SELECT event.id FROM event JOIN ticket ON event.row_id='card/' || ticket.id WHERE ticket.words=?`, words)
	if err == nil && !ok {
		err = fmt.Errorf("there is no card of %q", words)
	}
	if err != nil {
		return time.Time{}, err
	}
	path := "/_matrix/client/v3/rooms/" + url.PathEscape(lobby) + "/send/m.reaction/press-" + words
	err = by.home.call(ctx, http.MethodPut, path, nil, by.token, map[string]any{
		"m.relates_to": map[string]string{"rel_type": "m.annotation", "event_id": card, "key": "✅"},
	}, nil)
	if err != nil {
		return time.Time{}, err
	}
	return w.inDesk(ctx, by, words)
}

// join comes into a waiting ticket's room, which accepts it as the press does. Nobody in the lobby is told of that before the operator is.
func (w *crowd) join(ctx context.Context, by *client, words string) (time.Time, error) {
	portal, _, err := w.portal(ctx, words)
	if err != nil {
		return time.Time{}, err
	}
	if err := by.home.call(ctx, http.MethodPost, "/_matrix/client/v3/join/"+url.PathEscape(portal), nil, by.token, struct{}{}, nil); err != nil {
		return time.Time{}, err
	}
	return w.inDesk(ctx, by, words)
}

// inDesk waits until a client shows a ticket's room in its operator's desk space.
func (w *crowd) inDesk(ctx context.Context, c *client, words string) (time.Time, error) {
	portal, _, err := w.portal(ctx, words)
	if err != nil {
		return time.Time{}, err
	}
	space, err := w.room(ctx, "desk:"+c.id)
	if err != nil {
		return time.Time{}, err
	}
	return c.shown.last(ctx, []string{"in " + portal, "child " + space + " " + portal})
}

func (w *crowd) transfer(ctx context.Context, from, to *client, words string) (time.Time, error) {
	portal, _, err := w.portal(ctx, words)
	if err != nil {
		return time.Time{}, err
	}
	if _, err := from.send(ctx, portal, "!transfer "+to.id); err != nil {
		return time.Time{}, err
	}
	return w.inDesk(ctx, to, words)
}

// end closes a ticket, which takes it out of the desk space.
func (w *crowd) end(ctx context.Context, by *client, words string) (time.Time, error) {
	portal, _, err := w.portal(ctx, words)
	if err != nil {
		return time.Time{}, err
	}
	if _, err := by.send(ctx, portal, "!close"); err != nil {
		return time.Time{}, err
	}
	space, err := w.room(ctx, "desk:"+by.id)
	if err != nil {
		return time.Time{}, err
	}
	return by.shown.wait(ctx, "gone "+space+" "+portal)
}
