package journal

import (
	"container/heap"
	"time"
)

// schedule holds keys that wait for their time, each once, the earliest first and in the order of their coming among equals. It is
// not safe for concurrent use.
type schedule[K comparable] struct {
	entries entries[K]
	known   map[K]*entry[K]
	count   int64
}

type entry[K comparable] struct {
	key   K
	due   time.Time
	order int64
	index int
}

func newSchedule[K comparable]() *schedule[K] { return &schedule[K]{known: make(map[K]*entry[K])} }

// put adds a key, or makes it due earlier.
func (s *schedule[K]) put(key K, due time.Time) {
	if e, ok := s.known[key]; ok {
		if due.Before(e.due) {
			e.due = due
			heap.Fix(&s.entries, e.index)
		}
		return
	}
	s.count++
	e := &entry[K]{key: key, due: due, order: s.count}
	s.known[key] = e
	heap.Push(&s.entries, e)
}

// take removes and gives the first key that is due.
func (s *schedule[K]) take(now time.Time) (K, bool) {
	if !s.ready(now) {
		var none K
		return none, false
	}
	e := heap.Pop(&s.entries).(*entry[K])
	delete(s.known, e.key)
	return e.key, true
}

// ready reports whether a key is due.
func (s *schedule[K]) ready(now time.Time) bool {
	return len(s.entries) > 0 && !s.entries[0].due.After(now)
}

// next gives the time of the first key, zero if there is none.
func (s *schedule[K]) next() time.Time {
	if len(s.entries) == 0 {
		return time.Time{}
	}
	return s.entries[0].due
}

func (s *schedule[K]) len() int { return len(s.entries) }

func (s *schedule[K]) has(key K) bool { return s.known[key] != nil }

// entries implement heap.Interface.
type entries[K comparable] []*entry[K]

func (e entries[K]) Len() int { return len(e) }

func (e entries[K]) Less(i, j int) bool {
	if e[i].due.Equal(e[j].due) {
		return e[i].order < e[j].order
	}
	return e[i].due.Before(e[j].due)
}

func (e entries[K]) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].index, e[j].index = i, j
}

func (e *entries[K]) Push(x any) {
	added := x.(*entry[K])
	added.index = len(*e)
	*e = append(*e, added)
}

func (e *entries[K]) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*e = old[:len(old)-1]
	return last
}
