package desk_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// officeModel is what ought to be true of sites, departments and rooms made by hand, worked out without the engine.
type officeModel struct {
	*desktest.Desk
	t           *testing.T
	random      *rand.Rand
	departments map[string]bool
	of          map[desk.UserID]string // who belongs to which
	sites       map[desk.SiteID]*siteModel
	rooms       map[desk.RoomID]string // made by hand: "", found, dropped or adopted
	log         []string
}

type siteModel struct {
	removed bool
	gone    bool // and its rooms have lost their people
	anna    bool // answers there
	c       desk.ConversationID
	open    bool // the ticket of c
	began   bool // there was one
}

// officePeople give orders: one with all rights, one with those of a site, an operator, a stranger.
var officePeople = []desk.UserID{desktest.Admin, desktest.Admin, desktest.Admin, manager, desktest.Anna, desktest.Outside}

func (m *officeModel) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter:\n%s", fmt.Sprintf(format, args...), strings.Join(m.log[max(0, len(m.log)-30):], "\n"))
}

func (m *officeModel) one(of ...string) string { return of[m.random.IntN(len(of))] }

// says gives an order. Unless it may, nothing changes by it; if it does, it is recorded.
func (m *officeModel) says(u desk.UserID, may bool, order string) string {
	m.t.Helper()
	m.log = append(m.log, fmt.Sprintf("%s: %s (%t)", u, order, may))
	before, entries := m.rows(), len(m.Journal())
	answer := ask(m.t, m.Desk, u, order)
	if changed := m.rows() != before; changed != may || may && len(m.Journal()) == entries {
		m.fail("%s changed something: %t, recorded %d entries: %s", order, changed, len(m.Journal())-entries, answer)
	}
	return answer
}

// rows is everything the orders of the model may change.
func (m *officeModel) rows() string {
	names, err := m.Departments()
	must(err)
	others, err := m.DesiredOf(desk.StaffSpace())
	must(err)
	return deskDump(m.Desk) + fmt.Sprint(names, others)
}

func (m *officeModel) known(name string) (string, bool) {
	for have := range m.departments {
		if strings.EqualFold(have, name) {
			return have, true
		}
	}
	return "", false
}

func (m *officeModel) somebodyAddsDepartment(u desk.UserID) {
	name := m.one("Sales", "Claims", "sales", "Front office", "a:b", "")
	_, taken := m.known(name)
	may := u == desktest.Admin && !taken && name != "" && name != "a:b"
	m.says(u, may, "!departments add "+name)
	if may {
		m.departments[name] = true
	}
}

func (m *officeModel) somebodyRenamesDepartment(u desk.UserID) {
	from, to := m.one("Sales", "claims", "Claims", "Front office"), m.one("Sales", "Claims", "SALES", "Letters")
	old, there := m.known(from)
	other, taken := m.known(to)
	may := u == desktest.Admin && there && (!taken || other == old && other != to)
	m.says(u, may, fmt.Sprintf("!departments rename «%s» %s", from, to))
	if !may {
		return
	}
	delete(m.departments, old)
	m.departments[to] = true
	for who, name := range m.of {
		if name == old {
			m.of[who] = to
		}
	}
}

func (m *officeModel) somebodyRemovesDepartment(u desk.UserID) {
	word := m.one("Sales", "claims", "Front office", "Letters")
	name, there := m.known(word)
	may := u == desktest.Admin && there && !slices.Contains(slices.Collect(maps.Values(m.of)), name)
	m.says(u, may, "!departments remove "+word)
	if may {
		delete(m.departments, name)
	}
}

func (m *officeModel) somebodyIsPutIntoDepartment(u desk.UserID) {
	if u == manager {
		return // whose rights over people are another test's
	}
	who, word := []desk.UserID{desktest.Anna, desktest.Boris}[m.random.IntN(2)], m.one("sales", "Claims", "Letters", "")
	name, there := m.known(word)
	may := u == desktest.Admin && (there || word == "") && m.of[who] != name
	m.says(u, may, strings.TrimSpace(fmt.Sprintf("!operator set %s department %s", who, word)))
	if may {
		m.of[who] = name
	}
}

func (m *officeModel) site() desk.SiteID {
	return []desk.SiteID{desktest.Site, "blog", "toys"}[m.random.IntN(3)]
}

func (m *officeModel) somebodyAddsSite(u desk.UserID) {
	id := m.site()
	may := u == desktest.Admin && m.sites[id] == nil
	m.says(u, may, fmt.Sprintf("!sites add %s https://%s.example Name of %s", id, id, id))
	if may {
		m.sites[id] = &siteModel{}
	}
}

func (m *officeModel) somebodyRemovesSite(u desk.UserID) {
	id := m.site()
	s, others := m.sites[id], 0
	for other, s := range m.sites {
		if other != id && !s.removed {
			others++
		}
	}
	may := u == desktest.Admin && s != nil && !s.removed && others > 0
	m.says(u, may, "!sites remove "+string(id))
	if may {
		s.removed = true
		m.dissolves(s)
	}
}

