package config

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Document is a YAML file that is changed and written again with its comments.
type Document struct{ root yaml.Node }

// ReadDocument parses a file that holds a mapping.
func ReadDocument(data []byte) (*Document, error) {
	var d Document
	if err := yaml.Unmarshal(data, &d.root); err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	if d.root.Kind != yaml.DocumentNode || d.root.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("parse document: no mapping")
	}
	return &d, nil
}

// Set replaces the value at a path such as "sites.0.queues.0.operators"; the key must be there. Comments stay.
func (d *Document) Set(path string, value any) error {
	n, err := d.find(path)
	if err != nil {
		return err
	}
	var fresh yaml.Node
	if err := fresh.Encode(value); err != nil {
		return fmt.Errorf("set %s: %w", path, err)
	}
	fresh.HeadComment, fresh.LineComment, fresh.FootComment = n.HeadComment, n.LineComment, n.FootComment
	if n.Style&yaml.FlowStyle != 0 && scalarsOnly(&fresh) {
		fresh.Style |= yaml.FlowStyle
	}
	if fresh.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		keepComments(&fresh, n)
	}
	*n = fresh
	return nil
}

func scalarsOnly(list *yaml.Node) bool {
	return list.Kind == yaml.SequenceNode &&
		!slices.ContainsFunc(list.Content, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode })
}

// keepComments puts the comments of the first old element, which explain its keys, on the first new one.
func keepComments(fresh, old *yaml.Node) {
	if len(fresh.Content) == 0 {
		return
	}
	to, from := fresh.Content[0], old.Content[0]
	to.HeadComment = from.HeadComment
	if to.Kind != yaml.MappingNode || from.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(to.Content); i += 2 {
		for j := 0; j+1 < len(from.Content); j += 2 {
			if to.Content[i].Value == from.Content[j].Value {
				to.Content[i].HeadComment = from.Content[j].HeadComment
			}
		}
	}
}

func (d *Document) find(path string) (*yaml.Node, error) {
	n := d.root.Content[0]
	for _, step := range strings.Split(path, ".") {
		next := child(n, step)
		if next == nil {
			return nil, fmt.Errorf("find %s: there is no %q", path, step)
		}
		n = next
	}
	return n, nil
}

func child(n *yaml.Node, step string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

// Bytes writes the document, with an empty line before each group of the top level.
func (d *Document) Bytes() ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(&d.root); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	lines := strings.Split(buf.String(), "\n")
	var out []string
	for i, line := range lines {
		if i > 0 && lines[i-1] != "" && !strings.HasPrefix(lines[i-1], "#") && opensGroup(lines[i:]) {
			out = append(out, "")
		}
		out = append(out, line)
	}
	return []byte(strings.Join(out, "\n")), nil
}

// opensGroup reports whether the lines begin, after comments, with a key of the top level that has keys below it.
func opensGroup(lines []string) bool {
	for _, line := range lines {
		if !strings.HasPrefix(line, "#") {
			return strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ")
		}
	}
	return false
}
