package desk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// shapeAdminsRoom makes the room where a site's administrators are asked: those who may change its settings (O10).
func (a *act) shapeAdminsRoom(site *Site) error {
	room := AdminsRoom(site.ID)
	if _, err := a.ensureRoom(room); err != nil {
		return err
	}
	if err := a.entitle(room, a.staffText(site, "room.admins.name"), a.staffText(site, "room.admins.topic", site.Name)); err != nil {
		return err
	}
	// It stands behind the queues.
	if err := a.desire(SiteRoom(site.ID), ThingChild+string(room), Child{Present: true, Order: "~"}); err != nil {
		return err
	}
	admins, err := a.adminsOf(site.ID)
	if err != nil {
		return err
	}
	return a.populate(room, admins)
}

// adminsOf lists those who may change a site's settings.
func (a *act) adminsOf(site SiteID) ([]UserID, error) {
	r, err := a.book()
	if err != nil {
		return nil, err
	}
	var out []UserID
	for i := range r.staff {
		may, err := a.can(&r.staff[i], ModSettings, true, subject{site: site})
		if err != nil {
			return nil, err
		}
		if may {
			out = append(out, r.staff[i].ID)
		}
	}
	return out, nil
}

// rowAsk begins the rows of questions to administrators: ask.<id>.<number of the ticket, 0 for none>.<user who asked>.
const rowAsk = "ask"

func askRow(id string, number int64, u UserID) EffectID {
	return EffectID(strings.Join([]string{rowAsk, id, strconv.FormatInt(number, 10), string(u)}, "."))
}

// askedBy reads who asked, and about which ticket.
func askedBy(row EffectID) (u UserID, number int64, ok bool) {
	fields := strings.SplitN(string(row), ".", 4)
	if len(fields) != 4 || fields[0] != rowAsk {
		return "", 0, false
	}
	number, err := strconv.ParseInt(fields[2], 10, 64)
	return UserID(fields[3]), number, err == nil
}

// orderAdmin puts a question to the administrators of a site (O10).
func (a *act) orderAdmin(o *order) (answer, error) {
	d, _, err := a.aboutTicket(o)
	if err != nil {
		return answer{}, err
	}
	cutSite(o)
	sites, err := a.asksWhere(o, d)
	if err != nil {
		return answer{}, err
	}
	if o.given.rest == "" {
		return answer{}, Refuse(Invalid, "admin.no_question")
	}
	if len(sites) > 1 {
		return a.asksWhom(o, sites), nil
	}
	site := &sites[0]
	name, err := a.staffName(o.by)
	if err != nil {
		return answer{}, err
	}
	var number int64
	head := a.staffText(site, "admin.asks", name)
	if d != nil {
		number = d.ticket.Number
		head = a.staffText(site, "admin.asks_about", name, number, a.customerName(d.site, d.customer))
	}
	words := clip(o.given.rest, maxAsked)
	a.emit(Post{
		ID: askRow(a.newID(), number, o.by), Room: AdminsRoom(site.ID), As: Bot,
		Text: head + "\n> " + strings.ReplaceAll(words, "\n", "\n> ") + "\n" + a.staffText(site, "admin.how"),
		HTML: "<strong>" + escape(head) + "</strong><blockquote>" + strings.ReplaceAll(escape(words), "\n", "<br>") + "</blockquote>" +
			escape(a.staffText(site, "admin.how")),
	})
	if d == nil {
		err = a.note(JournalEntry{Actor: string(o.by), Action: "admin.asked", Site: site.ID})
	} else {
		err = a.record(string(o.by), "admin.asked", d.ticket.ID, "")
	}
	return said(a.word(o, "admin.asked", site.Name)), err
}

// maxAsked is how many characters of a question the administrators see.
const maxAsked = 4000

// asksWhere gives the site whose administrators are asked: the one named, else the ticket's, that of the room, else those the asker is concerned
// with. Nobody is left in the administrators' room of a site that is gone.
func (a *act) asksWhere(o *order, d *dossier) ([]Site, error) {
	live, err := a.liveSites()
	if err != nil {
		return nil, err
	}
	if named := string(o.given.site); named != "" {
		site := find(live, func(s Site) bool { return string(s.ID) == named || strings.EqualFold(s.Name, named) })
		if site == nil {
			return nil, Refuse(NotFound, "rights.no_site", clip(named, 40), siteIDs(live))
		}
		return []Site{*site}, nil
	}
	var meant SiteID
	switch _, id := o.room.Split(); {
	case d != nil:
		meant = d.site.ID
	case o.site != nil:
		meant = o.site.ID
	case o.kind == KindAdmins:
		meant = SiteID(id)
	}
	if site := find(live, func(s Site) bool { return s.ID == meant }); site != nil {
		return []Site{*site}, nil
	}
	sites, err := a.sitesOf(o.staff)
	if err == nil && len(sites) == 0 {
		err = errors.New("no site whose administrators could be asked")
	}
	return sites, err
}

