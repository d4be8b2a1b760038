package config

import (
	"fmt"
	"reflect"

	"gopkg.in/yaml.v3"

	"frontdesk/internal/section"
)

// sections are the messengers' lists that a site may have.
type sections []section.Section

// ofMessenger stands for the field of a key that is a messenger's.
const ofMessenger = -1

// keysOf is keysOf with the messengers' keys of a site.
func (s sections) keysOf(t reflect.Type) map[string]int {
	keys := keysOf(t)
	if t == reflect.TypeFor[Site]() {
		for _, one := range s {
			keys[one.Key] = ofMessenger
		}
	}
	return keys
}

// each calls f for the entries of a site, each with its messenger's number and its own key.
func (s sections) each(entries map[string][]section.Entry, at string, f func(n int, at string, e section.Entry)) {
	for n, one := range s {
		for i, e := range entries[one.Key] {
			f(n, fmt.Sprintf("%s.%s[%d]", at, one.Key, i), e)
		}
	}
}

// messenger reads a messenger's list of a site.
func (d *decoder) messenger(n *yaml.Node, site *Site, key, path string) {
	for _, one := range d.sections {
		if one.Key != key {
			continue
		}
		list := reflect.New(reflect.SliceOf(reflect.TypeOf(one.Entry).Elem())).Elem()
		d.value(n, list, path)
		if site.Messengers == nil {
			site.Messengers = map[string][]section.Entry{}
		}
		for i := range list.Len() {
			site.Messengers[key] = append(site.Messengers[key], list.Index(i).Addr().Interface().(section.Entry))
		}
	}
}

// checker checks one entry; seen holds what may be there once among those of its messenger.
type checker struct {
	v    *validator
	at   string
	seen map[string]bool
}

var _ section.Checker = checker{}

func (c checker) Wrong(key, what, cure string) { c.v.wrong(join(c.at, key), what, cure) }

func (c checker) Name(key, name string) { c.v.slug(join(c.at, key), name, c.seen) }

func (c checker) Once(kind, value string) bool {
	key := kind + " " + value // names have no spaces
	first := !c.seen[key]
	c.seen[key] = true
	return first
}

func (c checker) BaseURL(key, address, example string) {
	c.v.baseURL(join(c.at, key), address, example)
}

func (c checker) PublicURL() string { return c.v.c.Gateway.PublicURL }
