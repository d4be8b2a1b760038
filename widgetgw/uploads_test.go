package widgetgw

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/desk/desktest"
	"frontdesk/internal/journal"
	"frontdesk/widgetgw/protocol"
	"frontdesk/widgetgw/widgettest"
)

type answer struct {
	status int
	header http.Header
	body   string
}

// get asks the gateway for a path, with headers given as name, value …
func (h *house) get(path string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(patience(h.t), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	r, err := widgettest.Options{}.HTTP().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header, string(body)}, err
}

func picture(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploadIsShownAndDownloaded(t *testing.T) {
	h := open(t)
	c := h.visitor()
	body := picture(t, 1000, 20)
	up, err := c.Upload(patience(t), "../../мой кот.png", "text/html", body)
	if err != nil {
		t.Fatal(err)
	}
	if up.Type != "image/png" || up.Kind != "image" || up.W != 1000 || up.H != 20 || up.Size != int64(len(body)) || up.Name != "мой кот.png" {
		t.Errorf("upload: %+v", up)
	}
	ack := h.send(c, "look", up.ID)
	var f protocol.File
	h.until(c, "the file is shown", func(v widgettest.View) bool {
		m, ok := v.Message(ack.ID)
		if ok && len(m.Files) == 1 {
			f = m.Files[0]
		}
		return f.URL != ""
	})
	if f.Upload != *up || !strings.Contains(f.Thumb, "thumb=1") {
		t.Errorf("file: %+v", f)
	}
	if got, err := c.Download(patience(t), f.URL); err != nil || !bytes.Equal(got, body) {
		t.Errorf("downloaded %d bytes, %v", len(got), err)
	}
	part, err := h.get(f.URL, "Range", "bytes=4-7")
	if err != nil || part.status != http.StatusPartialContent || part.body != string(body[4:8]) {
		t.Errorf("a range: %d %q %v", part.status, part.body, err)
	}
	for key, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin",
		"Content-Disposition": "inline; filename*=utf-8''" + strings.ReplaceAll(url.QueryEscape("мой кот.png"), "+", "%20"),
	} {
		if got := part.header.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if csp := part.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("CSP %q", csp)
	}
	h.checkWrongAddresses(f.URL)
}

// checkWrongAddresses asks for a file by addresses that are not quite right.
func (h *house) checkWrongAddresses(right string) {
	h.t.Helper()
	path, query, _ := strings.Cut(right, "?")
	q, _ := url.ParseQuery(query)
	forged := "?exp=" + q.Get("exp") + "&sig=" + flip(q.Get("sig"))
	for address, want := range map[string]int{
		path: http.StatusForbidden, path + forged: http.StatusForbidden, right + "&thumb=1": http.StatusForbidden,
		mediaPath + "01AAAAAAAAAAAAAAAAAAAAAAAA/x?" + query: http.StatusForbidden,
		path + "?exp=99999999999&sig=" + q.Get("sig"):       http.StatusForbidden,
	} {
		if a, err := h.get(address); err != nil || a.status != want {
			h.t.Errorf("%s: %d, want %d, %v", address, a.status, want, err)
		}
	}
	h.ahead.Store(int64(3 * time.Hour))
	defer h.ahead.Store(0)
	if a, err := h.get(right); err != nil || a.status != http.StatusGone {
		h.t.Errorf("expired: %d, %v", a.status, err)
	}
}

