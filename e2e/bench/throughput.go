package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// sender says one text in a chat, and returns when the next may be said.
type sender func(c *chat, ctx context.Context, text string) error

// throughput: messages a second into Synapse, directly and through the widget, until the operator's client has them all.
func throughput(ctx context.Context, s *stage, r *report) error {
	send := func(c *chat, ctx context.Context, text string) error {
		_, err := c.sendAcked(ctx, text)
		return err
	}
	for _, senders := range []int{1, 8} {
		if err := s.byTurns(ctx, r, "throughput", "widget", s.chats[:senders], send, atLeast(0.95)); err != nil {
			return err
		}
	}
	return nil
}

// byTurns measures how many messages a second come from these chats directly, past Frontdesk, and in another way, and holds one against the other.
func (s *stage) byTurns(ctx context.Context, r *report, what, way string, chats []*chat, send sender, goal bound) error {
	var direct, through, ratio []float64
	for round := range s.scale.rounds {
		if err := s.withSink(ctx); err != nil {
			return err
		}
		d, err := s.rate(ctx, fmt.Sprintf("%s-direct-%d-%d", what, len(chats), round), chats, (*chat).sendDirectly)
		if err != nil {
			return err
		}
		if err := s.withFrontdesk(ctx); err != nil {
			return err
		}
		t, err := s.rate(ctx, fmt.Sprintf("%s-%s-%d-%d", what, way, len(chats), round), chats, send)
		if err != nil {
			return err
		}
		s.note("round %d, %d senders: direct %.1f, %s %.1f messages/s; processor time of a message: Synapse %.1f directly, %.1f and Frontdesk %.1f ms",
			round+1, len(chats), d.perSecond, way, t.perSecond, d.synapse, t.synapse, t.frontdesk)
		direct, through, ratio = append(direct, d.perSecond), append(through, t.perSecond), append(ratio, t.perSecond/d.perSecond)
	}
	name := fmt.Sprintf("_%d", len(chats))
	r.add(
		figure{what + "_direct" + name, median(direct), "messages/s", noGoal},
		figure{what + "_" + way + name, median(through), "messages/s", noGoal},
		figure{what + "_ratio" + name, median(ratio), "ratio", goal},
	)
	return nil
}

// rate is how fast messages came, and how many milliseconds of processor time each cost.
type rate struct{ perSecond, frontdesk, synapse float64 }

// rate lets chats send one message after the other, and measures from the first send to the last arrival.
func (s *stage) rate(ctx context.Context, what string, chats []*chat, send sender) (r rate, err error) {
	each := max(1, s.scale.messages*(1+len(chats)/8)/len(chats))
	if err := s.burst(ctx, what+"-warm", chats, max(1, each/10), send); err != nil {
		return r, err
	}
	before, err := s.processors()
	if err != nil {
		return r, err
	}
	began, all := time.Now(), each*len(chats)
	if err := s.burst(ctx, what, chats, each, send); err != nil {
		return r, err
	}
	r.perSecond = float64(all) / time.Since(began).Seconds()
	after, err := s.processors()
	r.frontdesk, r.synapse = after.each(before, all)
	return r, err
}

// burst sends from several chats at once and returns when the operator's client has everything.
func (s *stage) burst(ctx context.Context, what string, chats []*chat, each int, send sender) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range chats {
		group.Go(func() error {
			texts := textsFor(what, c, each)
			for _, text := range texts {
				if err := send(c, ctx, text); err != nil {
					return fmt.Errorf("send in %s: %w", what, err)
				}
			}
			_, err := s.reader.texts.last(ctx, texts)
			return err
		})
	}
	return group.Wait()
}
