package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/internal/journal"
	"frontdesk/store/storetest"
)

var at = time.Date(2026, 11, 21, 10, 0, 0, 123456789, time.UTC)

func input(lane, id string) journal.Input {
	return journal.Input{Source: "test", ID: id, Lane: lane, Kind: "kind", Body: json.RawMessage(`{"id":"` + id + `"}`), At: at}
}

// inTransaction runs a test inside a transaction on each database.
func inTransaction(t *testing.T, test func(*testing.T, journal.Tx)) {
	storetest.Each(t, func(t *testing.T, database storetest.Database) { test(t, transaction(t, database)) })
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func appendInput(t *testing.T, tx journal.Tx, in journal.Input) int64 {
	t.Helper()
	seq, isNew, pending, err := tx.AppendInput(in)
	if err != nil || !isNew || !pending {
		t.Fatalf("append input %s: new %v, pending %v, %v", in.ID, isNew, pending, err)
	}
	return seq
}

func headOf(t *testing.T, tx journal.Tx, lane string) string {
	t.Helper()
	in, err := tx.Head(lane)
	if errors.Is(err, desk.ErrNotFound) {
		return ""
	}
	check(t, err)
	return in.ID
}

func TestInputs(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		first := appendInput(t, tx, input("a", "1"))
		second := appendInput(t, tx, input("a", "2"))
		appendInput(t, tx, input("b", "3"))
		if second <= first {
			t.Fatalf("positions %d and %d are not in order", first, second)
		}
		got, err := tx.Head("a")
		check(t, err)
		want := input("a", "1")
		want.Seq = first
		if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", want) {
			t.Errorf("head %+v, want %+v", *got, want)
		}
		seq, isNew, pending, err := tx.AppendInput(input("other", "1"))
		if err != nil || seq != first || isNew || !pending {
			t.Errorf("known input: %d, new %v, pending %v, %v", seq, isNew, pending, err)
		}
		for seq, want := range map[int64]bool{first: true, second: false} {
			if is, err := tx.IsHead("a", seq); err != nil || is != want {
				t.Errorf("%d is head: %v, %v", seq, is, err)
			}
		}
		check(t, tx.RetryInput(first, 4, at.Add(time.Hour), "cause"))
		got, err = tx.Head("a")
		if err != nil || got.Attempts != 4 || !got.Due.Equal(at.Add(time.Hour)) {
			t.Errorf("put off: %+v, %v", got, err)
		}
		lanes, err := tx.PendingLanes()
		check(t, err)
		if len(lanes) != 2 || lanes[0].Lane != "a" || !lanes[0].Due.Equal(at.Add(time.Hour)) || lanes[1].Lane != "b" ||
			!lanes[1].Due.IsZero() {
			t.Errorf("pending lanes %+v", lanes)
		}
		check(t, tx.FinishInput(first))
		if head := headOf(t, tx, "a"); head != "2" {
			t.Errorf("head %q after the first is done", head)
		}
		state, err := tx.InputState("test", "1")
		if err != nil || state.Pending || state.Dead || state.Refused != nil || state.Lane != "a" || state.Seq != first {
			t.Errorf("state of a done input %+v, %v", state, err)
		}
		check(t, tx.RefuseInput(second, desk.Refuse(desk.Conflict, "taken", "@anna:x", 42, 1.5, true)))
		state, err = tx.InputState("test", "2")
		check(t, err)
		if state.Refused == nil || state.Refused.Code != desk.Conflict || state.Refused.Key != "taken" ||
			fmt.Sprint(state.Refused.Args) != "[@anna:x 42 1.5 true]" {
			t.Errorf("refusal %+v", state.Refused)
		}
		if _, ok := state.Refused.Args[1].(int); !ok {
			t.Errorf("a whole number came back as %T", state.Refused.Args[1])
		}
		if _, _, pending, err := tx.AppendInput(input("a", "2")); err != nil || pending {
			t.Errorf("a refused input still waits: %v, %v", pending, err)
		}
		if _, err := tx.InputState("test", "none"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("state of an unknown input: %v", err)
		}
	})
}

