package protocol

import (
	"encoding/json"
	"fmt"
)

// Frames from the server.
type (
	Welcome struct {
		V         int            `json:"v"`
		Site      Site           `json:"site"`
		State     State          `json:"state"`
		Session   *SessionExpiry `json:"session,omitempty"`
		Rev       int64          `json:"rev"`
		Heartbeat int64          `json:"heartbeat"` // milliseconds
		More      bool           `json:"more"`
	}
	Session struct {
		CID     string `json:"cid"`
		Token   string `json:"token"`
		Expires Time   `json:"expires"`
	}
	MessageFrame struct {
		M Message `json:"m"`
	}
	StateFrame struct {
		State State `json:"state"`
	}
	Ack struct {
		CID string `json:"cid"`
		ID  string `json:"id,omitempty"`
		Seq int64  `json:"seq,omitempty"`
	}
	Nack struct {
		CID  string `json:"cid"`
		Code string `json:"code"`
		Text string `json:"text"`
	}
	History struct {
		Before int64     `json:"before"`
		Ms     []Message `json:"ms"`
		More   bool      `json:"more"`
	}
	TypingNews struct {
		On  bool    `json:"on"`
		Who *Person `json:"who,omitempty"`
	}
	Error struct {
		Code string `json:"code"`
		Text string `json:"text"`
	}
	Bye struct {
		Code   CloseCode `json:"code"`
		Reason string    `json:"reason"`
		Again  int64     `json:"again"` // milliseconds, -1: never
	}
)

// Parts of frames.
type (
	SessionExpiry struct {
		Expires Time `json:"expires"`
	}
	Site struct {
		Name   string            `json:"name"`
		Langs  []string          `json:"langs"`
		Lang   string            `json:"lang"`
		Texts  map[string]string `json:"texts"`
		Theme  map[string]string `json:"theme,omitempty"`
		Limits Limits            `json:"limits"`
	}
	Limits struct {
		Text  int      `json:"text"`
		File  int64    `json:"file"`
		Files int      `json:"files"`
		Types []string `json:"types"`
	}
	Person struct {
		Name   string `json:"name"`
		Avatar string `json:"avatar,omitempty"`
	}
	State struct {
		Ticket    *Ticket    `json:"ticket,omitempty"`
		Operator  *Person    `json:"operator,omitempty"`
		Topics    []Topic    `json:"topics,omitempty"` // to choose from now
		Rate      *Rating    `json:"rate,omitempty"`   // of the closed ticket, as long as it may be given or changed
		Call      *CallState `json:"call,omitempty"`   // that is not over
		Online    bool       `json:"online"`
		Hours     string     `json:"hours,omitempty"`
		StaffSeen int64      `json:"staff_seen"`
		StaffGot  int64      `json:"staff_got"`
		MySeen    int64      `json:"my_seen"`
	}
	Topic struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	Rating struct {
		Ticket  string `json:"ticket"`
		Stars   int    `json:"stars,omitempty"` // 0: not rated
		Comment string `json:"comment,omitempty"`
	}
	Ticket struct {
		Number int64  `json:"number"`
		State  string `json:"state"`
	}
	Message struct {
		ID        string     `json:"id"`
		Seq       int64      `json:"seq"`
		Rev       int64      `json:"rev"`
		From      string     `json:"from"`
		Who       *Person    `json:"who,omitempty"`
		At        Time       `json:"at"`
		Text      string     `json:"text,omitempty"`
		HTML      string     `json:"html,omitempty"`
		Files     []File     `json:"files,omitempty"`
		Reply     *Quote     `json:"reply,omitempty"`
		Edited    *Time      `json:"edited,omitempty"`
		Deleted   bool       `json:"deleted,omitempty"`
		Reactions []Reaction `json:"reactions,omitempty"`
		CID       string     `json:"cid,omitempty"`
		Status    string     `json:"status,omitempty"`
		Kind      string     `json:"kind,omitempty"`
	}
	File struct {
		Upload
		MS    int    `json:"ms,omitempty"`
		URL   string `json:"url"`
		Thumb string `json:"thumb,omitempty"`
	}
	Quote struct {
		ID   string `json:"id"`
		Text string `json:"text"`
		From string `json:"from"`
	}
	Reaction struct {
		Key string `json:"key"`
		N   int    `json:"n"`
		Me  bool   `json:"me"`
	}
	// Upload is the answer to a successful upload.
	Upload struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
		Size int64  `json:"size"`
		Kind string `json:"kind"`
		W    int    `json:"w,omitempty"`
		H    int    `json:"h,omitempty"`
	}
)

// Values of Message.From and Message.Status.
const (
	FromMe     = "me"
	FromStaff  = "staff"
	FromSystem = "system"

	StatusStored = "stored"
	StatusSent   = "sent"
	StatusSeen   = "seen"
)

// Poll bodies.
type (
	PollRequest struct {
		SID    string            `json:"sid,omitempty"`
		Ack    int64             `json:"ack"`
		Frames []json.RawMessage `json:"frames"`
	}
	PollAnswer struct {
		SID    string            `json:"sid"`
		N      int64             `json:"n"`
		Frames []json.RawMessage `json:"frames"`
	}
)

// ParseServer reads one frame from the server, for clients. A type this package does not know gives ErrUnknownType, which clients ignore.
func ParseServer(raw []byte) (any, error) {
	var head struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFrame, err)
	}
	switch head.T {
	case TWelcome:
		return fields[Welcome](raw)
	case TSession:
		return fields[Session](raw)
	case TMessage:
		return fields[MessageFrame](raw)
	case TState:
		return fields[StateFrame](raw)
	case TAck:
		return fields[Ack](raw)
	case TNack:
		return fields[Nack](raw)
	case THistory:
		return fields[History](raw)
	case TTyping:
		return fields[TypingNews](raw)
	case TPing:
		return fields[Ping](raw)
	case TPong:
		return fields[Pong](raw)
	case TError:
		return fields[Error](raw)
	case TBye:
		return fields[Bye](raw)
	case TRTCConfig:
		return fields[RTCConfig](raw)
	case TRTCAnswer:
		return fields[RTCAnswer](raw)
	case TRTCPeople:
		return fields[RTCPeople](raw)
	case TRTCLink:
		return fields[RTCLink](raw)
	case TRTCOver:
		return fields[RTCOver](raw)
	}
	return nil, ErrUnknownType
}
