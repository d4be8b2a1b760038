package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
)

// gated is a homeserver that gives the second half of a file when somebody has got much of the first, and not before.
type gated struct {
	size  int
	begun chan struct{}
}

func (g *gated) Open(context.Context, string, string) (*http.Response, error) {
	half := bytes.Repeat([]byte("x"), g.size/2)
	body := io.MultiReader(bytes.NewReader(half), &gate{g.begun}, bytes.NewReader(half))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body), ContentLength: int64(g.size)}, nil
}

// gate is nothing that has to be waited for.
type gate struct{ open chan struct{} }

func (g *gate) Read([]byte) (int, error) {
	select {
	case <-g.open:
		return 0, io.EOF
	case <-time.After(time.Minute):
		return 0, errors.New("nobody has got anything of the first half")
	}
}

// counting tells when so much of a body was read.
type counting struct {
	io.ReadCloser
	left int
	done func()
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= n; c.left <= 0 {
		c.done()
	}
	return n, err
}

// A file goes to Telegram while it comes from the homeserver, so that nothing has to hold the whole of it; alone and in an album.
func TestFilesAreStreamed(t *testing.T) {
	const size = 2 << 20
	var media *gated
	var begin func()
	h := open(t, quick, func(h *house) {
		to, err := url.Parse(h.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(to)
		h.cfg.Bots[0].APIURL = newFront(t, func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength < 0 {
				r.Body = &counting{ReadCloser: r.Body, left: size / 4, done: begin}
			}
			proxy.ServeHTTP(w, r)
		})
		media = &gated{size: size}
		h.media = media
	})
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	film := func(name string) desk.File {
		return desk.File{Attachment: content.Attachment{Name: name, Type: "application/pdf", Kind: content.File, Size: size}, MXC: "mxc://desk.example/film"}
	}
	for _, files := range [][]desk.File{{film("alone.pdf")}, {film("first.pdf"), film("second.pdf")}} {
		media.begun = make(chan struct{})
		begin = sync.OnceFunc(func() { close(media.begun) })
		h.sayAs(room, "", func(m *desk.StaffMessage) { m.Files = files })
		last := files[len(files)-1].Name
		u.Until(h.bot, last, func(all []telegramtest.Message) bool {
			return slices.ContainsFunc(all, func(m telegramtest.Message) bool {
				return m.Media != nil && m.Media.Name == last && len(m.Media.Data) == size
			})
		})
	}
}
