package desk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// topicModel is what ought to be true of a customer with conversations on two channels, worked out without the engine.
type topicModel struct {
	*desktest.Desk
	t      *testing.T
	random *rand.Rand
	shown  map[desk.QueueID]bool
	chosen desk.QueueID
	talks  []*talkModel
	log    []string
}

type talkModel struct {
	c        desk.ConversationID
	state    desk.TicketState // empty before the first one
	queue    desk.QueueID
	deadline time.Time // of choosing
	stars    int
}

var allTopics = []desk.QueueID{desktest.Queue, sales, delivery}

func (m *topicModel) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *topicModel) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter:\n%s", fmt.Sprintf(format, args...), strings.Join(m.log[max(0, len(m.log)-25):], "\n"))
}

// offered lists what the customer may choose from, in the order of the site.
func (m *topicModel) offered(k *talkModel) []desk.QueueID {
	if k.state != "" && k.state != desk.Choosing || k.state == "" && m.shown[m.chosen] {
		return nil
	}
	all := m.visible()
	if len(all) < 2 {
		return nil
	}
	return all
}

func (m *topicModel) visible() []desk.QueueID {
	return slices.DeleteFunc([]desk.QueueID{desktest.Queue, delivery, sales}, func(q desk.QueueID) bool { return !m.shown[q] })
}

func (m *topicModel) step() {
	k := m.talks[m.random.IntN(len(m.talks))]
	q := allTopics[m.random.IntN(len(allTopics))]
	switch m.random.IntN(10) {
	case 0, 1:
		m.writes(k)
	case 2, 3:
		m.chooses(k, q)
	case 4:
		length := time.Duration(m.random.IntN(50)) * time.Second
		m.note("%s pass", length)
		m.Pass(length)
		for _, k := range m.talks {
			if k.state == desk.Choosing && !k.deadline.After(m.Now) {
				k.state, k.queue = desk.Waiting, desktest.Queue
			}
		}
	case 5:
		m.note("%s is shown: %t", q, !m.shown[q])
		m.shown[q] = !m.shown[q]
		row, err := m.Queue(q)
		if err != nil {
			m.fail("queue: %v", err)
		}
		row.Visible = m.shown[q]
		if err := m.PutQueue(row); err != nil {
			m.fail("queue: %v", err)
		}
	case 6, 7:
		m.staffActs(k, q)
	default:
		m.rates(k)
	}
}

func (m *topicModel) writes(k *talkModel) {
	m.note("%s writes", k.c)
	m.Write(k.c, "words")
	if k.state != "" && k.state != desk.Closed {
		return
	}
	k.state, k.queue, k.stars = desk.Waiting, desktest.Queue, 0
	if m.shown[m.chosen] {
		k.queue = m.chosen
	} else if len(m.visible()) >= 2 {
		k.state, k.queue, k.deadline = desk.Choosing, "", m.Now.Add(time.Minute)
	}
}

func (m *topicModel) chooses(k *talkModel, q desk.QueueID) {
	m.note("%s chooses %s", k.c, q)
	_, err := m.Try(desk.CustomerChoice{Conversation: k.c, Queue: q})
	m.Deliver()
	want := desk.Code("")
	switch {
	case k.state != "" && k.state != desk.Choosing:
		want = desk.Conflict
	case !m.shown[q] || k.state == "" && len(m.visible()) < 2:
		want = desk.NotFound
	default:
		k.state, k.queue, m.chosen = desk.Waiting, q, q
	}
	if (err != nil || want != "") && desk.CodeOf(err) != want {
		m.fail("%s chooses %s: %v, want %q", k.c, q, err, want)
	}
}