func TestRequeue(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		var seqs []int64
		for i := range 4 {
			seqs = append(seqs, appendInput(t, tx, input("a", fmt.Sprint(i))))
		}
		check(t, tx.FinishInput(seqs[3]), tx.Requeue("test", "1"), tx.Requeue("test", "3"), tx.Requeue("test", "unknown"))
		waiting, err := tx.PendingSince("a", seqs[1])
		check(t, err)
		var ids []string
		for _, in := range waiting {
			ids = append(ids, in.ID)
		}
		if !slices.Equal(ids, []string{"2", "1"}) {
			t.Errorf("from the second on %q waits", ids)
		}
		if seq := appendInput(t, tx, input("a", "4")); seq <= waiting[1].Seq {
			t.Errorf("a new input got position %d, the requeued one has %d", seq, waiting[1].Seq)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		seq := appendInput(t, tx, input("a", "1 with space"))
		appendInput(t, tx, input("a", "2"))
		check(t, tx.AppendEffects([]desk.Effect{
			desk.CreateRoom{ID: "c", Room: "portal:a"}, desk.Post{ID: "p", Room: "portal:a", Text: "x"},
			desk.Desire{Room: "portal:b", Thing: "member/@anna:x", Value: json.RawMessage(`1`)},
		}))
		check(t, tx.PutRoom(&desk.Room{Key: "portal:b", ID: "!b"}), tx.KillInput(seq, "bad input"), tx.KillEffect("c", "bad effect"),
			tx.KillDesire("portal:b", "member/@anna:x", 1, "bad desire"))
		letters, err := tx.DeadLetters(10)
		check(t, err)
		var got []string
		for _, l := range letters {
			got = append(got, fmt.Sprint(l.Of, "|", l.ID, "|", l.Lane, "|", l.Kind, "|", l.Error, "|", l.Attempts, "|", l.At.IsZero()))
		}
		slices.Sort(got)
		want := []string{
			"desire|portal:b member/@anna:x|portal:b|member/@anna:x|bad desire|1|false",
			"effect|c|portal:a|create_room|bad effect|1|false",
			"input|test 1 with space|a|kind|bad input|1|false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("dead letters\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if few, err := tx.DeadLetters(2); err != nil || len(few) != 2 {
			t.Errorf("%d dead letters, want 2: %v", len(few), err)
		}
		if head := headOf(t, tx, "a"); head != "2" {
			t.Errorf("head %q while the first is dead", head)
		}
		for _, l := range letters {
			check(t, tx.Revive(l.Of, l.ID))
			if err := tx.Revive(l.Of, l.ID); !errors.Is(err, desk.ErrNotFound) {
				t.Errorf("revived %s twice: %v", l.ID, err)
			}
		}
		check(t, tx.FinishInput(seq+1))
		if in, err := tx.Head("a"); err != nil || in.ID != "1 with space" || in.Attempts != 0 || len(in.Body) == 0 {
			t.Errorf("revived input %+v, %v", in, err)
		}
		// A room comes before what waits for it, whenever it is revived.
		if head, err := effectHead(tx, "portal:a"); err != nil || head.ID != "c" {
			t.Errorf("revived effect: head %+v, %v", head, err)
		}
		check(t, tx.KillEffect("p", "late"), tx.AppendEffects([]desk.Effect{desk.Post{ID: "q", Room: "portal:a"}}),
			tx.Revive(journal.OfEffect, "p"), tx.FinishEffect("c"))
		if head, err := effectHead(tx, "portal:a"); err != nil || head.ID != "q" {
			t.Errorf("a revived post is not at the end: head %+v, %v", head, err)
		}
		if due, err := tx.DueDesires(at, true, 10); err != nil || len(due) != 1 {
			t.Errorf("revived desire: due %+v, %v", due, err)
		}
	})
}

