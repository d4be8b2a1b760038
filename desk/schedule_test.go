package desk_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"frontdesk/desk"
)

// hours makes a schedule of lines of its week and its dates.
func hours(t *testing.T, zone string, week, dates []string) desk.Schedule {
	t.Helper()
	s := desk.Schedule{Zone: zone}
	for _, line := range week {
		if !s.SetWeek(line) {
			t.Fatalf("no hours: %s", line)
		}
	}
	for _, line := range dates {
		if !s.SetDates(line) {
			t.Fatalf("no hours: %s", line)
		}
	}
	return s
}

func TestScheduleOpen(t *testing.T) {
	office := []string{"mon-fri 09:00-13:00 14:00-18:00", "sat 10:00-15:00"}
	for _, test := range []struct {
		name        string
		zone        string
		week, dates []string
		open        []string // moments in UTC
		closed      []string
	}{
		{
			"always", "", nil, nil,
			[]string{"2026-03-02T00:00", "2026-12-31T23:59"}, nil,
		},
		{
			"always but on dates", "", nil, []string{"2026-05-01 closed", "2026-05-02 10:00-12:00"},
			[]string{"2026-04-30T23:59", "2026-05-02T11:59", "2026-05-03T00:00"},
			[]string{"2026-05-01T00:00", "2026-05-01T23:59", "2026-05-02T09:59", "2026-05-02T12:00"},
		},
		{
			"office hours in Moscow", "Europe/Moscow", office, nil,
			[]string{"2026-03-02T06:00", "2026-03-02T09:59", "2026-03-02T11:00", "2026-03-06T14:59", "2026-03-07T07:00"},
			[]string{"2026-03-02T05:59", "2026-03-02T10:00", "2026-03-02T10:59", "2026-03-06T15:00", "2026-03-07T12:00", "2026-03-08T08:00"},
		},
		{
			"exceptions", "Europe/Moscow", office, []string{"2026-12-31 09:00-15:00", "2027-01-01..2027-01-08 closed", "2026-03-08 12:00-13:00"},
			[]string{"2026-12-31T11:59", "2026-12-31T10:30", "2027-01-09T07:00", "2026-03-08T09:30"},
			[]string{"2026-12-31T12:00", "2027-01-01T07:00", "2027-01-08T07:00", "2026-03-08T10:00"},
		},
		{
			"over midnight", "", []string{"fri,sat 22:00-02:00"}, nil,
			[]string{"2026-03-06T22:00", "2026-03-06T23:59", "2026-03-07T00:00", "2026-03-07T01:59", "2026-03-08T01:59"},
			[]string{"2026-03-06T01:00", "2026-03-06T21:59", "2026-03-07T02:00", "2026-03-08T02:00", "2026-03-08T22:00"},
		},
		{
			"over midnight into a closed date", "", []string{"mon-sun 22:00-02:00"}, []string{"2027-01-01 closed"},
			[]string{"2027-01-01T01:59", "2027-01-02T22:00"}, []string{"2027-01-01T22:00", "2027-01-02T01:00"},
		},
		{
			"round the clock on some days", "", []string{"sat-sun 00:00-24:00"}, nil,
			[]string{"2026-03-07T00:00", "2026-03-07T23:59", "2026-03-08T00:00", "2026-03-08T23:59"},
			[]string{"2026-03-06T23:59", "2026-03-09T00:00"},
		},
		{
			// Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
			"the hours stay on the wall's clock", "Europe/Berlin", []string{"mon-sun 09:00-17:00"}, nil,
			[]string{"2026-03-28T08:00", "2026-03-29T07:00", "2026-10-24T07:00", "2026-10-25T08:00", "2026-10-25T15:59"},
			[]string{"2026-03-28T07:59", "2026-03-29T06:59", "2026-10-25T07:59", "2026-10-25T16:00"},
		},
		{
			"a night with an hour left out, then one with an hour twice", "Europe/Berlin", []string{"sat 22:00-03:00"}, nil,
			[]string{"2026-03-29T00:59", "2026-10-25T00:30", "2026-10-25T01:59"},
			[]string{"2026-03-29T01:00", "2026-10-25T02:00"},
		},
		{
			// Beirut and Santiago change at midnight: 2026-09-06 has no 00:30 in Santiago.
			"a day without midnight", "America/Santiago", []string{"sun 00:00-08:00"}, nil,
			[]string{"2026-09-06T04:00", "2026-09-06T10:59"}, []string{"2026-09-06T03:59", "2026-09-06T11:00"},
		},
		{
			"the date of the zone counts", "Pacific/Auckland", nil, []string{"2026-12-25 closed"},
			[]string{"2026-12-24T10:59", "2026-12-25T11:00"}, []string{"2026-12-24T11:00", "2026-12-25T10:59"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := hours(t, test.zone, test.week, test.dates)
			for want, moments := range map[bool][]string{true: test.open, false: test.closed} {
				for _, m := range moments {
					at, err := time.Parse("2006-01-02T15:04", m)
					if err != nil {
						t.Fatal(err)
					}
					if got := s.Open(at); got != want {
						t.Errorf("open at %s: %v", m, got)
					}
				}
			}
		})
	}
}

