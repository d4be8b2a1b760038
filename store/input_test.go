package store_test

import (
	"testing"
	"time"

	"frontdesk/internal/journal"
)

func TestMoveInputs(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		for i, in := range []journal.Input{input("held", "1"), input("a", "2"), input("held", "3"), input("held", "4")} {
			if in.Lane == "held" {
				in.Due = at.Add(time.Hour)
			}
			if seq := appendInput(t, tx, in); i == 3 {
				check(t, tx.FinishInput(seq))
			}
		}
		check(t, tx.MoveInputs("held", "a"))
		all, err := tx.PendingSince("a", 0)
		check(t, err)
		if len(all) != 3 || all[0].ID != "1" || all[1].ID != "2" || all[2].ID != "3" || !all[0].Due.IsZero() || headOf(t, tx, "held") != "" {
			t.Errorf("in the lane are %+v", all)
		}
	})
}

func TestPendingOf(t *testing.T) {
	inTransaction(t, func(t *testing.T, tx journal.Tx) {
		var seqs []int64
		for i, in := range []journal.Input{input("a", "1"), input("a", "2"), input("b", "3"), input("a", "4"), input("a", "5"), input("a", "6")} {
			in.Kind = "file"
			if i == 3 {
				in.Kind = "other"
			}
			in.Due = time.Unix(int64(i), 0)
			seqs = append(seqs, appendInput(t, tx, in))
		}
		check(t, tx.FinishInput(seqs[1]))
		got, err := tx.PendingOf("a", seqs[0], "file", 1)
		check(t, err)
		all, err := tx.PendingOf("a", seqs[0]-1, "file", 10)
		check(t, err)
		if len(got) != 1 || got[0].ID != "5" || len(got[0].Body) == 0 || !got[0].Due.Equal(time.Unix(4, 0)) || len(all) != 3 || all[0].ID != "1" {
			t.Errorf("of one: %+v; of all: %+v", got, all)
		}
	})
}