// effectHead gives the first effect of a lane that is to be carried out.
func effectHead(tx journal.Tx, lane desk.RoomKey) (*journal.EffectRow, error) {
	rows, err := tx.UndoneEffects(lane, 1)
	if err != nil || len(rows) != 1 {
		return nil, fmt.Errorf("%d effects: %w", len(rows), err)
	}
	return &rows[0], nil
}

func TestEffects(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		post := desk.Post{ID: "1", Room: "portal:a", As: desk.Puppet("u"), Text: "<b> & ж 🙂\n\x00", Mentions: []desk.UserID{"@anna:x"}, At: at}
		check(t, tx.AppendEffects([]desk.Effect{post, desk.React{ID: "2", Room: "portal:a", Key: "✅"}}),
			tx.AppendEffects([]desk.Effect{desk.Redact{ID: "3", Room: "portal:b"}, desk.Post{ID: "1", Room: "portal:a", Text: "again"}}),
			tx.AppendEffects(nil))
		row, err := effectHead(tx, "portal:a")
		check(t, err)
		read, err := desk.ParseEffect(row.Kind, row.Body)
		check(t, err)
		if fmt.Sprintf("%#v", read) != fmt.Sprintf("%#v", post) {
			t.Errorf("effect came back as %#v, want %#v", read, post)
		}
		if row.State != "pending" || row.Attempts != 0 || row.Created.IsZero() || !row.First.IsZero() || !row.NextAt.IsZero() {
			t.Errorf("new effect %+v", row)
		}
		check(t, tx.BeginEffect("1", at), tx.BeginEffect("1", at.Add(time.Hour)))
		if row, err = tx.Effect("1"); err != nil || row.State != "sending" || !row.First.Equal(at) {
			t.Errorf("effect being sent %+v, %v", row, err)
		}
		check(t, tx.RetryEffect("1", 3, at.Add(time.Minute), "cause"))
		row, err = effectHead(tx, "portal:a")
		if err != nil || row.State != "pending" || row.Attempts != 3 || !row.NextAt.Equal(at.Add(time.Minute)) || row.Error != "cause" ||
			!row.First.Equal(at) {
			t.Errorf("put off effect %+v, %v", row, err)
		}
		lanes, err := tx.EffectLanes()
		check(t, err)
		if len(lanes) != 2 || lanes[0].Lane != "portal:a" || lanes[0].Kind != desk.KindPost || !lanes[0].Due.Equal(at.Add(time.Minute)) ||
			lanes[1].Kind != desk.KindRedact {
			t.Errorf("lanes %+v", lanes)
		}
		last, err := tx.LastEffect()
		check(t, err)
		if redaction, err := tx.Effect("3"); err != nil || redaction.Seq != last {
			t.Errorf("last effect %d, want that of %+v, %v", last, redaction, err)
		}
		check(t, tx.FinishEffect("1"), tx.FinishEffect("3"), tx.RetryEffect("3", 1, at, "late"), tx.BeginEffect("3", at))
		if row, err := tx.Effect("3"); err != nil || row.State != "done" || len(row.Body) != 0 {
			t.Errorf("done effect %+v, %v", row, err)
		}
		if head, err := effectHead(tx, "portal:a"); err != nil || head.ID != "2" {
			t.Errorf("head %+v, %v", head, err)
		}
		if rows, err := tx.UndoneEffects("portal:b", 10); err != nil || len(rows) > 0 {
			t.Errorf("in an empty lane are %+v, %v", rows, err)
		}
		if backlog, err := tx.Backlog(); err != nil || backlog != (journal.Backlog{Effects: 1}) {
			t.Errorf("backlog %+v, %v", backlog, err)
		}
	})
}

func wish(room desk.RoomKey, thing, value string) desk.Desire {
	return desk.Desire{Room: room, Thing: thing, Value: json.RawMessage(value)}
}

func things(t *testing.T, tx journal.Tx, newest bool, limit int) string {
	t.Helper()
	rows, err := tx.DueDesires(at, newest, limit)
	check(t, err)
	var found []string
	for i := range rows {
		found = append(found, rows[i].Thing)
	}
	return strings.Join(found, " ")
}

