package desk

import "fmt"

// Whoever is taken into the staff needs an account of the homeserver. Whether there is one only the homeserver knows: it is asked first, and
// where it lets us, it makes the account that is not there yet (A10).

// ThingAccount and a user's id is the look for that account, in the staff space: an AccountWish.
const ThingAccount = "account/" // + UserID

// AccountWish says for which order an account is looked for. Without an order nothing is wanted any more.
type AccountWish struct {
	By     UserID    `json:"by,omitempty"`
	Room   RoomKey   `json:"room,omitempty"` // where it was ordered
	Order  EventID   `json:"order,omitempty"`
	Queues []QueueID `json:"queues,omitempty"`
}

// seekAccount asks the homeserver for the account that an order is to take into the staff.
func (a *act) seekAccount(o *order, id UserID, queues []Queue) error {
	wish := AccountWish{By: o.by, Room: o.room, Order: o.event}
	for i := range queues {
		wish.Queues = append(wish.Queues, queues[i].ID)
	}
	return a.desire(StaffSpace(), ThingAccount+string(id), wish)
}

// accountSeen goes on with the order that waited for the account. Rights and queues may have changed meanwhile, so that it is judged anew.
func (a *act) accountSeen(in AccountSeen) error {
	var wish AccountWish
	if ok, err := a.desired(StaffSpace(), ThingAccount+string(in.User), &wish); err != nil || !ok || wish.Order == "" || wish.Order != in.Order {
		return err
	}
	if err := a.desire(StaffSpace(), ThingAccount+string(in.User), AccountWish{}); err != nil {
		return err
	}
	a.room = wish.Room
	o, err := a.newOrder(wish.Room, wish.By, wish.Order)
	if err != nil || o.staff == nil {
		return err
	}
	o.given.staff = []UserID{in.User}
	for _, id := range wish.Queues {
		o.given.words = append(o.given.words, string(id))
	}
	return a.attempt(o, func() (answer, bool, error) {
		out, err := a.takeIn(o, in)
		return out, true, err
	})
}

// takeIn makes somebody one of the staff, whose account was seen.
func (a *act) takeIn(o *order, in AccountSeen) (answer, error) {
	k, queues, err := a.newcomer(o)
	if err != nil {
		return answer{}, err
	}
	switch {
	case in.Refusal != "":
		return answer{}, Refuse(Unavailable, "staff.account_refused", string(in.User), clip(flat(in.Refusal), 200))
	case !in.Exists:
		return answer{}, Refuse(NotFound, "staff.account_missing", string(in.User), in.User.Localpart())
	}
	k.Removed = false
	if err := a.tx.PutOperator(k); err != nil {
		return answer{}, fmt.Errorf("add operator %s: %w", k.ID, err)
	}
	if err := a.note(JournalEntry{Actor: string(o.by), Action: "operator.added", Target: string(k.ID), Changes: changes(nil, k)}); err != nil {
		return answer{}, err
	}
	if in.Password != "" {
		if err := a.note(JournalEntry{Actor: string(o.by), Action: "operator.registered", Target: string(k.ID)}); err != nil {
			return answer{}, err
		}
	}
	for i := range queues {
		if err := a.regroup(string(o.by), &queues[i], k, true); err != nil {
			return answer{}, err
		}
	}
	if err := a.followRights(); err != nil {
		return answer{}, err
	}
	if in.Name != "" || in.Avatar != "" {
		if err := a.staffProfile(StaffProfile{User: k.ID, Name: in.Name, Avatar: in.Avatar}); err != nil {
			return answer{}, err
		}
	}
	text := a.word(o, "staff.added", string(k.ID))
	if in.Password != "" {
		text += " " + a.word(o, "staff.account_made", in.Password)
	}
	if len(queues) == 0 {
		text += " " + a.word(o, "staff.now_join", string(k.ID))
	}
	return said(text), nil
}
