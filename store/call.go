package store

import (
	"time"

	"frontdesk/desk"
)

const (
	callColumns = `
		SELECT id, conversation, ticket, portal, kind, share, state, caller, service, notification, tab, device, seated, outcome,
			reason, line, started, rings_until, alone, answered, talked, ended, kind_open, share_until,
			unshown
		FROM call`
	getCall     = callColumns + ` WHERE id=$1`
	getCallOf   = callColumns + ` WHERE conversation=$1 AND state<>'ended'`
	getLastCall = callColumns + ` WHERE conversation=$1 ORDER BY started DESC, id DESC LIMIT 1`
	getTended   = callColumns + ` WHERE seated OR state IN ('joining', 'active') ORDER BY started, id`

	putCall = `
		INSERT INTO call (id, conversation, ticket, portal, kind, share, state, caller, service, notification, tab, device, seated,
			outcome, reason, line, started, rings_until, alone, answered, talked, ended, kind_open, share_until,
			unshown)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
		ON CONFLICT (id) DO UPDATE SET conversation=excluded.conversation, ticket=excluded.ticket, portal=excluded.portal,
			kind=excluded.kind, share=excluded.share, state=excluded.state, caller=excluded.caller,
			service=excluded.service, notification=excluded.notification, tab=excluded.tab, device=excluded.device,
			seated=excluded.seated, outcome=excluded.outcome, reason=excluded.reason, line=excluded.line, started=excluded.started,
			rings_until=excluded.rings_until, alone=excluded.alone, answered=excluded.answered, talked=excluded.talked,
			ended=excluded.ended, kind_open=excluded.kind_open, share_until=excluded.share_until,
			unshown=excluded.unshown`

	memberColumns  = `SELECT portal, user_id, key, device, service, intent, event, at, since, until, gone FROM call_member`
	getCallMember  = memberColumns + ` WHERE portal=$1 AND user_id=$2 AND key=$3`
	getCallMembers = memberColumns + ` WHERE portal=$1 AND NOT gone ORDER BY since, user_id, key`
	putCallMember  = `
		INSERT INTO call_member (portal, user_id, key, device, service, intent, event, at, since, until, gone)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (portal, user_id, key) DO UPDATE SET device=excluded.device, service=excluded.service, intent=excluded.intent,
			event=excluded.event, at=excluded.at, since=excluded.since, until=excluded.until, gone=excluded.gone`
	forgetCallMembers = `DELETE FROM call_member WHERE portal=$1 AND gone AND at<$2`
)

func scanCall(r row, c *desk.Call) error {
	return r.Scan(&c.ID, &c.Conversation, &c.Ticket, &c.Portal, &c.Kind, &c.Share, &c.State, &c.Caller, &c.Service,
		&c.Notification, &c.Tab, &c.Device, &c.Seated, &c.Outcome, &c.Reason, &c.Line, instant{&c.StartedAt}, instant{&c.RingsUntil},
		instant{&c.Alone}, instant{&c.AnsweredAt}, instant{&c.TalkedAt}, instant{&c.EndedAt}, &c.KindOpen,
		instant{&c.ShareUntil}, &c.Unshown)
}

func scanCallMember(r row, m *desk.CallMember) error {
	return r.Scan(&m.Portal, &m.User, &m.Key, &m.Device, &m.Service, &m.Intent, &m.Event, instant{&m.At}, instant{&m.Since},
		instant{&m.Until}, &m.Left)
}

func (t *tx) Call(id desk.CallID) (*desk.Call, error) {
	c, err := one(t, scanCall, getCall, id)
	return c, wrap(err, "get call", id)
}

func (t *tx) CallOf(conversation desk.ConversationID) (*desk.Call, error) {
	c, err := one(t, scanCall, getCallOf, conversation)
	return c, wrap(err, "get call of conversation", conversation)
}

func (t *tx) LastCall(conversation desk.ConversationID) (*desk.Call, error) {
	c, err := one(t, scanCall, getLastCall, conversation)
	return c, wrap(err, "get last call of conversation", conversation)
}

func (t *tx) CallsToTend() ([]desk.Call, error) {
	calls, err := all(t, scanCall, getTended)
	return calls, wrap(err, "list calls", "to tend")
}

func (t *tx) PutCall(c *desk.Call) error {
	_, err := t.exec(putCall, c.ID, c.Conversation, c.Ticket, c.Portal, c.Kind, c.Share, c.State, c.Caller, c.Service,
		c.Notification, c.Tab, c.Device, c.Seated, c.Outcome, c.Reason, c.Line, nanos(c.StartedAt), nanos(c.RingsUntil), nanos(c.Alone),
		nanos(c.AnsweredAt), nanos(c.TalkedAt), nanos(c.EndedAt), c.KindOpen, nanos(c.ShareUntil), c.Unshown)
	return wrap(err, "put call", c.ID)
}

func (t *tx) CallMembers(portal desk.PortalID) ([]desk.CallMember, error) {
	members, err := all(t, scanCallMember, getCallMembers, portal)
	return members, wrap(err, "list members of the call in portal", portal)
}

func (t *tx) CallMember(portal desk.PortalID, user desk.UserID, key string) (*desk.CallMember, error) {
	m, err := one(t, scanCallMember, getCallMember, portal, user, key)
	return m, wrap(err, "get call member", user)
}

func (t *tx) PutCallMember(m *desk.CallMember) error {
	_, err := t.exec(putCallMember, m.Portal, m.User, m.Key, m.Device, m.Service, m.Intent, m.Event, nanos(m.At), nanos(m.Since),
		nanos(m.Until), m.Left)
	return wrap(err, "put call member", m.User)
}

func (t *tx) ForgetCallMembers(portal desk.PortalID, before time.Time) error {
	_, err := t.exec(forgetCallMembers, portal, nanos(before))
	return wrap(err, "forget who left the call in portal", portal)
}
