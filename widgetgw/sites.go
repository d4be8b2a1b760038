package widgetgw

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
)

// site is a site as connections know it. It is never changed; a newer one replaces it.
type site struct {
	desk.Site
	first  protocol.State // of a visitor nothing is known of
	loaded time.Time
}

// siteCache keeps sites for a moment, so that ten thousand visitors who reconnect do not read the same row as often. Unknown keys are
// not kept.
type siteCache struct {
	mu    sync.Mutex
	byKey map[string]*site
}

const siteFresh = 2 * time.Second

// siteByKey gives the site of a public key, desk.ErrNotFound if there is none.
func (g *Gateway) siteByKey(ctx context.Context, key string) (*site, error) {
	now := g.cfg.Now()
	g.sites.mu.Lock()
	known := g.sites.byKey[key]
	g.sites.mu.Unlock()
	if known != nil && now.Sub(known.loaded) < siteFresh {
		return known, nil
	}
	if key == "" || len(key) > 128 {
		return nil, fmt.Errorf("site key of %d bytes: %w", len(key), desk.ErrNotFound)
	}
	var fresh *site
	err := g.journal.Read(ctx, func(tx journal.Tx) error {
		row, err := tx.SiteByKey(key)
		if err != nil {
			return err
		}
		fresh = &site{Site: *row, loaded: now}
		fresh.first, err = g.reception(tx, row, nil, nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the site of a key: %w", err)
	}
	g.sites.mu.Lock()
	g.sites.byKey[key] = fresh
	g.sites.mu.Unlock()
	return fresh, nil
}

// siteOf finds the request's site and checks that its page is one of the site's; else it answers the request. A request a browser
// makes for no page of any site has no Origin and is refused like one from a wrong page.
func (g *Gateway) siteOf(w http.ResponseWriter, r *http.Request) (*site, bool) {
	s, err := g.siteByKey(r.Context(), r.URL.Query().Get("site"))
	switch {
	case errors.Is(err, desk.ErrNotFound):
		if origin := r.Header.Get("Origin"); origin != "" {
			allowOrigin(w, origin) // so that the page learns which mistake it is
		}
		g.refuse(w, r, nil, http.StatusNotFound, "bad_site")
		return nil, false
	case err != nil:
		g.log.Err(err).Msg("Failed to read a site")
		g.refuse(w, r, nil, http.StatusInternalServerError, "internal")
		return nil, false
	}
	origin := g.originOf(r)
	if origin == "" || !originAllowed(&s.Site, origin) && origin != g.origin() {
		g.refuse(w, r, &s.Site, http.StatusForbidden, "bad_origin")
		return nil, false
	}
	allowOrigin(w, origin)
	return s, true
}

// originOf gives the origin of the page that asks, "" if none or several are named. Browsers leave it out of a GET from the gateway's own
// origin, which they say in another way.
func (g *Gateway) originOf(r *http.Request) string {
	switch said := r.Header.Values("Origin"); {
	case len(said) == 1:
		return said[0]
	case len(said) == 0 && r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return g.origin()
	}
	return ""
}

// origin is the gateway's own. The only page there that can ask for anything is the window of a voice call: whatever visitors and staff have
// uploaded is sandboxed.
func (g *Gateway) origin() string {
	u, err := url.Parse(g.cfg.PublicURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// languageOf picks the site's language for a tag or an Accept-Language header.
func (g *Gateway) languageOf(s *desk.Site, want string) string {
	want, _, _ = strings.Cut(want, ",")
	want, _, _ = strings.Cut(want, ";")
	want = strings.TrimSpace(want)
	if s == nil {
		s = &desk.Site{Languages: []string{"en", "ru"}}
	}
	return s.Language(want)
}

// text is a text for a visitor: the site's own, else the catalogue's.
func (g *Gateway) text(s *desk.Site, lang, key string, args ...any) string {
	if s != nil {
		if own, ok := s.Texts[lang][key]; ok {
			for i, arg := range args {
				own = strings.ReplaceAll(own, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
			}
			return own
		}
	}
	return g.texts.Text(lang, key, args...)
}

// widgetTexts are the words of the chat's header, which sites like to change, and whatever else a site overrides under "widget.".
func (g *Gateway) widgetTexts(s *desk.Site, lang string) map[string]string {
	out := make(map[string]string)
	for _, key := range []string{"online", "offline", "glad"} {
		out[key] = g.text(s, lang, "widget."+key)
	}
	for key, text := range s.Texts[lang] {
		if name, ok := strings.CutPrefix(key, "widget."); ok && !strings.Contains(name, ".") {
			out[name] = text
		}
	}
	return out
}
