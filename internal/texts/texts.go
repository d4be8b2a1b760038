// Package texts is the message catalogue: everything Frontdesk says to people, per language, embedded in the program. A language is a
// file <tag>.yaml of keys and texts.
//
// In a text {0}, {1} … stand for the arguments, and {0|минуту|минуты|минут} for the word that fits the number in argument 0: one, few and
// many in Russian, one and many in English.
package texts

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed *.yaml
var files embed.FS

// Default is the language of texts that are asked for in a language there is no file of.
const Default = "en"

// Catalogue holds the texts of all languages. It is read-only after Load and safe for concurrent use.
type Catalogue struct {
	languages map[string]map[string]template
}

// Load gives the embedded catalogue. It is read once.
func Load() (*Catalogue, error) { return catalogue() }

var catalogue = sync.OnceValues(func() (*Catalogue, error) { return new(Catalogue).With(files) })

// With gives a catalogue that has the texts of further files as well: a language is a file <tag>.yaml at the top. Their keys are new ones.
func (c *Catalogue) With(further fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(further, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	out := &Catalogue{languages: maps.Clone(c.languages)}
	if out.languages == nil {
		out.languages = map[string]map[string]template{}
	}
	for _, name := range names {
		data, err := fs.ReadFile(further, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		added, err := parseLanguage(data)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		lang := strings.TrimSuffix(name, ".yaml")
		for key, text := range out.languages[lang] {
			if _, twice := added[key]; twice {
				return nil, fmt.Errorf("%s: there is a text %s already", name, key)
			}
			added[key] = text
		}
		out.languages[lang] = added
	}
	return out, nil
}

func parseLanguage(data []byte) (map[string]template, error) {
	var raw map[string]string
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	out := make(map[string]template, len(raw))
	for key, text := range raw {
		t, err := parseTemplate(text)
		if err != nil {
			return nil, fmt.Errorf("text %s: %w", key, err)
		}
		out[key] = t
	}
	return out, nil
}

// Text gives the text of key in lang with args filled in. A regional language gives its base language ("ru" for "ru-RU"), an
// unknown one the default; a key that a language lacks is looked for in the default one, and an unknown key gives the key itself.
func (c *Catalogue) Text(lang, key string, args ...any) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(lang), "_", "-"), "-")
	for _, l := range []string{strings.ToLower(lang), base, Default} {
		if t, ok := c.languages[l][key]; ok {
			return t.fill(pluralOf(l), args)
		}
	}
	return key
}

// Languages tells the languages there are texts in, with all keys of each.
func (c *Catalogue) Languages() map[string][]string {
	out := map[string][]string{}
	for lang, texts := range c.languages {
		for key := range texts {
			out[lang] = append(out[lang], key)
		}
	}
	return out
}
