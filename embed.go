package frontdesk

import _ "embed"

// ExampleConfig is config.example.yaml: every key of the configuration with its meaning. `frontdesk init` fills it in.
//
//go:embed config.example.yaml
var ExampleConfig []byte

// ExampleRegistration is registration.yaml: what Synapse is told about Frontdesk, with the reasons. `frontdesk init` and
// `frontdesk registration` fill it in.
//
//go:embed registration.yaml
var ExampleRegistration []byte
