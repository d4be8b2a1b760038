package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe-core finds nothing serious in a chat that shows what chats show, in either theme.
func TestAccessible(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	axe, err := os.ReadFile(filepath.Join("..", "widgetgw", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("read axe-core, which npm installs with the widget's packages: %v", err)
	}
	for _, dark := range []bool{false, true} {
		for _, screen := range []viewport{desktop, phone} {
			t.Run(fmt.Sprintf("%s dark %t", screen.name, dark), func(t *testing.T) {
				screen.dark = dark
				page := chromium(t).visit(o.site.url, screen)
				words := fmt.Sprintf("Доступно ли это всем, %s %t?", screen.name, dark)
				room := page.talk(anna, words)
				anna.says(room, "Да, смотрите: https://example.org")
				page.sees("смотрите")
				page.attach(onDisk(t, "plan.png", picture(t, 70)))
				page.until("the file to be sent is shown", `!!`+inChat(".fd-tray img"))
				page.until("nothing moves any more", `document.querySelector("frontdesk-chat").shadowRoot.getAnimations().every((a) => a.playState !== "running")`)
				for _, v := range violations(t, page, string(axe)) {
					if v.Impact == "serious" || v.Impact == "critical" {
						t.Errorf("%s (%s): %s at %v", v.ID, v.Impact, v.Help, v.Nodes)
					}
				}
			})
		}
	}
}

// violation is what axe-core complains of.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML string `json:"html"`
		Why  string `json:"failureSummary"`
	}
}

// violations runs axe-core on the widget. The script comes by the debugger, which the page's policy does not bind.
func violations(t *testing.T, page *visitor, axe string) []violation {
	t.Helper()
	page.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](axe+";true")(ctx, target)
		return err
	}))
	eval[bool](page, `(axe.run({include: [["frontdesk-chat"], ["frontdesk-launcher"]]}).then((r) => { window.axeFound = JSON.stringify(r.passes.length ? r.violations : "nothing was looked at") }, (e) => { window.axeFound = "failed: " + e }), true)`)
	page.until("axe-core has looked", `window.axeFound !== undefined`)
	var found []violation
	if err := json.Unmarshal([]byte(eval[string](page, `window.axeFound`)), &found); err != nil {
		t.Fatalf("read what axe-core found: %v", err)
	}
	return found
}
