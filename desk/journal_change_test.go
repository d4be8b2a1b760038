package desk_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
	"frontdesk/desk/desktest"
)

// TestJournalFieldsHaveNames: every field of a row whose changes are recorded is called something in every language, down to the fields of what
// stands in it.
func TestJournalFieldsHaveNames(t *testing.T) {
	catalogue, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	var check func(reflect.Type)
	seen := map[reflect.Type]bool{}
	check = func(row reflect.Type) {
		switch row.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			check(row.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[row] || row == reflect.TypeFor[time.Time]() {
			return
		}
		seen[row] = true
		for i := range row.NumField() {
			f := row.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch name {
			case "-":
				continue
			case "":
				name = f.Name
			}
			key := "journal.field." + desk.FieldKey(name)
			for _, lang := range []string{"en", "ru"} {
				if catalogue.Text(lang, key) == key {
					t.Errorf("%s.%s has no name in %s: %s", row.Name(), f.Name, lang, key)
				}
			}
			check(f.Type)
		}
	}
	for _, row := range []any{
		desk.Site{}, desk.Queue{}, desk.Operator{}, desk.Ticket{}, desk.Portal{}, desk.Contact{}, desk.Template{}, desk.Reminder{}, desk.Rating{}, desk.Talk{},
		desk.Block{},
	} {
		check(reflect.TypeOf(row))
	}
}

// TestAuditSpeaksTheAskersLanguage: fields, states, moments, lengths of time and rights are said as people say them, in the language of who asks; only
// the file names the identifiers of our rows.
func TestAuditSpeaksTheAskersLanguage(t *testing.T) {
	d := managed(t)
	c := d.Open()
	d.Write(c, "hello")
	d.Accept(desktest.Anna, c)
	d.Say(desktest.Anna, d.PortalOf(c), "!snooze 2h")
	ask(t, d, desktest.Anna, "!remind #1 3h call back")
	ask(t, d, desktest.Anna, "!reminders cancel 1")
	ask(t, d, desktest.Anna, "!close 1")
	ask(t, d, desktest.Admin, "!operator set @boris:test name Борис Б.")
	ask(t, d, desktest.Admin, "!operator contact @boris:test +7 916 123-45-67, work")
	ask(t, d, desktest.Admin, "!config set queue.support.remind_after 90s")
	ask(t, d, desktest.Admin, "!config set site.shop.schedule.week mon-fri 9:00-18:00")
	ask(t, d, desktest.Admin, "!queues show letters")
	ask(t, d, desktest.Admin, "!operator add @chef:test")
	ask(t, d, desktest.Admin, "!rights give @boris:test journal queue:support view")
	ask(t, d, desktest.Admin, "!rights assign @boris:test supervisor site:shop")
	change(t, d, desktest.Admin, func(o *desk.Operator) { o.Lang, o.Zone = "ru", "Europe/Moscow" })
	for _, test := range []struct{ filter, want string }{
		{"ticket.accepted", "состояние: ожидает → в работе"},
		{"ticket.accepted", "ответственный: – → @anna:test"},
		{"ticket.closed", "причина закрытия: – → оператором"},
		{"ticket.snoozed", "отложено до: – → 2026-03-02 14:00:00"},
		{"reminder.cancelled", "выполнено: – → да"},
		{"operator.changed", "ФИО: – → Борис Б."},
		{"operator.changed", "контакты: – → вид телефон, назначение рабочий, значение +79161234567"},
		{"config.set", "напоминание через: 5 минут → 90 секунд"},
		{"config.set", "пн 09:00–18:00"},
		{"queue.shown", "видна клиентам: – → да"},
		{"rights.given", "журнал, очередь Support: – → просмотр"},
		{"rights.assigned", "супервизор: – → ресурс Shop"},
	} {
		if answer := ask(t, d, desktest.Admin, "!журнал "+test.filter); !strings.Contains(answer, test.want) {
			t.Errorf("%s: %q, want %q in it", test.filter, answer, test.want)
		}
	}
	for filter, ids := range map[string][]string{"operator.added": {"идентификатор", "диалог"}, "reminder.set": {"идентификатор", "обращение: –"}} {
		answer := ask(t, d, desktest.Admin, "!журнал "+filter)
		for _, id := range ids {
			if strings.Contains(answer, id) {
				t.Errorf("the room reads of %s: %q", id, answer)
			}
		}
	}
	ask(t, d, desktest.Admin, "!журнал operator.added все")
	if rows := auditRows(t, d); !strings.Contains(rows[1][6], "идентификатор: – → ") {
		t.Errorf("the file says %q", rows[1])
	}
}
