package main

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// flood: how long open chats' messages take to the operator's client while new visitors pour in, against the same without them.
func flood(ctx context.Context, s *stage, r *report) error {
	if err := s.withFrontdesk(ctx); err != nil {
		return err
	}
	var idle, during, ratio, late, opened []float64
	for round := range s.scale.rounds {
		quiet, err := s.talk(ctx, fmt.Sprintf("flood-idle-%d", round), func(sent int) bool { return sent >= s.scale.samples })
		if err != nil {
			return err
		}
		var over atomic.Bool
		var took time.Duration
		group, gctx := errgroup.WithContext(ctx)
		group.Go(func() error {
			defer over.Store(true)
			var err error
			took, err = s.pourIn(gctx, round)
			return err
		})
		loud, err := s.talk(ctx, fmt.Sprintf("flood-busy-%d", round), func(int) bool { return over.Load() })
		if err := group.Wait(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		i, d := ms(median(quiet)), ms(median(loud))
		s.note("round %d: idle %.1f (p95 %.1f), during the flood %.1f (p95 %.1f) ms over %d messages; %d new tickets in %s",
			round+1, i, ms(percentile(quiet, 0.95)), d, ms(percentile(loud, 0.95)), len(loud), s.scale.flood, took.Round(time.Millisecond))
		idle, during, ratio = append(idle, i), append(during, d), append(ratio, d/i)
		late, opened = append(late, ms(percentile(loud, 0.95))), append(opened, took.Seconds())
	}
	r.add(
		figure{"flood_send_idle_median", median(idle), "ms", noGoal},
		figure{"flood_send_median", median(during), "ms", noGoal},
		figure{"flood_send_p95", median(late), "ms", noGoal},
		figure{"flood_send_ratio", median(ratio), "ratio", atMost(3)},
		figure{fmt.Sprintf("flood_open_%d", s.scale.flood), median(opened), "s", noGoal},
	)
	return nil
}

// talk lets every open chat send a message now and then, until enough says so, and gives how long each took to the operator's client.
func (s *stage) talk(ctx context.Context, what string, enough func(sent int) bool) ([]time.Duration, error) {
	var took []time.Duration
	for n := 0; !enough(n); n++ {
		c := s.chats[n%len(s.chats)]
		text := fmt.Sprintf("%s-%s-%05d", what, c.name, n)
		began := time.Now()
		if err := c.send(text); err != nil {
			return nil, fmt.Errorf("talk in %s: %w", what, err)
		}
		d, err := since(ctx, began, s.reader.texts, text)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
		pause(ctx, 50*time.Millisecond)
	}
	return took, nil
}

// pourIn brings the new visitors in within a few seconds, each with a first message, and waits until the cards of all are in the lobby.
func (s *stage) pourIn(ctx context.Context, round int) (time.Duration, error) {
	began := time.Now()
	group, gctx := errgroup.WithContext(ctx)
	newcomers := make([]*chat, s.scale.flood)
	for i := range newcomers {
		c := s.newChat(fmt.Sprintf("flood%d-%03d", round, i), &net.TCPAddr{IP: net.IPv4(127, 0, 200, byte(1+i%200))})
		newcomers[i] = c
		group.Go(func() error {
			if err := c.connect(gctx); err != nil {
				return err
			}
			_, err := c.sendAcked(gctx, "first-"+c.name)
			return err
		})
		pause(gctx, floodGap)
	}
	err := group.Wait()
	for _, c := range newcomers {
		defer c.disconnect()
	}
	if err != nil {
		return 0, fmt.Errorf("bring new visitors in: %w", err)
	}
	for _, c := range newcomers {
		if _, err := s.cards.wait(ctx, "first-"+c.name); err != nil {
			return 0, fmt.Errorf("wait for the card of a new ticket: %w", err)
		}
	}
	return time.Since(began), nil
}

// floodGap is between two new visitors: 200 come within 4 s.
const floodGap = 20 * time.Millisecond
