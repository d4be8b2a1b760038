package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// homeserver is Synapse as plain HTTP, with connections kept alive: nothing between the measurement and the wire.
type homeserver struct {
	url    string
	client *http.Client
}

func newHomeserver(address string) *homeserver {
	return &homeserver{url: address, client: &http.Client{
		Timeout:   2 * time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Minute},
	}}
}

// homeserverError is an answer other than 200.
type homeserverError struct {
	Status int
	Code   string `json:"errcode"`
	Text   string `json:"error"`
}

func (e *homeserverError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Text) }

// call sends in as JSON (nil: no body) and reads the answer into out (nil: not at all).
func (h *homeserver) call(ctx context.Context, method, path string, query url.Values, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(raw)
	}
	address := h.url + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.StatusCode != http.StatusOK {
		e := &homeserverError{Status: answer.StatusCode}
		_ = json.Unmarshal(raw, e) // an answer that is no JSON has its status
		return fmt.Errorf("%s %s: %w", method, path, e)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// person is how somebody sends: an operator with an own token, or a puppet with the application service's.
type person struct {
	home  *homeserver
	token string
	query url.Values // user_id and device_id of a puppet
}

// send puts one text into a room and gives the event's id. The text is the transaction id too: texts are unique.
func (p person) send(ctx context.Context, room, text string) (string, error) {
	var answer struct {
		Event string `json:"event_id"`
	}
	path := "/_matrix/client/v3/rooms/" + url.PathEscape(room) + "/send/m.room.message/" + url.PathEscape(text)
	err := p.home.call(ctx, http.MethodPut, path, p.query, p.token, map[string]any{"msgtype": "m.text", "body": text}, &answer)
	return answer.Event, err
}

// reader is an operator's client that does nothing but long-poll /sync. It notes when each text was there, and which rooms the operator
// is in or invited to.
type reader struct {
	person
	texts  *arrivals
	synced chan struct{} // closed when what was there before is read; may be nil

	// told of every event of joined rooms and of every invite; may be nil
	onEvent  func(room string, e event, at time.Time)
	onInvite func(room string, state []event)
}

// event is what the measurements need of one.
type event struct {
	ID      string          `json:"event_id"`
	Type    string          `json:"type"`
	Sender  string          `json:"sender"`
	Key     *string         `json:"state_key"`
	Content json.RawMessage `json:"content"`
}

func (e event) body() string {
	var c struct {
		Body string `json:"body"`
	}
	if json.Unmarshal(e.Content, &c) != nil {
		return ""
	}
	return c.Body
}

type syncAnswer struct {
	Next  string `json:"next_batch"`
	Rooms struct {
		Join map[string]struct {
			Timeline struct {
				Events []event `json:"events"`
			} `json:"timeline"`
		} `json:"join"`
		Invite map[string]struct {
			State struct {
				Events []event `json:"events"`
			} `json:"invite_state"`
		} `json:"invite"`
	} `json:"rooms"`
}

// run polls until ctx ends. A homeserver that is away is asked again.
func (r *reader) run(ctx context.Context) error {
	filter := `{"room":{"timeline":{"limit":1000},"state":{"lazy_load_members":true},"ephemeral":{"types":[]}},"presence":{"types":[]}}`
	since := ""
	for ctx.Err() == nil {
		query := url.Values{"filter": {filter}, "timeout": {"30000"}}
		if since != "" {
			query.Set("since", since)
		}
		var answer syncAnswer
		err := r.home.call(ctx, http.MethodGet, "/_matrix/client/v3/sync", query, r.token, nil, &answer)
		at := time.Now()
		var refused *homeserverError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused) && refused.Status < 500:
			return err
		case err != nil:
			pause(ctx, 200*time.Millisecond)
			continue
		}
		r.take(answer, at)
		if since == "" && r.synced != nil {
			close(r.synced)
		}
		since = answer.Next
	}
	return nil
}

func (r *reader) take(answer syncAnswer, at time.Time) {
	for id, room := range answer.Rooms.Join {
		for _, e := range room.Timeline.Events {
			if r.onEvent != nil {
				r.onEvent(id, e, at)
			}
			if e.Type == "m.room.message" {
				r.texts.arrived(e.body(), at)
			}
		}
	}
	for id, room := range answer.Rooms.Invite {
		if r.onInvite != nil {
			r.onInvite(id, room.State.Events)
		}
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
