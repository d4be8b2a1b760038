// Package chrome is what end-to-end tests and benchmarks know of browsers.
package chrome

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Launch gives a browser without a window. Its pages are made in contexts derived from the one given.
func Launch(more ...chromedp.ExecAllocatorOption) (context.Context, context.CancelFunc, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "ru-RU"),
		chromedp.Env("LANG=C.UTF-8"),
	)
	options = append(options, more...)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	end := func() {
		cancel()
		stop()
	}
	return ctx, end, chromedp.Do(ctx, chromedp.Navigate("about:blank"))
}

// LaunchCaller gives a browser whose pages may use media without a person's nod and may reach each other on this machine.
func LaunchCaller(more ...chromedp.ExecAllocatorOption) (context.Context, context.CancelFunc, error) {
	return Launch(append([]chromedp.ExecAllocatorOption{
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
	}, more...)...)
}

// Command is a command of the browser's protocol whose answer says nothing.
func Command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

// Script runs a script in every document of a page before its own.
func Script(source string) chromedp.Action[chromedp.Void] {
	return Command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
}

// Deep is the JavaScript for all elements of a page, also those in shadow roots.
const Deep = `((root) => { const walk = (r) => [...r.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]); return walk(root) })(document)`

// Button is the JavaScript for the visible button that says something.
func Button(name string) string {
	quoted, _ := json.Marshal(name)
	return fmt.Sprintf(`%s.find((e) => e.matches("button,[role=button]") && !e.disabled && (e.ariaLabel ?? e.textContent).trim() === %s && e.checkVisibility({visibilityProperty: true}))`, Deep, quoted)
}

// Inside is the JavaScript for an element of the chat.
func Inside(selector string) string {
	quoted, _ := json.Marshal(selector)
	return fmt.Sprintf(`document.querySelector("frontdesk-chat")?.shadowRoot.querySelector(%s)`, quoted)
}

// Launcher is the JavaScript for the widget's launcher.
const Launcher = `document.querySelector("frontdesk-launcher")?.shadowRoot.querySelector("button")`
