package appservice_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"frontdesk/desk"
	"frontdesk/internal/devstack"
)

// logged keeps what is logged. What writes it has ended when it is read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// rowsWith counts the rows, in all tables of the database, that hold a text.
func (f *office) rowsWith(text string) map[string]int {
	f.t.Helper()
	raw, err := sql.Open("sqlite3", f.file)
	if err != nil {
		f.t.Fatal(err)
	}
	defer raw.Close()
	ask := func(query string, args ...any) (out []string) {
		rows, err := raw.QueryContext(f.t.Context(), query, args...)
		if err != nil {
			f.t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var one string
			if err := rows.Scan(&one); err != nil {
				f.t.Fatal(err)
			}
			out = append(out, one)
		}
		if err := rows.Err(); err != nil {
			f.t.Fatal(err)
		}
		return out
	}
	found := map[string]int{}
	for _, table := range ask("SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%'") {
		for _, column := range ask("SELECT name FROM pragma_table_info(?)", table) {
			query := fmt.Sprintf("SELECT 1 FROM %q WHERE instr(CAST(%q AS TEXT), ?)>0", table, column)
			if n := len(ask(query, text)); n > 0 {
				found[table+"."+column] = n
			}
		}
	}
	return found
}

// TestAccountOfNewStaff: «!operator add» takes in an account that is there, refuses one that is not, and makes it where it has Synapse's secret: the
// password that it tells signs in, and stands neither in the database nor in the log once it has been told. A wrong secret is said, and nobody is
// taken in.
func TestAccountOfNewStaff(t *testing.T) {
	var log logged
	o := officeOptions{admin: true, double: true, log: &log}
	f := open(t, o)
	chief, there := f.operators[0], f.person("op")
	missing := fmt.Sprintf("op_%d", people.Add(1))
	f.join(chief, f.room(desk.LobbyRoom(queueID)).ID)
	order := func(name, want string) string {
		t.Helper()
		if _, err := chief.SendText(bounded(t), f.lobby(), "!operator add @"+name+" "+string(queueID)); err != nil {
			t.Fatal(err)
		}
		direct := id.RoomID(f.room(desk.DirectRoom(desk.UserID(chief.ID))).ID)
		return f.sees(chief, direct, event.EventMessage, func(e *event.Event) bool {
			return e.Sender == id.UserID(bot) && strings.Contains(e.Content.AsMessage().Body, want)
		}).Content.AsMessage().Body
	}
	order(desk.UserID(there.ID).Localpart(), string(there.ID)+" is now among the staff")
	order(missing, "There is no account @"+missing)

	f.stop()
	f.config.RegistrationSecret = "wrong"
	f.start(o)
	order(missing, "does not make the account @"+missing)

	f.stop()
	f.config.RegistrationSecret = f.synapse.Secret
	f.start(o)
	_, password, _ := strings.Cut(order(missing, "first sign-in: "), "first sign-in: ")
	password = strings.TrimSpace(password)
	newcomer, err := devstack.Login(bounded(t), f.synapse.URL, missing, password)
	if err != nil {
		t.Fatalf("sign in with the password %q that was told: %v", password, err)
	}
	t.Cleanup(newcomer.Close)
	f.join(newcomer, f.room(desk.LobbyRoom(queueID)).ID)
	f.noDeadLetters()
	f.stop()
	if found := f.rowsWith(password); len(found) > 0 {
		t.Errorf("the password stands in %v", found)
	}
	if found := f.rowsWith(missing); len(found) == 0 {
		t.Error("nothing is found of who was taken in: the database was not read")
	}
	text := log.text.String()
	for _, secret := range []string{password, f.config.RegistrationSecret} {
		if _, after, ok := strings.Cut(text, secret); ok {
			t.Errorf("%q stands in the log before %.200q", secret, after)
		}
	}
}

// TestStaffWhoGo: who is taken off the staff by command is in none of the desk's rooms any more and comes back into none; their ticket waits again.
func TestStaffWhoGo(t *testing.T) {
	f := open(t, officeOptions{admin: true, double: true, operators: 2})
	chief, leaver := f.operators[0], f.operators[1]
	c := f.visitor()
	f.write(c, "Hello")
	portal := f.accepted(c, leaver)
	rooms := []id.RoomID{portal}
	for _, key := range []desk.RoomKey{
		desk.LobbyRoom(queueID), desk.QueueRoom(queueID), desk.SiteRoom(siteID), desk.StaffSpace(), desk.DeskRoom(desk.UserID(leaver.ID)),
	} {
		rooms = append(rooms, id.RoomID(f.room(key).ID))
		f.join(leaver, f.room(key).ID)
	}
	if _, err := chief.SendText(bounded(t), f.lobby(), "!operator remove "+string(leaver.ID)); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Waiting)
	for _, room := range rooms {
		f.eventually("their leave of "+string(room), func() bool {
			return f.currentState(room, "m.room.member", string(leaver.ID))["membership"] == "leave"
		})
		if err := leaver.Join(bounded(t), room); !errors.Is(err, mautrix.MForbidden) {
			t.Errorf("they come back into %s: %v", room, err)
		}
	}
	if _, err := chief.SendText(bounded(t), f.lobby(), fmt.Sprintf("!accept %d", f.ticket(c).Number)); err != nil {
		t.Fatal(err)
	}
	f.state(c, desk.Assigned)
	f.applied()
	if got := f.currentState(portal, "m.room.member", string(leaver.ID))["membership"]; got != "leave" {
		t.Errorf("they are offered the ticket they had: %v", got)
	}
	f.noDeadLetters()
}
