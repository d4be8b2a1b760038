package widgetgw

import (
	"strings"
	"testing"

	"frontdesk/desk"
)

func TestOriginAllowed(t *testing.T) {
	site := &desk.Site{Origins: []string{"https://shop.example", "http://localhost:8081", "https://*.example.org", "https://[2001:db8::1]:8443", "nonsense"}}
	for origin, want := range map[string]bool{
		"https://shop.example":              true,
		"https://SHOP.example":              true,
		"https://shop.example:443":          true,
		"https://shop.example:444":          false,
		"http://shop.example":               false,
		"https://shop.example/":             false,
		"https://shop.example.evil":         false,
		"https://evilshop.example":          false,
		"https://user@shop.example":         false,
		"https://shop.example#":             false,
		"https://shop.example?":             false,
		"https://shop.example\\.evil":       false,
		"http://localhost:8081":             true,
		"http://localhost":                  false,
		"http://localhost:8082":             false,
		"https://a.example.org":             true,
		"https://a.b.example.org":           true,
		"https://example.org":               false,
		"https://.example.org":              false,
		"https://a.example.org:444":         false,
		"https://aexample.org":              false,
		"https://a.example.org.evil":        false,
		"http://a.example.org":              false,
		"https://*.example.org":             true, // no browser has it; it is a subdomain in form
		"https://[2001:db8::1]:8443":        true,
		"https://[2001:db8::2]:8443":        false,
		"null":                              false,
		"":                                  false,
		"file://":                           false,
		"nonsense":                          false,
		"https://shop.example, https://b.c": false,
		"https:shop.example":                false,
	} {
		if got := originAllowed(site, origin); got != want {
			t.Errorf("origin %q: allowed %v, want %v", origin, got, want)
		}
	}
}

func FuzzOriginAllowed(f *testing.F) {
	for _, s := range []string{"https://a.example.org", "null", "https://example.org:443", "http://[::1]:80", "https://a.example.org\n", "https://*.example.org"} {
		f.Add(s)
	}
	site := &desk.Site{Origins: []string{"https://*.example.org", "https://shop.example"}}
	f.Fuzz(func(t *testing.T, origin string) {
		if !originAllowed(site, origin) {
			return
		}
		low := strings.TrimSuffix(strings.ToLower(origin), ":443")
		if low != "https://shop.example" && !strings.HasSuffix(low, ".example.org") {
			t.Fatalf("let %q in", origin)
		}
		if strings.ContainsAny(low[len("https://"):], "/?#@\\ \t\r\n,") {
			t.Fatalf("let %q in, which is more than an origin", origin)
		}
	})
}
