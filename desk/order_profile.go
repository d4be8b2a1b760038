package desk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/content"
)

// profileCommands are about how one is seen oneself (O11). What others may set is "operator set".
func profileCommands() []command {
	field := func(name string, aliases []string, given string, set func(*act, *order, *Operator) error) command {
		return command{
			name: "profile " + name, aliases: aliases, rooms: allRooms, private: true, params: []param{{name: given, kind: paramRest, optional: true}},
			run: func(a *act, o *order) (answer, error) { return a.setProfile(o, set) },
		}
	}
	return []command{
		{name: "profile", aliases: []string{"me", "профиль"}, rooms: allRooms, private: true, run: (*act).orderProfile},
		field("name", []string{"имя"}, "public_name", (*act).profileName),
		field("photo", []string{"фото"}, "public_photo", (*act).profilePhoto),
		field("fullname", []string{"фио"}, "full_name", (*act).profileFullName),
		field("position", []string{"должность"}, "position", (*act).profilePosition),
		field("language", []string{"язык"}, "language", (*act).profileLanguage),
		field("gender", []string{"пол", "род"}, "gender", (*act).profileGender),
		field("zone", []string{"пояс"}, "zone", (*act).profileZone),
		field("contact", []string{"контакт", "телефон", "phone"}, "own_contact", func(_ *act, o *order, k *Operator) error { return k.setContact(o.given.rest) }),
	}
}

// setProfile changes one's own profile, and shows customers who are being answered the new name and photo.
func (a *act) setProfile(o *order, set func(*act, *order, *Operator) error) (answer, error) {
	k, err := a.tx.Operator(o.by)
	if err != nil {
		return answer{}, fmt.Errorf("operator %s: %w", o.by, err)
	}
	before := *k
	before.Faces = map[SiteID]Face{}
	for site, face := range k.Faces {
		before.Faces[site] = face
	}
	if err := set(a, o, k); err != nil {
		return answer{}, err
	}
	if err := a.keepCard(o, before, k); err != nil {
		return answer{}, err
	}
	o.staff = k
	if k.Lang != before.Lang {
		if err := a.describeDirect(k); err != nil {
			return answer{}, err
		}
	}
	if err := a.faceChanged(k.ID); err != nil {
		return answer{}, err
	}
	return a.profileCard(o, a.word(o, "profile.changed"))
}

