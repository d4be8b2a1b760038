package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"frontdesk/bridges"
	"frontdesk/content"
	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// filePrefix begins the client id of a file that lies with Telegram: "tg:<message>:<file id>:<unique id>". By the first id it is fetched, by the
// second it is known again.
const filePrefix = "tg:"

func fileKey(message int, remote string) string {
	return filePrefix + strconv.Itoa(message) + ":" + remote
}

// fileID is the same for the same message whenever it is translated.
func fileID(chat *journal.Chat, message int) string {
	return string(chat.Conversation) + "-" + strconv.Itoa(message)
}

// OpenFile asks Telegram for the bytes of a customer's file, which stream through us; the address has the bot's token in it and goes
// nowhere. What the file is, is found by its first bytes and written into its record. A permanent error says in the staff's words why the
// file is not to be had.
func (s *Service) OpenFile(ctx context.Context, id desk.FileID) (io.ReadCloser, int64, error) {
	var b *bot
	var record *desk.File
	var remote, lang string
	err := s.journal.Read(ctx, func(tx journal.Tx) (err error) {
		if record, err = tx.File(id); err != nil {
			return err
		}
		if remote = remoteOf(record); remote == "" {
			return bridges.ErrNoFile
		}
		chat, err := tx.ChatOf(record.Conversation)
		if errors.Is(err, desk.ErrNotFound) {
			return bridges.ErrNoFile
		} else if err != nil {
			return err
		}
		name, ours := strings.CutPrefix(chat.Source, Source+":")
		if !ours {
			return bridges.ErrNoFile
		}
		conversation, err := tx.Conversation(chat.Conversation)
		if err != nil {
			return err
		}
		site, err := tx.Site(conversation.Site)
		if err != nil {
			return err
		}
		lang = site.StaffLang
		if b = s.bots[chat.Source]; b == nil {
			return journal.Permanent(errors.New(s.texts.Text(lang, "telegram.no_bot", name)))
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	f, err := b.fetch(ctx, remote)
	if err != nil {
		return nil, 0, s.whyNot(err, lang)
	}
	if err := s.examine(ctx, record, f, lang); err != nil {
		_ = f.Close()
		return nil, 0, s.whyNot(err, lang)
	}
	return f, f.size, nil
}

// filePause is the wait before a file is asked for again that Telegram does not give just now.
const filePause = 10 * time.Second

// errNotServed is the answer of who serves files, when it is none.
type errNotServed struct {
	code   int
	status string
}

func (e *errNotServed) Error() string { return "fetch a file: telegram answers " + e.status }

// whyNot says what to do about a file that Telegram does not give. That Telegram is away, or does not know our token, is no fault of the file: it
// is not given up. Who serves the files may lose one for a while.
func (s *Service) whyNot(err error, lang string) error {
	var refused *desk.Error
	var answered *apiError
	var unserved *errNotServed
	switch {
	case errors.As(err, &refused):
		return journal.Permanent(errors.New(s.texts.Text(lang, refused.Key, refused.Args...)))
	case errors.As(err, &answered):
		return journal.RetryAfter(err, max(filePause, answered.retryAfter))
	case errors.As(err, &unserved) && unserved.code < http.StatusInternalServerError &&
		unserved.code != http.StatusTooManyRequests && unserved.code != http.StatusUnauthorized:
		return errors.New(s.texts.Text(lang, "telegram.no_file", unserved.status))
	}
	return journal.RetryAfter(err, filePause)
}

// remoteOf gives Telegram's id of a file; empty if it lies elsewhere.
func remoteOf(f *desk.File) string {
	rest, ours := strings.CutPrefix(f.ClientID, filePrefix)
	if _, remote, named := strings.Cut(rest, ":"); ours && named {
		remote, _, _ = strings.Cut(remote, ":")
		return remote
	}
	return ""
}

// uniqueOf gives the id by which a file of Telegram's is known again; empty if it is not known.
func uniqueOf(f *desk.File) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(f.ClientID, filePrefix), ":")
	_, unique, _ := strings.Cut(rest, ":")
	return unique
}

// fetched is a file on its way from Telegram; its head is read ahead.
type fetched struct {
	body   io.ReadCloser
	size   int64
	head   []byte
	unread []byte // of the head
	pulse  *pulse
	cancel func()
}

func (f *fetched) Read(p []byte) (int, error) {
	if len(f.unread) > 0 {
		n := copy(p, f.unread)
		f.unread = f.unread[n:]
		return n, nil
	}
	n, err := f.body.Read(p)
	f.pulse.beat()
	return n, err
}

// Close ends the fetching.
func (f *fetched) Close() error {
	err := f.body.Close()
	f.cancel()
	return err
}

// fetch begins to read a file. It is broken off when it stands still.
func (b *bot) fetch(ctx context.Context, remote string) (f *fetched, err error) {
	ctx, pulse, cancel := watched(ctx, b.s.cfg.Stall)
	f = &fetched{pulse: pulse, cancel: cancel}
	defer func() {
		if err == nil {
			return
		}
		if f.body != nil {
			_ = f.body.Close()
		}
		cancel()
		f = nil
	}()
	at, size, err := b.whereabouts(ctx, remote)
	if err != nil {
		return f, err
	}
	if b.cfg.FileDir != "" {
		f.body, f.size, err = b.openLocal(at)
	} else {
		f.body, f.size, err = b.download(ctx, at)
	}
	if err != nil {
		return f, err
	}
	if f.size < 0 {
		f.size = size
	}
	f.head = make([]byte, content.SniffLen)
	n, err := io.ReadFull(f.body, f.head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return f, errors.New("fetch a file: " + b.clean(err))
	}
	pulse.beat()
	f.head = f.head[:n]
	f.unread = f.head
	return f, nil
}

// whereabouts asks where a file lies, which is a path, and how large it is.
func (b *bot) whereabouts(ctx context.Context, remote string) (at string, size int64, err error) {
	result, err := b.ask(ctx, "getFile", map[string]string{"file_id": remote})
	var refused *apiError
	switch {
	case errors.As(err, &refused) && refused.code == http.StatusBadRequest && strings.Contains(refused.text, "too big"):
		return "", 0, desk.Refuse(desk.Invalid, "telegram.too_big")
	case errors.As(err, &refused) && refused.code == http.StatusBadRequest:
		return "", 0, desk.Refuse(desk.NotFound, "telegram.no_file", refused.text)
	case err != nil:
		return "", 0, err
	}
	var file struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := json.Unmarshal(result, &file); err != nil || file.Path == "" {
		return "", 0, desk.Refuse(desk.NotFound, "telegram.no_file", "no path in its answer")
	}
	return file.Path, file.Size, nil
}

// below gives a path as it is below the directory of the bot's files. A server of one's own in its local mode gives the whole path, in which
// that directory is named by the token.
func (b *bot) below(at string) string {
	if !path.IsAbs(at) {
		return at
	}
	_, rest, _ := strings.Cut(at, "/"+b.cfg.Token+"/")
	return rest
}

func (b *bot) download(ctx context.Context, at string) (io.ReadCloser, int64, error) {
	rest := b.below(at)
	if rest == "" {
		return nil, 0, desk.Refuse(desk.NotFound, "telegram.elsewhere")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.cfg.FileURL+"/bot"+b.cfg.Token+"/"+rest, nil)
	if err != nil {
		return nil, 0, errors.New("fetch a file: " + b.clean(err))
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, 0, errors.New("fetch a file: " + b.clean(err))
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, 0, &errNotServed{resp.StatusCode, resp.Status}
	}
	return resp.Body, resp.ContentLength, nil
}

// openLocal opens a file of the Bot API server on this machine. Nothing outside of the directory of the bot's files is opened, whatever the
// server answers and wherever links point.
func (b *bot) openLocal(at string) (io.ReadCloser, int64, error) {
	root, err := os.OpenRoot(filepath.Join(b.cfg.FileDir, b.cfg.Token))
	if err != nil {
		return nil, 0, errors.New("open the files of the Bot API server: " + b.clean(err))
	}
	defer root.Close()
	rest := b.below(at)
	if rest == "" {
		return nil, 0, desk.Refuse(desk.NotFound, "telegram.elsewhere")
	}
	file, err := root.Open(rest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, &errNotServed{http.StatusNotFound, "404 Not Found"}
	case errors.Is(err, fs.ErrPermission):
		return nil, 0, errors.New("open a file of the Bot API server: " + b.clean(err))
	case err != nil:
		return nil, 0, desk.Refuse(desk.NotFound, "telegram.elsewhere")
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = file.Close()
		return nil, 0, desk.Refuse(desk.NotFound, "telegram.elsewhere")
	}
	return file, info.Size(), nil
}

// examine holds a file to what customers may send, and corrects its record by what its bytes tell.
func (s *Service) examine(ctx context.Context, record *desk.File, f *fetched, lang string) error {
	seen := content.Sniff(f.head)
	switch {
	case s.cfg.FileMax > 0 && f.size > s.cfg.FileMax:
		return desk.Refuse(desk.Invalid, "telegram.over_limit", desk.SizeText(s.texts, lang, f.size), desk.SizeText(s.texts, lang, s.cfg.FileMax))
	case !content.TypeAllowed(s.cfg.Types, seen.Type):
		return desk.Refuse(desk.Invalid, "telegram.bad_type", seen.Type)
	}
	is := record.Attachment
	is.Type, is.Kind, is.Voice = seen.Type, seen.Kind, is.Voice && seen.Kind == content.Audio
	if seen.Width > 0 {
		is.Width, is.Height = seen.Width, seen.Height
	}
	if f.size > 0 {
		is.Size = f.size
	}
	if is == record.Attachment {
		return nil
	}
	return s.journal.Write(ctx, func(tx journal.Tx) error {
		now, err := tx.File(desk.FileID(record.ID))
		if err != nil {
			return err
		}
		now.Attachment = is
		return tx.PutFile(now)
	})
}
