package program_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"frontdesk/internal/devstack"
	"frontdesk/internal/journal"
	"frontdesk/internal/program"
	"frontdesk/store"
)

// rewrite makes a copy of a file with one thing replaced and gives its path.
func rewrite(t *testing.T, path, old, new string) string {
	t.Helper()
	text := read(t, path)
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %q", path, old)
	}
	copied := filepath.Join(filepath.Dir(path), "changed-"+filepath.Base(path))
	if err := os.WriteFile(copied, []byte(strings.Replace(text, old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// check runs the command and expects its code and words in its output.
func check(t *testing.T, path string, code program.ExitCode, want ...string) {
	t.Helper()
	got, stdout, stderr := frontdeskCommand(t.Context(), "check", "-c", path)
	if got != code {
		t.Errorf("check ended with %d, want %d:\n%s%s", got, code, stdout, stderr)
	}
	for _, words := range want {
		if !strings.Contains(stdout, words) {
			t.Errorf("check does not say %q:\n%s%s", words, stdout, stderr)
		}
	}
	if code == program.OK && strings.Contains(stdout, "WRONG") || code == program.CheckFailed && !strings.Contains(stdout, "       -> ") {
		t.Errorf("exit code and words do not agree:\n%s", stdout)
	}
}

// TestCheck follows one installation from its first check to its ruin.
func TestCheck(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{})
	t.Run("of a good chain", func(t *testing.T) { checkGoodChain(t, s) })
	t.Run("names Synapse's fault", func(t *testing.T) { checkSynapsesFault(t, s) })
	t.Run("of the database", func(t *testing.T) { checkDatabase(t, s) })
}

// A fresh installation is well before frontdesk ran, while it runs, and afterwards.
func checkGoodChain(t *testing.T, s *stack) {
	t.Helper()
	all := []string{"well   configuration", "well   database", "well   spool", "well   staff: 2 operators, 1 administrators", "well   homeserver",
		"well   application service token", "well   bot", "well   ping back", "well   double puppeting of @anna:localhost", "well   media",
		"well   spaces", "well   power levels", "well   no rate limit"}
	check(t, s.path, program.OK, append(all, "to be set up by the first frontdesk run", "does not run; check answers Synapse's ping")...)
	r := run(t, s)
	check(t, s.path, program.OK, append(all, "well   frontdesk: runs", "sqlite, of this program's version", "well   dead letters: none")...)
	if code := r.end(t); code != program.OK {
		t.Errorf("run ended with %d", code)
	}
	check(t, s.path, program.OK, append(all, "does not run", "sqlite, of this program's version")...)
}

// Each case breaks one link by the configuration alone.
func TestCheckNamesTheBrokenLink(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{}, "--staff", "root,ghost")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	closed, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.dir, "a-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("0123456789abcdef", 4)
	for _, tc := range []struct{ name, old, new, want string }{
		{"as_token", string(s.config.Appservice.ASToken), other, "WRONG  application service token"},
		{"hs_token", string(s.config.Appservice.HSToken), other, "WRONG  frontdesk: Synapse came with another hs_token"},
		{"token of the staff", string(s.config.DoublePuppet.ASToken), other, "WRONG  double puppeting: the homeserver does not know double_puppet.as_token"},
		{"administrator among the staff", "", "", "WRONG  double puppeting of @root:localhost: is an administrator"},
		{"staff without an account", "", "", "WRONG  double puppeting of @ghost:localhost"},
		{"homeserver's address", s.synapse.URL, fmt.Sprintf("http://127.0.0.1:%d", closed), "WRONG  homeserver: "},
		{"homeserver's name", "domain: localhost", "domain: example.org", "is of another server"},
		{"bot's name", "bot: frontdesk", "bot: reception", "WRONG  bot: the registration's namespaces do not cover the bot"},
		{"puppets' prefix", "puppet_prefix: desk_c_", "puppet_prefix: guest_", "WRONG  puppets: the registration's namespaces do not cover puppets"},
		{"appservice.listen taken", "listen: " + s.config.Appservice.Listen, "listen: " + taken.Addr().String(), "WRONG  frontdesk: appservice.listen: the port of"},
		{"spool", "dir: spool", "dir: " + file + "/spool", "WRONG  spool: cannot be written"},
		{"database", "type: sqlite", "type: postgres", "postgres://"},
		{"database away", "type: sqlite\n  # sqlite: path of the file. postgres: postgres://user:password@host/database\n  uri: frontdesk.db",
			fmt.Sprintf("type: postgres\n  uri: postgres://desk:pw@127.0.0.1:%d/desk", closed), "WRONG  database: "},
		{"no administrators", "admins: ['@anna:localhost']", "admins: []", "WRONG  staff: there are no administrators"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := rewrite(t, s.path, tc.old, tc.new)
			code, stdout, stderr := frontdeskCommand(t.Context(), "check", "-c", path)
			if code != program.CheckFailed && code != program.BadConfig || !strings.Contains(stdout+stderr, tc.want) {
				t.Errorf("ended with %d and does not say %q:\n%s%s", code, tc.want, stdout, stderr)
			}
			for _, secret := range []string{other, string(s.config.Appservice.ASToken), ":pw@"} {
				if strings.Contains(stdout+stderr, secret) {
					t.Errorf("a secret is printed:\n%s%s", stdout, stderr)
				}
			}
		})
	}
}