func TestSameUploadTwice(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	o, cid := h.options(), widgettest.NewCID()
	var ids [4]string
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			up, err := widgettest.Put(patience(t), o, c.Token(), cid, "a.txt", "text/plain", strings.NewReader("the same words"))
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = up.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("ids %q", ids)
		}
	}
	if used := h.gw.spool.Used(); used != int64(len("the same words")) {
		t.Errorf("%d bytes in the spool", used)
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	h := open(t, func(c *Config) {
		c.FileMax, c.SpoolMax = 1000, 2500
		c.AllowedTypes = []string{"image/*", "text/plain"}
		c.Limits.NetworkUploads = Rate{PerSecond: 1e9, Burst: 1e9}
	})
	c := h.sessionFor()
	put := func(o widgettest.Options, token, cid string, body io.Reader) error {
		_, err := widgettest.Put(patience(t), o, token, cid, "a.txt", "text/plain", body)
		return err
	}
	words := func(n int) io.Reader { return strings.NewReader(strings.Repeat("w", n)) }
	unknownLength := func(n int) io.Reader { return io.MultiReader(words(n)) }
	o := h.options()
	evil := o
	evil.Origin = "https://evil.example"
	for _, u := range []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"wrong origin", put(evil, c.Token(), "upload-01", words(5)), 403, "bad_origin"},
		{"no token", put(o, "", "upload-01", words(5)), 401, "bad_token"},
		{"forged token", put(o, flip(c.Token()), "upload-01", words(5)), 401, "bad_token"},
		{"bad cid", put(o, c.Token(), "short", words(5)), 400, "bad_request"},
		{"a path for a cid", put(o, c.Token(), "..%2f..%2fetc", words(5)), 400, "bad_request"},
		{"empty", put(o, c.Token(), "upload-01", words(0)), 400, "bad_request"},
		{"too large", put(o, c.Token(), "upload-01", words(1001)), 413, "too_large"},
		{"too large, unannounced", put(o, c.Token(), "upload-01", unknownLength(1001)), 413, "too_large"},
		{"HTML", put(o, c.Token(), "upload-01", strings.NewReader("<!doctype html><script>alert(1)</script>")), 415, "bad_type"},
		{"SVG", put(o, c.Token(), "upload-01", strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)), 415, "bad_type"},
		{"taken", put(o, c.Token(), "upload-02", words(1000)), 0, ""},
		{"taken, unannounced", put(o, c.Token(), "upload-03", unknownLength(900)), 0, ""},
		{"a full spool", put(o, c.Token(), "upload-04", words(700)), 507, "spool_full"},
		{"what still fits", put(o, c.Token(), "upload-05", words(600)), 0, ""},
	} {
		var refused *widgettest.UploadError
		switch {
		case u.status == 0 && u.err != nil:
			t.Errorf("%s: %v", u.name, u.err)
		case u.status != 0 && (!errors.As(u.err, &refused) || refused.Status != u.status || refused.Code != u.code || refused.Text == ""):
			t.Errorf("%s: %v %+v, want %d %s", u.name, u.err, refused, u.status, u.code)
		}
	}
	if used := h.gw.spool.Used(); used != 2500 {
		t.Errorf("%d bytes in the spool", used)
	}
	h.send(c, "words pass while the spool is full")
}

func TestAbandonedUploadLeavesNothing(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	body, feed := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		_, err := widgettest.Put(patience(t), h.options(), c.Token(), widgettest.NewCID(), "a.bin", "application/octet-stream", body)
		failed <- err
	}()
	if _, err := feed.Write([]byte("half of")); err != nil {
		t.Fatal(err)
	}
	h.eventually("the upload is under way", func() bool { return h.gw.spool.Used() > 0 })
	_ = feed.CloseWithError(errors.New("the visitor left"))
	if err := <-failed; err == nil {
		t.Error("an upload that was cut succeeded")
	}
	h.eventually("its room is free again", func() bool { return h.gw.spool.Used() == 0 })
	if entries, err := os.ReadDir(h.gw.spool.dir); err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

