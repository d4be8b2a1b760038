package desktest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"frontdesk/desk"
)

func (t *Tx) Call(id desk.CallID) (*desk.Call, error) { return get(t.rows.Calls, id) }
func (t *Tx) PutCall(c *desk.Call) error              { t.rows.Calls[c.ID] = clone(*c); return nil }

func (t *Tx) CallOf(c desk.ConversationID) (*desk.Call, error) {
	return find(t.rows.Calls, func(k desk.Call) bool { return k.Conversation == c && k.State != desk.CallEnded })
}

func (t *Tx) LastCall(c desk.ConversationID) (*desk.Call, error) {
	calls := list(t.rows.Calls, func(k desk.Call) bool { return k.Conversation == c }, callOrder)
	if len(calls) == 0 {
		return nil, fmt.Errorf("last call of %s: %w", c, desk.ErrNotFound)
	}
	return &calls[len(calls)-1], nil
}

func (t *Tx) CallsToTend() ([]desk.Call, error) {
	tended := func(k desk.Call) bool { return k.Seated || k.State == desk.CallJoining || k.State == desk.CallActive }
	return list(t.rows.Calls, tended, callOrder), nil
}

func callOrder(a, b desk.Call) int {
	return cmp.Or(a.StartedAt.Compare(b.StartedAt), strings.Compare(string(a.ID), string(b.ID)))
}

func (t *Tx) CallMembers(p desk.PortalID) ([]desk.CallMember, error) {
	return list(t.rows.CallMembers, func(m desk.CallMember) bool { return m.Portal == p && !m.Left },
		func(a, b desk.CallMember) int {
			return cmp.Or(a.Since.Compare(b.Since), strings.Compare(string(a.User), string(b.User)), strings.Compare(a.Key, b.Key))
		}), nil
}

func (t *Tx) CallMember(p desk.PortalID, u desk.UserID, key string) (*desk.CallMember, error) {
	return get(t.rows.CallMembers, callMemberKey(p, u, key))
}

func (t *Tx) PutCallMember(m *desk.CallMember) error {
	t.rows.CallMembers[callMemberKey(m.Portal, m.User, m.Key)] = *m
	return nil
}

func (t *Tx) ForgetCallMembers(p desk.PortalID, before time.Time) error {
	maps.DeleteFunc(t.rows.CallMembers, func(_ string, m desk.CallMember) bool { return m.Portal == p && m.Left && m.At.Before(before) })
	return nil
}

// Calls lists all calls of a conversation, the first one first.
func (t *Tx) Calls(c desk.ConversationID) []desk.Call {
	return slices.Clone(list(t.rows.Calls, func(k desk.Call) bool { return k.Conversation == c }, callOrder))
}

func callMemberKey(p desk.PortalID, u desk.UserID, key string) string {
	return string(p) + " " + string(u) + " " + key
}
