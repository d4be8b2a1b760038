package program

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"frontdesk"
	"frontdesk/internal/config"
	"frontdesk/internal/section"
)

// initOptions is what init is told.
type initOptions struct {
	domain     string
	homeserver string
	publicURL  string
	dir        string
	staff      listFlag // user ids, each with =Name if wished
	admins     listFlag
	origins    listFlag
	set        settingFlag
	calls      string // address of lk-jwt-service; empty: no calls
	secrets    string // directory for secrets in files of their own; empty: they stand in the configuration
	force      bool
}

// listFlag collects comma-separated words over several uses of a flag.
type listFlag []string

func (l *listFlag) String() string { return strings.Join(*l, ",") }

func (l *listFlag) Set(s string) error {
	for _, word := range strings.Split(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			*l = append(*l, word)
		}
	}
	return nil
}

// settingFlag collects "path=YAML value".
type settingFlag []string

func (l *settingFlag) String() string { return strings.Join(*l, " ") }

func (l *settingFlag) Set(s string) error {
	if !strings.Contains(s, "=") {
		return errors.New("write key=value, for example log.level=debug")
	}
	*l = append(*l, s)
	return nil
}

func (o *initOptions) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.domain, "domain", "", "the homeserver's server_name, `example.org`")
	fs.StringVar(&o.homeserver, "homeserver", "http://127.0.0.1:8008", "`address` of the homeserver as Frontdesk reaches it")
	fs.StringVar(&o.publicURL, "public-url", "", "`address` by which browsers reach the widget")
	fs.StringVar(&o.dir, "dir", ".", "`directory` to write to")
	fs.Var(&o.staff, "staff", "operators' `ids` with commas between, @anna:example.org,@boris:example.org=Boris Petrov")
	fs.Var(&o.admins, "admin", "administrators' `ids`")
	fs.Var(&o.origins, "origin", "`addresses` of the pages with the widget (default: the public URL)")
	fs.Var(&o.set, "set", "any other `key=value`, such as log.level=debug or sites.0.name=Shop; may be repeated")
	fs.StringVar(&o.calls, "calls", "", "switch calls on, with the `address` by which browsers reach lk-jwt-service, https://rtc.example.org/jwt")
	fs.StringVar(&o.secrets, "secrets", "", "keep each secret in a file of its own in this `directory`, for containers")
	fs.BoolVar(&o.force, "force", false, "overwrite files that are there, with new secrets")
}

func initCommand(_ context.Context, m *Main, args []string) error {
	var o initOptions
	flags := m.flags("init")
	o.flags(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	if o.domain == "" || o.publicURL == "" {
		return exit(Usage, errors.New("init needs --domain and --public-url; \"frontdesk init -h\" explains them"))
	}
	if u, err := url.Parse(o.calls); o.calls != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return exit(Usage, fmt.Errorf("--calls %s is no address: write the one by which browsers reach lk-jwt-service, https://rtc.example.org/jwt", o.calls))
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return fmt.Errorf("find directory %s: %w", o.dir, err)
	}
	o.dir = dir
	if o.secrets != "" {
		if o.secrets, err = filepath.Abs(o.secrets); err != nil {
			return fmt.Errorf("find directory %s: %w", o.secrets, err)
		}
	}
	files, c, err := o.files(sectionsOf(m.messengers()))
	if err != nil {
		return exit(BadConfig, err)
	}
	if err := writeFiles(files, o.force); err != nil {
		return err
	}
	return adviseSynapse(m.Stdout, files, c, o.calls)
}

// outFile is a file that init writes, readable for its owner alone.
type outFile struct {
	path string
	data []byte
}

// secretKeys are the keys that init makes secrets for, with the name of the file each may stand in.
var secretKeys = []struct{ key, file string }{
	{"appservice.as_token", "frontdesk_as_token"},
	{"appservice.hs_token", "frontdesk_hs_token"},
	{"double_puppet.as_token", "frontdesk_staff_as_token"},
	{"double_puppet.hs_token", "frontdesk_staff_hs_token"},
	{"gateway.secret", "frontdesk_gateway_secret"},
}