// TestOnlyWhatIsKeptCounts: uploads of unknown length and those that broke off do not use up what a network may upload.
func TestOnlyWhatIsKeptCounts(t *testing.T) {
	h := open(t, func(c *Config) {
		c.FileMax, c.Limits.NetworkUploads = 1000, Rate{PerSecond: 0.001, Burst: 1500}
	})
	c := h.sessionFor()
	put := func(body io.Reader) error {
		_, err := widgettest.Put(patience(t), h.options(), c.Token(), widgettest.NewCID(), "a.txt", "text/plain", body)
		return err
	}
	for range 3 {
		if err := put(io.MultiReader(strings.NewReader("short"))); err != nil {
			t.Fatal(err)
		}
		body, feed := io.Pipe()
		failed := make(chan error, 1)
		go func() { failed <- put(body) }()
		if _, err := feed.Write([]byte("half of")); err != nil {
			t.Fatal(err)
		}
		h.eventually("the upload is under way", func() bool { return h.gw.spool.Used() >= 1000 })
		_ = feed.CloseWithError(errors.New("the line broke"))
		if err := <-failed; err == nil {
			t.Fatal("an upload that was cut succeeded")
		}
		h.eventually("what it took came back", func() bool {
			h.gw.networks.mu.Lock()
			defer h.gw.networks.mu.Unlock()
			return h.gw.networks.get(netip.MustParseAddr("127.0.0.1")).uploads.level > 1400
		})
	}
	if err := put(strings.NewReader(strings.Repeat("x", 1000))); err != nil {
		t.Error(err)
	}
	var refused *widgettest.UploadError
	if err := put(strings.NewReader(strings.Repeat("x", 1000))); !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
		t.Errorf("more than a network may upload: %v", err)
	}
}

func TestTooManyUploadsAtOnce(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.SessionUploads = 1 })
	c := h.sessionFor()
	body, feed := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := widgettest.Put(patience(t), h.options(), c.Token(), "upload-01", "a.txt", "text/plain", body)
		done <- err
	}()
	if _, err := feed.Write([]byte("words")); err != nil {
		t.Fatal(err)
	}
	h.eventually("the upload is under way", func() bool { return h.gw.spool.Used() > 0 })
	_, err := widgettest.Put(patience(t), h.options(), c.Token(), "upload-02", "a.txt", "text/plain", strings.NewReader("words"))
	var refused *widgettest.UploadError
	if !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests || refused.Code != "slow_down" {
		t.Errorf("a second upload at once: %v", err)
	}
	_ = feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDangerousFilesAreOnlyDownloaded(t *testing.T) {
	h := open(t)
	c := h.visitor()
	for name, body := range map[string]string{
		"page.html":  "<!doctype html><script>alert(1)</script>",
		"image.svg":  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"script.js":  "alert(1)",
		"kitten.png": "<html><body>not a kitten</body></html>",
		"paper.pdf":  "%PDF-1.7\n",
	} {
		up, err := c.Upload(patience(t), name, "image/png", []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if up.Kind != "file" {
			t.Errorf("%s is shown as %s", name, up.Kind)
		}
		a, err := h.get(h.gw.signer.fileURL(desk.FileID(up.ID), name, time.Now()))
		if err != nil || a.status != http.StatusOK || a.header.Get("Content-Type") != "application/octet-stream" ||
			!strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v, %v", name, a.status, a.header, err)
		}
	}
}

