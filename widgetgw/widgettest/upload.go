package widgettest

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

	"frontdesk/widgetgw/protocol"
)

// UploadError is a gateway's refusal of an upload or a download.
type UploadError struct {
	Status int
	Code   string `json:"code"`
	Text   string `json:"text"`
}

func (e *UploadError) Error() string { return fmt.Sprintf("gateway answered %d %s", e.Status, e.Code) }

// HTTP gives a client for plain requests that dials as the options say.
func (o Options) HTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: o.Dial, DisableKeepAlives: true}}
}

// Put makes one attempt to upload a file.
func Put(ctx context.Context, o Options, token, cid, name, mime string, body io.Reader) (*protocol.Upload, error) {
	address := o.URL + "/w/v1/uploads/" + url.PathEscape(cid) + "?site=" + url.QueryEscape(o.Site) + "&name=" + url.QueryEscape(name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, body)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", mime)
	raw, err := o.exchange(req, http.StatusCreated)
	if err != nil {
		return nil, err
	}
	var out protocol.Upload
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("read the answer to an upload: %w", err)
	}
	return &out, nil
}

// exchange makes a request from the site's page and gives the body of an answer with the wanted status; any other is an *UploadError.
func (o Options) exchange(req *http.Request, want int) ([]byte, error) {
	if o.Origin != "" {
		req.Header.Set("Origin", o.Origin)
	}
	answer, err := o.HTTP().Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the gateway: %w", err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's answer: %w", err)
	}
	if answer.StatusCode != want {
		refused := &UploadError{Status: answer.StatusCode}
		_ = json.Unmarshal(raw, refused) // not every answer has a code
		return nil, refused
	}
	return raw, nil
}

// Upload starts a session if need be and uploads a file, again and again under the same client id until the gateway takes or refuses it.
func (c *Client) Upload(ctx context.Context, name, mime string, body []byte) (*protocol.Upload, error) {
	cid, pause := NewCID(), c.o.BackOff
	for {
		if err := c.Start(ctx); err != nil {
			return nil, err
		}
		up, err := Put(ctx, c.o, c.Token(), cid, name, mime, bytes.NewReader(body))
		var refused *UploadError
		if err == nil || errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests {
			return up, err
		}
		wait := time.NewTimer(pause)
		pause = min(2*pause, c.o.BackOffMax)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// Download fetches a file by the address of a message.
func (c *Client) Download(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.o.URL+address, nil)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	return c.o.exchange(req, http.StatusOK)
}
