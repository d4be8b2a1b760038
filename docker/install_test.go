package docker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"frontdesk/internal/devstack"
)

// setUp runs setup.sh as the setup service does, on directories of the test.
func setUp(t *testing.T, program, data string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "setup.sh")
	cmd.Env = append(os.Environ(),
		"PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"),
		"CONFIG="+filepath.Join(data, "config"), "SECRETS="+filepath.Join(data, "secrets"), "SYNAPSE="+filepath.Join(data, "synapse"),
		"DOMAIN=desk.example", "PUBLIC_URL=https://desk.example.org", "HOMESERVER_URL=https://matrix.example.org",
		"ORIGINS=https://www.example.org", "STAFF=@anna:desk.example,@boris:desk.example=Boris Petrov", "ADMINS=@anna:desk.example",
		"RTC_HOST=rtc.example.org", "PUBLIC_IP=203.0.113.7")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The Dockerfile's stages build, setup.sh makes what compose.yaml mounts, PostgreSQL and Synapse take their parts of it, and frontdesk
// check, run as the container would, finds the chain well.
func TestInstallation(t *testing.T) {
	program := build(t)
	data := t.TempDir()
	if out, err := setUp(t, program, data); err != nil {
		t.Fatalf("setup.sh: %v\n%s", err, out)
	}
	c := readCompose(t)
	for name, s := range c.Secrets {
		info, err := os.Stat(filepath.Join(data, strings.TrimPrefix(s.File, "./data/")))
		if err != nil || info.Mode().Perm() != 0o400 || info.Size() == 0 {
			t.Errorf("secret %s: %v, %v", name, err, info)
		}
	}
	for _, s := range c.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if rel, ours := strings.CutPrefix(source, "./data/"); ours {
				if _, err := os.Stat(filepath.Join(data, rel)); err != nil {
					t.Errorf("mount %s: %v", v, err)
				}
			}
		}
	}
	if text := readFile(t, filepath.Join(data, "config/config.yaml")); regexp.MustCompile(`[0-9a-f]{32}`).MatchString(text) {
		t.Error("config.yaml holds a secret")
	}
	if out, err := setUp(t, program, data); err == nil || !strings.Contains(out, "nothing was changed") {
		t.Errorf("a second setup ended with %v: %s", err, out)
	}

	checkLiveKit(t, data)
	place := newPlace(t, data)
	python := place.startSynapse(t)
	for _, name := range []string{"anna", "boris"} { // step 5 of README.md
		out, err := exec.CommandContext(t.Context(), python, "-m", "synapse._scripts.register_new_matrix_user",
			"-c", filepath.Join(data, "secrets/synapse_secrets.yaml"), "--no-admin", "-u", name, "-p", "a secret of "+name, place.synapse).CombinedOutput()
		if err != nil {
			t.Fatalf("make account: %v\n%s", err, out)
		}
	}
	if out, err := exec.CommandContext(t.Context(), program, "check", "-c", place.config).CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
	serve(t, program, place.config)
}

// serve runs frontdesk until its health check is well, and ends it as the engine would.
func serve(t *testing.T, program, config string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "run", "-c", config)
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	health := readCompose(t).Services["frontdesk"].Healthcheck.Test[2:] // after CMD and the program
	for i := range health {
		health[i] = strings.Replace(health[i], "/config/config.yaml", config, 1)
	}
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for exec.CommandContext(ctx, program, health...).Run() != nil {
		select {
		case err := <-ended:
			t.Fatalf("run ended before it was healthy: %v\n%s", err, log.String())
		case <-ticker.C:
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("run ended: %v\n%s", err, log.String())
	}
}

// place is where the containers' files lie without containers: names of services and absolute paths are replaced.
type place struct {
	data, config string
	synapse      string // its address
	replace      *strings.Replacer
}