func TestDesires(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		check(t, tx.PutRoom(&desk.Room{Key: "r", ID: "!r"}), tx.PutRoom(&desk.Room{Key: "unborn"}),
			tx.AppendEffects([]desk.Effect{wish("r", "z", `1`), wish("r", "a", `{ "x" : "<b>" }`), wish("unborn", "name", `"N"`)}),
			tx.AppendEffects([]desk.Effect{wish("r", "c", `1`), wish("r", "child/unborn", `1`), wish("r", "b", `1`)}))
		if got := things(t, tx, true, 10); got != "c b z a" {
			t.Errorf("newest decision first: %s", got)
		}
		if got := things(t, tx, false, 3); got != "z a c" {
			t.Errorf("oldest decision first, at most three: %s", got)
		}
		check(t, tx.PutRoom(&desk.Room{Key: "unborn", ID: "!u"}))
		if got := things(t, tx, false, 10); got != "z a name c child/unborn b" {
			t.Errorf("with the other room: %s", got)
		}
		// The same value, however it is spaced, is no news.
		check(t, tx.FinishDesire("r", "a", 1, json.RawMessage(`{"e":"$1"}`)), tx.AppendEffects([]desk.Effect{wish("r", "a", `{"x":"<b>"}`)}))
		row, err := tx.DesireRow("r", "a")
		if err != nil || row.Version != 1 || row.Applied != 1 || string(row.Memo) != `{"e":"$1"}` || string(row.Value) != `{"x":"<b>"}` {
			t.Errorf("row %+v, %v", row, err)
		}
		// A newer value stays due when the older one is marked, put off or given up.
		check(t, tx.AppendEffects([]desk.Effect{wish("r", "b", `2`)}), tx.FinishDesire("r", "b", 1, nil),
			tx.RetryDesire("r", "b", 1, 5, at.Add(time.Hour), "cause"), tx.KillDesire("r", "b", 1, "cause"))
		row, err = tx.DesireRow("r", "b")
		if err != nil || row.Version != 2 || row.Applied != 1 || row.Attempts != 0 || row.Dead || row.Memo != nil {
			t.Errorf("row %+v, %v", row, err)
		}
		// Put off, and back.
		check(t, tx.RetryDesire("r", "c", 1, 2, at.Add(time.Hour), "cause"), tx.RetryDesire("r", "z", 1, 2, at.Add(2*time.Hour), "cause"))
		if got := things(t, tx, false, 10); got != "name child/unborn b" {
			t.Errorf("with two put off: %s", got)
		}
		if next, err := tx.NextDesireDue(at); err != nil || !next.Equal(at.Add(time.Hour)) {
			t.Errorf("next due %s, %v", next, err)
		}
		if next, err := tx.NextDesireDue(at.Add(3 * time.Hour)); err != nil || !next.IsZero() {
			t.Errorf("next due %s, %v; want none", next, err)
		}
		// Given up, wished for anew, broken.
		check(t, tx.KillDesire("r", "c", 1, "no"), tx.AppendEffects([]desk.Effect{wish("r", "c", `1`)}))
		if row, err := tx.DesireRow("r", "c"); err != nil || !row.Dead || row.Error != "no" || row.Attempts != 3 {
			t.Errorf("given up: %+v, %v", row, err)
		}
		check(t, tx.AppendEffects([]desk.Effect{wish("r", "c", `3`)}), tx.BreakDesires("r", "a"))
		if got := things(t, tx, true, 2); got != "a c" {
			t.Errorf("after a break and a new value: %s", got)
		}
		check(t, tx.FinishDesire("r", "a", 1, nil)) // was on its way when the thing was broken
		if row, err := tx.DesireRow("r", "a"); err != nil || row.Applied >= row.Version {
			t.Errorf("a break was overlooked: %+v, %v", row, err)
		}
		check(t, tx.BreakDesires("r", ""))
		rows, err := tx.DesireRowsOf("r")
		check(t, err)
		for _, row := range rows {
			if row.Applied >= row.Version || row.Dead {
				t.Errorf("not broken: %+v", row)
			}
		}
		if len(rows) != 5 {
			t.Errorf("%d rows of r, want 5", len(rows))
		}
		all, err := tx.DesiredOf("r")
		check(t, err)
		one, err := tx.Desired("r", "b")
		if err != nil || len(all) != 5 || string(one.Value) != `2` {
			t.Errorf("desired %+v; %+v, %v", all, one, err)
		}
	})
}

