package telegram_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bridges/channeltest"
	"frontdesk/bridges/telegram/telegramtest"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// fetch reads a file of a customer's to its end.
func (h *house) fetch(id desk.FileID) (string, error) {
	body, _, err := h.service.OpenFile(h.t.Context(), id)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(body)
	return string(raw), errors.Join(err, body.Close())
}

// received lets a user send a document and gives its file.
func (h *house) received(u *telegramtest.User, name, body string) desk.FileID {
	h.t.Helper()
	u.SendDocument(h.bot, name, "text/plain", []byte(body), "")
	return desk.FileID(h.matrix.Post(h.t, name, func(p desk.Post) bool { return p.File != nil && p.File.Name == name }).File.ID)
}

// A download that breaks off is an error for who reads, one that stands still is broken off, and both are no end of the file.
func TestBrokenDownloads(t *testing.T) {
	h := open(t, quick, func(h *house) { h.cfg.Stall = 50 * time.Millisecond })
	u := h.server.User(7, "Ivan", "en")
	whole := strings.Repeat("all of it ", 1000)
	id := h.received(u, "a.txt", whole)
	h.server.CutShort(1)
	if got, err := h.fetch(id); err == nil || got == whole {
		t.Errorf("of a download that breaks off came %d bytes, %v", len(got), err)
	}
	h.server.Hang("download", 1)
	if got, err := h.fetch(id); err == nil || got == whole {
		t.Errorf("of a download that stands still came %d bytes, %v", len(got), err)
	}
	h.server.Hang("getFile", 1)
	if _, err := h.fetch(id); err == nil {
		t.Error("a question that nobody answers was answered")
	} else if _, again := journal.RetryTime(err); !again {
		t.Errorf("a question that nobody answers gives the file up: %v", err)
	}
	if got, err := h.fetch(id); err != nil || got != whole {
		t.Errorf("then came %d bytes, %v", len(got), err)
	}
}

// A token that does not work now is no fault of the file, a file that is not served may be.
func TestFilesThatAreNotServed(t *testing.T) {
	h := open(t, quick)
	u := h.server.User(7, "Ivan", "en")
	id := h.received(u, "a.txt", "words")
	for status, waits := range map[int]bool{http.StatusUnauthorized: true, http.StatusNotFound: true, http.StatusForbidden: true} {
		h.server.Fail("getFile", 1, status, 0)
		_, err := h.fetch(id)
		if _, again := journal.RetryTime(err); again != waits || journal.IsPermanent(err) {
			t.Errorf("getFile is answered %d: %v", status, err)
		}
	}
	for status, waits := range map[int]bool{http.StatusUnauthorized: true, http.StatusNotFound: false, http.StatusForbidden: false, http.StatusBadGateway: true} {
		h.server.Fail("download", 1, status, 0)
		_, err := h.fetch(id)
		if _, again := journal.RetryTime(err); again != waits || journal.IsPermanent(err) {
			t.Errorf("the download is answered %d: %v", status, err)
		}
		if !waits && !strings.Contains(err.Error(), "Telegram does not give it") {
			t.Errorf("in the end the room is told %q", err)
		}
	}
}

// A Bot API server of one's own takes and gives files without limit, by its directory or by who serves that.
func TestLargeFilesOfAnOwnServer(t *testing.T) {
	for name, local := range map[string]bool{"whole paths": true, "short paths": false} {
		for _, served := range []bool{false, true} {
			where := map[bool]string{false: "in a directory", true: "served"}[served]
			t.Run(name+" "+where, func(t *testing.T) {
				dir := t.TempDir()
				h := open(t, quick, func(h *house) {
					h.server.Own(dir, local)
					bot := &h.cfg.Bots[0]
					bot.Own, bot.FileDir = true, dir
					if served {
						bot.FileDir, bot.FileURL = "", newFront(t, func(w http.ResponseWriter, r *http.Request) {
							http.StripPrefix("/bot", http.FileServer(http.Dir(dir))).ServeHTTP(w, r)
						})
					}
				})
				u := h.server.User(7, "Ivan", "en")
				film := strings.Repeat("film ", 5<<20)
				u.SendDocument(h.bot, "film.mkv", "video/x-matroska", []byte(film), "")
				p := h.matrix.Post(t, "the film", func(p desk.Post) bool { return p.File != nil && p.File.Name == "film.mkv" })
				if got, err := h.fetch(desk.FileID(p.File.ID)); err != nil || got != film {
					t.Errorf("%d bytes of the film came, %v", len(got), err)
				}
				room := h.accept(u)
				h.matrix.Put("mxc://desk.example/film", "bytes")
				answer := content.Attachment{Name: "answer.mkv", Type: "video/x-matroska", Kind: content.File, Size: 60 << 20}
				h.sayAs(room, "", func(m *desk.StaffMessage) {
					m.Files = []desk.File{{Attachment: answer, MXC: "mxc://desk.example/film"}}
				})
				u.Until(h.bot, "the answer", func(all []telegramtest.Message) bool {
					return slices.ContainsFunc(all, func(m telegramtest.Message) bool { return m.Media != nil && m.Media.Name == "answer.mkv" })
				})
			})
		}
	}
}

