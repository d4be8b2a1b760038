package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder fills a Config from YAML nodes and remembers the line of every key it saw, so that later checks can name it.
type decoder struct {
	file     string
	sections sections
	lines    map[string]int
	problems Problems
}

func (d *decoder) report(line int, key, what, cure string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: key, What: what, Cure: cure})
}

// reportCoded reports a problem that has its words in the catalogue.
func (d *decoder) reportCoded(line int, key string, p Problem) {
	p.File, p.Line, p.Key = d.file, line, key
	d.problems = append(d.problems, p)
}

var yamlErrorRE = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

// document parses the text to the one mapping a configuration file is. It gives nil after reporting a problem.
func (d *decoder) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && doc.Content[0].Tag == "!!null" {
		d.report(0, "", "is empty", "make one with frontdesk init")
		return nil
	}
	if err != nil {
		line, text := 0, err.Error()
		if m := yamlErrorRE.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		d.report(line, "", "is not YAML: "+text, "check indentation and quotes at this line and the one before")
		return nil
	}
	if root := doc.Content[0]; root.Kind != yaml.MappingNode {
		d.report(root.Line, "", "has "+nodeName(root)+" where keys are expected", "begin with \"version: 1\"")
		return nil
	}
	if err = dec.Decode(&second); !errors.Is(err, io.EOF) {
		d.report(second.Line, "", "has a second document", "remove the line \"---\" and what follows")
		return nil
	}
	return doc.Content[0]
}

// hasDefaults is implemented by elements of lists whose keys have defaults.
type hasDefaults interface{ SetDefaults() }

// value fills v, which is settable, from n.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.lines[path] = n.Line
	if _, text := v.Addr().Interface().(encoding.TextUnmarshaler); text {
		d.scalar(n, v, path)
		return
	}
	null := n.Tag == "!!null"
	switch v.Kind() {
	case reflect.Struct:
		if !null && d.expect(n, yaml.MappingNode, path, "keys of its own, indented below it") {
			d.structure(n, v, path)
		}
	case reflect.Slice:
		if null {
			return
		}
		if d.expect(n, yaml.SequenceNode, path, "a list: [one, two], or lines that begin with \"- \"") {
			d.list(n, v, path)
		}
	case reflect.Map:
		if !null && d.expect(n, yaml.MappingNode, path, "keys of its own, indented below it") {
			d.table(n, v, path)
		}
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) expect(n *yaml.Node, kind yaml.Kind, path, cure string) bool {
	if n.Kind == kind {
		return true
	}
	d.report(n.Line, path, "is "+nodeName(n), "write "+cure)
	return false
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	fields := d.sections.keysOf(v.Type())
	d.eachKey(n, path, func(key string, keyNode, value *yaml.Node) {
		index, ok := fields[key]
		if !ok {
			d.reportCoded(keyNode.Line, join(path, key), unknownKey(key, fields))
			return
		}
		if index == ofMessenger {
			d.messenger(value, v.Addr().Interface().(*Site), key, join(path, key))
		} else {
			d.value(value, v.Field(index), join(path, key))
		}
		d.lines[join(path, key)] = keyNode.Line
	})
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		element := v.Index(i)
		if e, ok := element.Addr().Interface().(hasDefaults); ok {
			e.SetDefaults()
		}
		d.value(item, element, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) table(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.eachKey(n, path, func(key string, keyNode, value *yaml.Node) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, join(path, key))
		d.lines[join(path, key)] = keyNode.Line
		v.SetMapIndex(reflect.ValueOf(key), element)
	})
}

// eachKey calls f for the keys of a mapping and reports those that are no words or come twice.
func (d *decoder) eachKey(n *yaml.Node, path string, f func(key string, keyNode, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			d.report(k.Line, path, "has "+nodeName(k)+" as a key", "keys are single words")
			continue
		}
		if first, twice := seen[k.Value]; twice {
			d.report(k.Line, join(path, k.Value), fmt.Sprintf("was given before at line %d", first), "keep one of the two")
			continue
		}
		seen[k.Value] = k.Line
		f(k.Value, k, n.Content[i+1])
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	target := v.Addr().Interface()
	if n.Kind != yaml.ScalarNode {
		d.report(n.Line, path, "is "+nodeName(n), "write "+wanted(target))
		return
	}
	if n.Tag == "!!null" {
		d.report(n.Line, path, "has no value", "write "+wanted(target)+", or remove the line for the default")
		return
	}
	wrong := func() { d.reportCoded(n.Line, path, coded(codeOf(target), quote(n))) }
	if t, ok := target.(encoding.TextUnmarshaler); ok {
		if t.UnmarshalText([]byte(n.Value)) != nil {
			wrong()
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.Tag != "!!str" {
			d.report(n.Line, path, "is "+nodeName(n), "put quotes around it")
			return
		}
		v.SetString(n.Value)
	case reflect.Bool, reflect.Int:
		want := map[reflect.Kind]string{reflect.Bool: "!!bool", reflect.Int: "!!int"}[v.Kind()]
		if n.Tag != want || n.Decode(target) != nil {
			wrong()
		}
	default:
		panic("config: field of unsupported type " + v.Type().String() + " at " + path)
	}
}

// quote shows a scalar in an error. Words at keys of secrets are never wrong types, so nothing secret is shown.
func quote(n *yaml.Node) string {
	s := n.Value
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(s, "?"))
}

func wanted(target any) string {
	switch target.(type) {
	case *Duration:
		return "a length of time such as 90s, 1h30m or 365d"
	case *Size:
		return "a size such as 800KB, 50MB or 2GB"
	case *bool:
		return "true or false"
	case *int:
		return "a whole number"
	}
	return "a text"
}

// codeOf names the problem of a value that is not of its type.
func codeOf(target any) string {
	switch target.(type) {
	case *Duration:
		return "not_duration"
	case *Size:
		return "not_size"
	case *bool:
		return "not_bool"
	}
	return "not_int"
}

func nodeName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a group of keys"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!bool":
		return "true or false"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "a number"
	case n.Tag == "!!timestamp":
		return "a date"
	}
	return "a text"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// keysOf maps the keys of a section to its fields.
func keysOf(t reflect.Type) map[string]int {
	keys := map[string]int{}
	for i := range t.NumField() {
		if key, ok := t.Field(i).Tag.Lookup("yaml"); ok && key != "-" {
			keys[key] = i
		}
	}
	return keys
}

// unknownKey tells that there is no such key, and which there are.
func unknownKey(key string, fields map[string]int) Problem {
	best, distance := "", 3
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if n := editDistance(key, name); n < distance {
			best, distance = name, n
		}
	}
	if best != "" {
		return coded("unknown_near", best)
	}
	return coded("unknown", strings.Join(names, ", "))
}

// editDistance counts the letters to add, remove or change to make b of a (Levenshtein), for words of usual length.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
