package e2e

import (
	"context"
	"fmt"
	"testing"

	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// guest is a visitor without a browser, for what is about the staff's side: it speaks the widget's protocol.
type guest struct {
	*widgettest.Client
	t   *testing.T
	ctx context.Context
}

// guest opens a visit from the office's site, in English.
func (o *office) guest() *guest {
	o.t.Helper()
	client := widgettest.Open(widgettest.Options{URL: o.stack.Frontdesk.GatewayURL, Site: o.site.key, Origin: o.site.url, Lang: "en"})
	o.t.Cleanup(client.Close)
	return &guest{Client: client, t: o.t, ctx: o.ctx}
}

// say sends a message and returns when it is acknowledged.
func (g *guest) say(text string, files ...string) protocol.Ack {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	ack, err := g.Send(ctx, text, files...)
	if err != nil {
		var seen string
		g.View(func(v widgettest.View) { seen = fmt.Sprintf("connected %t after %d attempts", v.Live(), v.Dials()) })
		g.t.Fatalf("say %q: %v (%s, closes %v)", text, err, seen, g.Closes())
	}
	return ack
}

// act does something to a message and returns when it is acknowledged.
func (g *guest) act(frame any) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	if _, err := g.Do(ctx, frame); err != nil {
		g.t.Fatal(err)
	}
}

// sees waits for a message as the visitor is shown it.
func (g *guest) sees(what string, accept func(protocol.Message) bool) protocol.Message {
	g.t.Helper()
	var found protocol.Message
	g.until(what, func(v widgettest.View) bool {
		m, ok := v.Find(accept)
		found = m
		return ok
	})
	return found
}

// reads waits for a text of the staff's.
func (g *guest) reads(text string) protocol.Message {
	g.t.Helper()
	return g.sees(text, func(m protocol.Message) bool { return m.From == "staff" && m.Text == text })
}

func (g *guest) until(what string, ok func(widgettest.View) bool) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	if err := g.Until(ctx, ok); err != nil {
		g.t.Fatalf("waited for %s: %v\nthe visitor has: %+v", what, err, g.Messages())
	}
}

// says accepts a message of this text.
func says(text string) func(protocol.Message) bool {
	return func(m protocol.Message) bool { return m.Text == text }
}

// hasFile accepts a message with one file of this name.
func hasFile(name string) func(protocol.Message) bool {
	return func(m protocol.Message) bool { return len(m.Files) == 1 && m.Files[0].Name == name }
}
