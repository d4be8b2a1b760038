package devstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// coturnProgram is what coturn's server is called.
const coturnProgram = "turnserver"

// Coturn is a TURN server on 127.0.0.1, over UDP and TCP on one port. Its passwords are made of a secret and end by themselves.
type Coturn struct {
	Address string // host:port
	Log     string // path of its log

	dir  string
	proc *process
}

// StartCoturn runs a TURN server and returns when it listens.
func StartCoturn(ctx context.Context, secret string) (*Coturn, error) {
	binary, err := exec.LookPath(coturnProgram)
	if err != nil {
		return nil, missing("coturn", coturnPackages)
	}
	port, err := orFreeMediaPort(0, "coturn")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "frontdesk-coturn-")
	if err != nil {
		return nil, fmt.Errorf("make temporary directory: %w", err)
	}
	c := &Coturn{Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Log: filepath.Join(dir, "coturn.log"), dir: dir}
	cmd := exec.Command(binary, "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port="+strconv.Itoa(port),
		"--use-auth-secret", "--static-auth-secret="+secret, "--realm=example.org", "--fingerprint",
		"--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls",
		"--log-file=stdout", "--pidfile="+filepath.Join(dir, "coturn.pid"), "--userdb="+filepath.Join(dir, "turndb"))
	cmd.Dir = dir
	if c.proc, err = startProcess("coturn", c.Log, cmd); err == nil {
		err = c.proc.waitUntil(ctx, c.answers)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Coturn) answers(ctx context.Context) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Close kills the server and removes its directory.
func (c *Coturn) Close() error {
	var err error
	if c.proc != nil {
		err = c.proc.kill()
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}
