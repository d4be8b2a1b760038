package desktest

import (
	"errors"
	"reflect"
	"testing"

	"frontdesk/desk"
)

func testTemplates(t *testing.T, w *world) {
	var full desk.Template
	n := 0
	fillValue(reflect.ValueOf(&full).Elem(), &n)
	put := func(p desk.Template) desk.Template {
		if err := w.PutTemplate(&p); err != nil {
			t.Fatalf("put template: %v", err)
		}
		got, err := w.Template(p.ID)
		same(t, must(t, got, err), p)
		return p
	}
	put(full)
	put(desk.Template{ID: full.ID, Site: full.Site, At: Start})
	second := put(desk.Template{ID: "b", Site: w.site.ID, Number: 2, At: Start})
	first := put(desk.Template{ID: "c", Site: w.site.ID, Number: 1, Deleted: true, At: Start})
	own := put(desk.Template{ID: "a", Owner: w.operator.ID, Number: 1, At: Start})
	for _, c := range []struct {
		site  desk.SiteID
		owner desk.UserID
		want  []desk.Template
	}{
		{w.site.ID, "", []desk.Template{first, second}},
		{"", w.operator.ID, []desk.Template{own}},
		{"none", "", nil},
	} {
		got, err := w.TemplatesOf(c.site, c.owner)
		if err != nil {
			t.Fatalf("templates of %q %q: %v", c.site, c.owner, err)
		}
		if len(got) != len(c.want) {
			t.Fatalf("templates of %q %q: %+v", c.site, c.owner, got)
		}
		for i := range got {
			same(t, got[i], c.want[i])
		}
	}
	if _, err := w.Template("none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("missing template: %v", err)
	}
}
