package appservice_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"frontdesk/desk"
)

// thief takes transactions that contain a word: the homeserver believes them delivered, as it does with those it forgets in its table.
type thief struct {
	inner http.Handler
	word  string
}

func (h *thief) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.Contains(string(body), h.word) {
		_, _ = io.WriteString(w, "{}")
		return
	}
	again := r.Clone(r.Context())
	again.Body = readCloser{strings.NewReader(string(body))}
	h.inner.ServeHTTP(w, again)
}

// A transaction that never comes, soon after an absence: what it held arrives before what follows it, and also if nothing follows.
func TestATransactionIsMissing(t *testing.T) {
	h := &thief{word: "stolen"}
	f := open(t, officeOptions{between: func(inner http.Handler) http.Handler { h.inner = inner; return h }})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, anna)
	f.applied()
	f.service.Doubt()
	want := []string{"stolen one", "after", "stolen two"}
	for _, text := range want {
		if _, err := anna.SendText(ctx, portal, text); err != nil {
			t.Fatal(err)
		}
	}
	f.hears(c, want[len(want)-1])
	var got []string
	for _, m := range f.messages(c) {
		if m.Author == desk.FromStaff {
			got = append(got, m.Content.Text)
		}
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("visitor reads %q, want %q", got, want)
	}
	f.noDeadLetters()
}
