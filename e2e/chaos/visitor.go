package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"frontdesk/internal/devstack"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

// visitor is a customer of the site with the reference client behind a proxy of its own. The client keeps what is said until it is acknowledged; as
// in the widget, a few things may be under way, and they stay in order.
type visitor struct {
	options widgettest.Options
	direct  widgettest.Options // not by the proxy
	client  *widgettest.Client
	proxy   *devstack.Proxy
	acts    []*widgettest.Act
}

// outboxMax is how much a visitor says without anything being acknowledged.
const outboxMax = 5

const uploadTimeout = 20 * time.Second

func newVisitor(gateway widgettest.Options, target string, l *ledger) (*visitor, error) {
	proxy, err := devstack.NewProxy(target)
	if err != nil {
		return nil, err
	}
	v := &visitor{options: gateway, direct: gateway, proxy: proxy}
	v.options.URL = "http://" + proxy.Addr
	v.options.BackOffMax = 3 * time.Second // the run is impatient
	opened := make(chan struct{})
	v.options.OnFrame = func(frame any) {
		<-opened
		v.show(frame, l)
	}
	v.client = widgettest.Open(v.options)
	close(opened)
	return v, nil
}

func (v *visitor) close() error {
	v.client.Close()
	return v.proxy.Close()
}

// show is what the visitor does with a frame: looks at it, and says how far everything has come.
func (v *visitor) show(frame any, l *ledger) {
	f, ok := frame.(protocol.MessageFrame)
	if !ok || f.M.From != protocol.FromStaff {
		return
	}
	l.saw(operatorSide, keyIn(f.M))
	v.client.Say(protocol.Got{Rev: f.M.Rev})
	v.client.Say(protocol.Seen{Seq: f.M.Seq})
}

// keyIn finds the key of the line that a message is, in its text or its file's name.
func keyIn(m protocol.Message) string {
	if len(m.Files) > 0 {
		return keyOf(m.Files[0].Name)
	}
	return keyOf(m.Text)
}

// say puts a line into the outbox, after uploading its file, and waits until there is room for the next.
func (v *visitor) say(ctx context.Context, l line) error {
	if err := v.client.Start(ctx); err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	send := protocol.Send{CID: l.Key, Text: l.Text}
	if l.File != nil {
		up, err := v.upload(ctx, l)
		if err != nil {
			return err
		}
		send.Files = []string{up.ID}
	}
	act, err := v.client.Post(send)
	if err != nil {
		return fmt.Errorf("say %s: %w", l.Key, err)
	}
	v.acts = append(v.acts, act)
	return v.client.Until(ctx, func(w widgettest.View) bool { return w.Outbox() < outboxMax })
}

// acknowledged waits until everything said was acknowledged. What the gateway refuses is an error: nothing of a script is to be refused.
func (v *visitor) acknowledged(ctx context.Context) error {
	for _, act := range v.acts {
		if _, err := act.Wait(ctx); err != nil {
			return fmt.Errorf("say %s: %w", act.CID, err)
		}
	}
	return nil
}

// upload repeats the upload under the same client id until the gateway has the file. An attempt over a dead connection is given up.
func (v *visitor) upload(ctx context.Context, l line) (*protocol.Upload, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, uploadTimeout)
		up, err := widgettest.Put(attempt, v.options, v.client.Token(), "u"+l.Key, l.File.Name, "application/octet-stream", bytes.NewReader(l.File.Data))
		cancel()
		if err == nil {
			return up, nil
		}
		var refused *widgettest.UploadError
		if errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests {
			return nil, fmt.Errorf("upload %s: %w", l.Key, err)
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		pause(ctx, retryPause)
	}
}

// read reads with a fresh connection what the visitor is shown.
func (v *visitor) read(ctx context.Context) (view, error) {
	o := v.direct
	o.Token = v.client.Token()
	if o.Token == "" {
		return nil, nil // never got as far as a session
	}
	client := widgettest.Open(o)
	defer client.Close()
	if err := client.Ready(ctx); err != nil {
		return nil, err
	}
	for before, more := int64(math.MaxInt32), true; more; {
		h, err := client.History(ctx, before, protocol.MaxHistory)
		if err != nil {
			return nil, err
		}
		if more = h.More && len(h.Ms) > 0; more {
			before = h.Ms[0].Seq
		}
	}
	var all view
	for _, m := range client.Messages() {
		entry := shown{From: visitorSide, Text: m.Text, ID: m.ID}
		switch m.From {
		case protocol.FromStaff:
			entry.From = operatorSide
		case protocol.FromSystem:
			continue
		}
		if len(m.Files) > 0 {
			data, err := client.Download(ctx, "/"+strings.TrimPrefix(m.Files[0].URL, "/"))
			if err != nil {
				return nil, fmt.Errorf("file of message %s: %w", m.ID, err)
			}
			entry.Text, entry.Sum = "", sumOf(data)
		}
		all = append(all, entry)
	}
	return all, nil
}
