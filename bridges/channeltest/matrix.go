package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Matrix is the scripted homeserver that a House promises: everything works at once. It outlives the desks before it.
type Matrix struct {
	mu      sync.Mutex
	effects []desk.Effect
	files   map[string]string
	changed chan struct{}
}

// NewMatrix makes an empty one.
func NewMatrix() *Matrix {
	return &Matrix{changed: make(chan struct{}), files: make(map[string]string)}
}

// Deliver carries an effect out.
func (m *Matrix) Deliver(_ context.Context, e desk.Effect, _ journal.Attempt) (journal.Delivered, error) {
	lane, id, _ := desk.LaneOf(e)
	m.mu.Lock()
	m.effects = append(m.effects, e)
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	if _, create := e.(desk.CreateRoom); create {
		return journal.Delivered{Room: &desk.Room{Key: lane, ID: desk.RoomID("!" + string(lane)), Version: "12"}}, nil
	}
	return journal.Delivered{Event: desk.EventID("$" + id)}, nil
}

// Apply takes every desired state for done.
func (m *Matrix) Apply(context.Context, desk.Room, desk.Desire, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}

// Await waits for an effect that was carried out, and gives it.
func (m *Matrix) Await(t testing.TB, what string, ok func(desk.Effect) bool) desk.Effect {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		m.mu.Lock()
		changed, all := m.changed, m.effects
		m.mu.Unlock()
		if i := slices.IndexFunc(all, ok); i >= 0 {
			return all[i]
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("waited in vain for %s; posted is %q", what, m.Texts())
		}
	}
}

// Post waits for a post, and gives it.
func (m *Matrix) Post(t testing.TB, what string, ok func(desk.Post) bool) desk.Post {
	t.Helper()
	return m.Await(t, what, func(e desk.Effect) bool {
		p, is := e.(desk.Post)
		return is && ok(p)
	}).(desk.Post)
}

// Posts are those so far.
func (m *Matrix) Posts() (out []desk.Post) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.effects {
		if p, ok := e.(desk.Post); ok {
			out = append(out, p)
		}
	}
	return out
}

// Texts are those of the posts.
func (m *Matrix) Texts() (out []string) {
	for _, p := range m.Posts() {
		out = append(out, p.Text)
	}
	return out
}

// Put puts a file into the media repository.
func (m *Matrix) Put(mxc, body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[mxc] = body
}

// Open gives a file of the media repository.
func (m *Matrix) Open(_ context.Context, mxc, _ string) (*http.Response, error) {
	m.mu.Lock()
	body, ok := m.files[mxc]
	m.mu.Unlock()
	if !ok {
		return nil, errors.Join(errors.New("no such media"), desk.ErrNotFound)
	}
	w := httptest.NewRecorder()
	_, _ = w.WriteString(body)
	return w.Result(), nil
}
