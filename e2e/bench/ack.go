package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// ackWithoutSynapse: how long visitors wait for their acknowledgement while Synapse is stopped, at 100 messages a second from all of them
// together. First Synapse hangs (its process is stopped and answers nothing), then it is gone (killed). Sends keep their
// schedule whatever the acknowledgements do, and the time counts from the schedule.
func ackWithoutSynapse(ctx context.Context, s *stage, r *report) error {
	if err := s.withFrontdesk(ctx); err != nil {
		return err
	}
	ways := []struct {
		name       string
		stop, back func(context.Context) error
	}{
		{"ack_synapse_stopped", s.stopSynapse, s.resumeSynapse},
		{"ack_synapse_killed", s.killSynapse, s.startSynapse},
	}
	for _, way := range ways {
		var middle, late []float64
		for round := range s.scale.rounds {
			what := fmt.Sprintf("%s-%d", way.name, round)
			if err := way.stop(ctx); err != nil {
				return err
			}
			took, texts, err := s.openLoop(ctx, what)
			if err != nil {
				return err
			}
			if err := way.back(ctx); err != nil {
				return err
			}
			if _, err := s.reader.texts.last(ctx, texts); err != nil {
				return fmt.Errorf("after Synapse came back: %w", err)
			}
			s.note("round %d, %s: median %.2f, p99 %.2f, longest %.2f ms", round+1, way.name, ms(median(took)), ms(percentile(took, 0.99)), ms(percentile(took, 1)))
			middle, late = append(middle, ms(median(took))), append(late, ms(percentile(took, 0.99)))
		}
		r.add(figure{way.name + "_median", median(middle), "ms", noGoal}, figure{way.name + "_p99", median(late), "ms", atMost(50)})
	}
	return nil
}

const ackRate = 100 // messages a second

// openLoop sends on schedule over all chats and gives how long each acknowledgement took, and all texts.
func (s *stage) openLoop(ctx context.Context, what string) ([]time.Duration, []string, error) {
	var (
		mu    sync.Mutex
		took  []time.Duration
		texts []string
	)
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for i := range int(ackRate * s.scale.ackSeconds) {
		due := began.Add(time.Duration(i) * time.Second / ackRate)
		pause(ctx, time.Until(due))
		c := s.chats[i%len(s.chats)]
		text := fmt.Sprintf("%s-%s-%05d", what, c.name, i)
		texts = append(texts, text)
		if err := c.send(text); err != nil {
			return nil, nil, fmt.Errorf("send while Synapse is away: %w", err)
		}
		group.Go(func() error {
			at, err := c.acks.wait(ctx, text)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, at.Sub(due))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	return took, texts, nil
}
