package e2e

import "testing"

// An operator whose Element shows its membership by sticky events, as the next ones do, is rung for, heard and seen like any other.
func TestCallByStickyEvents(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "Позвоните из нового Element")
	element.joinAs(room, "video", annas, manner{Sticky: true})
	page.press("Принять")
	flows(t, element.tab, []source{annaTone, annaCamera}, page.tab, []source{visitorTone, visitorCamera})
	element.identified(t)
	element.leave()
	page.shows("Видеозвонок завершён. Длительность")
	anna.notices(room, "by video")
	anna.risen(room)
}

// Pictures of the staff's in another format than VP8 are seen where they come as VP8 too. Where they do not, the room is told so, and the
// call goes on with the voice.
func TestPicturesInAnotherCodec(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "Вас видно?")
	element.joinAs(room, "video", annas, manner{Codec: "vp9", Backup: true})
	page.press("Принять")
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	element.leave()
	page.shows("Видеозвонок завершён. Длительность")
	anna.risen(room)

	element.joinAs(room, "video", annas, manner{Codec: "vp9"})
	page.press("Принять")
	anna.notices(room, "it comes in another format than VP8. The voice is heard.")
	together(t, func() error { return page.receives(listening, annaTone) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	together(t, func() error { return page.loses(annaCamera) })
	element.leave()
	anna.risen(room)
}
