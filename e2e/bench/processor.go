package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit in which Linux tells programs what a process has used.
const tick = 10 * time.Millisecond

// used gives the processor time that a process has used, 0 for one that is not there.
func used(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if os.IsNotExist(err) {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("read the processor time of a process: %w", err)
	}
	// The name, in brackets, may contain anything.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("read the processor time of a process: %q", text)
	}
	var sum time.Duration
	for _, field := range fields[11:13] { // in user mode, in the kernel
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the processor time of a process: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// processors is what the servers have used so far.
type processors struct{ frontdesk, synapse time.Duration }

func (s *stage) processors() (p processors, err error) {
	if s.sink == nil {
		if p.frontdesk, err = used(s.frontdeskPID()); err != nil {
			return p, err
		}
	}
	p.synapse, err = used(s.stack.Synapse.PID())
	return p, err
}

// each gives what was used for one of n messages since before, in milliseconds.
func (p processors) each(before processors, n int) (frontdesk, synapse float64) {
	per := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(n) }
	return per(p.frontdesk - before.frontdesk), per(p.synapse - before.synapse)
}