func TestScheduleLines(t *testing.T) {
	for line, want := range map[string][]string{
		"mon 9:00-18:00": {"mon"}, "Пн-Ср 09:00–18:00": {"mon", "tue", "wed"}, "sat-mon 10:00-11:00": {"sat", "sun", "mon"},
		"mon,wed,fri 10:00-11:00, 12:00-13:00": {"mon", "wed", "fri"}, "вс закрыто": {"sun"}, "mon-sun 00:00-24:00": {"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
	} {
		var s desk.Schedule
		if !s.SetWeek(line) {
			t.Errorf("%q is no line", line)
			continue
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(s.Week)); !slices.Equal(got, want) {
			t.Errorf("%q is about %v", line, got)
		}
	}
	for _, line := range []string{
		"", "mon", "09:00-18:00", "mon 09:00", "mon 9-18", "mon 09:00-09:00", "mon 24:00-25:00", "mon 24:00-02:00", "mon 09:60-10:00", "mon 009:00-10:00",
		"mon 9:0-10:00", "noday 09:00-10:00", "mon- 09:00-10:00", "mon,mon 09:00-10:00", "mon-sun,mon 09:00-10:00", "mon closed 09:00-10:00", "mon +9:00-10:00", ",mon 09:00-10:00",
	} {
		var s desk.Schedule
		if s.SetWeek(line) || s.Week != nil {
			t.Errorf("%q is a line: %v", line, s.Week)
		}
	}
	for _, line := range []string{
		"", "2026-12-31", "31.12.2026 closed", "2026-02-30 closed", "2026-12-31..2026-12-30 closed", "2026-01-01..2036-01-01 closed", "2026-12-31 9", "mon closed",
		"..2026-01-01 closed",
	} {
		var s desk.Schedule
		if s.SetDates(line) || s.Dates != nil {
			t.Errorf("%q is a line: %v", line, s.Dates)
		}
	}
	s := hours(t, "", []string{"mon-fri 09:00-18:00"}, []string{"2026-12-31 closed"})
	if s.SetWeek("fri-sat 10:00-11:00") || s.SetDates("2026-12-30..2027-01-01 10:00-11:00") || len(s.Week) != 5 || len(s.Dates) != 1 {
		t.Errorf("given twice: %+v", s)
	}
}

func TestValidZone(t *testing.T) {
	for name, want := range map[string]bool{
		"": true, "UTC": true, "Europe/Moscow": true, "Asia/Yekaterinburg": true, "Local": false, "Mars/Olympus": false, "../../etc/passwd": false, "MSK": false,
	} {
		if got := desk.ValidZone(name); got != want {
			t.Errorf("%q is a zone: %v", name, got)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, line := range []string{"mon-fri 09:00-18:00", "sat,вс 22:00-02:00", "2026-12-31 closed", "2027-01-01..2027-01-08 10:00-24:00", "mon", "..", "-"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var s desk.Schedule
		if s.SetWeek(line) && len(s.Week) == 0 || s.SetDates(line) && len(s.Dates) == 0 {
			t.Fatalf("%q was taken and says nothing", line)
		}
		for _, table := range []map[string][]desk.Shift{s.Week, s.Dates} {
			for key, shifts := range table {
				for _, sh := range shifts {
					if sh.From < 0 || sh.From >= 24*60 || sh.To <= sh.From || sh.To >= 48*60 {
						t.Fatalf("%q: %s has %+v", line, key, sh)
					}
				}
			}
		}
		s.Open(time.Unix(1_770_000_000, 0))
	})
}
