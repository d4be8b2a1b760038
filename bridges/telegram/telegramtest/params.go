package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
)

// maxUpload is the size of a file above which a bot cannot send it.
const maxUpload = 50 << 20

// params are a call's fields, however they came.
type params struct {
	values map[string]string
	files  map[string]upload
}

// upload is a file of a multipart form.
type upload struct {
	name, mime string
	data       []byte
}

var errTooLarge = &Error{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}

// readParams reads the whole request: a caller who still writes would not see the answer.
func readParams(r *http.Request) (params, *Error) {
	p := params{values: map[string]string{}, files: map[string]upload{}}
	p.take(r.URL.Query())
	kind, attributes, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		return p, p.multipart(r.Body, attributes["boundary"])
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return p, bad("the request cannot be read: %v", err)
	}
	switch {
	case len(body) == 0:
		return p, nil
	case kind == "application/json":
		return p, p.json(body)
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return p, bad("the form cannot be read: %v", err)
		}
		p.take(form)
		return p, nil
	}
	return p, bad("the content type %q is not supported", kind)
}

func (p params) take(form url.Values) {
	for name, values := range form {
		p.values[name] = values[len(values)-1]
	}
}

func (p params) json(body []byte) *Error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return bad("can't parse JSON object")
	}
	for name, raw := range object {
		var text string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			p.values[name] = text
		default:
			p.values[name] = string(raw)
		}
	}
	return nil
}

func (p params) multipart(body io.Reader, boundary string) *Error {
	var first [1]byte
	if n, err := io.ReadFull(body, first[:]); n == 0 {
		if errors.Is(err, io.EOF) {
			return nil // a form without a single field, as some clients send for methods without any
		}
		return bad("the form cannot be read: %v", err)
	}
	form := multipart.NewReader(io.MultiReader(bytes.NewReader(first[:]), body), boundary)
	var refused *Error
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return refused
		}
		if err != nil {
			return bad("the form cannot be read: %v", err)
		}
		data, err := io.ReadAll(io.LimitReader(part, maxUpload+1))
		if err != nil {
			return bad("the form cannot be read: %v", err)
		}
		switch {
		case len(data) > maxUpload:
			refused = errTooLarge
			_, _ = io.Copy(io.Discard, part)
		case part.FileName() != "":
			p.files[part.FormName()] = upload{name: part.FileName(), mime: part.Header.Get("Content-Type"), data: data}
		default:
			p.values[part.FormName()] = string(data)
		}
	}
}

// object reads a field of JSON into what is pointed at; a field that is not there leaves it as it is.
func (p params) object(name string, into any) *Error {
	raw := p.values[name]
	if raw == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return bad("can't parse %s: %v", name, err)
	}
	return nil
}
