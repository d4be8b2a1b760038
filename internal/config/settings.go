package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"frontdesk/desk"
	"frontdesk/internal/texts"
)

// Settings shows and changes what the file says of sites and queues, one value at a time, by the rules of the file. It is safe for
// concurrent use.
type Settings struct {
	base      *Config
	languages map[string][]string
	now       func() time.Time
}

var _ desk.Settings = (*Settings)(nil)

// Settings makes the settings of a desk that runs with this configuration: its homeserver decides who can be staff.
func (c *Config) Settings() (*Settings, error) {
	catalogue, err := texts.Load()
	if err != nil {
		return nil, fmt.Errorf("read what texts there are: %w", err)
	}
	return &Settings{base: c, languages: catalogue.Languages(), now: time.Now}, nil
}

// hidden are keys that are no settings: names that rooms belong to, and who is where, which has commands of its own. Nor are
// messengers' lists, which have secrets.
var hidden = []string{"id", "queues", "operators", "supervisors"}

// List gives the settings below a key.
func (s *Settings) List(in desk.SitesConfigured, key string) ([]desk.Setting, error) {
	root, err := nodeOf(partOf(in))
	if err != nil {
		return nil, err
	}
	var out []desk.Setting
	for _, site := range valueAt(root, "sites").Content {
		flatten(site, "site."+valueAt(site, "id").Value, &out)
		for _, queue := range valueAt(site, "queues").Content {
			flatten(queue, "queue."+valueAt(queue, "id").Value, &out)
		}
	}
	return slices.DeleteFunc(out, func(k desk.Setting) bool {
		return key != "" && k.Key != key && !strings.HasPrefix(k.Key, key+".")
	}), nil
}

// flatten lists the values below a node.
func flatten(n *yaml.Node, path string, out *[]desk.Setting) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i].Value; !slices.Contains(hidden, key) {
				flatten(n.Content[i+1], path+"."+key, out)
			}
		}
	case yaml.SequenceNode:
		var words []string
		for _, item := range n.Content {
			words = append(words, item.Value)
		}
		*out = append(*out, desk.Setting{Key: path, Value: strings.Join(words, separator(path)+" ")})
	default:
		*out = append(*out, desk.Setting{Key: path, Value: n.Value})
	}
}

// separator is what stands between the elements of a list: the lines of a schedule have commas of their own.
func separator(path string) string {
	if strings.Contains(path, ".schedule.") {
		return ";"
	}
	return ","
}

func nodeOf(part deskPart) (*yaml.Node, error) {
	n := &yaml.Node{}
	if err := n.Encode(part); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return n, nil
}

// valueAt gives the value of a key; an empty node if there is none.
func valueAt(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{}
}

// Set changes one setting.
func (s *Settings) Set(in desk.SitesConfigured, key, value string) (before, after desk.SitesConfigured, err error) {
	key, value = strings.ToValidUTF8(key, "\uFFFD"), strings.ToValidUTF8(value, "\uFFFD")
	root, err := nodeOf(partOf(in))
	if err != nil {
		return before, after, err
	}
	known, wrong := s.parse(root)
	target, typ, path, err := locate(root, key)
	if err != nil {
		return before, after, err
	}
	if err := s.base.put(target, typ, path, key, value); err != nil {
		return before, after, err
	}
	changed, problems := s.parse(root)
	for _, p := range problems {
		if !slices.ContainsFunc(wrong, func(k Problem) bool { return k.Key == p.Key && k.What == p.What }) {
			return before, after, badSetting(key, p.Code, p.Args...)
		}
	}
	return known.SitesConfigured(), changed.SitesConfigured(), nil
}

// Snippet gives the widget's script tag for a site.
func (s *Settings) Snippet(key string) string {
	return fmt.Sprintf(`<script src="%s/widget.js" data-site="%s" async></script>`, strings.TrimSuffix(s.base.Gateway.PublicURL, "/"), key)
}

// badSetting tells what is wrong. A problem without words of its own in the catalogue is one that no command can cause.
func badSetting(key, code string, args ...any) error {
	if code == "" {
		code, args = "other", nil
	}
	return &desk.BadSetting{Key: key, Code: code, Args: args}
}

