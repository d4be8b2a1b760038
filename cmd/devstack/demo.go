package main

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/devstack"
)

// The demo shop: a page of another origin than the gateway's, with a policy as strict as the strictest customer's.
//
//go:embed demo
var demoFiles embed.FS

// shop serves the demo until Close.
type shop struct{ server *http.Server }

func (s shop) Close() error { return s.server.Close() }

// serveDemo serves the shop on a loopback port, with the widget of the given gateway.
func serveDemo(port int, gateway string) (shop, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return shop{}, fmt.Errorf("listen for the demo shop: %w", err)
	}
	handler, err := demoHandler(gateway)
	if err != nil {
		l.Close()
		return shop{}, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	return shop{server}, nil
}

// demoHandler gives the pages under their names without ".html" and everything else as it is.
func demoHandler(gateway string) (http.Handler, error) {
	files, err := fs.Sub(demoFiles, "demo")
	if err != nil {
		return nil, fmt.Errorf("open the demo shop: %w", err)
	}
	pages, err := template.ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("read the demo shop: %w", err)
	}
	static := http.FileServerFS(files)
	policy := contentPolicy(gateway)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cache-Control", "no-store")
		name := strings.Trim(r.URL.Path, "/")
		if name == "" {
			name = "index"
		}
		page := pages.Lookup(name + ".html")
		if page == nil && path.Ext(name) == ".html" {
			http.NotFound(w, r) // a template as it stands in the file
			return
		}
		if page == nil {
			static.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, struct{ Gateway, Site string }{gateway, devstack.SiteKey}) // the reader has gone: nothing to do
	}), nil
}

// contentPolicy allows our own files and the gateway, nothing inline, no eval, and no markup made from strings.
func contentPolicy(gateway string) string {
	socket := "ws" + strings.TrimPrefix(gateway, "http")
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' " + gateway,
		"style-src 'self'",
		"img-src 'self' " + gateway + " blob:",
		"media-src " + gateway + " blob:",
		"connect-src " + gateway + " " + socket,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	}, "; ")
}
