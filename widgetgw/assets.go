package widgetgw

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"frontdesk/widgetgw/web"
)

// assets are the widget's built files, kept in memory with their gzip form.
type assets struct{ byName map[string]*asset }

type asset struct {
	mime  string
	etag  string // strong, of the plain bytes
	plain []byte
	gzip  []byte // nil where it saves nothing
}

const (
	launcherName  = "widget.js"
	launcherCache = "public, max-age=300"
	assetCache    = "public, max-age=31536000, immutable" // names carry a hash of the content
)

func loadAssets() (*assets, error) { return readAssets(web.Dist()) }

func readAssets(dist fs.FS) (*assets, error) {
	out := &assets{byName: make(map[string]*asset)}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		plain, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		out.byName[name], err = newAsset(name, plain)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the widget's files: %w", err)
	}
	return out, nil
}

func newAsset(name string, plain []byte) (*asset, error) {
	sum := sha256.Sum256(plain)
	a := &asset{mime: mimeOf(name), etag: hex.EncodeToString(sum[:12]), plain: plain}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(plain); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	if packed.Len() < len(plain) {
		a.gzip = packed.Bytes()
	}
	return a, nil
}

func mimeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
	}
	return "application/octet-stream"
}

var errNotBuilt = errors.New("the widget is not built: run `make build` (npm ci && npm run build in widgetgw/web), then build the server again")

// serveLauncher serves widget.js, which pages include by its plain name.
func (g *Gateway) serveLauncher(w http.ResponseWriter, r *http.Request) {
	g.assets.serve(w, r, launcherName, launcherCache)
}

// serveAsset serves the files that the launcher loads.
func (g *Gateway) serveAsset(w http.ResponseWriter, r *http.Request) {
	g.assets.serve(w, r, r.PathValue("name"), assetCache)
}

func (as *assets) serve(w http.ResponseWriter, r *http.Request, name, cache string) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // modules are loaded with CORS; they are public
	a := as.byName[name]
	if a == nil {
		if as.byName[launcherName] == nil {
			http.Error(w, errNotBuilt.Error(), http.StatusServiceUnavailable)
			return
		}
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding")
	body, etag := a.plain, `"`+a.etag+`"`
	if a.gzip != nil && acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, etag = a.gzip, `"`+a.etag+`-gzip"`
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func acceptsGzip(headers []string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding = strings.ToLower(strings.TrimSpace(coding)); coding == "gzip" || coding == "*" {
			q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !found || err == nil && weight > 0
		}
	}
	return false
}

func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == etag || part == "*" {
			return true
		}
	}
	return false
}
