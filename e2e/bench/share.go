package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sharePeriod is short: within one, a process that has used its share stands still, and that is delay for what it carries.
const sharePeriod = 10 * time.Millisecond

// confined is a process that may be held to a share of a core, by a control group of its own. It needs root on a Linux whose groups may be
// written to.
type confined struct {
	dir string
	v2  bool
}

// confine puts a process into a group of its own, without a bound yet.
func confine(pid int) (*confined, error) {
	c, err := newGroup(pid)
	if err != nil {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	if err := c.limit(0); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := c.write("cgroup.procs", strconv.Itoa(pid)); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func newGroup(pid int) (*confined, error) {
	name := fmt.Sprintf("frontdesk-bench-%d", pid)
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		// The controller has to be handed down; where other processes sit beside, that is refused.
		if err := os.WriteFile("/sys/fs/cgroup/cgroup.subtree_control", []byte("+cpu"), 0o600); err != nil {
			return nil, err
		}
		dir := filepath.Join("/sys/fs/cgroup", name)
		return &confined{dir: dir, v2: true}, os.Mkdir(dir, 0o700)
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(own)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && strings.Contains(","+parts[1]+",", ",cpu,") {
			dir := filepath.Join("/sys/fs/cgroup/cpu", parts[2], name)
			return &confined{dir: dir}, os.Mkdir(dir, 0o700)
		}
	}
	return nil, errors.New("there is no group for processors")
}

// limit sets the share of one core; 0 for no bound.
func (c *confined) limit(share float64) error {
	period := sharePeriod.Microseconds()
	quota := "-1"
	if c.v2 {
		quota = "max"
	}
	if share > 0 {
		quota = strconv.FormatInt(int64(share*float64(period)), 10)
	}
	if c.v2 {
		return c.write("cpu.max", fmt.Sprintf("%s %d", quota, period))
	}
	return errors.Join(c.write("cpu.cfs_period_us", strconv.FormatInt(period, 10)), c.write("cpu.cfs_quota_us", quota))
}

func (c *confined) write(file, value string) error {
	if err := os.WriteFile(filepath.Join(c.dir, file), []byte(value), 0o600); err != nil {
		return fmt.Errorf("bound a process: %w", err)
	}
	return nil
}

// close lets go of the group once its process has ended, or moves that out.
func (c *confined) close() error {
	left, err := os.ReadFile(filepath.Join(c.dir, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("end a control group: %w", err)
	}
	for pid := range bytes.FieldsSeq(left) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(c.dir), "cgroup.procs"), pid, 0o600); err != nil {
			return fmt.Errorf("end a control group: %w", err)
		}
	}
	if err := os.Remove(c.dir); err != nil {
		return fmt.Errorf("end a control group: %w", err)
	}
	return nil
}