func TestMediaFromMatrix(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	h.media.put("mxc://test/kitten", "0123456789")
	h.media.put("mxc://test/anna", "face")
	room := h.accept(c)
	file := func(id, mime string, kind content.Kind, mxc string) desk.File {
		return desk.File{Attachment: content.Attachment{ID: id, Name: id + ".bin", Type: mime, Size: 300 << 10, Kind: kind}, MXC: mxc}
	}
	in := desk.StaffMessage{Room: room, Event: h.event(), Sender: desktest.Anna, At: time.Now(), Files: []desk.File{
		file("kitten-01", "image/png", content.Image, "mxc://test/kitten"),
		file("paper-001", "text/html", content.File, "mxc://test/kitten"),
		file("gone-0001", "image/png", content.Image, "mxc://test/gone"),
	}}
	for _, f := range in.Files {
		in.Content.Files = append(in.Content.Files, f.Attachment)
	}
	h.decide(in)
	var files []protocol.File
	h.until(c, "the files are shown", func(v widgettest.View) bool {
		m, _ := v.Find(func(m protocol.Message) bool { return len(m.Files) == 3 })
		files = m.Files
		return files != nil
	})
	check := func(address string, status int, mime, disposition, body string, headers ...string) {
		t.Helper()
		a, err := h.get(address, headers...)
		if err != nil || a.status != status || body != "" && a.body != body || mime != "" && a.header.Get("Content-Type") != mime ||
			!strings.HasPrefix(a.header.Get("Content-Disposition"), disposition) {
			t.Errorf("%s: %d %v %q, %v", address, a.status, a.header, a.body, err)
		}
	}
	check(files[0].URL, http.StatusOK, "image/png", "inline", "0123456789")
	check(files[0].URL, http.StatusOK, "image/png", "inline", "0123456789", "Range", "bytes=6-", "If-Range", `"another"`)
	for _, knows := range []bool{false, true} {
		h.media.ranges.Store(knows)
		check(files[0].URL, http.StatusPartialContent, "image/png", "inline", "234", "Range", "bytes=2-4")
		check(files[0].URL, http.StatusPartialContent, "image/png", "inline", "789", "Range", "bytes=-3")
		check(files[0].URL, http.StatusPartialContent, "image/png", "inline", "89", "Range", "bytes=8-")
		check(files[0].URL, http.StatusPartialContent, "image/png", "inline", "6789", "Range", "bytes=6-", "If-Range", `"kitten-01"`)
		check(files[0].URL, http.StatusOK, "image/png", "inline", "0123456789", "Range", "bytes=0-1,4-5")
		check(files[0].URL, http.StatusRequestedRangeNotSatisfiable, "", "", "", "Range", "bytes=20-")
	}
	check(files[0].Thumb, http.StatusOK, "image/png", "inline", fmt.Sprintf("mxc://test/kitten at %dx%d", thumbWidth, thumbHeight))
	check(files[1].URL, http.StatusOK, "application/octet-stream", "attachment", "0123456789")
	check(files[2].URL, http.StatusNotFound, "", "", "")
	var avatar string
	c.View(func(v widgettest.View) { avatar = v.State().Operator.Avatar })
	check(avatar, http.StatusOK, "image/png", "inline", fmt.Sprintf("mxc://test/anna at %dx%d", avatarSize, avatarSize))
	check(strings.Replace(avatar, "anna", "kitten", 1), http.StatusForbidden, "", "", "")

	fresh, err := h.get("/w/v1/files/kitten-01?site="+siteKey, "Origin", pageHost, "Authorization", "Bearer "+c.Token())
	if err != nil || fresh.status != http.StatusOK || !strings.Contains(fresh.body, mediaPath+"kitten-01/") {
		t.Errorf("a fresh address: %d %s, %v", fresh.status, fresh.body, err)
	}
	h.gw.cfg.PublicURL = pageHost + "/chat" // as where a proxy shows both under one name
	fresh, err = h.get("/w/v1/files/kitten-01?site="+siteKey, "Sec-Fetch-Site", "same-origin", "Authorization", "Bearer "+c.Token())
	if err != nil || fresh.status != http.StatusOK {
		t.Errorf("a fresh address on the gateway's own page: %d %s, %v", fresh.status, fresh.body, err)
	}
	stranger := h.sessionFor()
	for _, headers := range [][]string{
		{"Origin", pageHost, "Authorization", "Bearer " + stranger.Token()},
		{"Origin", pageHost},
		{"Authorization", "Bearer " + c.Token()},
		{"Sec-Fetch-Site", "cross-site", "Authorization", "Bearer " + c.Token()},
		{"Origin", "https://evil.example", "Authorization", "Bearer " + c.Token()},
	} {
		if a, err := h.get("/w/v1/files/kitten-01?site="+siteKey, headers...); err != nil || a.status == http.StatusOK {
			t.Errorf("a fresh address for %v: %d, %v", headers, a.status, err)
		}
	}
}