// TestRemembered: what is remembered of a thing is listed with its rooms, except where it was never applied, was given up, or the room does not exist.
func TestRemembered(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		for _, key := range []desk.RoomKey{"b", "a", "new", "dead"} {
			check(t, tx.PutRoom(&desk.Room{Key: key, ID: desk.RoomID("!" + key), Version: "12"}))
		}
		check(t, tx.PutRoom(&desk.Room{Key: "unborn"}))
		for _, key := range []desk.RoomKey{"b", "a", "new", "dead", "unborn"} {
			check(t, tx.AppendEffects([]desk.Effect{wish(key, "join", `{}`), wish(key, "name", `""`)}))
		}
		for _, key := range []desk.RoomKey{"b", "a", "dead", "unborn"} {
			check(t, tx.FinishDesire(key, "join", 1, json.RawMessage(`{"of":"`+string(key)+`"}`)))
		}
		check(t, tx.BreakDesires("b", "join"), tx.BreakDesires("dead", "join"), tx.KillDesire("dead", "join", 2, "no"))
		got, err := tx.Remembered("join")
		want := []journal.Remembered{
			{Room: desk.Room{Key: "a", ID: "!a", Version: "12"}, Memo: json.RawMessage(`{"of":"a"}`)},
			{Room: desk.Room{Key: "b", ID: "!b", Version: "12"}, Memo: json.RawMessage(`{"of":"b"}`)},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("remembered %+v, %v", got, err)
		}
	})
}

func TestADesireMustBeJSON(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		if err := tx.AppendEffects([]desk.Effect{wish("r", "name", `{`)}); err == nil {
			t.Error("took a value that is no JSON")
		}
	})
}

func TestTimers(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		if next, err := tx.NextTimerDue(); err != nil || !next.IsZero() {
			t.Errorf("next timer %s, %v; want none", next, err)
		}
		arm := desk.Arm{ID: "1", Due: at, Name: "remind", Ticket: "k", Generation: 7, Of: "r"}
		check(t, tx.AppendEffects([]desk.Effect{arm, desk.Arm{ID: "2", Due: at.Add(time.Hour)}, desk.Arm{ID: "1", Due: at.Add(-time.Hour)}}))
		due, err := tx.DueTimers(at, 10)
		if err != nil || len(due) != 1 || due[0] != arm {
			t.Fatalf("due %+v, %v", due, err)
		}
		check(t, tx.FireTimer(arm, at.Add(time.Second)))
		if next, err := tx.NextTimerDue(); err != nil || !next.Equal(at.Add(time.Hour)) {
			t.Errorf("next timer %s, %v", next, err)
		}
		in, err := tx.Head("timer:k")
		check(t, err)
		var fired desk.Arm
		check(t, json.Unmarshal(in.Body, &fired))
		if in.Source != "timer" || in.ID != "1" || in.Kind != "remind" || fired != arm {
			t.Errorf("input %+v of %+v", in, fired)
		}
	})
}

func TestMeta(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		if value, err := tx.Meta("token"); err != nil || value != "" {
			t.Errorf("missing value %q, %v", value, err)
		}
		check(t, tx.PutMeta("token", "s1"), tx.PutMeta("token", "s2"))
		if value, err := tx.Meta("token"); err != nil || value != "s2" {
			t.Errorf("value %q, %v", value, err)
		}
	})
}

func TestJournalLines(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		check(t, tx.Record(desk.JournalEntry{At: at, Actor: "@anna:x", Action: "ticket.accepted", Ticket: "k", From: "waiting", To: "assigned"}))
	})
}