// staffActs moves a ticket as operators do, which must not change what the customer has chosen.
func (m *topicModel) staffActs(k *talkModel, q desk.QueueID) {
	switch k.state {
	case desk.Waiting:
		m.note("%s is accepted", k.c)
		m.Say(desktest.Boris, desk.LobbyRoom(k.queue), fmt.Sprintf("!accept %d", m.TicketOf(k.c).Number))
		k.state = desk.Assigned
	case desk.Assigned:
		if m.random.IntN(2) == 0 && q != k.queue {
			m.note("%s is transferred to %s", k.c, q)
			m.Say(desktest.Boris, m.PortalOf(k.c), "!queue "+string(q))
			k.state, k.queue = desk.Waiting, q
			return
		}
		m.note("%s is closed", k.c)
		m.Say(desktest.Boris, m.PortalOf(k.c), "!close")
		k.state = desk.Closed
	}
}

func (m *topicModel) rates(k *talkModel) {
	if k.state == "" {
		return
	}
	stars := m.random.IntN(7)
	m.note("%s is rated %d", k.c, stars)
	_, err := m.Try(desk.CustomerRating{Conversation: k.c, Ticket: m.TicketOf(k.c).ID, Stars: stars})
	m.Deliver()
	want := desk.Code("")
	switch {
	case k.state != desk.Closed:
		want = desk.Conflict
	case stars < 1 || stars > 5:
		want = desk.Invalid
	default:
		k.stars = stars
	}
	if (err != nil || want != "") && desk.CodeOf(err) != want {
		m.fail("rating by %d stars: %v, want %q", stars, err, want)
	}
}

func (m *topicModel) check(k *talkModel) {
	m.t.Helper()
	if got, want := topics(m.t, m.Desk, k.c), m.offered(k); !slices.Equal(got, want) {
		m.fail("%s is offered %v, want %v", k.c, got, want)
	}
	if k.state == "" {
		return
	}
	ticket, room := m.TicketOf(k.c), m.PortalOf(k.c)
	if ticket.State != k.state || ticket.Queue != k.queue {
		m.fail("%s: %s in %q, want %s in %q", k.c, ticket.State, ticket.Queue, k.state, k.queue)
	}
	buttons := 0
	for _, message := range m.Messages(k.c) {
		if len(message.Options) > 0 {
			buttons++
		}
	}
	if want := map[bool]int{true: 1}[k.state == desk.Choosing]; buttons != want {
		m.fail("%s: buttons on %d messages, want %d", k.c, buttons, want)
	}
	for _, q := range allTopics {
		var child desk.Child
		if _, err := m.Desired(desk.QueueRoom(q), desk.ThingChild+string(room)); err == nil {
			m.Want(desk.QueueRoom(q), desk.ThingChild+string(room), &child)
		}
		if hangs := k.state == desk.Waiting && k.queue == q; child.Present != hangs {
			m.fail("%s: its room hangs in %s: %t", k.c, q, child.Present)
		}
	}
	if got := m.Membership(room, desktest.Boris); k.state == desk.Choosing && got != "" && got != "leave" {
		m.fail("%s: somebody is wanted in an unseen room: %s", k.c, got)
	}
	rating, err := m.Rating(ticket.ID)
	if (err == nil) != (k.stars > 0) || err == nil && rating.Stars != k.stars {
		m.fail("%s: rated %+v, %v; want %d", k.c, rating, err, k.stars)
	}
}

// TestTopicModel lets a customer on two channels, time, the staff and an administrator do anything in any order.
func TestTopicModel(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &topicModel{t: t, random: rand.New(rand.NewPCG(seed, 3)), shown: map[desk.QueueID]bool{sales: true, delivery: true}}
			m.Desk = newDesk(t, twoTopics, func(in *desk.SitesConfigured) { in.Queues[0].Operators = []desk.UserID{desktest.Boris} })
			first := m.Open()
			row, err := m.Conversation(first)
			if err != nil {
				t.Fatal(err)
			}
			second := desk.Conversation{ID: "telegram1", Site: row.Site, Customer: row.Customer, Channel: telegramChannel, Created: m.Now}
			if err := m.PutConversation(&second); err != nil {
				t.Fatal(err)
			}
			m.talks = []*talkModel{{c: first}, {c: second.ID}}
			for range 120 {
				m.step()
				for _, k := range m.talks {
					m.check(k)
				}
			}
		})
	}
}
