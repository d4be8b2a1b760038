package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// throughput: messages a second into Synapse, directly and through the widget, until the operator's client has them all.
func throughput(ctx context.Context, s *stage, r *report) error {
	for _, senders := range []int{1, 8} {
		var direct, widget, ratio []float64
		for round := range s.scale.rounds {
			if err := s.withSink(ctx); err != nil {
				return err
			}
			d, err := s.rate(ctx, fmt.Sprintf("rate-direct-%d-%d", senders, round), senders, (*chat).sendDirectly)
			if err != nil {
				return err
			}
			if err := s.withFrontdesk(ctx); err != nil {
				return err
			}
			w, err := s.rate(ctx, fmt.Sprintf("rate-widget-%d-%d", senders, round), senders, func(c *chat, ctx context.Context, text string) error {
				_, err := c.sendAcked(ctx, text)
				return err
			})
			if err != nil {
				return err
			}
			s.note("round %d, %d senders: direct %.1f, widget %.1f messages/s", round+1, senders, d, w)
			direct, widget, ratio = append(direct, d), append(widget, w), append(ratio, w/d)
		}
		name := fmt.Sprintf("_%d", senders)
		r.add(
			figure{"throughput_direct" + name, median(direct), "messages/s", noGoal},
			figure{"throughput_widget" + name, median(widget), "messages/s", noGoal},
			figure{"throughput_ratio" + name, median(ratio), "ratio", atLeast(0.95)},
		)
	}
	return nil
}

// rate lets so many chats send one message after the other, and gives messages per second from the first send to the last arrival.
func (s *stage) rate(ctx context.Context, what string, senders int, send func(*chat, context.Context, string) error) (float64, error) {
	each := max(1, s.scale.messages*(1+senders/8)/senders)
	if err := s.burst(ctx, what+"-warm", senders, max(1, each/10), send); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := s.burst(ctx, what, senders, each, send); err != nil {
		return 0, err
	}
	return float64(each*senders) / time.Since(began).Seconds(), nil
}

// burst sends from several chats at once and returns when the operator's client has everything.
func (s *stage) burst(ctx context.Context, what string, senders, each int, send func(*chat, context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range s.chats[:senders] {
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