func TestNested(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		put := func(key, value string) { check(t, tx.PutMeta(key, value)) }
		put("outer", "1")
		boom := errors.New("boom")
		err := tx.Nested(func() error {
			put("outer", "2")
			check(t, tx.Nested(func() error { put("inner", "1"); return nil }))
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		if err := tx.Nested(func() error { put("outer", "3"); panic("oops") }); err == nil || !strings.Contains(err.Error(), "oops") {
			t.Errorf("error of a panic: %v", err)
		}
		// A statement that the database refuses spoils its savepoint, even if its error is overlooked, and nothing else.
		err = tx.Nested(func() error {
			put("outer", "4")
			_ = tx.PutPortal(&desk.Portal{ID: "p", Conversation: "missing"})
			return nil
		})
		if err == nil {
			t.Error("an overlooked error was kept")
		}
		check(t, tx.Nested(func() error { put("after", "1"); return nil }))
		for key, want := range map[string]string{"outer": "1", "inner": "", "after": "1"} {
			if value, err := tx.Meta(key); err != nil || value != want {
				t.Errorf("%s is %q, %v; want %q", key, value, err, want)
			}
		}
	})
}

// A room that is replaced keeps what is desired of it, due again, without the children that are gone.
func TestReplaceRoom(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		desire := func(room desk.RoomKey, thing, value string) desk.Effect {
			return desk.Desire{Room: room, Thing: thing, Value: json.RawMessage(value)}
		}
		absent, err := json.Marshal(desk.Child{})
		check(t, err, tx.PutRoom(&desk.Room{Key: "queue:q", ID: "!old", Version: "11"}), tx.PutRoom(&desk.Room{Key: "site:s", ID: "!s"}),
			tx.PutRoom(&desk.Room{Key: "lobby:q", ID: "!l"}),
			tx.AppendEffects([]desk.Effect{
				desire("queue:q", "name", `"Q"`), desire("queue:q", "member/@anna:x", `{"want":"join"}`),
				desire("queue:q", "child/lobby:q", `{"present":true}`), desire("queue:q", "child/portal:1", string(absent)),
				desire("queue:q", "child/portal:2", string(absent)), desire("site:s", "child/queue:q", `{"present":true}`),
				desire("site:s", "child/queue:other", string(absent)), desire("site:s", "name", `"S"`),
			}))
		rows, err := tx.DesireRowsOf("queue:q")
		check(t, err)
		other, err := tx.DesireRowsOf("site:s")
		check(t, err)
		if n, err := tx.GoneChildren("queue:q"); err != nil || n != 0 {
			t.Errorf("%d gone before anything is applied, %v", n, err)
		}
		for _, d := range append(rows, other...) {
			check(t, tx.FinishDesire(d.Room, d.Thing, d.Version, nil))
		}
		check(t, tx.AppendEffects([]desk.Effect{desire("queue:q", "child/portal:3", string(absent))}))
		if n, err := tx.GoneChildren("queue:q"); err != nil || n != 2 {
			t.Errorf("%d gone, want 2: %v", n, err)
		}
		check(t, tx.ReplaceRoom(&desk.Room{Key: "queue:q", ID: "!new", Version: "12"}))
		if room, err := tx.RoomByID("!new"); err != nil || room.Key != "queue:q" {
			t.Errorf("new room %+v, %v", room, err)
		}
		if _, err := tx.RoomByID("!old"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("old room: %v", err)
		}
		due, err := tx.DueDesires(at, false, 100)
		check(t, err)
		var got []string
		for _, d := range due {
			got = append(got, string(d.Room)+" "+d.Thing)
		}
		slices.Sort(got)
		want := []string{"queue:q child/lobby:q", "queue:q member/@anna:x", "queue:q name", "site:s child/queue:q"}
		if !slices.Equal(got, want) {
			t.Errorf("due %q, want %q", got, want)
		}
		if left, err := tx.DesireRowsOf("queue:q"); err != nil || len(left) != 3 {
			t.Errorf("left %+v, %v", left, err)
		}
	})
}
