package calls

import (
	"testing"

	"frontdesk/desk"
)

func TestVideoCall(t *testing.T) {
	o := newOffice(t, desk.CallVideo)
	anna := o.comes("@anna:test:DESK", microphone, camera)
	page := o.opens("page", []source{microphone, camera}, 1, 1)

	anna.wait(t, "page/microphone", someFrames)
	anna.wait(t, "page/camera", someFrames)
	page.wait(t, "@anna:test:DESK/microphone", someFrames)
	page.wait(t, "@anna:test:DESK/camera", someFrames)
	o.wait("both sides are connected", func() bool { return o.row.State == desk.CallActive && o.sitting })
	page.sees("Anna is seen and heard", func(p desk.CallPeople) bool {
		return len(p.People) == 1 && p.People[0].User == annaID && p.People[0].Mids.Microphone != "" && p.People[0].Mids.Camera != "" &&
			p.People[0].Muted == desk.CallMute{} && p.Audio == 0 && p.Video == 0
	})
	for identity := range anna.levels {
		if identity == puppet {
			break // the staff see who speaks
		}
	}
}