func newPlace(t *testing.T, data string) *place {
	t.Helper()
	postgres, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Close(); err != nil {
			t.Error(err)
		}
	})
	dsn, err := postgres.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	psql := exec.CommandContext(t.Context(), "psql", "--no-psqlrc", "--no-password", "--set=ON_ERROR_STOP=1",
		"--file="+filepath.Join(data, "secrets/postgres_databases.sql"), dsn)
	if out, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("databases.sql: %v\n%s", err, out)
	}
	server := regexp.MustCompile(`@([^/?]+):([0-9]+)/`).FindStringSubmatch(dsn)
	if server == nil {
		t.Fatalf("no host and port in the DSN")
	}
	var ports [5]int
	for i := range ports {
		if ports[i], err = devstack.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	tokens := startTokens(t, fmt.Sprintf("http://127.0.0.1:%d", ports[0]))
	p := &place{data: data, synapse: fmt.Sprintf("http://127.0.0.1:%d", ports[0])}
	p.replace = strings.NewReplacer(
		"http://synapse:8008", p.synapse,
		"port: 8008", fmt.Sprintf("port: %d", ports[0]),
		"http://frontdesk:29330", fmt.Sprintf("http://127.0.0.1:%d", ports[1]),
		"0.0.0.0:29330", fmt.Sprintf("127.0.0.1:%d", ports[1]),
		"https://rtc.example.org/jwt", tokens,
		"0.0.0.0:7790", fmt.Sprintf("127.0.0.1:%d", ports[4]),
		"0.0.0.0:8090", fmt.Sprintf("127.0.0.1:%d", ports[2]),
		"127.0.0.1:9090", fmt.Sprintf("127.0.0.1:%d", ports[3]),
		"host: postgres,", fmt.Sprintf("host: %s, port: %s,", server[1], server[2]),
		"@postgres/", "@"+server[1]+":"+server[2]+"/",
		"/run/secrets/synapse_registration_staff", filepath.Join(data, "secrets/synapse_registration_staff.yaml"),
		"/run/secrets/synapse_registration", filepath.Join(data, "secrets/synapse_registration.yaml"),
		"/run/secrets/", filepath.Join(data, "secrets")+"/",
		"/data/", filepath.Join(data, "volume")+"/",
		"0.0.0.0", "127.0.0.1",
	)
	if err := os.Mkdir(filepath.Join(data, "volume"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secrets/synapse_registration.yaml", "secrets/synapse_secrets.yaml", "secrets/frontdesk_database_uri", "config/homeserver.yaml", "config/config.yaml"} {
		path := filepath.Join(data, name)
		text := p.replace.Replace(readFile(t, path))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.config = filepath.Join(data, "config/config.yaml")
	return p
}

// startTokens runs what stands for lk-jwt-service, which could not reach a homeserver without TLS, and a LiveKit of its own.
func startTokens(t *testing.T, homeserver string) (address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // the first time LiveKit is built
	defer cancel()
	live, err := devstack.StartLiveKit(ctx, devstack.LiveKitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := devstack.StartTokenService(devstack.TokenServiceOptions{Homeserver: homeserver, Domain: "desk.example", LiveKit: live})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(tokens.Close(), live.Close()); err != nil {
			t.Error(err)
		}
	})
	return tokens.URL
}

// checkLiveKit has LiveKit start on the configuration that setup.sh made for it, on loopback and other ports.
func checkLiveKit(t *testing.T, data string) {
	t.Helper()
	binary, err := devstack.EnsureLiveKit(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, filepath.Join(data, "secrets/livekit.yaml"))
	keys := readFile(t, filepath.Join(data, "secrets/livekit_keys"))
	if !strings.Contains(text, "keys: {"+strings.TrimSpace(keys)+"}") || strings.Count(keys, ":") != 1 {
		t.Error("LiveKit has other keys than lk-jwt-service")
	}
	var port int
	for _, usual := range []string{"7880", "7881", "7882"} {
		free, err := devstack.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if usual == "7880" {
			port = free
		}
		text = strings.ReplaceAll(text, usual, fmt.Sprint(free))
	}
	path := filepath.Join(t.TempDir(), "livekit.yaml")
	if err := os.WriteFile(path, []byte("bind_addresses: [127.0.0.1]\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, "--config", path)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case err := <-ended:
			t.Fatalf("LiveKit ended: %v\n%s", err, log.String())
		case <-ticker.C:
		}
	}
	cancel()
	<-ended // it was killed: how it ends tells nothing
}

// startSynapse runs Synapse with the arguments that compose.yaml gives it, and gives its Python.
func (p *place) startSynapse(t *testing.T) (python string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time it is installed
	defer cancel()
	python, err := devstack.EnsureSynapse(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-m", "synapse.app.homeserver"}
	for _, a := range readCompose(t).Services["synapse"].Command[1:] {
		a = strings.Replace(a, "/run/secrets/synapse_secrets", filepath.Join(p.data, "secrets/synapse_secrets.yaml"), 1)
		args = append(args, strings.Replace(a, "/config/", filepath.Join(p.data, "config")+"/", 1))
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "synapse.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, filepath.Join(p.data, "volume")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed: how it ends tells nothing
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
		_ = log.Close()
	})
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.synapse+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return python
			}
		}
		select {
		case <-ended:
			t.Fatalf("Synapse ended:\n%s", readFile(t, log.Name()))
		case <-ctx.Done():
			t.Fatalf("Synapse did not come up:\n%s", readFile(t, log.Name()))
		case <-ticker.C:
		}
	}
}
