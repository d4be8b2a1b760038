// Package web embeds what the widget's build has put into dist: widget.js and the chat's modules. Before the build dist is empty, and
// the gateway says so to whoever asks for them.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the build's output.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant that the directive above checked
	}
	return sub
}
