package e2e

import (
	"testing"

	"frontdesk/e2e/chrome"
)

// onlyTCP makes a page's network one that lets no UDP out.
const onlyTCP = `{ const set = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (d) {
	window.connection = this;
	return set.call(this, {type: d.type, sdp: d.sdp.replace(/^a=candidate:\S+ \d+ udp .*\r\n/gim, "")});
} }`

// A visitor whose network lets only TCP through talks and is seen like any other.
func TestCallOverTCP(t *testing.T) {
	o := callOffice(t)
	anna := o.login(o.stack.Operators[0])
	element := o.element(anna, "operator")
	page, room := o.caller(anna, "У нас закрыто всё, кроме TCP")
	page.do(chrome.Script(onlyTCP))
	page.reload()
	element.join(room, "video", annas)
	page.press("Принять")
	together(t, func() error { return page.receives(listening, annaTone, annaCamera) },
		func() error { return element.receives(listening, visitorTone, visitorCamera) })
	way := run[string](page.tab, `connection.getStats().then((all) => { const list = [...all.values()];
		const pair = list.find((s) => s.type === "candidate-pair" && s.nominated && s.state === "succeeded");
		return list.find((s) => s.id === pair.remoteCandidateId).protocol })`)
	if way != "tcp" {
		t.Errorf("media go over %q", way)
	}
	page.press("Завершить звонок")
	anna.risen(room)
	element.leave()
}
