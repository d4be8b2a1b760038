package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"frontdesk/internal/section"
	"frontdesk/internal/texts"
)

const (
	maxFile   = 1 << 20
	maxSecret = 4 << 10
)

// ErrNoFile is returned (wrapped) by Load when there is no such file.
var ErrNoFile = errors.New("there is no configuration file; make one with frontdesk init, or name yours with -c")

// Load reads, completes and checks the file. Its error is Problems if the content is at fault. Secrets that are kept in files of
// their own (as_token_file …) are read here. The messengers are those of which sites may say something.
func Load(path string, messengers ...section.Section) (*Config, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read %s: %w", path, ErrNoFile)
	case err != nil:
		return nil, fmt.Errorf("read configuration: %w", err)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("read %s: larger than %s", path, Size(maxFile))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, data, messengers...)
}

// Parse is Load on a text; path names it in problems and is where relative paths start.
func Parse(path string, data []byte, messengers ...section.Section) (*Config, error) {
	d := &decoder{file: path, sections: messengers, lines: map[string]int{}}
	root := d.document(data)
	if root == nil {
		return nil, d.problems.err()
	}
	c := Default()
	c.sections, c.file, c.lines = messengers, path, d.lines
	d.structure(root, reflect.ValueOf(c).Elem(), "")
	dir := filepath.Dir(path)
	d.secretFiles(c, dir)
	c.complete(dir)
	catalogue, err := texts.Load()
	if err != nil {
		return nil, fmt.Errorf("check configuration: %w", err)
	}
	v := validator{decoder: d, c: c, texts: catalogue.Languages()}
	v.all()
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// secret ties a secret's field to the field that may name a file instead.
type secret struct {
	key   string
	value *Secret
	file  *string
}

func (c *Config) secrets() []secret {
	out := secretsIn(reflect.ValueOf(c).Elem(), "")
	for i := range c.Sites {
		c.sections.each(c.Sites[i].Messengers, fmt.Sprintf("sites[%d]", i), func(_ int, at string, e section.Entry) {
			out = append(out, secretsIn(reflect.ValueOf(e).Elem(), at)...)
		})
	}
	return out
}

// secretsIn finds the secrets at and below a value. Each has a key for a file beside it.
func secretsIn(v reflect.Value, path string) (out []secret) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, secretsIn(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Struct:
		keys := keysOf(v.Type())
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			field := v.Field(keys[key])
			value, ok := field.Addr().Interface().(*Secret)
			if !ok {
				out = append(out, secretsIn(field, join(path, key))...)
				continue
			}
			file, ok := keys[key+"_file"]
			if !ok {
				panic("config: no key for the file of the secret at " + join(path, key))
			}
			out = append(out, secret{join(path, key), value, v.Field(file).Addr().Interface().(*string)})
		}
	}
	return out
}

// secretFiles reads the secrets that the file keeps elsewhere. White space around a secret in a file does not belong to it.
func (d *decoder) secretFiles(c *Config, dir string) {
	for _, s := range c.secrets() {
		if *s.file == "" {
			continue
		}
		key := s.key + "_file"
		if *s.value != "" {
			d.report(d.lines[key], key, "stands beside "+s.key, "keep one of the two")
			continue
		}
		path := within(dir, *s.file)
		info, err := os.Stat(path)
		if err == nil && (info.IsDir() || info.Size() > maxSecret) {
			d.report(d.lines[key], key, "names something that is no file of a secret: "+path, "put the secret alone into the file")
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			d.report(d.lines[key], key, "cannot be read: "+errorText(err)+" ("+path+")",
				"make the file readable for the user frontdesk runs as")
			continue
		}
		*s.value = Secret(strings.TrimSpace(string(data)))
		if *s.value == "" {
			d.report(d.lines[key], key, "names an empty file: "+path, "put the secret into the file")
		}
	}
}

// errorText gives the cause without the operation and path that os puts around it.
func errorText(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// complete fills what follows from other keys and makes paths absolute to the file's directory.
func (c *Config) complete(dir string) {
	c.Gateway.Spool.Dir = within(dir, c.Gateway.Spool.Dir)
	if c.Database.Type == SQLite && c.Database.URI == "" && c.Database.URIFile == "" {
		c.Database.URI = "frontdesk.db"
	}
	if uri := string(c.Database.URI); c.Database.Type == SQLite && uri != "" && !strings.Contains(uri, ":") {
		c.Database.URI = Secret(within(dir, uri))
	}
	if c.Appservice.Address == "" {
		c.Appservice.Address = "http://" + c.Appservice.Listen
	}
	for i := range c.Sites {
		s := &c.Sites[i]
		if s.Key == "" {
			s.Key = s.ID
		}
		if s.Name == "" {
			s.Name = s.ID
		}
		if s.StaffLanguage == "" && len(s.Languages) > 0 {
			s.StaffLanguage = s.Languages[0]
		}
		if s.DefaultQueue == "" && len(s.Queues) > 0 {
			s.DefaultQueue = s.Queues[0].ID
		}
		for j := range s.Queues {
			if s.Queues[j].Name == "" {
				s.Queues[j].Name = s.Queues[j].ID
			}
		}
	}
}

func within(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// part is the part of the value that is secret: of a database's address only the password.
func (s secret) part() Secret {
	if s.key != "database.uri" {
		return *s.value
	}
	u, err := url.Parse(string(*s.value))
	if err != nil || u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return Secret(password)
}

// Placeholders lists the secrets that are still the example's. A program that serves anybody refuses them.
func (c *Config) Placeholders() error {
	var p Problems
	for _, s := range c.secrets() {
		if !s.part().IsPlaceholder() {
			continue
		}
		p = append(p, Problem{File: c.file, Line: c.lines[s.key], Key: s.key, What: "is still a placeholder",
			Cure: "make secrets with frontdesk init, or with: openssl rand -hex 32"})
	}
	return p.err()
}
