package widgetgw

import (
	"errors"
	"io"
)

// forward lets a stream of known size be served in ranges: it passes over what lies before the place wanted. Synapse knows no ranges,
// and without them some browsers play no film and none seeks in one.
type forward struct {
	body  io.Reader
	size  int64
	read  int64 // bytes read of body
	place int64 // where the next Read begins
}

var errBackward = errors.New("a stream cannot be read backwards")

func (f *forward) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.place
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errBackward
	}
	f.place = offset
	return offset, nil
}

func (f *forward) Read(p []byte) (int, error) {
	if f.place < f.read {
		return 0, errBackward
	}
	n, err := io.CopyN(io.Discard, f.body, f.place-f.read)
	if f.read += n; err != nil {
		return 0, err
	}
	more, err := f.body.Read(p)
	f.read += int64(more)
	f.place = f.read
	return more, err
}
