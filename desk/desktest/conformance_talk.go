package desktest

import (
	"errors"
	"reflect"
	"testing"

	"frontdesk/desk"
)

func testTalks(t *testing.T, w *world) {
	if _, err := w.Talk("none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("missing talk: %v, want ErrNotFound", err)
	}
	var k desk.Talk
	n := 500
	fillValue(reflect.ValueOf(&k).Elem(), &n)
	for range 2 {
		if err := w.PutTalk(&k); err != nil {
			t.Fatalf("put talk: %v", err)
		}
		got, err := w.Talk(k.ID)
		same(t, must(t, got, err), k)
		k = desk.Talk{ID: k.ID, Name: "другое имя", Creator: k.Creator, Created: Start}
	}
}
