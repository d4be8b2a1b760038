// Package docker_test checks what can be checked of the installation in containers without a container engine. docker/README.md says
// what was not.
package docker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// compose is the part of the file format that compose.yaml uses. It is read strictly: a misspelt key fails.
type compose struct {
	Name     string             `yaml:"name"`
	Services map[string]service `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Volumes map[string]struct{}     `yaml:"volumes"`
	Secrets map[string]secretSource `yaml:"secrets"`
}

type secretSource struct {
	File string `yaml:"file"`
}

type service struct {
	Image string `yaml:"image"`
	Build *struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
	} `yaml:"build"`
	Profiles    []string          `yaml:"profiles"`
	User        string            `yaml:"user"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Secrets     []secretMount     `yaml:"secrets"`
	Volumes     []string          `yaml:"volumes"`
	Networks    []string          `yaml:"networks"`
	NetworkMode string            `yaml:"network_mode"`
	Ports       []string          `yaml:"ports"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		StartPeriod string   `yaml:"start_period"`
		Retries     int      `yaml:"retries"`
	} `yaml:"healthcheck"`
	Restart         string   `yaml:"restart"`
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	SecurityOpt     []string `yaml:"security_opt"`
	StopGracePeriod string   `yaml:"stop_grace_period"`
	ShmSize         string   `yaml:"shm_size"`
}

// secretMount is a secret in a service, in its short form or its long one.
type secretMount struct {
	Source string `yaml:"source"`
	Target string `yaml:"target"`
}

func (s *secretMount) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Source = n.Value
		return nil
	}
	type long secretMount
	return n.Decode((*long)(s))
}

func readCompose(t *testing.T) compose {
	t.Helper()
	file, err := os.Open("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dec := yaml.NewDecoder(file)
	dec.KnownFields(true)
	var c compose
	if err := dec.Decode(&c); err != nil {
		t.Fatalf("compose.yaml: %v", err)
	}
	return c
}

func names[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// mediaPorts are what the world reaches without a proxy in between.
var mediaPorts = []string{"frontdesk 7790:7790/tcp", "frontdesk 7790:7790/udp", "livekit 7881:7881/tcp", "livekit 7882:7882/udp"}

func TestServices(t *testing.T) {
	c := readCompose(t)
	if got := strings.Join(names(c.Services), " "); got != "coturn frontdesk livekit lk-jwt-service postgres setup synapse" {
		t.Fatalf("services are %s", got)
	}
	for name, s := range c.Services {
		if name == "setup" || name == "coturn" { // neither is started with the others
			if len(s.Profiles) != 1 || s.NetworkMode == "" {
				t.Errorf("%s has profiles %v and network mode %q", name, s.Profiles, s.NetworkMode)
			}
			continue
		}
		// The image of lk-jwt-service holds one file, which can ask nothing of itself.
		if name != "lk-jwt-service" && (s.Healthcheck == nil || len(s.Healthcheck.Test) < 2 || s.Healthcheck.Test[0] != "CMD") {
			t.Errorf("%s has no health check", name)
		}
		if s.Restart != "unless-stopped" || len(s.Profiles) != 0 {
			t.Errorf("%s does not start with the others, or not again", name)
		}
		for other, d := range s.DependsOn {
			if d.Condition != "service_healthy" || c.Services[other].Healthcheck == nil {
				t.Errorf("%s waits for %s with condition %q", name, other, d.Condition)
			}
		}
		for _, network := range s.Networks {
			if _, ok := c.Networks[network]; !ok {
				t.Errorf("%s is in network %s, which is not declared", name, network)
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") && !slices.Contains(mediaPorts, name+" "+port) {
				t.Errorf("%s is open to the world: %s", name, port)
			}
		}
	}
	if _, ok := c.Services["frontdesk"].DependsOn["synapse"]; !ok {
		t.Error("frontdesk does not wait for synapse")
	}
	// Both names are those that browsers and other servers know: the token service asks the homeserver from outside.
	tokens := c.Services["lk-jwt-service"].Environment
	if !strings.HasPrefix(tokens["LIVEKIT_URL"], "wss://${RTC_HOST:") || !strings.HasPrefix(tokens["LIVEKIT_FULL_ACCESS_HOMESERVERS"], "${DOMAIN:") {
		t.Errorf("the token service of calls has %v", tokens)
	}
	if got := c.Services["postgres"].Networks; !slices.Equal(got, []string{"inside"}) || !c.Networks["inside"].Internal {
		t.Errorf("the database is in %v", got)
	}
	if f := c.Services["frontdesk"]; f.User != "" {
		t.Errorf("frontdesk is not the user of its image: %+v", f)
	}
	for _, name := range []string{"frontdesk", "livekit", "lk-jwt-service"} {
		if s := c.Services[name]; !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
			t.Errorf("%s has more rights than it needs: %+v", name, s)
		}
	}
}

// Images are pinned to a release, so that an installation made again is the same.
func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?[0-9]+\.[0-9]+(\.[0-9]+)?[a-z0-9.-]*$`)
	c := readCompose(t)
	var images []string
	for _, s := range c.Services {
		if s.Build == nil {
			images = append(images, s.Image)
		}
	}
	for _, line := range dockerfile(t) {
		if line.word == "FROM" {
			images = append(images, strings.Fields(line.rest)[0])
		}
	}
	if len(images) != 8 {
		t.Errorf("got %d images, want 5 of compose.yaml and 3 of the Dockerfile", len(images))
	}
	for _, image := range images {
		if !pinned.MatchString(image) {
			t.Errorf("image %s is not pinned to a release", image)
		}
	}
}