// faceChanged tells the customers somebody answers, and the rooms and cards of their tickets, that the name or photo may be another.
func (a *act) faceChanged(u UserID) error {
	tickets, err := a.tx.TicketsOf(u)
	if err != nil {
		return fmt.Errorf("list tickets of %s: %w", u, err)
	}
	for i := range tickets {
		a.changed(tickets[i].Conversation)
		d, err := a.dossier(&tickets[i], nil)
		if err != nil {
			return err
		}
		if err := a.shape(d); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) orderProfile(o *order) (answer, error) {
	return a.profileCard(o, a.word(o, "profile.title"))
}

// profileCard shows what customers see, site by site where it differs, and what only the colleagues see.
func (a *act) profileCard(o *order, title string) (answer, error) {
	k := o.staff
	l := listing{title: title, name: "profile"}
	add := func(key, value string) {
		if value == "" {
			value = a.word(o, "profile.unset")
		}
		l.rows = append(l.rows, []string{a.word(o, "profile.field."+key), value})
	}
	photo := func(f Face) string {
		if f.Avatar == "" {
			return ""
		}
		return a.word(o, "profile.photo_set")
	}
	everywhere := k.Face(EverySite)
	add("name", everywhere.Name)
	add("photo", photo(everywhere))
	sites, err := a.tx.Sites()
	if err != nil {
		return answer{}, fmt.Errorf("list sites: %w", err)
	}
	for _, s := range sites {
		own, ok := k.Faces[s.ID]
		if !ok {
			continue
		}
		value := k.Face(s.ID).Name
		if own.Avatar != "" {
			value += ", " + a.word(o, "profile.photo_own")
		}
		l.rows = append(l.rows, []string{a.word(o, "profile.on_site", s.Name, a.siteNamed(o, s.ID)), value})
	}
	add("fullname", k.FullName)
	add("position", k.Position)
	add("language", k.Lang)
	gender := k.Gender
	if gender != "" {
		gender = a.word(o, "profile.gender."+gender)
	}
	add("gender", gender)
	clock, err := a.clockOf(k, nil)
	if err != nil {
		return answer{}, err
	}
	add("zone", clock.String())
	l.rows = append(l.rows, a.contactRows(o, k)...)
	return l.table(0, len(l.rows)), nil
}

// profileSite reads which site's customers are meant; all of them, if none is named.
func (a *act) profileSite(o *order) (SiteID, error) {
	word, rest, quoted := nextWord(o.given.rest)
	id, ok := siteWord(word)
	if !ok || quoted {
		return EverySite, nil
	}
	if id == "" && o.site != nil {
		id = o.site.ID
	}
	_, err := a.tx.Site(id)
	if known, err := found(err); err != nil {
		return "", fmt.Errorf("site %s: %w", id, err)
	} else if !known || id == "" {
		return "", Refuse(NotFound, "profile.no_site", clip(string(id), 40))
	}
	o.given.rest = strings.TrimSpace(rest)
	return id, nil
}

// givenOff reports whether nothing but a word for "no more" was given.
func givenOff(o *order) bool {
	word, rest, _ := nextWord(o.given.rest)
	return rest == "" && isWord(wordsOff, word)
}

// setFace changes the face for a site; an empty one is no more.
func (k *Operator) setFace(site SiteID, change func(*Face)) {
	f := k.Faces[site]
	change(&f)
	if k.Faces == nil {
		k.Faces = map[SiteID]Face{}
	}
	k.Faces[site] = f
	if f == (Face{}) {
		delete(k.Faces, site)
	}
}

// givenLine is what was given as a field of one line.
func givenLine(o *order) (string, error) {
	if givenOff(o) {
		return "", nil
	}
	text := flat(o.given.rest)
	if text == "" || utf8.RuneCountInString(text) > cardLimit {
		return "", Refuse(Invalid, "profile.bad_line", cardLimit)
	}
	return text, nil
}

func (a *act) profileName(o *order, k *Operator) error {
	site, err := a.profileSite(o)
	if err != nil {
		return err
	}
	name, err := givenLine(o)
	if err != nil {
		return err
	}
	k.setFace(site, func(f *Face) { f.Name = name })
	return nil
}

// profilePhoto takes the picture that the command is the caption of.
func (a *act) profilePhoto(o *order, k *Operator) error {
	site, err := a.profileSite(o)
	if err != nil {
		return err
	}
	mxc := ""
	switch {
	case len(o.in.Files) == 1 && o.given.rest == "":
		f := o.in.Files[0]
		if f.Kind != content.Image || f.MXC == "" {
			return Refuse(Invalid, "profile.no_picture")
		}
		mxc = f.MXC
	case !givenOff(o):
		return Refuse(Invalid, "profile.no_picture")
	}
	k.setFace(site, func(f *Face) { f.Avatar = mxc })
	return nil
}

func (a *act) profileFullName(o *order, k *Operator) (err error) {
	k.FullName, err = givenLine(o)
	return err
}

func (a *act) profilePosition(o *order, k *Operator) (err error) {
	k.Position, err = givenLine(o)
	return err
}

// Words for what can be chosen in a profile.
var (
	profileLanguages = map[string]string{
		"ru": "ru", "русский": "ru", "russian": "ru", "по-русски": "ru", "en": "en", "english": "en", "английский": "en", "по-английски": "en",
	}
	profileGenders = map[string]string{
		"f": "f", "female": "f", "she": "f", "ж": "f", "жен": "f", "женский": "f", "m": "m", "male": "m", "he": "m", "м": "m", "муж": "m", "мужской": "m",
	}
)

// givenChoice is the meaning of the one word that was given.
func givenChoice(o *order, meanings map[string]string, refusal string) (string, error) {
	if givenOff(o) {
		return "", nil
	}
	if chosen, ok := meanings[strings.ToLower(o.given.rest)]; ok {
		return chosen, nil
	}
	return "", Refuse(Invalid, refusal, clip(flat(o.given.rest), 40))
}

func (a *act) profileLanguage(o *order, k *Operator) (err error) {
	k.Lang, err = givenChoice(o, profileLanguages, "profile.bad_language")
	return err
}

func (a *act) profileGender(o *order, k *Operator) (err error) {
	k.Gender, err = givenChoice(o, profileGenders, "profile.bad_gender")
	return err
}

func (a *act) profileZone(o *order, k *Operator) error {
	if givenOff(o) {
		k.Zone = ""
		return nil
	}
	if !ValidZone(o.given.rest) || o.given.rest == "" {
		return Refuse(Invalid, "profile.bad_zone", clip(flat(o.given.rest), 40))
	}
	k.Zone = o.given.rest
	return nil
}

// staffProfile takes over how a member of staff is called and looks in Matrix, which customers see where nothing else is set.
func (a *act) staffProfile(in StaffProfile) error {
	o, err := a.staff(in.User)
	if err != nil || o == nil {
		return err
	}
	shown := Face{Name: clip(flat(in.Name), cardLimit)}
	if strings.HasPrefix(in.Avatar, "mxc://") && len(in.Avatar) < 300 {
		shown.Avatar = in.Avatar
	}
	if o.Matrix == shown {
		return nil
	}
	o.Matrix = shown
	if err := a.tx.PutOperator(o); err != nil {
		return fmt.Errorf("put operator %s: %w", o.ID, err)
	}
	a.rightsChanged()
	return a.faceChanged(o.ID)
}
