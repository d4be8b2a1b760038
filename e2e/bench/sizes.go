package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"frontdesk/widgetgw/web"
)

// sizes: what Chromium really loads from the gateway, after gzip -9. The launcher is everything before the click; the chat everything
// from the click to the first sent message, in the language that needs most. What it did not load by then is listed as lazy.
func sizes(ctx context.Context, s *stage, r *report) error {
	if err := s.withFrontdesk(ctx); err != nil {
		return err
	}
	site, err := openPage(ctx, s.pageAddress, s.gateway)
	if err != nil {
		return err
	}
	defer site.Close()
	var launcher, chat int
	var loaded []string
	for _, lang := range []string{"en", "ru"} {
		l, err := loadWidget(ctx, s.gateway, lang)
		if err != nil {
			return fmt.Errorf("load the widget in %s: %w", lang, err)
		}
		before, after := total(l.before), total(l.after)
		s.note("in %s: launcher %d B, chat %d B gzipped; loaded after the click: %s", lang, before, after, strings.Join(names(l.after), " "))
		launcher, chat = max(launcher, before), max(chat, after)
		loaded = append(append(loaded, names(l.before)...), names(l.after)...)
	}
	r.add(
		figure{"size_launcher", float64(launcher), "B", atMost(4096)},
		figure{"size_chat", float64(chat), "B", atMost(40960)},
	)
	lazy, err := lazyParts(loaded)
	r.add(lazy...)
	return err
}

// lazyParts lists what the build made and the browser did not load.
func lazyParts(loaded []string) ([]figure, error) {
	var figures []figure
	dist := web.Dist()
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") || path.Ext(name) == ".json" || slices.Contains(loaded, path.Base(name)) {
			return err
		}
		raw, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		part := regexp.MustCompile(`-[A-Z0-9]{8}\.`).ReplaceAllString(name, ".")
		figures = append(figures, figure{"size_lazy_" + strings.ReplaceAll(strings.TrimSuffix(part, path.Ext(part)), "-", "_"), float64(gzipped(raw)), "B", noGoal})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the widget's parts: %w", err)
	}
	return figures, nil
}

func gzipped(raw []byte) int {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(raw)                                   // writing to memory cannot fail
	_ = w.Close()
	return b.Len()
}

func total(parts map[string]int) (sum int) {
	for _, n := range parts {
		sum += n
	}
	return sum
}

func names(parts map[string]int) []string {
	var list []string
	for name := range parts {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// openPage serves a page with the widget, as a site would. The query's lang is the page's language.
func openPage(ctx context.Context, address string, g gateway) (*http.Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve a page with the widget: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		lang := "en"
		if r.URL.Query().Get("lang") == "ru" {
			lang = "ru"
		}
		fmt.Fprintf(w, `<!doctype html><html lang=%q><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<h1>Shop</h1><script src="%s/widget.js" data-site=%q async></script></html>`, lang, g.URL, g.Site)
	})}
	go func() { _ = server.Serve(l) }() // ErrServerClosed
	return server, nil
}

// loading is what came from the gateway, by file name in gzipped bytes, before the click and from the click to the first sent message.
type loading struct{ before, after map[string]int }

func loadWidget(ctx context.Context, g gateway, lang string) (loading, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return loading{}, fmt.Errorf("find Chromium: %w", err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(chromium), chromedp.Flag("lang", lang))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(ctx, options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()

	ear := &gatewayEar{prefix: g.URL + "/", coming: map[network.RequestID]string{}, finished: map[network.RequestID]string{}}
	if err := chromedp.Listen(ctx, ear.hear); err != nil {
		return loading{}, fmt.Errorf("start Chromium: %w", err)
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(g.Origin+"/?lang="+lang), until(launcherButton)); err != nil {
		return loading{}, fmt.Errorf("open the page: %w", err)
	}
	var l loading
	if l.before, err = ear.weigh(ctx); err != nil {
		return l, err
	}
	err = chromedp.Do(ctx, click(launcherButton), until(composer), click(composer),
		chromedp.KeyEvent("Hello"), chromedp.KeyEvent("\r"), until(ownMessageStored))
	if err != nil {
		return l, fmt.Errorf("send the first message: %w", err)
	}
	l.after, err = ear.weigh(ctx)
	return l, err
}

// What is looked for on the page, as JavaScript.
const (
	launcherButton   = `document.querySelector("frontdesk-launcher")?.shadowRoot.querySelector("button")`
	composer         = `document.querySelector("frontdesk-chat")?.shadowRoot.querySelector(".fd-composer textarea")`
	ownMessageStored = `document.querySelector("frontdesk-chat")?.shadowRoot.querySelector("[data-status=stored],[data-status=delivered],[data-status=read]")`
)

func until(found string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void]("!!(" + found + ")")
}

// click uses the mouse, with everything a real one causes on its way.
func click(element string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		js := `(() => { const r = ` + element + `.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`
		at, err := chromedp.Evaluate[[2]float64](js)(ctx, t)
		if err != nil {
			return err
		}
		_, err = chromedp.MouseClickXY(at[0], at[1])(ctx, t)
		return err
	})
}

// gatewayEar hears which responses come from the gateway. The protocol itself (/w/v1/) is no asset.
type gatewayEar struct {
	prefix string

	mu       sync.Mutex
	coming   map[network.RequestID]string
	finished map[network.RequestID]string
}

func (e *gatewayEar) hear(ev any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventResponseReceived:
		if strings.HasPrefix(ev.Response.URL, e.prefix) && !strings.HasPrefix(ev.Response.URL, e.prefix+"w/v1/") {
			e.coming[ev.RequestID] = ev.Response.URL
		}
	case *network.EventLoadingFinished:
		if address, ok := e.coming[ev.RequestID]; ok {
			delete(e.coming, ev.RequestID)
			e.finished[ev.RequestID] = address
		}
	}
}

// weigh takes what has finished since the last call and gives its gzipped size by file name.
func (e *gatewayEar) weigh(ctx context.Context) (map[string]int, error) {
	e.mu.Lock()
	finished := e.finished
	e.finished = map[network.RequestID]string{}
	under := len(e.coming)
	e.mu.Unlock()
	if under > 0 {
		return nil, errors.New("something is still being loaded")
	}
	sizes := map[string]int{}
	for id, address := range finished {
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("read a loaded address: %w", err)
		}
		body, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) (network.GetResponseBodyResult, error) {
			return cdp.Call(ctx, t, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
		})
		if err != nil {
			return nil, fmt.Errorf("get what was loaded as %s: %w", path.Base(u.Path), err)
		}
		sizes[path.Base(u.Path)] = gzipped(body.Body)
	}
	return sizes, nil
}
