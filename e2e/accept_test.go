package e2e

import (
	"fmt"
	"testing"
)

// ✅ may come before the room is made, for the card is shown at once: the operator is brought into it nevertheless.
func TestAcceptBeforeTheRoomExists(t *testing.T) {
	for _, double := range []bool{true, false} {
		t.Run(fmt.Sprintf("double puppeting %t", double), func(t *testing.T) {
			o := sharedOffice(t, double)
			anna := o.login(o.stack.Operators[0])
			for i := range 12 {
				words := fmt.Sprintf("At once %t, number %d", double, i)
				o.guest().say(words)
				card := anna.card(words)
				room := anna.accept(card)
				anna.reads(room, words)
			}
		})
	}
}
