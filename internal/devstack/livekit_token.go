package devstack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// LiveKitGrant is what a token allows its bearer, in LiveKit's words.
type LiveKitGrant struct {
	Room         string `json:"room,omitempty"`
	RoomJoin     bool   `json:"roomJoin,omitempty"`
	RoomCreate   bool   `json:"roomCreate,omitempty"`
	RoomAdmin    bool   `json:"roomAdmin,omitempty"`
	RoomList     bool   `json:"roomList,omitempty"`
	CanPublish   bool   `json:"canPublish,omitempty"`
	CanSubscribe bool   `json:"canSubscribe,omitempty"`
	OwnMetadata  bool   `json:"canUpdateOwnMetadata,omitempty"`
}

// Token makes a token that holds for an hour: a JSON Web Token, signed with the API's secret.
func (l *LiveKit) Token(identity string, grant LiveKitGrant) string {
	return l.tokenFrom(time.Now(), identity, grant)
}

func (l *LiveKit) tokenFrom(now time.Time, identity string, grant LiveKitGrant) string {
	part := func(v any) string {
		text, _ := json.Marshal(v) // strings, numbers and flags always encode
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + part(struct {
		Issuer    string       `json:"iss"`
		Subject   string       `json:"sub,omitempty"`
		NotBefore int64        `json:"nbf"`
		Expires   int64        `json:"exp"`
		Video     LiveKitGrant `json:"video"`
	}{l.Key, identity, now.Add(-5 * time.Second).Unix(), now.Add(time.Hour).Unix(), grant})
	mac := hmac.New(sha256.New, []byte(l.Secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// CreateRoom makes a room, or leaves it as it is when it is there.
func (l *LiveKit) CreateRoom(ctx context.Context, name string) error {
	return l.call(ctx, "CreateRoom", LiveKitGrant{RoomCreate: true},
		map[string]any{"name": name, "empty_timeout": 300, "departure_timeout": 20}, nil)
}

// Participants gives the identities of those who are in a room; none if there is no such room.
func (l *LiveKit) Participants(ctx context.Context, room string) ([]string, error) {
	var answer struct {
		Participants []struct {
			Identity string `json:"identity"`
			State    string `json:"state"`
		} `json:"participants"`
	}
	err := l.call(ctx, "ListParticipants", LiveKitGrant{Room: room, RoomAdmin: true}, map[string]string{"room": room}, &answer)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range answer.Participants {
		if p.State != "DISCONNECTED" {
			out = append(out, p.Identity)
		}
	}
	return out, nil
}

// Expel takes somebody out of a room, as if the media server had lost them.
func (l *LiveKit) Expel(ctx context.Context, room, identity string) error {
	return l.call(ctx, "RemoveParticipant", LiveKitGrant{Room: room, RoomAdmin: true}, map[string]string{"room": room, "identity": identity}, nil)
}

// call asks LiveKit's API.
func (l *LiveKit) call(ctx context.Context, method string, grant LiveKitGrant, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode %s for LiveKit: %w", method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.HTTP+"/twirp/livekit.RoomService/"+method, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.Token("", grant))
	resp, err := l.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask LiveKit for %s: %w", method, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var said struct{ Code, Msg string }
		_ = json.NewDecoder(resp.Body).Decode(&said) // the status says enough
		return fmt.Errorf("ask LiveKit for %s: %s: %s %s", method, resp.Status, said.Code, said.Msg)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("decode LiveKit's answer to %s: %w", method, err)
	}
	return nil
}