// files makes the configuration and the registrations that follow from it.
func (o *initOptions) files(messengers []section.Section) ([]outFile, *config.Config, error) {
	path := filepath.Join(o.dir, "config.yaml")
	doc, err := o.document()
	if err != nil {
		return nil, nil, err
	}
	var secretFiles []outFile
	for _, s := range secretKeys {
		secret := freshSecret()
		if err := doc.Set(s.key, secret); err != nil {
			return nil, nil, err
		}
		secretFiles = append(secretFiles, outFile{filepath.Join(o.secrets, s.file), []byte(secret + "\n")})
	}
	text, err := doc.Bytes()
	if err != nil {
		return nil, nil, err
	}
	c, err := config.Parse(path, text, messengers...)
	if err != nil {
		return nil, nil, fmt.Errorf("what was given makes no good configuration:\n%w", err)
	}
	registration, err := c.Registration()
	if err != nil {
		return nil, nil, err
	}
	files := []outFile{{path, text}, {filepath.Join(o.dir, "registration.yaml"), registration}}
	staff, err := c.StaffRegistration()
	if err != nil {
		return nil, nil, err
	}
	if staff != nil {
		files = append(files, outFile{filepath.Join(o.dir, "registration-staff.yaml"), staff})
	}
	if o.secrets != "" {
		files[0].data, err = moveSecrets(doc, secretFiles)
		files = append(files, secretFiles...)
	}
	return files, c, err
}

// moveSecrets makes the configuration name the files of the secrets instead of holding them.
func moveSecrets(doc *config.Document, files []outFile) ([]byte, error) {
	for i, s := range secretKeys {
		if err := errors.Join(doc.Set(s.key, ""), doc.Set(s.key+"_file", files[i].path)); err != nil {
			return nil, err
		}
	}
	return doc.Bytes()
}

// document fills the example in, but for its secrets.
func (o *initOptions) document() (*config.Document, error) {
	doc, err := config.ReadDocument(frontdesk.ExampleConfig)
	if err != nil {
		return nil, err
	}
	staff, ids := o.operators()
	origins := []string(o.origins)
	if len(origins) == 0 {
		origins = []string{origin(o.publicURL)}
	}
	settings := []struct {
		path  string
		value any
	}{
		{"homeserver.address", o.homeserver},
		{"homeserver.domain", o.domain},
		{"double_puppet.enabled", len(ids) > 0},
		{"double_puppet.users", ids},
		{"gateway.public_url", o.publicURL},
		{"admins", o.complete(o.admins)},
		{"operators", staff},
		{"sites.0.origins", origins},
		{"sites.0.queues.0.operators", ids},
		{"calls.enabled", o.calls != ""},
	}
	for _, s := range settings {
		if err := doc.Set(s.path, s.value); err != nil {
			return nil, err
		}
	}
	for _, s := range o.set {
		path, text, _ := strings.Cut(s, "=")
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("--set %s: the value is not YAML", path)
		}
		if err := doc.Set(path, value); err != nil {
			return nil, fmt.Errorf("--set %s: %w", path, err)
		}
	}
	return doc, nil
}

type operatorEntry struct {
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Avatar string `yaml:"avatar"`

	FullName   string `yaml:"full_name"`
	Position   string `yaml:"position"`
	Department string `yaml:"department"`

	Contacts []string `yaml:"contacts"`
}

// operators reads --staff: the list for the configuration, and the ids alone.
func (o *initOptions) operators() ([]operatorEntry, []string) {
	entries, ids := []operatorEntry{}, []string{}
	for _, word := range o.staff {
		id, name, named := strings.Cut(word, "=")
		id = o.complete([]string{id})[0]
		if !named {
			local, _, _ := strings.Cut(strings.TrimPrefix(id, "@"), ":")
			first, size := utf8.DecodeRuneInString(local)
			name = string(unicode.ToUpper(first)) + local[size:]
		}
		entries, ids = append(entries, operatorEntry{ID: id, Name: name, Contacts: []string{}}), append(ids, id)
	}
	return entries, ids
}

