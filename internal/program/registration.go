package program

import (
	"context"
	"errors"
	"fmt"
)

func registrationCommand(_ context.Context, m *Main, args []string) error {
	fs := m.flags("registration")
	path := configFlag(fs)
	staff := fs.Bool("staff", false, "the second registration, for double puppeting")
	if err := parse(fs, args); err != nil {
		return err
	}
	c, err := m.load(*path)
	if err != nil {
		return err
	}
	text, err := c.Registration()
	if *staff {
		text, err = c.StaffRegistration()
	}
	if err != nil {
		return fmt.Errorf("make registration: %w", err)
	}
	if text == nil {
		return exit(BadConfig, errors.New("there is no second registration: double_puppet.enabled is false"))
	}
	if _, err := m.Stdout.Write(text); err != nil {
		return fmt.Errorf("print registration: %w", err)
	}
	return nil
}
