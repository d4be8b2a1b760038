package desktest

import "frontdesk/desk"

func (t *Tx) Talk(id desk.TalkID) (*desk.Talk, error) { return get(t.rows.Talks, id) }
func (t *Tx) PutTalk(k *desk.Talk) error              { t.rows.Talks[k.ID] = clone(*k); return nil }