// Nothing outside of the bot's directory is opened, wherever the server or a link in it points.
func TestOwnServerPointsElsewhere(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("the secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(dir, "files", token)
	if err := os.MkdirAll(filepath.Join(files, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(files, "link")); err != nil {
		t.Fatal(err)
	}
	answered := make(chan string, 1)
	h := open(t, quick, func(h *house) {
		telegram := h.server.URL
		bot := &h.cfg.Bots[0]
		bot.Own, bot.FileDir = true, filepath.Join(dir, "files")
		bot.APIURL = newFront(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/getFile") {
				_, _ = io.WriteString(w, `{"ok":true,"result":{"file_id":"x","file_path":"`+<-answered+`"}}`)
				return
			}
			forward(t, telegram, w, r)
		})
	})
	u := h.server.User(7, "Ivan", "en")
	id := h.received(u, "a.txt", "words")
	for _, at := range []string{
		secret, "../../secret", "a/../../../secret", "link", files + "/link", files + "/../../secret", "/etc/passwd", "a", files, files + "/",
	} {
		answered <- at
		if got, err := h.fetch(id); err == nil || !journal.IsPermanent(err) && !strings.Contains(err.Error(), "404") {
			t.Errorf("%s gives %q, %v", at, got, err)
		}
	}
}

// unsteady is a homeserver that answers for a file as it is told.
type unsteady struct {
	*channeltest.Matrix
	answer func(mxc string) (*http.Response, error)
}

func (f *unsteady) Open(ctx context.Context, mxc, rng string) (*http.Response, error) {
	if f.answer != nil {
		if resp, err := f.answer(mxc); resp != nil || err != nil {
			return resp, err
		}
	}
	return f.Matrix.Open(ctx, mxc, rng)
}

// A file of the staff's that cannot be had is told at once with its reason, and holds up nothing.
func TestFilesOfTheStaffThatCannotBeHad(t *testing.T) {
	media := &unsteady{}
	h := open(t, quick, func(h *house) { media.Matrix, h.media = h.matrix, media })
	u := h.server.User(7, "Ivan", "en")
	room := h.begin(u, "Hello?")
	for code, words := range map[desk.Code]string{desk.Invalid: "too large", desk.Denied: "quarantined"} {
		media.answer = func(string) (*http.Response, error) {
			return nil, errors.Join(&desk.Error{Code: code}, errors.New(words))
		}
		event := h.sayAs(room, "", func(m *desk.StaffMessage) {
			m.Files = h.gallery(content.Attachment{Name: "bill.pdf", Type: "application/pdf"})
		})
		h.answerTo(event, "the file bill.pdf could not be read")
		h.answerTo(event, words)
	}
	h.say(room, "Good morning")
	u.Await(h.bot, "Good morning")
}

// openUnsteady opens a house whose homeserver is unsteady, and which soon gives up what stands still, with a conversation in it.
func openUnsteady(t *testing.T) (*house, *unsteady, *telegramtest.User, desk.RoomKey) {
	t.Helper()
	media := &unsteady{}
	h := open(t, quick, func(h *house) {
		h.cfg.Stall = 50 * time.Millisecond
		media.Matrix, h.media = h.matrix, media
	})
	u := h.server.User(7, "Ivan", "en")
	return h, media, u, h.begin(u, "Hello?")
}

// A file that stands still on its way, or breaks off, was not sent: it is tried again, and nobody is in doubt.
func TestUploadsThatBreakOff(t *testing.T) {
	h, media, u, room := openUnsteady(t)
	cut, silent := io.Pipe()
	standing, still := io.Pipe()
	go func() {
		_, _ = silent.Write([]byte("half"))
		_ = silent.CloseWithError(io.ErrUnexpectedEOF)
		_, _ = still.Write([]byte("half")) // and nothing more ever comes
	}()
	broken := []io.ReadCloser{cut, standing}
	for _, body := range broken {
		once := body
		media.answer = func(string) (*http.Response, error) {
			if once == nil {
				return nil, nil
			}
			resp := &http.Response{StatusCode: http.StatusOK, Body: once}
			once = nil
			return resp, nil
		}
		before := len(shown(u.Chat(h.bot)))
		h.sayAs(room, "", func(m *desk.StaffMessage) {
			m.Files = h.gallery(content.Attachment{Name: "bill.pdf", Type: "application/pdf"})
		})
		u.Until(h.bot, "the whole bill", func(all []telegramtest.Message) bool { return len(shown(all)) > before })
	}
	for _, p := range h.matrix.Posts() {
		if strings.Contains(p.Text, "nobody knows") || strings.Contains(p.Text, "did not get this") {
			t.Errorf("told is %q", p.Text)
		}
	}
}

// Of an album, too, a file that stands still is broken off, whichever it is.
func TestAlbumsThatStandStill(t *testing.T) {
	h, media, u, room := openUnsteady(t)
	standing, _ := io.Pipe()
	opened := 0
	media.answer = func(string) (*http.Response, error) {
		if opened++; opened == 2 {
			return &http.Response{StatusCode: http.StatusOK, Body: standing}, nil
		}
		return nil, nil
	}
	before := len(shown(u.Chat(h.bot)))
	h.sayAs(room, "", func(m *desk.StaffMessage) {
		m.Files = h.gallery(content.Attachment{Name: "one.pdf", Type: "application/pdf"}, content.Attachment{Name: "two.pdf", Type: "application/pdf"})
	})
	u.Until(h.bot, "both files", func(all []telegramtest.Message) bool { return len(shown(all)) == before+2 })
}
