// Package archtest holds the house to its rules by tests: who may depend on whom, how long files and functions may be, and what
// must not appear in code at all. It has no code of its own.
package archtest
