package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresOptions say how a cluster is to be run.
type PostgresOptions struct {
	// Durable makes it wait for the disk at every commit, as an installation does. Without, tests are quicker, and nothing is lost as
	// long as the machine itself stays up.
	Durable bool
}

// Postgres is a throw-away PostgreSQL cluster on a free loopback port.
type Postgres struct {
	Log string // path of its log

	port      int
	dir       string
	proc      *process
	databases atomic.Int64
}

// StartPostgres makes a cluster and runs it, as the user postgres when we are root.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	as, err := postgresUser()
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "frontdesk-postgres-")
	if err != nil {
		return nil, fmt.Errorf("make temporary directory: %w", err)
	}
	p := &Postgres{port: port, dir: dir, Log: filepath.Join(dir, "postgres.log")}
	if err := p.start(ctx, bin, as, o); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Postgres) start(ctx context.Context, bin string, as *syscall.Credential, o PostgresOptions) error {
	if as != nil {
		if err := os.Chown(p.dir, int(as.Uid), int(as.Gid)); err != nil {
			return fmt.Errorf("give directory to user postgres: %w", err)
		}
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir = p.dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("make a PostgreSQL cluster: %w: %s", err, out)
	}
	durable := "off"
	if o.Durable {
		durable = "on"
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(p.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "fsync="+durable)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	var err error
	if p.proc, err = startProcess("PostgreSQL", p.Log, cmd); err != nil {
		return err
	}
	return p.proc.waitUntil(ctx, func(ctx context.Context) error { return p.exec(ctx, "SELECT 1") })
}

// exec runs one statement in the cluster's own database.
func (p *Postgres) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func (p *Postgres) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", p.port, database)
}

// CreateDatabase makes an empty database with a name of its own and gives its DSN.
func (p *Postgres) CreateDatabase(ctx context.Context) (dsn string, err error) {
	name := fmt.Sprintf("db%d", p.databases.Add(1))
	if err := p.exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	return p.dsn(name), nil
}

// Close ends the server at once and removes the cluster.
func (p *Postgres) Close() error {
	var err error
	if p.proc != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = p.proc.stop(ctx, syscall.SIGQUIT) // its immediate shutdown; after SIGKILL backends would outlive it for a moment
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// postgresPrograms finds the directory with initdb and postgres. Debian does not put them on the PATH.
func postgresPrograms() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.Sort(dirs)
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append([]string{filepath.Dir(path)}, dirs...)
		}
	}
	for _, dir := range slices.Backward(dirs) {
		if _, err := exec.LookPath(filepath.Join(dir, "postgres")); err == nil {
			return dir, nil
		}
	}
	return "", &MissingToolError{"PostgreSQL's server", "install it, on Debian with \"apt-get install postgresql\""}
}

// postgresUser is who PostgreSQL has to run as: nil for ourselves, but it refuses to run as root.
func postgresUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read id of user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read group of user postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