// dissolves takes the people out of a removed site without open tickets.
func (m *officeModel) dissolves(s *siteModel) {
	if s.removed && !s.open {
		s.gone, s.anna = true, false
	}
}

func (m *officeModel) somebodyRestoresSite(u desk.UserID) {
	id := m.site()
	s := m.sites[id]
	may := u == desktest.Admin && s != nil && s.removed
	m.says(u, may, "!sites restore "+string(id))
	if may {
		s.removed, s.gone = false, false
	}
}

// annaJoins has Anna answer at a site.
func (m *officeModel) annaJoins(u desk.UserID) {
	s := m.sites[m.site()]
	if s == nil || s.removed || s.anna || u != desktest.Admin {
		return
	}
	m.says(u, true, "!operator join @anna:test "+string(m.queueOf(s)))
	s.anna = true
}

func (m *officeModel) queueOf(of *siteModel) desk.QueueID {
	for id, s := range m.sites {
		if s != of {
			continue
		}
		row, err := m.Site(id)
		must(err)
		return row.DefaultQueue
	}
	return ""
}

// visitorWrites is a customer's message to a site: it begins something only where there is one.
func (m *officeModel) visitorWrites(desk.UserID) {
	id := m.site()
	s := m.sites[id]
	if s == nil {
		return
	}
	m.log = append(m.log, "a visitor writes to "+string(id))
	if s.c == "" {
		c, err := m.Engine.OpenConversation(m.Tx, m.Now, id, desk.ChannelWidget, "en")
		must(err)
		s.c = c.ID
	}
	_, err := m.Try(desk.CustomerMessage{Conversation: s.c, ClientID: fmt.Sprint("m", len(m.log)), Text: "hello", At: m.Now})
	m.Deliver()
	if refused := s.removed && !s.open; (err != nil) != refused || refused && desk.CodeOf(err) != desk.Denied {
		m.fail("a visitor of %s: %v", id, err)
	}
	s.open = s.open || err == nil
	s.began = s.began || s.open
}

func (m *officeModel) somebodyCloses(desk.UserID) {
	s := m.sites[m.site()]
	if s == nil || !s.open {
		return
	}
	number := m.TicketOf(s.c).Number
	m.log = append(m.log, fmt.Sprintf("#%d is closed", number))
	ask(m.t, m.Desk, desktest.Admin, fmt.Sprintf("!close #%d", number))
	s.open = false
	m.dissolves(s)
}

// restart is a start with the file as it was.
func (m *officeModel) restart(desk.UserID) {
	m.log = append(m.log, "restart")
	m.Decide(twoSitesFile())
	m.Deliver()
}

var handRooms = []desk.RoomID{"!one", "!two", "!three"}

func (m *officeModel) handRoom() desk.RoomID { return handRooms[m.random.IntN(len(handRooms))] }

// found lists the rooms that were put there by hand and nothing became of yet, as the bot numbers them.
func (m *officeModel) found() []desk.RoomID {
	all := slices.DeleteFunc(slices.Clone(handRooms), func(id desk.RoomID) bool { return m.rooms[id] != "found" })
	slices.Sort(all)
	return all
}

func (m *officeModel) somebodyPutsRoom(desk.UserID) {
	id := m.handRoom()
	m.log = append(m.log, fmt.Sprintf("anna puts %s there", id))
	if m.rooms[id] == "adopted" {
		return // its hanging there is the bot's own doing
	}
	m.Decide(desk.ChildFound{Room: desk.StaffSpace(), Event: m.NextEvent(), Child: id, Sender: desktest.Anna})
	m.Deliver()
	m.rooms[id] = "found"
}

// named gives a room's id, or its number in the list.
func (m *officeModel) named(id desk.RoomID) string {
	if at := slices.Index(m.found(), id); at >= 0 && m.random.IntN(2) == 0 {
		return fmt.Sprint(at + 1)
	}
	return string(id)
}

// somebodyAdopts has the bot look into a room, who tells what he saw: at once, or when somebody has taken the room out meanwhile.
func (m *officeModel) somebodyAdopts(u desk.UserID) {
	id := m.handRoom()
	may := u == desktest.Admin && m.rooms[id] == "found"
	if m.says(u, false, "!room adopt 99"); !may {
		m.says(u, false, "!room adopt "+m.named(id))
		return
	}
	ask(m.t, m.Desk, u, "!room adopt "+m.named(id))
	if m.random.IntN(3) == 0 {
		m.says(u, true, "!room drop "+m.named(id))
		m.rooms[id] = "dropped"
	}
	seen := desk.RoomSeen{
		Child: id, By: u, Joined: m.random.IntN(4) > 0, Powerful: m.random.IntN(4) > 0, Name: "Tea", Creator: desktest.Boris,
		Members: []desk.UserID{desktest.Anna, desktest.Outside, desktest.Bot},
	}
	m.log = append(m.log, fmt.Sprintf("seen %+v", seen))
	m.Decide(seen)
	m.Deliver()
	if m.rooms[id] == "found" && seen.Joined && seen.Powerful {
		ask(m.t, m.Desk, u, "!1") // the stranger may be made to leave
		m.Decide(seen)
		m.Deliver()
	}
	if m.rooms[id] == "found" && seen.Joined && seen.Powerful {
		m.rooms[id] = "adopted"
	}
}

