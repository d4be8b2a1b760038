package journal

import "frontdesk/desk"

// translatorTx is a transaction as translators get it: what they break or ask for by themselves is looked at once it is committed.
type translatorTx struct {
	Tx
	news *news
}

func (t *translatorTx) BreakDesires(room desk.RoomKey, thing string) error {
	t.news.desires = true
	return t.Tx.BreakDesires(room, thing)
}

func (t *translatorTx) AppendEffects(effects []desk.Effect) error {
	t.news.decided(desk.Decision{Effects: effects})
	return t.Tx.AppendEffects(effects)
}