// Every file and volume that is named exists or is made by setup.sh, and no secret comes by another way than a file.
func TestReferences(t *testing.T) {
	c := readCompose(t)
	setup, err := os.ReadFile("setup.sh")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for name, s := range c.Services {
		for _, m := range s.Secrets {
			used[m.Source] = true
			if _, ok := c.Secrets[m.Source]; !ok {
				t.Errorf("%s uses secret %s, which is not declared", name, m.Source)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			switch {
			case strings.HasPrefix(source, "./data/"): // made by setup.sh, see TestSetup
			case strings.HasPrefix(source, "./"):
				if _, err := os.Stat(source); err != nil {
					t.Errorf("%s mounts %s: %v", name, source, err)
				}
			default:
				if _, ok := c.Volumes[source]; !ok {
					t.Errorf("%s mounts volume %s, which is not declared", name, source)
				}
			}
		}
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s is built from %s: %v", name, s.Build.Dockerfile, err)
			}
		}
		for key, value := range s.Environment {
			if regexp.MustCompile(`(?i)password|secret|token|key`).MatchString(key) && !strings.HasSuffix(key, "_FILE") {
				t.Errorf("%s is given a secret in its environment: %s", name, key)
			}
			if strings.Contains(value, "${") && !strings.Contains(value, ":?") {
				t.Errorf("%s: %s has a default or may be empty: %s", name, key, value)
			}
			if name == "setup" && !strings.Contains(string(setup), fmt.Sprintf("${%s:?}", key)) {
				t.Errorf("setup.sh does not ask for %s", key)
			}
		}
	}
	for name, s := range c.Secrets {
		if !strings.HasPrefix(s.File, "./data/secrets/") {
			t.Errorf("secret %s comes from %q", name, s.File)
		}
		if !used[name] {
			t.Errorf("secret %s is used by nobody", name)
		}
	}
}

// instruction is one of a Dockerfile's.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	data, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(data), "")
	text = strings.ReplaceAll(text, "\\\n", " ")
	var out []instruction
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			word, rest, _ := strings.Cut(line, " ")
			out = append(out, instruction{word, strings.TrimSpace(rest)})
		}
	}
	return out
}

func TestDockerfile(t *testing.T) {
	known := strings.Fields("FROM WORKDIR COPY RUN USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD")
	last := map[string]string{}
	stages := 0
	for _, i := range dockerfile(t) {
		if !slices.Contains(known, i.word) {
			t.Errorf("unknown instruction %s", i.word)
		}
		if i.word == "FROM" {
			stages++
			clear(last)
		}
		last[i.word] = i.rest
	}
	if stages != 3 {
		t.Errorf("%d stages, want widget, program, what runs", stages)
	}
	if last["USER"] != "10001:10001" || !strings.Contains(last["HEALTHCHECK"], "--quick") || last["ENTRYPOINT"] != `["frontdesk"]` {
		t.Errorf("what runs is %v", last)
	}
	if goVersion := regexp.MustCompile(`(?m)^go ([0-9.]+)`).FindStringSubmatch(readFile(t, "../go.mod"))[1]; !strings.Contains(
		readFile(t, "Dockerfile"), "golang:"+strings.TrimSuffix(goVersion, ".0")) {
		t.Errorf("the Dockerfile builds with another Go than go.mod's %s", goVersion)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
