package store

import (
	"context"
	"fmt"
)

// numbers gives the positions of inputs, effects and desires. They live in memory because only the writer gives them: they are
// committed in the order they are given, and one that was rolled back leaves a gap.
type numbers struct {
	input    int64
	effect   int64
	desire   int64
	decision int64
}

func (n *numbers) load(s *connection) error {
	for _, q := range []struct {
		query string
		into  *int64
	}{
		{"SELECT COALESCE(MAX(seq), 0) FROM inbox", &n.input},
		{"SELECT COALESCE(MAX(seq), 0) FROM effect", &n.effect},
		{"SELECT COALESCE(MAX(seq), 0) FROM desire", &n.desire},
		{"SELECT COALESCE(MAX(decision), 0) FROM desire", &n.decision},
	} {
		if err := s.conn.QueryRowContext(context.Background(), q.query).Scan(q.into); err != nil {
			return fmt.Errorf("read last number: %w", err)
		}
	}
	return nil
}

func next(n *int64) int64 {
	*n++
	return *n
}