// parse reads the part as if it stood in the file, and says what is wrong with it.
func (s *Settings) parse(root *yaml.Node) (*Config, Problems) {
	c := *s.base
	c.Admins, c.Operators, c.Departments, c.Sites, c.RightsTemplates, c.Rights = nil, nil, nil, nil, nil, nil
	d := &decoder{file: c.file, sections: c.sections, lines: map[string]int{}}
	d.structure(root, reflect.ValueOf(&c).Elem(), "")
	for i := range c.Sites {
		// The domain knows of no messengers, but what a site says has to fit into their messages.
		if at := slices.IndexFunc(s.base.Sites, func(k Site) bool { return k.ID == c.Sites[i].ID }); at >= 0 {
			c.Sites[i].Messengers = s.base.Sites[at].Messengers
		}
	}
	c.complete("")
	v := validator{decoder: d, c: &c, texts: s.languages}
	v.staff()
	v.sites()
	v.rights()
	return &c, d.problems
}

// locate finds the site or queue that a key names, its type, and the rest of the key.
func locate(root *yaml.Node, key string) (*yaml.Node, reflect.Type, []string, error) {
	parts := strings.Split(key, ".")
	if len(parts) >= 3 {
		for _, site := range valueAt(root, "sites").Content {
			if parts[0] == "site" && valueAt(site, "id").Value == parts[1] {
				return site, reflect.TypeFor[Site](), parts[2:], nil
			}
			for _, queue := range valueAt(site, "queues").Content {
				if parts[0] == "queue" && valueAt(queue, "id").Value == parts[1] {
					return queue, reflect.TypeFor[Queue](), parts[2:], nil
				}
			}
		}
	}
	return nil, nil, nil, badSetting(key, "none")
}

// put writes a value at a path below a node.
func (c *Config) put(n *yaml.Node, typ reflect.Type, path []string, key, value string) error {
	name, entry := path[0], typ.Kind() == reflect.Map
	switch typ.Kind() {
	case reflect.Struct:
		fields := c.sections.keysOf(typ)
		index, ok := fields[name]
		if slices.Contains(hidden, name) || index == ofMessenger {
			return badSetting(key, "not_here")
		}
		if !ok {
			p := unknownKey(name, fields)
			return badSetting(key, p.Code, p.Args...)
		}
		typ = typ.Field(index).Type
	case reflect.Map:
		if typ = typ.Elem(); typ.Kind() == reflect.String {
			name, path = strings.Join(path, "."), path[:1] // the names of texts have dots
		}
	}
	if len(path) > 1 {
		if typ.Kind() != reflect.Struct && typ.Kind() != reflect.Map || isText(typ) {
			return badSetting(key, "none_below")
		}
		return c.put(branch(n, name), typ, path[1:], key, value)
	}
	leaf, err := leafOf(typ, key, value)
	if err != nil {
		return err
	}
	set(n, name, leaf, entry && value == "")
	return nil
}

func isText(typ reflect.Type) bool {
	return reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// branch gives the mapping at a key, which is made if there is none.
func branch(n *yaml.Node, name string) *yaml.Node {
	if b := valueAt(n, name); b.Kind == yaml.MappingNode {
		return b
	}
	b := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	set(n, name, b, false)
	return b
}

// set gives a key a value, or drops it.
func set(n *yaml.Node, name string, value *yaml.Node, drop bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != name {
			continue
		}
		if drop {
			n.Content = slices.Delete(n.Content, i, i+2)
		} else {
			n.Content[i+1] = value
		}
		return
	}
	if !drop {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
	}
}

// truths are words for true and false.
var truths = map[string]string{
	"true": "true", "yes": "true", "on": "true", "да": "true", "вкл": "true",
	"false": "false", "no": "false", "off": "false", "нет": "false", "выкл": "false",
}

// leafOf makes the node of a value.
func leafOf(typ reflect.Type, key, value string) (*yaml.Node, error) {
	scalar := func(tag, value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value} }
	switch {
	case isText(typ) || typ.Kind() == reflect.String:
		return scalar("!!str", value), nil
	case typ.Kind() == reflect.Bool:
		word, ok := truths[strings.ToLower(value)]
		if !ok {
			word = value
		}
		return scalar(map[bool]string{true: "!!bool", false: "!!str"}[ok], word), nil
	case typ.Kind() == reflect.Int:
		return scalar("!!int", value), nil
	case typ.Kind() == reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range strings.Split(strings.Trim(value, "[]"), separator(key)) {
			if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" {
				list.Content = append(list.Content, scalar("!!str", item))
			}
		}
		return list, nil
	}
	return nil, badSetting(key, "group", key)
}
