package devstack

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// PortTakenError says that somebody else listens where we want to.
type PortTakenError struct {
	Port int
	For  string // what it was wanted for: "Synapse", "the demo page"
	Cure string // what to do, a sentence without its full stop; may be empty
}

func (e *PortTakenError) Error() string {
	s := fmt.Sprintf("port %d, wanted for %s, is taken by another program", e.Port, e.For)
	if e.Cure != "" {
		s += ": " + e.Cure
	}
	return s
}

// CheckPort says with a *PortTakenError that a loopback port is taken.
func CheckPort(port int, wantedFor string) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return &PortTakenError{Port: port, For: wantedFor}
	}
	if err != nil {
		return fmt.Errorf("listen on port %d for %s: %w", port, wantedFor, err)
	}
	return l.Close()
}

// FreePort gives a loopback port that nobody listens on. Another program may take it before the caller does.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// orFreePort gives the port asked for after checking it, or a free one for 0.
func orFreePort(port int, wantedFor string) (int, error) {
	if port == 0 {
		return FreePort()
	}
	return port, CheckPort(port, wantedFor)
}
