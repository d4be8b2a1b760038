package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// visitorLatency: from the visitor's send to the operator's /sync, against a direct send.
func visitorLatency(ctx context.Context, s *stage, r *report) error {
	return s.compareLatency(ctx, r, "visitor_to_operator", "direct", "widget",
		func(ctx context.Context, c *chat, text string) (time.Duration, error) {
			began := time.Now()
			if err := c.sendDirectly(ctx, text); err != nil {
				return 0, err
			}
			return since(ctx, began, s.reader.texts, text)
		},
		func(ctx context.Context, c *chat, text string) (time.Duration, error) {
			began := time.Now()
			if err := c.send(text); err != nil {
				return 0, err
			}
			return since(ctx, began, s.reader.texts, text)
		})
}

// operatorLatency: from the operator's send to the visitor's socket, against Synapse's push of the same to the sink.
func operatorLatency(ctx context.Context, s *stage, r *report) error {
	return s.compareLatency(ctx, r, "operator_to_visitor", "push", "socket",
		func(ctx context.Context, c *chat, text string) (time.Duration, error) {
			began := time.Now()
			event, err := s.operator.send(ctx, c.room, text)
			if err != nil {
				return 0, err
			}
			return since(ctx, began, s.pushed, event)
		},
		func(ctx context.Context, c *chat, text string) (time.Duration, error) {
			began := time.Now()
			if _, err := s.operator.send(ctx, c.room, text); err != nil {
				return 0, err
			}
			return since(ctx, began, c.texts, text)
		})
}

func since(ctx context.Context, began time.Time, where *arrivals, key string) (time.Duration, error) {
	at, err := where.wait(ctx, key)
	return at.Sub(began), err
}

type timedSend func(ctx context.Context, c *chat, text string) (time.Duration, error)

// compareLatency alternates base (with the sink in Frontdesk's place) and ours, and reports medians, 95th percentiles and what ours adds.
func (s *stage) compareLatency(ctx context.Context, r *report, name, baseName, oursName string, base, ours timedSend) error {
	var baseMedian, base95, oursMedian, ours95, added, added95 []float64
	for round := range s.scale.rounds {
		if err := s.withSink(ctx); err != nil {
			return err
		}
		b, err := s.paced(ctx, fmt.Sprintf("%s-%s-%d", name, baseName, round), base)
		if err != nil {
			return err
		}
		if err := s.withFrontdesk(ctx); err != nil {
			return err
		}
		o, err := s.paced(ctx, fmt.Sprintf("%s-%s-%d", name, oursName, round), ours)
		if err != nil {
			return err
		}
		bm, b95, om, o95 := ms(median(b)), ms(percentile(b, 0.95)), ms(median(o)), ms(percentile(o, 0.95))
		s.note("round %d, %s: %s %.1f (p95 %.1f), %s %.1f (p95 %.1f) ms", round+1, name, baseName, bm, b95, oursName, om, o95)
		baseMedian, base95, oursMedian, ours95 = append(baseMedian, bm), append(base95, b95), append(oursMedian, om), append(ours95, o95)
		added, added95 = append(added, om-bm), append(added95, o95-b95)
	}
	r.add(
		figure{name + "_" + baseName + "_median", median(baseMedian), "ms", noGoal},
		figure{name + "_" + baseName + "_p95", median(base95), "ms", noGoal},
		figure{name + "_" + oursName + "_median", median(oursMedian), "ms", noGoal},
		figure{name + "_" + oursName + "_p95", median(ours95), "ms", noGoal},
		figure{name + "_added_median", median(added), "ms", atMost(5)},
		figure{name + "_added_p95", median(added95), "ms", noGoal},
	)
	return nil
}

// paced sends one message after the other, each some moments after the one before has arrived, in the chats by turns.
func (s *stage) paced(ctx context.Context, what string, send timedSend) ([]time.Duration, error) {
	rnd := rand.New(rand.NewPCG(1, 2)) // the same gaps in every round
	texts := make([][]string, len(s.chats))
	for i, c := range s.chats {
		texts[i] = textsFor(what, c, s.scale.samples+warmUp)
	}
	var took []time.Duration
	for i := range s.scale.samples + warmUp {
		c := s.chats[i%len(s.chats)]
		d, err := send(ctx, c, texts[i%len(s.chats)][i])
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w", what, err)
		}
		if i >= warmUp {
			took = append(took, d)
		}
		pause(ctx, time.Duration(20+rnd.IntN(40))*time.Millisecond)
	}
	return took, nil
}

// warmUp is how many sends go before the counted ones, at least one in each chat.
const warmUp = 10
