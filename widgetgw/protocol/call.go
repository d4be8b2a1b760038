package protocol

import "strings"

// Limits of what pages say about the media of a call.
const (
	MaxSDP        = 48 << 10 // bytes
	MaxCandidate  = 1 << 10  // bytes
	MaxCandidates = 64       // of a page, for one offer
	MaxOffers     = 1 << 20  // the highest number of an offer
	maxMid        = 32       // bytes
)

// Types of frames about calls.
const (
	TCall      = "call"
	TRTCJoin   = "rtc_join"
	TRTCOffer  = "rtc_offer"
	TRTCICE    = "rtc_ice"
	TRTCMute   = "rtc_mute"
	TRTCConfig = "rtc_config"
	TRTCAnswer = "rtc_answer"
	TRTCPeople = "rtc_people"
	TRTCLink   = "rtc_link"
	TRTCOver   = "rtc_over"
)

// Frames of the client about calls.
type (
	// CallAct is what the visitor does about a call: a durable act like a message.
	CallAct struct {
		CID  string `json:"cid"`
		Call string `json:"call"`
		Act  string `json:"act"`
	}
	RTCJoin struct {
		Call string `json:"call"`
	}
	RTCOffer struct {
		Call string `json:"call"`
		N    int    `json:"n"`
		SDP  string `json:"sdp"`
		Mids Mids   `json:"mids"`
	}
	RTCICE struct {
		Call      string `json:"call"`
		Mid       string `json:"mid"`
		Candidate string `json:"candidate"`
	}
	// RTCMute tells what is switched off.
	RTCMute struct {
		Call string `json:"call"`
		Mic  bool   `json:"mic"`
		Cam  bool   `json:"cam"`
	}
)

// Frames of the server about calls.
type (
	RTCConfig struct {
		Call  string      `json:"call"`
		ICE   []ICEServer `json:"ice"`
		Video int         `json:"video"` // most bits per second of the camera
		Share int         `json:"share"` // and of the screen
	}
	RTCAnswer struct {
		Call string `json:"call"`
		N    int    `json:"n"`
		SDP  string `json:"sdp"`
	}
	RTCPeople struct {
		Call   string      `json:"call"`
		People []RTCPerson `json:"people"`
		Audio  int         `json:"audio"` // receiving sections that are missing
		Video  int         `json:"video"`
	}
	RTCLink struct {
		Call string `json:"call"`
		Up   bool   `json:"up"`
	}
	RTCOver struct {
		Call string `json:"call"`
		Code string `json:"code"`
		Text string `json:"text"`
	}
)

// Parts of frames about calls.
type (
	// CallState is the call in the conversation's state.
	CallState struct {
		ID    string  `json:"id"`
		Kind  string  `json:"kind"`
		State string  `json:"state"`
		Who   *Person `json:"who,omitempty"`
		Tab   string  `json:"tab,omitempty"`   // of the page that answered
		Share string  `json:"share,omitempty"` // "asked", "on"
		Since *Time   `json:"since,omitempty"` // when both sides were first connected
	}
	// Mids name media sections of the SDP.
	Mids struct {
		Mic    string `json:"mic,omitempty"`
		Cam    string `json:"cam,omitempty"`
		Screen string `json:"screen,omitempty"`
	}
	RTCPerson struct {
		ID    string  `json:"id"`
		Who   *Person `json:"who,omitempty"`
		Mids  Mids    `json:"mids"`
		Sound string  `json:"sound,omitempty"` // the section with the sound of their screen
		Muted Muted   `json:"muted"`
	}
	Muted struct {
		Mic bool `json:"mic"`
		Cam bool `json:"cam"`
	}
	ICEServer struct {
		URLs       []string `json:"urls"`
		Username   string   `json:"username,omitempty"`
		Credential string   `json:"credential,omitempty"`
	}
)

// Valid reports whether an offer keeps the limits and names sections as browsers do.
func (f RTCOffer) Valid() bool {
	return f.N > 0 && f.N <= MaxOffers && len(f.SDP) <= MaxSDP && strings.HasPrefix(f.SDP, "v=0") &&
		(f.Mids.Mic == "" || validMid(f.Mids.Mic)) && (f.Mids.Cam == "" || validMid(f.Mids.Cam)) && (f.Mids.Screen == "" || validMid(f.Mids.Screen))
}

// Valid reports whether a candidate keeps the limits; an empty one tells that there are no more.
func (f RTCICE) Valid() bool {
	return (f.Mid == "" && f.Candidate == "" || validMid(f.Mid)) && len(f.Candidate) <= MaxCandidate && !strings.ContainsAny(f.Candidate, "\r\n\x00")
}

// validMid: 1–32 characters that SDP calls a token, without those that mean something to others.
func validMid(s string) bool {
	if s == "" || len(s) > maxMid {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.', c == '+':
		default:
			return false
		}
	}
	return true
}

func typeOfCall(frame any) string {
	switch frame.(type) {
	case CallAct:
		return TCall
	case RTCJoin:
		return TRTCJoin
	case RTCOffer:
		return TRTCOffer
	case RTCICE:
		return TRTCICE
	case RTCMute:
		return TRTCMute
	case RTCConfig:
		return TRTCConfig
	case RTCAnswer:
		return TRTCAnswer
	case RTCPeople:
		return TRTCPeople
	case RTCLink:
		return TRTCLink
	case RTCOver:
		return TRTCOver
	}
	return ""
}

// ValidTab reports whether s may be the id of a page.
func ValidTab(s string) bool { return ValidID(s) }
