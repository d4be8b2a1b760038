package desk_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	refusalMade = regexp.MustCompile(`(?:Refuse\(\w+, |refusal: +)"([a-z_.]+)"`)
	// cure is how the English refusals say what to do: a command, a request, or what there is to choose from.
	cure = regexp.MustCompile(`![a-z{]|There are|Yours:|Like this|[Ff]or example|at most|can be narrowed by|use a-z|[Ii]t (has|takes)|In braces|` +
		`\b([Aa]sk|[Cc]hoose|[Ww]rite|[Nn]ame|Type|[Ss]end|Press|Answer|Accept|Add|Take|Swap|Give|Look|Narrow|Say|Leave|Make|Bring|delete|Delete|Cancel|` +
		`Change|Check|Wait|Agree) `)
)

// nothingToDo are the refusals after which there is nothing to do, with the reason by hand.
var nothingToDo = map[string]string{
	"ticket.yours_already":    "tells where to find it",
	"unsent.closed":           "the customer's next message opens a ticket",
	"unsent.edit":             "{0} is another refusal, which says it",
	"config.bad":              "{2} names the values that do",
	"resend.none":             "everything has reached the customer",
	"retry.deleted":           "the customer has taken it back",
	"command.none_waiting":    "there is nobody to accept",
	"edit.same":               "it is so already",
	"contact.unchanged":       "it is so already",
	"transfer.theirs_already": "it is so already",
	"rights.given_already":    "it is so already",
	"rights.assigned_already": "it is so already",
	"queues.default_already":  "it is so already",
	"sites.removed_already":   "it is so already",
	"sites.there":             "it is so already",
	"config.same":             "it is so already",
}

// TestRefusalsSayWhatToDo: whoever of the staff is refused an order or a message reads what to do about it (O1). What customers are told and what
// calls say are other matters.
func TestRefusalsSayWhatToDo(t *testing.T) {
	catalogue, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	others := regexp.MustCompile(`^(customer|message|topic|rating|reaction|page|consent|call)\.`)
	made := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range refusalMade.FindAllStringSubmatch(string(data), -1) {
			if text := catalogue.Text("en", m[1]); text != m[1] && !others.MatchString(m[1]) { // a key that the code puts together is none
				made[m[1]] = cure.MatchString(text)
			}
		}
	}
	if len(made) < 150 {
		t.Fatalf("found only %d refusals", len(made))
	}
	for key, says := range made {
		if why := nothingToDo[key]; says == (why != "") {
			t.Errorf("%s says what to do: %v; nothing to do: %q", key, says, why)
		}
	}
	for key := range nothingToDo {
		if _, ok := made[key]; !ok {
			t.Errorf("%s is no refusal", key)
		}
	}
}
