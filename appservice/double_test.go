package appservice_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

// Where double puppeting is on, nobody has to click: who presses the button is in the room. What we did in their name is not taken for
// their own act; what they do with our row is.
func TestDoublePuppeting(t *testing.T) {
	f := open(t, officeOptions{operators: 2, double: true})
	anna := f.operators[0]
	ctx := bounded(t)
	c := f.visitor()
	f.write(c, "Is anybody there?")
	portal := f.portal(c)
	card := f.card(anna, "Is anybody there?")
	if _, err := anna.React(ctx, f.lobby(), card.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitMembership(ctx, portal, event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	f.applied()
	ticket := f.state(c, desk.Assigned)
	generation := ticket.Generation
	member := f.currentState(portal, "m.room.member", string(anna.ID))
	row, _ := member["frontdesk.row"].(string)
	if !strings.HasPrefix(row, "member.") {
		t.Fatalf("join carries row %q", row)
	}
	if known := must(f, func(tx journal.Tx) (*desk.Event, error) { return tx.EventByRow(desk.EffectID(row)) }); known.Sender != desk.UserID(anna.ID) {
		t.Errorf("row is remembered as %+v", known)
	}
	if got := f.ticket(c); got.Generation != generation || got.Owner != desk.UserID(anna.ID) {
		t.Errorf("ticket after the echo is %+v", got)
	}

	if err := anna.Leave(ctx, portal); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Waiting)
	f.applied()

	// She comes back with a row that was ours: it counts for one event only, so this is her own act, and it accepts.
	f.joinWith(anna.Client, portal, row)
	if got := f.state(c, desk.Assigned); got.Owner != desk.UserID(anna.ID) {
		t.Errorf("owner is %s", got.Owner)
	}
	f.applied()
	f.noDeadLetters()
}

// Whoever presses the button waits to be in the room: nobody asks first whether they are. Whoever comes by themselves is not joined once more,
// which would tell everybody.
func TestJoiningAsksNothingFirst(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	f := open(t, officeOptions{operators: 2, double: true, asked: func(r *http.Request, _ int) {
		of := r.URL.Query().Get("user_id")
		for _, what := range []string{"/join/", "/state/m.room.member/"} {
			if strings.Contains(r.URL.Path, what) && (strings.Contains(of, "op_") || strings.Contains(r.URL.Path, "op_")) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, what)
			}
		}
	}})
	ctx := bounded(t)
	forget := func() {
		f.applied()
		mu.Lock()
		defer mu.Unlock()
		asked = nil
	}
	told := func() []string {
		f.applied()
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
	anna := f.operators[0]

	pressed := f.visitor()
	f.write(pressed, "Is anybody there?")
	card := f.card(anna, "Is anybody there?")
	forget()
	if _, err := anna.React(ctx, f.lobby(), card.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	if err := anna.WaitMembership(ctx, f.portal(pressed), event.MembershipJoin); err != nil {
		t.Fatal(err)
	}
	if got := told(); !slices.Equal(got, []string{"/join/"}) {
		t.Errorf("after the press was asked for %q", got)
	}

	entered := f.visitor()
	f.write(entered, "Hello?")
	f.card(anna, "Hello?")
	forget()
	if err := anna.Join(ctx, f.portal(entered)); err != nil {
		t.Fatal(err)
	}
	f.state(entered, desk.Assigned)
	if got := told(); slices.Contains(got, "/join/") {
		t.Errorf("after coming in was asked for %q", got)
	}
	f.noDeadLetters()
}

// Into a room that is only to be entered by invitation nobody tries to come without one: the homeserver would refuse it, and the log of its
// administrator would tell so.
func TestNobodyKnocksAtAClosedRoom(t *testing.T) {
	var mu sync.Mutex
	answers := map[int]int{}
	f := open(t, officeOptions{double: true, admin: true, asked: func(r *http.Request, status int) {
		if strings.Contains(r.URL.Path, "/join/") && r.URL.Query().Has("user_id") {
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
		}
	}})
	f.join(f.operators[0], f.room(desk.AdminRoom()).ID)
	f.applied()
	mu.Lock()
	defer mu.Unlock()
	if answers[http.StatusOK] == 0 || len(answers) > 1 {
		t.Errorf("joins were answered %v", answers)
	}
}

// listening gives the address of a proxy that tells of each request.
func listening(t *testing.T, home string, tell func(r *http.Request, status int)) string {
	t.Helper()
	target, err := url.Parse(home)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(resp *http.Response) error {
		tell(resp.Request, resp.StatusCode)
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// joinWith joins a room with a row of one's own choice.
func (f *office) joinWith(client *mautrix.Client, room id.RoomID, row string) {
	f.t.Helper()
	_, err := client.MakeRequest(f.t.Context(), http.MethodPost, client.BuildClientURL("v3", "join", room),
		map[string]any{"frontdesk.row": row}, nil)
	if err != nil {
		f.t.Fatal(err)
	}
}

// «Decline and ignore» hides the inviting puppet, and by mistake the bot: with double puppeting both come off the list.
func TestIgnoreListIsMended(t *testing.T) {
	f := open(t, officeOptions{double: true})
	anna := f.operators[0]
	ignored := map[id.UserID]map[string]any{id.UserID(bot): {}, "@desk_c_0123:localhost": {}, "@spam:localhost": {}}
	ctx := bounded(t)
	if err := anna.Client.SetAccountData(ctx, "m.ignored_user_list", map[string]any{"ignored_users": ignored}); err != nil {
		t.Fatal(err)
	}
	f.write(f.visitor(), "Hello")
	f.eventually("ignore list mended", func() bool {
		var list struct {
			Users map[id.UserID]json.RawMessage `json:"ignored_users"`
		}
		if err := anna.Client.GetAccountData(ctx, "m.ignored_user_list", &list); err != nil {
			t.Fatal(err)
		}
		_, spam := list.Users["@spam:localhost"]
		return len(list.Users) == 1 && spam
	})
}
