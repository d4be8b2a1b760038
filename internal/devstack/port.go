package devstack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
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

// The ports that FreePort gives are below those that systems give to outgoing connections: one of them could take the port first.
const (
	firstFreePort = 16384
	lastFreePort  = 32767
)

// given remembers the ports of FreePort: whom one was given to may not listen yet.
var given sync.Map

// FreePort gives a loopback port that nobody listens on, and gives none twice. Another program may take it before the caller does.
func FreePort() (int, error) {
	var err error
	for range lastFreePort - firstFreePort {
		port := firstFreePort + rand.IntN(lastFreePort-firstFreePort+1)
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		if err = CheckPort(port, "a test"); err == nil {
			return port, nil
		}
	}
	return 0, errors.Join(errors.New("there is no free port left"), err)
}

// CheckMediaPort says with a *PortTakenError that a loopback port is taken, for TCP or for UDP.
func CheckMediaPort(port int, wantedFor string) error {
	if err := CheckPort(port, wantedFor); err != nil {
		return err
	}
	l, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return &PortTakenError{Port: port, For: wantedFor}
	}
	if err != nil {
		return fmt.Errorf("listen on UDP port %d for %s: %w", port, wantedFor, err)
	}
	return l.Close()
}

// orFreeMediaPort is orFreePort for a port that has to be free for UDP as well.
func orFreeMediaPort(port int, wantedFor string) (int, error) {
	if port != 0 {
		return port, CheckMediaPort(port, wantedFor)
	}
	for {
		port, err := FreePort()
		if err != nil {
			return 0, err
		}
		var taken *PortTakenError
		if err = CheckMediaPort(port, wantedFor); !errors.As(err, &taken) {
			return port, err
		}
	}
}

// orFreePort gives the port asked for after checking it, or a free one for 0.
func orFreePort(port int, wantedFor string) (int, error) {
	if port == 0 {
		return FreePort()
	}
	return port, CheckPort(port, wantedFor)
}
