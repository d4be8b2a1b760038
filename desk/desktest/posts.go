package desktest

import "frontdesk/desk"

// answer makes the post of an answer, which must change nothing.
func (d *Desk) answer(q desk.Answer) desk.Post {
	d.t.Helper()
	before := d.Dump()
	post, err := d.Engine.Answer(d.Tx, d.Now, q)
	if err != nil {
		d.t.Fatalf("answer %s: %v", q.Command, err)
	}
	if d.Dump() != before {
		d.t.Fatalf("answering %s %s has changed something", q.Command, q.Given)
	}
	return post
}

// Posts lists what was posted into a room, in order.
func (d *Desk) Posts(room desk.RoomKey) []desk.Post {
	var out []desk.Post
	for _, s := range d.Sent {
		if p, ok := s.Effect.(desk.Post); ok && p.Room == room {
			out = append(out, p)
		}
	}
	return out
}

// LastPost gives what was posted into a room last.
func (d *Desk) LastPost(room desk.RoomKey) desk.Post {
	d.t.Helper()
	posts := d.Posts(room)
	if len(posts) == 0 {
		d.t.Fatalf("nothing was posted into %s", room)
	}
	return posts[len(posts)-1]
}