func siteIDs(sites []Site) string {
	var ids []string
	for _, s := range sites {
		ids = append(ids, string(s.ID))
	}
	return strings.Join(ids, ", ")
}

// asksWhom asks back whose administrators are meant.
func (a *act) asksWhom(o *order, sites []Site) answer {
	var options []option
	for _, s := range sites {
		options = append(options, option{label: s.Name, order: "admin site:" + string(s.ID) + " " + o.given.rest})
	}
	return a.asking(o, a.word(o, "admin.which_site"), options)
}

// keyNote is the key of an event among the administrators that stays there: a note, or an answer to one.
const keyNote = "note"

// questionOf follows answers back to the question of somebody's, for an administrator may add to what they have answered, or to the note among them
// that stands in between. nil if there is neither.
func (a *act) questionOf(room RoomKey, id EventID) (*Event, error) {
	for range maxAnswers {
		ev, err := a.event(room, id)
		if err != nil || ev == nil {
			return nil, err
		}
		if _, _, ok := askedBy(ev.Row); ok || ev.Key == keyNote {
			return ev, nil
		}
		id = ev.Relates
	}
	return nil, nil
}

// maxAnswers is how many answers, each to the one before, are followed.
const maxAnswers = 50

// adminsAnswer brings an answer in the administrators' room to the direct chat of who asked. Other words stay there.
func (a *act) adminsAnswer(in StaffMessage) error {
	if in.Notice || in.Relation == NoRelation {
		return nil
	}
	question, err := a.questionOf(in.Room, in.Relates)
	if err != nil || question == nil {
		return err
	}
	inside, err := a.staysAmongAdmins(in, question)
	if err != nil {
		return err
	}
	ev := &Event{Room: in.Room, ID: in.Event, Kind: EventPrivate, Sender: in.Sender, Relates: in.Relates}
	if inside {
		ev.Key = keyNote
	}
	if err := a.tx.PutEvent(ev); err != nil {
		return fmt.Errorf("put answer %s: %w", in.Event, err)
	}
	if inside {
		if !begins(in.Content, "//") {
			a.mark(in.Room, in.Event, markPrivate)
		}
		return nil
	}
	u, number, _ := askedBy(question.Row)
	o, err := a.staff(u)
	if err != nil || o == nil {
		return err // who asked is staff no longer
	}
	name, err := a.staffName(in.Sender)
	if err != nil {
		return err
	}
	say := a.speaker(o, nil)
	head := say("admin.answers", name)
	if number > 0 {
		head = say("admin.answers_about", name, number)
	}
	words := publicContent(in.Content)
	a.mark(in.Room, in.Event, markAnswered)
	if err := a.note(JournalEntry{Actor: string(in.Sender), Action: "admin.answered", Target: string(u), Room: in.Room}); err != nil {
		return err
	}
	err = a.tell(u, Post{
		Text: head + "\n> " + strings.ReplaceAll(words.Text, "\n", "\n> "),
		HTML: "<strong>" + escape(head) + "</strong><blockquote>" + strings.ReplaceAll(escape(words.Text), "\n", "<br>") + "</blockquote>",
	})
	if err != nil {
		return err
	}
	return a.passFiles(u, in.Files)
}

// staysAmongAdmins reports whether words are a note, or said of one, see questionOf.
func (a *act) staysAmongAdmins(in StaffMessage, about *Event) (bool, error) {
	if isNote(in.Content) || about.Key == keyNote {
		return true, nil
	}
	answered, err := a.questionOf(in.Room, in.ReplyTo)
	return answered != nil && answered.Key == keyNote, err
}

// passFiles posts files of a message in somebody's direct chat.
func (a *act) passFiles(u UserID, files []File) error {
	for i := range files {
		f := files[i]
		if f.ID == "" {
			f.ID = a.newID()
		}
		if f.Created.IsZero() {
			f.Created = a.now
		}
		if err := a.tx.PutFile(&f); err != nil {
			return fmt.Errorf("put file %s: %w", f.ID, err)
		}
		if err := a.tell(u, Post{File: &f.Attachment}); err != nil {
			return err
		}
	}
	return nil
}
