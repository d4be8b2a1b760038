// Package section is what a messenger says of its own part of the configuration file: a list below each site, such as telegram, whose entries
// have keys of their own. The package config reads these lists as strictly as the rest of the file, and knows none of them.
package section

// Section is a messenger's list below each site.
type Section struct {
	Key   string // of the list; no other key of a site
	Entry Entry  // an empty one, by which the others are made
}

// Entry is an element of the list: a pointer to a struct, of whose fields those with a yaml tag are keys, of the types string, bool, int, Secret
// and lists of strings. Beside each Secret stands a string with the same key and "_file" at its end: the file that may hold the secret instead.
type Entry interface {
	// SetDefaults gives the values of keys that are left out.
	SetDefaults()
	// Check looks for what the types cannot say.
	Check(Checker)
}

// Checker takes the problems of one entry. Keys are those of the entry; one with a problem already has no second one.
type Checker interface {
	// Wrong reports a problem.
	Wrong(key, what, cure string)
	// Name checks a short name that is unique among the entries of all sites.
	Name(key, name string)
	// Once reports whether a value is the first of its kind among the entries of all sites.
	Once(kind, value string) bool
	// BaseURL checks an http(s) address without path, query or user.
	BaseURL(key, address, example string)
	// PublicURL is the address under which messengers reach us. It may be none: that is told at its own key.
	PublicURL() string
}