// Each case breaks one link on Synapse's side, by the registration or its configuration.
func checkSynapsesFault(t *testing.T, s *stack) {
	t.Helper()
	closed, err := devstack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "registration.yaml")
	good := read(t, path)
	for _, tc := range []struct{ name, old, new, want string }{
		{"rate limited", "rate_limited: false", "rate_limited: true", "WRONG  no rate limit: the homeserver limits us as it limits people"},
		{"wrong address", "url: " + s.config.Appservice.Address, fmt.Sprintf("url: http://127.0.0.1:%d", closed), "WRONG  ping back: the homeserver does not reach us"},
		{"no address", "url: " + s.config.Appservice.Address, "url: null", "WRONG  ping back: the registration has no url"},
		{"other hs_token", "hs_token: ", "hs_token: x", "WRONG  ping back: what answers at appservice.address refuses the homeserver"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := rewrite(t, path, tc.old, tc.new)
			if err := os.Rename(changed, path); err != nil {
				t.Fatal(err)
			}
			if err := s.synapse.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(t, s.path, program.CheckFailed, tc.want)
			if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := s.synapse.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, s.path, program.OK)
	if err := s.synapse.Kill(); err != nil {
		t.Fatal(err)
	}
	check(t, s.path, program.CheckFailed, "WRONG  homeserver: ")
	if err := s.synapse.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsEncryption(t *testing.T) {
	s := startStack(t, devstack.SynapseOptions{Extra: map[string]any{"encryption_enabled_by_default_for_room_type": "all"}})
	check(t, s.path, program.CheckFailed, "WRONG  no encryption by default: new rooms are encrypted")
}

// Dead letters are listed, and a database of another version is not touched.
func checkDatabase(t *testing.T, s *stack) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Driver: s.config.Database.Type, DSN: string(s.config.Database.URI), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx journal.Tx) error {
		in := journal.Input{Source: "matrix", ID: "$event", Lane: "room:!a", Kind: "m.room.message", Body: json.RawMessage(`{}`), At: time.Now()}
		seq, _, _, err := tx.AppendInput(in)
		if err != nil {
			return err
		}
		return tx.KillInput(seq, "nobody can read it")
	})
	if err != nil {
		t.Fatal(err)
	}
	check(t, s.path, program.CheckFailed, "WRONG  dead letters: input ", "m.room.message", "nobody can read it")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", string(s.config.Database.URI))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "UPDATE version SET version=version+1"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, s.path, program.CheckFailed, "WRONG  database: the database's schema is of another version")
}
