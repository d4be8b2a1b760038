package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// What a visitor has not seen is counted on the launcher, and in the title of a page that is out of sight; both go away when it is looked at.
func TestUnreadIsShown(t *testing.T) {
	o := sharedOffice(t, true)
	anna := o.login(o.stack.Operators[0])
	vlad := chromium(t).visit(o.site.url, desktop)
	room := vlad.talk(anna, "Отойду на минуту")
	launcher := `document.querySelector("frontdesk-launcher").shadowRoot.querySelector("button")`
	badge := launcher + `.querySelector("b")`
	title := eval[string](vlad, "document.title")

	vlad.keys(kb.Escape)
	vlad.until("the panel is folded", launcher+`.ariaExpanded === "false"`)
	anna.says(room, "Раз")
	anna.says(room, "Два")
	vlad.until("two unread on the launcher", `!`+badge+`.hidden && `+badge+`.textContent === "2" && `+launcher+`.ariaLabel.includes("2")`)
	if got := eval[string](vlad, "document.title"); got != title {
		t.Errorf("the title of a page in sight became %q", got)
	}

	eval[bool](vlad, `(() => {
		Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
		Object.defineProperty(document, "hidden", {value: true, configurable: true});
		document.hasFocus = () => false;
		document.dispatchEvent(new Event("visibilitychange"));
		return true;
	})()`)
	anna.says(room, "Три")
	vlad.until("the title tells", `document.title.startsWith("(3)")`)
	eval[bool](vlad, `(() => {
		delete document.visibilityState; delete document.hidden; delete document.hasFocus;
		document.dispatchEvent(new Event("visibilitychange"));
		dispatchEvent(new Event("focus"));
		return true;
	})()`)
	vlad.open()
	vlad.sees("Три")
	vlad.until("nothing is unread", badge+`.hidden`)
	vlad.until("the title is the page's own", `document.title === "`+title+`"`)
}
