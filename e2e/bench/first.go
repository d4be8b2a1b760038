package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pion/rtp"

	"frontdesk/e2e/chrome"
	"frontdesk/internal/devstack"
)

// dot is a picture of one pixel that needs no other, as VP8: what a WebP file holds.
var dot = func() []byte {
	file, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		panic(err)
	}
	return file[20:42]
}()

// dots sends pictures that a browser can show until ctx ends.
func dots(ctx context.Context, write func(*rtp.Packet) error, _ <-chan struct{}) {
	ticker := time.NewTicker(pictureEvery)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_ = write(&rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n) * pictureTicks, Marker: true},
			Payload: append([]byte{0x10}, dot...),
		})
	}
}

// newShop serves a page with the widget on it, once the gateway's address is known.
func newShop(gateway *string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="ru"><script src="%s/widget.js" data-site="%s" async></script>`, *gateway, devstack.SiteKey)
	}))
}

// stopwatch is put into the visitor's page: from the click on «accept» to the first picture of the staff's that the browser has decoded and shows.
const stopwatch = `window.tookFirst = new Promise((done) => {
	let clicked;
	addEventListener("click", (e) => {
		const button = e.composedPath().find((n) => n.localName === "button");
		if ((button?.ariaLabel ?? button?.textContent)?.trim() === "Принять") clicked = e.timeStamp;
	}, true);
	const known = new WeakSet();
	setInterval(() => {
		for (const v of document.querySelector("frontdesk-call")?.shadowRoot?.querySelectorAll("video:not([data-own])") ?? []) {
			if (known.has(v)) continue;
			known.add(v);
			v.requestVideoFrameCallback((now) => done(now - clicked));
		}
	}, 5);
})`

// firstPictures measures how long a visitor in a real browser waits for the operator's picture, call after call.
func (h *callHouse) firstPictures(ctx context.Context, sc scale, r *report) error {
	browser, stop, err := chrome.LaunchCaller()
	defer stop()
	if err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	var took []time.Duration
	for i := range sc.firsts {
		one, err := h.firstPicture(ctx, browser, i)
		if err != nil {
			return fmt.Errorf("call a browser: %w", err)
		}
		took = append(took, one)
	}
	h.note("a browser waited between %.0f and %.0f ms for its first picture", ms(percentile(took, 0)), ms(percentile(took, 1)))
	r.add(figure{"call_accept_to_first_frame_median", median(took).Seconds(), "s", atMost(1.5)})
	return nil
}

func (h *callHouse) firstPicture(ctx, browser context.Context, i int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callSetUp)
	defer cancel()
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	defer closeTab()
	within, stop := context.WithTimeout(tab, callSetUp)
	defer stop()
	words := fmt.Sprintf("first-picture-%04d", i)
	err := chromedp.Do(within,
		chrome.Script(stopwatch),
		chromedp.Navigate(h.shop.URL),
	)
	if err == nil {
		err = does(within, chrome.Launcher+`.click()`)
	}
	field := chrome.Inside(".fd-composer textarea")
	if err == nil {
		err = does(within, field+`.focus()`)
	}
	if err == nil {
		err = chromedp.Do(within, chromedp.SendKeys(chromedp.JSPath(field), words+kb.Enter))
	}
	if err != nil {
		return 0, fmt.Errorf("write in the widget: %w", err)
	}
	invite, err := h.anna.WaitInvite(ctx, func(i devstack.Invite) bool { return strings.Contains(i.Reason, words) })
	if err == nil {
		err = h.anna.Join(ctx, invite.Room)
	}
	if err != nil {
		return 0, fmt.Errorf("accept the ticket: %w", err)
	}
	device := fmt.Sprintf("FIRST%d", i)
	url, token, err := h.access(ctx, invite.Room, device)
	if err != nil {
		return 0, err
	}
	operator, err := newTalker(ctx, url, token, dots, nil)
	if err != nil {
		return 0, err
	}
	defer operator.leave()
	if err := h.ring(ctx, invite.Room, device); err != nil {
		return 0, err
	}
	if err := does(within, chrome.Button("Принять")+`.click()`); err != nil {
		return 0, fmt.Errorf("answer: %w", err)
	}
	took, err := chromedp.Run(within, chromedp.Evaluate[float64]("tookFirst", chromedp.EvalAwaitPromise))
	if err != nil {
		return 0, fmt.Errorf("wait for a picture: %w", err)
	}
	if took <= 0 {
		return 0, errors.New("a picture came before the call was answered")
	}
	return time.Duration(took * float64(time.Millisecond)), does(within, chrome.Button("Завершить звонок")+`.click()`)
}

// does runs a statement in a page as soon as what it is about is there.
func does(ctx context.Context, statement string) error {
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("(() => { try { %s; return true } catch { return false } })()", statement),
		chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(0)))
	return err
}
