package telegramtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Complaints is a Reporter for programs, which have no test to fail. The zero value is ready.
type Complaints struct {
	mu  sync.Mutex
	all []error
}

// Helper does nothing.
func (c *Complaints) Helper() {}

// Errorf notes a complaint.
func (c *Complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, fmt.Errorf(format, args...))
}

// Err gives everything complained of so far, nil if nothing was.
func (c *Complaints) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(slices.Clone(c.all)...)
}