func TestSweepOfTheSpool(t *testing.T) {
	h := open(t)
	c := h.sessionFor()
	up := func(name string) desk.FileID {
		u, err := c.Upload(patience(t), name, "text/plain", []byte(name))
		if err != nil {
			t.Fatal(err)
		}
		return desk.FileID(u.ID)
	}
	used, unused, moved := up("used"), up("unused"), up("moved")
	h.send(c, "", string(used))
	h.send(c, "", string(moved))
	h.putFile(moved, func(f *desk.File) { f.MXC = "mxc://test/moved" })
	if err := spoolFile(t, h.gw.spool, "orphan-01", "orphan", 6); err != nil {
		t.Fatal(err)
	}
	sweep := func(want ...desk.FileID) {
		t.Helper()
		if err := h.gw.sweepSpool(patience(t)); err != nil {
			t.Fatal(err)
		}
		files, err := h.gw.spool.list()
		if err != nil {
			t.Fatal(err)
		}
		have := make(map[desk.FileID]bool)
		for _, f := range files {
			have[f.id] = true
		}
		for _, id := range want {
			if !have[id] {
				t.Errorf("%s is gone", id)
			}
		}
		if len(have) != len(want) {
			t.Errorf("left are %v, want %v", have, want)
		}
	}
	sweep(used, unused, "orphan-01")
	h.ahead.Store(int64(25 * time.Hour))
	sweep(used)
	h.ahead.Store(0)
	_, err := c.Send(patience(t), "too late", string(unused))
	var refused *widgettest.Nacked
	if !errors.As(err, &refused) || refused.Code != string(desk.NotFound) {
		t.Errorf("sending what was swept: %v", err)
	}
}

func (h *house) putFile(id desk.FileID, change func(*desk.File)) {
	h.t.Helper()
	if err := h.journal.Write(patience(h.t), func(tx journal.Tx) error {
		f, err := tx.File(id)
		if err != nil {
			return err
		}
		change(f)
		return tx.PutFile(f)
	}); err != nil {
		h.t.Fatal(err)
	}
}

// standingStill is a request for an address whose answer nobody reads.
func (h *house) standingStill(address string) net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.server.URL, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: gateway\r\n\r\n", address); err != nil {
		h.t.Fatal(err)
	}
	return conn
}

// downloads counts the files on their way.
func (h *house) downloads() (n int) {
	h.gw.networks.mu.Lock()
	defer h.gw.networks.mu.Unlock()
	for _, w := range h.gw.networks.byKey {
		n += w.downloads
	}
	return n
}

// TestWhoDoesNotReadAFileHoldsNothing: a network gets so many files at once, and not for ever.
func TestWhoDoesNotReadAFileHoldsNothing(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.NetworkDownloads, c.Limits.AnswerTimeout = 2, 10*time.Second })
	c := h.visitor()
	up, err := c.Upload(patience(t), "big.bin", "application/octet-stream", bytes.Repeat([]byte("frontdesk "), 2<<20))
	if err != nil {
		t.Fatal(err)
	}
	address := h.gw.signer.fileURL(desk.FileID(up.ID), "big.bin", time.Now())
	if a, err := h.get(address, "Range", "bytes=7-9", "If-Range", strconv.Quote(up.ID)); err != nil || a.status != http.StatusPartialContent || a.body != "sk " {
		t.Errorf("a broken download goes on with %d %q, %v", a.status, a.body, err)
	}
	for range 2 {
		h.standingStill(address)
	}
	h.eventually("both are under way", func() bool { return h.downloads() == 2 })
	if a, err := h.get(address, "Range", "bytes=0-1"); err != nil || a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("a third: %d %v, %v", a.status, a.header, err)
	}
	h.eventually("nobody waits for them any more", func() bool { return h.downloads() == 0 })
	if a, err := h.get(address, "Range", "bytes=0-1"); err != nil || a.status != http.StatusPartialContent || a.body != "fr" {
		t.Errorf("afterwards: %d %q, %v", a.status, a.body, err)
	}
}
