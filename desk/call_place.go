package desk

// CallPlace is where and as whom a customer takes part in a call among the staff: the puppet, with a device of its own.
type CallPlace struct {
	Room     RoomKey
	Customer CustomerID
	Device   string
	Service  string // address of the token service; "" for the homeserver's
	Kind     CallKind
}

// CallAccess lets a puppet into the media session of a call.
type CallAccess struct {
	URL   string // of the SFU
	Token string
}

// CallFault is why a puppet does not get into a session.
type CallFault struct {
	Reason string // key of a text for both sides
	Final  bool   // asking again is no use
	Err    error
}

func (f *CallFault) Error() string { return f.Err.Error() }
func (f *CallFault) Unwrap() error { return f.Err }
