package desk

// CallSignal is what a customer's page and the relay say to each other about the media of a call, in either direction. It is never stored and
// never decided about. The page always makes the offers, so offers never cross.
type CallSignal interface{ callSignal() }

// What the page says.
type (
	// CallConnect asks for what is needed to connect, also again after a reload. Only the page that answered the call gets it.
	CallConnect struct{}
	// CallOffer is an SDP offer, trickling. Mids tell which media section carries what of the customer's.
	CallOffer struct {
		N    int // counts the offers of a connection; the answer has the same
		SDP  string
		Mids CallMids
	}
	// CallCandidate is one ICE candidate of the page; an empty one ends them.
	CallCandidate struct {
		Mid       string
		Candidate string
	}
	// CallMute tells what the customer has switched off. What is off is not sent either.
	CallMute struct{ Microphone, Camera bool }
)

// What the relay says.
type (
	// CallConfig answers CallConnect.
	CallConfig struct {
		ICE   []ICEServer
		Video int // most bits per second of the camera
		Share int // and of the screen
	}
	// CallSDP answers an offer; it holds all candidates of the relay.
	CallSDP struct {
		N   int
		SDP string
	}
	// CallPeople tells who of the staff is heard and seen in which media section. Missing sections are asked for: the page adds that many
	// receiving ones to its next offer.
	CallPeople struct {
		People []CallPerson
		Audio  int
		Video  int
	}
	// CallLink tells how the staff's side of the call is connected.
	CallLink struct{ Up bool }
	// CallOver ends the media. Reason is the key of a text.
	CallOver struct{ Reason string }
)

// CallMids name media sections of the SDP; "" where there is none.
type CallMids struct{ Microphone, Camera, Screen string }

// CallPerson is a member of staff as the customer sees and hears them.
type CallPerson struct {
	User  UserID
	As    string // tells the devices of one person apart; it says nothing else
	Mids  CallMids
	Sound string // the section with the sound of their screen; "" for none
	Muted CallMute
}

// ICEServer is as in RTCIceServer of WebRTC.
type ICEServer struct {
	URLs       []string
	Username   string
	Credential string
}

func (CallConnect) callSignal()   {}
func (CallOffer) callSignal()     {}
func (CallCandidate) callSignal() {}
func (CallMute) callSignal()      {}
func (CallConfig) callSignal()    {}
func (CallSDP) callSignal()       {}
func (CallPeople) callSignal()    {}
func (CallLink) callSignal()      {}
func (CallOver) callSignal()      {}
