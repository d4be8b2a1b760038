package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Frames from the client. Field names are the wire's.
type (
	Hello struct {
		V     int    `json:"v"`
		Token string `json:"token,omitempty"`
		Rev   int64  `json:"rev,omitempty"`
		Lang  string `json:"lang,omitempty"`
		Page  *Page  `json:"page,omitempty"`
		Tab   string `json:"tab,omitempty"`
	}
	Start struct {
		CID string `json:"cid"`
	}
	Send struct {
		CID   string   `json:"cid"`
		Text  string   `json:"text,omitempty"`
		Files []string `json:"files,omitempty"`
		Reply string   `json:"reply,omitempty"`
	}
	Edit struct {
		CID  string `json:"cid"`
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	Delete struct {
		CID string `json:"cid"`
		ID  string `json:"id"`
	}
	React struct {
		CID string `json:"cid"`
		ID  string `json:"id"`
		Key string `json:"key"`
		On  bool   `json:"on"`
	}
	// Choose chooses one of the topics that the state offers.
	Choose struct {
		CID   string `json:"cid"`
		Topic string `json:"topic"`
	}
	// Rate rates the closed ticket that the state names.
	Rate struct {
		CID     string `json:"cid"`
		Ticket  string `json:"ticket"`
		Stars   int    `json:"stars"`
		Comment string `json:"comment,omitempty"`
	}
	Seen struct {
		Seq int64 `json:"seq"`
	}
	Got struct {
		Rev int64 `json:"rev"`
	}
	Typing struct {
		On bool `json:"on"`
	}
	HistoryRequest struct {
		Before int64 `json:"before"`
		Limit  int   `json:"limit"`
	}
	Page struct {
		URL   string `json:"url"`
		Title string `json:"title"`
	}
	Ping struct {
		N int64 `json:"n"`
	}
	Pong struct {
		N int64 `json:"n"`
	}
)

// What is wrong with a frame that cannot be taken.
var (
	// ErrNotFrame: not a JSON object, or one without a type. The connection is closed with BadFrame.
	ErrNotFrame = errors.New("not a frame")
	// ErrUnknownType: answered with an error frame; the connection lives on.
	ErrUnknownType = errors.New("unknown frame type")
	// ErrBadFields: a known type whose fields have the wrong types; answered with an error frame.
	ErrBadFields = errors.New("bad fields")
)

// ParseClient reads one frame from a client. What it returns is one of the frame types above, by value. Unknown fields are ignored. The
// errors wrap ErrNotFrame, ErrUnknownType or ErrBadFields.
func ParseClient(raw []byte) (any, error) {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 || raw[0] != '{' {
		return nil, ErrNotFrame
	}
	var head struct {
		T *string `json:"t"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.T == nil || *head.T == "" {
		return nil, ErrNotFrame
	}
	switch *head.T {
	case THello:
		return fields[Hello](raw)
	case TStart:
		return fields[Start](raw)
	case TSend:
		return fields[Send](raw)
	case TEdit:
		return fields[Edit](raw)
	case TDelete:
		return fields[Delete](raw)
	case TReact:
		return fields[React](raw)
	case TChoose:
		return fields[Choose](raw)
	case TRate:
		return fields[Rate](raw)
	case TSeen:
		return fields[Seen](raw)
	case TGot:
		return fields[Got](raw)
	case TTyping:
		return fields[Typing](raw)
	case THistory:
		return fields[HistoryRequest](raw)
	case TPage:
		return fields[Page](raw)
	case TPing:
		return fields[Ping](raw)
	case TPong:
		return fields[Pong](raw)
	case TCall:
		return fields[CallAct](raw)
	case TRTCJoin:
		return fields[RTCJoin](raw)
	case TRTCOffer:
		return fields[RTCOffer](raw)
	case TRTCICE:
		return fields[RTCICE](raw)
	case TRTCMute:
		return fields[RTCMute](raw)
	}
	return nil, ErrUnknownType
}

func fields[F any](raw []byte) (any, error) {
	var f F
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadFields, err)
	}
	return f, nil
}

// ValidID reports whether s may be a cid or the id of one of our rows: 8–64 characters of [A-Za-z0-9_-].
func ValidID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// ValidTopic reports whether s may be the id of a topic: 1–63 characters of [a-z0-9_-].
func ValidTopic(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// Encode writes a client's frame with its type.
func Encode(frame any) ([]byte, error) {
	t := typeOf(frame)
	if t == "" {
		return nil, fmt.Errorf("encode %T: %w", frame, ErrUnknownType)
	}
	body, err := json.Marshal(frame)
	if err != nil {
		return nil, fmt.Errorf("encode %s frame: %w", t, err)
	}
	head := `{"t":"` + t + `"`
	if len(body) > 2 {
		head += ","
	}
	return append([]byte(head), body[1:]...), nil
}

func typeOf(frame any) string {
	switch frame.(type) {
	case Hello:
		return THello
	case Start:
		return TStart
	case Send:
		return TSend
	case Edit:
		return TEdit
	case Delete:
		return TDelete
	case React:
		return TReact
	case Choose:
		return TChoose
	case Rate:
		return TRate
	case Seen:
		return TSeen
	case Got:
		return TGot
	case Typing, TypingNews:
		return TTyping
	case HistoryRequest, History:
		return THistory
	case Page:
		return TPage
	case Ping:
		return TPing
	case Pong:
		return TPong
	case Welcome:
		return TWelcome
	case Session:
		return TSession
	case MessageFrame:
		return TMessage
	case StateFrame:
		return TState
	case Ack:
		return TAck
	case Nack:
		return TNack
	case Error:
		return TError
	case Bye:
		return TBye
	}
	return typeOfCall(frame)
}
