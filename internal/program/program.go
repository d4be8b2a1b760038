// Package program is the frontdesk program: its subcommands, and the wiring of store, journal, engine and adapters into one server.
//
// A Main is one invocation. Tests run the whole program in their own process through it; cmd/frontdesk only adds signals and the
// process's streams. Nothing here is global, so several may run side by side.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"frontdesk/bridges"
	"frontdesk/internal/config"
)

// ExitCode tells a caller why the program ended. docs/operations.md lists them.
type ExitCode int

// Exit codes.
const (
	OK           ExitCode = 0
	Failed       ExitCode = 1 // something went wrong while it ran
	Usage        ExitCode = 2 // unknown command or flag
	BadConfig    ExitCode = 3 // configuration missing, wrong, or with placeholders
	NoListener   ExitCode = 4 // an address to listen on cannot be had
	NoDatabase   ExitCode = 5 // database not reachable, not ours, or in use
	CheckFailed  ExitCode = 6 // check found something wrong
	AlreadyThere ExitCode = 7 // init would have to overwrite files
)

// exitError is an error that says with which code the program ends.
type exitError struct {
	code ExitCode
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func exit(code ExitCode, err error) error { return &exitError{code, err} }

// Main is one invocation of the program.
type Main struct {
	Args   []string // without the program's name
	Stdout io.Writer
	Stderr io.Writer
	// Further are messengers beside the program's own.
	Further []bridges.Messenger
}

func (m *Main) messengers() []bridges.Messenger { return append(Messengers(), m.Further...) }

type command struct {
	name, summary string
	run           func(context.Context, *Main, []string) error
}

func commands() []command {
	return []command{
		{"run", "serve, until interrupted", runCommand},
		{"init", "write configuration and registrations with fresh secrets", initCommand},
		{"check", "walk the chain and say what is well and what is not", checkCommand},
		{"registration", "print the registration for Synapse (--staff: the second one)", registrationCommand},
		{"migrate", "bring the database to this version and exit", migrateCommand},
		{"version", "print the version", versionCommand},
	}
}

// Run carries the invocation out and gives its exit code. It returns soon after ctx ends.
func (m *Main) Run(ctx context.Context) ExitCode {
	err := m.dispatch(ctx)
	var coded *exitError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return OK
	case errors.As(err, &coded):
		fmt.Fprintln(m.Stderr, "frontdesk:", coded.err)
		return coded.code
	}
	fmt.Fprintln(m.Stderr, "frontdesk:", err)
	return Failed
}

func (m *Main) dispatch(ctx context.Context) error {
	if len(m.Args) == 0 {
		m.usage(m.Stderr)
		return exit(Usage, errors.New("no command given"))
	}
	name, args := m.Args[0], m.Args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		m.usage(m.Stdout)
		return nil
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, m, args)
		}
	}
	m.usage(m.Stderr)
	return exit(Usage, fmt.Errorf("there is no command %q", name))
}

func (m *Main) usage(w io.Writer) {
	fmt.Fprint(w, "Usage: frontdesk COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-13s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nMost commands take -c FILE, the configuration (config.yaml). \"frontdesk COMMAND -h\" lists the flags.\n")
}

// flags gives a flag set that prints to our streams and never exits the process.
func (m *Main) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("frontdesk "+name, flag.ContinueOnError)
	fs.SetOutput(m.Stderr)
	return fs
}

// parse reads the flags; no further arguments are allowed. The flag package has then printed what is wrong.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return exit(Usage, err)
	}
	if fs.NArg() > 0 {
		return exit(Usage, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	return nil
}

// configFlag adds -c.
func configFlag(fs *flag.FlagSet) *string {
	return fs.String("c", "config.yaml", "configuration `file`")
}

// load reads the configuration and refuses placeholders.
func (m *Main) load(path string) (*config.Config, error) {
	c, err := config.Load(path, sectionsOf(m.messengers())...)
	if err == nil {
		err = c.Placeholders()
	}
	if err != nil {
		return nil, exit(BadConfig, fmt.Errorf("configuration:\n%w", err))
	}
	return c, nil
}