func (m *officeModel) somebodyDrops(u desk.UserID) {
	id := m.handRoom()
	may := u == desktest.Admin && m.rooms[id] == "found"
	m.says(u, may, "!room drop "+m.named(id))
	if may {
		m.rooms[id] = "dropped"
	}
}

func (m *officeModel) step() {
	acts := []func(desk.UserID){
		m.somebodyAddsDepartment, m.somebodyRenamesDepartment, m.somebodyRemovesDepartment, m.somebodyIsPutIntoDepartment,
		m.somebodyAddsSite, m.somebodyRemovesSite, m.somebodyRestoresSite, m.annaJoins, m.visitorWrites, m.visitorWrites, m.somebodyCloses, m.restart,
		m.somebodyPutsRoom, m.somebodyAdopts, m.somebodyDrops,
	}
	acts[m.random.IntN(len(acts))](officePeople[m.random.IntN(len(officePeople))])
}

// check compares the desk with the model.
func (m *officeModel) check() {
	m.t.Helper()
	names, err := m.Departments()
	must(err)
	if want := slices.Sorted(maps.Keys(m.departments)); !slices.Equal(names, want) {
		m.fail("departments %q, want %q", names, want)
	}
	for _, u := range []desk.UserID{desktest.Anna, desktest.Boris} {
		if o, err := m.Operator(u); err != nil || o.Department != m.of[u] {
			m.fail("%s belongs to %+v, %v; want %q", u, o, err, m.of[u])
		}
	}
	for id, s := range m.sites {
		m.checkSite(id, s)
	}
	m.checkRooms()
}

func (m *officeModel) checkSite(id desk.SiteID, s *siteModel) {
	m.t.Helper()
	row, err := m.Site(id)
	must(err)
	queue, err := m.Queue(row.DefaultQueue)
	must(err)
	if row.Removed != s.removed || queue.Removed != s.gone || slices.Contains(queue.Operators, desktest.Anna) != s.anna {
		m.fail("site %+v with %+v, want %+v", row, queue, s)
	}
	if s.began && (m.TicketOf(s.c).State != desk.Closed) != s.open {
		m.fail("ticket of %s: %+v, open: %t", id, m.TicketOf(s.c), s.open)
	}
	for _, room := range []desk.RoomKey{desk.SiteRoom(id), desk.QueueRoom(queue.ID), desk.LobbyRoom(queue.ID)} {
		if in := m.Membership(room, desktest.Anna) == "join"; in != s.anna {
			m.fail("anna in %s: %t, want %t", room, in, s.anna)
		}
	}
}

// checkRooms: the adopted hang in the space as rooms of ours, with the staff in them and nobody else; the others are listed or gone.
func (m *officeModel) checkRooms() {
	m.t.Helper()
	list := ask(m.t, m.Desk, desktest.Admin, "!room adopt")
	for _, id := range handRooms {
		state := m.rooms[id]
		if listed := strings.Contains(list, string(id)); listed != (state == "found") {
			m.fail("%s is %q, listed: %t", id, state, listed)
		}
		var other desk.Other
		if d, err := m.Desired(desk.StaffSpace(), desk.ThingOther+string(id)); err == nil {
			must(json.Unmarshal(d.Value, &other))
		}
		if (other.Want == desk.OtherDrop) != (state == "dropped") {
			m.fail("%s is %q, wanted by %+v", id, state, other)
		}
		room, err := m.RoomByID(id)
		if (err == nil) != (state == "adopted") {
			m.fail("%s is %q, looked after: %+v, %v", id, state, room, err)
		}
		if err != nil {
			continue
		}
		if !hangs(m.Desk, desk.StaffSpace(), room.Key) || m.Membership(room.Key, desktest.Anna) != "join" || m.Membership(room.Key, desktest.Outside) != "leave" {
			m.fail("%s is adopted and does not look so", id)
		}
	}
}

// TestOfficeModel lets people of all rights, customers and restarts do anything in any order with sites, departments and rooms made by hand.
func TestOfficeModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &officeModel{
				Desk: managed(t), t: t, random: rand.New(rand.NewPCG(seed, 4)), departments: map[string]bool{}, of: map[desk.UserID]string{},
				sites: map[desk.SiteID]*siteModel{desktest.Site: {anna: true}, "blog": {}}, rooms: map[desk.RoomID]string{},
			}
			for _, u := range officePeople {
				ask(t, m.Desk, u, "!help accept") // the rooms that come with a first word
			}
			for range 120 {
				m.step()
				m.check()
			}
		})
	}
}