// complete makes full user ids of short ones: "anna" and "@anna" become "@anna:domain".
func (o *initOptions) complete(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		if !strings.HasPrefix(id, "@") {
			id = "@" + id
		}
		if !strings.Contains(id, ":") {
			id += ":" + o.domain
		}
		out[i] = id
	}
	return out
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

func freshSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return hex.EncodeToString(b[:])
}

// writeFiles writes all files or, when one is there already and force is off, none.
func writeFiles(files []outFile, force bool) error {
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
		_, err := os.Lstat(f.path)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && force:
		case err == nil:
			return exit(AlreadyThere, fmt.Errorf("%s is there already; nothing was written. --force replaces it, with new secrets that Synapse has to learn", f.path))
		default:
			return fmt.Errorf("look for %s: %w", f.path, err)
		}
	}
	for _, f := range files {
		if err := replaceFile(f.path, f.data); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile puts a file in place at once: a reader sees the old one or the new one.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".frontdesk-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}

// adviseSynapse prints what the homeserver's configuration needs; tokens is the address of the token service of calls, if there are any.
func adviseSynapse(w io.Writer, files []outFile, c *config.Config, tokens string) error {
	var b bytes.Buffer
	b.WriteString("Wrote:\n")
	for _, f := range files {
		fmt.Fprintf(&b, "  %s\n", f.path)
	}
	b.WriteString("\n1. Put this into Synapse's homeserver.yaml (its user must be able to read the files) and restart Synapse:\n\n")
	b.WriteString("app_service_config_files:\n")
	for _, f := range files[1:] {
		if strings.HasSuffix(f.path, ".yaml") {
			fmt.Fprintf(&b, "  - %s\n", f.path)
		}
	}
	b.WriteString(synapseLimits(c))
	if tokens != "" {
		b.WriteString(synapseCalls(tokens))
	}
	fmt.Fprintf(&b, "\n2. frontdesk check -c %s\n", files[0].path)
	fmt.Fprintf(&b, "3. frontdesk run -c %s\n", files[0].path)
	fmt.Fprintf(&b, "4. On the pages of the site: <script src=\"%s/widget.js\" data-site=\"%s\" async></script>\n",
		strings.TrimSuffix(c.Gateway.PublicURL, "/"), c.Sites[0].Key)
	if tokens == "" {
		b.WriteString("\nFor calls, LiveKit and lk-jwt-service are needed: docs/operations.md. \"init --calls ADDRESS\" prints Synapse's part as well.\n")
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("print advice: %w", err)
	}
	return nil
}

// synapseLimits gives the settings by which the staff's own clients are not held up: Synapse's defaults refuse the 10th quick
// message and the 11th accepted invite.
func synapseLimits(c *config.Config) string {
	upload := max(int64(c.Gateway.Spool.FileMax)>>20, 50)
	return fmt.Sprintf(`rc_message:
  per_second: 5
  burst_count: 50
rc_joins:
  local:
    per_second: 1
    burst_count: 50
max_upload_size: %dM
`, upload)
}

// synapseCalls gives the settings of calls: clients are told the token service at two places, learn reliably who is in a call, and whoever
// vanishes leaves it all the same. Clients put off their announced leave every few seconds, which the default limit refuses.
func synapseCalls(tokens string) string {
	quoted, _ := json.Marshal(tokens) // a string always encodes
	return fmt.Sprintf(`matrix_rtc:
  transports: &transports [{type: livekit, livekit_service_url: %s}]
extra_well_known_client_content:
  org.matrix.msc4143.rtc_foci: *transports
max_event_delay_duration: 24h
rc_delayed_event_mgmt:
  per_second: 1
  burst_count: 20
experimental_features: # beside those that are there already
  msc4143_enabled: true
  msc4222_enabled: true
`, quoted)
}
