package widgetgw

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssets(t *testing.T) {
	script := strings.Repeat("let x = 1;\n", 100)
	built, err := readAssets(fstest.MapFS{
		"widget.js": {Data: []byte(script)}, "chat-ABC.js": {Data: []byte(script)}, "tiny.js": {Data: []byte("1")}, ".gitignore": {Data: []byte("*")},
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string, headers ...string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, "/assets/"+name, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		built.serve(w, r, name, assetCache)
		return w.Result()
	}
	plain := get("chat-ABC.js")
	if body, _ := io.ReadAll(plain.Body); string(body) != script || plain.Header.Get("Content-Type") != "text/javascript; charset=utf-8" ||
		plain.Header.Get("Cache-Control") != assetCache || plain.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("plain: %d %v", len(body), plain.Header)
	}
	packed := get("chat-ABC.js", "Accept-Encoding", "br, gzip;q=0.8")
	unpack, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(unpack); string(body) != script || packed.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Errorf("packed: %d %v", len(body), packed.Header)
	}
	if r := get("chat-ABC.js", "If-None-Match", `"other", W/`+plain.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("known already: %d", r.StatusCode)
	}
	if r := get("chat-ABC.js", "Accept-Encoding", "gzip;q=0"); r.Header.Get("Content-Encoding") != "" {
		t.Error("packed for somebody who refuses gzip")
	}
	if r := get("tiny.js", "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" {
		t.Error("packed what grows by it")
	}
	for _, name := range []string{"none.js", ".gitignore", "../embed.go", ""} {
		if r := get(name); r.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", name, r.StatusCode)
		}
	}
}

func TestAssetsNotBuilt(t *testing.T) {
	empty, err := readAssets(fstest.MapFS{".gitignore": {Data: []byte("*")}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	empty.serve(w, httptest.NewRequest(http.MethodGet, "/widget.js", nil), launcherName, launcherCache)
	if w.Code != http.StatusServiceUnavailable || !bytes.Contains(w.Body.Bytes(), []byte("make build")) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
