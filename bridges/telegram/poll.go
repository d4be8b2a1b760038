package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	pollTime     = 50 * time.Second // how long Telegram waits for an update before it answers that there is none
	pollPatience = pollTime + 20*time.Second
	pollMax      = 100
	retryUsual   = time.Second
	retryMax     = time.Minute
	recheckUsual = 5 * time.Minute
)

// wanted are the updates we ask for; Telegram leaves reactions out unless they are named.
var wanted = []string{"message", "edited_message", "callback_query", "message_reaction", "my_chat_member"}

type pollParams struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// receive brings updates in until ctx ends, whatever happens meanwhile.
func (b *bot) receive(ctx context.Context) error {
	var r retrying
	for ctx.Err() == nil {
		err := b.prepare(ctx)
		switch {
		case err != nil:
		case b.cfg.Webhook:
			err = b.watch(ctx, &r)
		default:
			err = b.poll(ctx, &r)
		}
		b.pause(ctx, &r, err)
	}
	return nil
}

// prepare tells Telegram how we want to get updates.
func (b *bot) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollPatience)
	defer cancel()
	if b.cfg.Webhook {
		return b.setWebhook(ctx)
	}
	_, err := b.ask(ctx, "deleteWebhook", struct{}{})
	return err
}

// retrying is how often in a row something failed, and what the administrators were told of it.
type retrying struct {
	failed int
	told   int // the status they were told of
	// Conflicts with another program come and go with its calls and ours, so they are counted over a time, not in a row.
	conflicts  int
	conflictAt time.Time // the last
}

// conflictsTold is from how many conflicts on the administrators are told: a poller of our own that was killed is forgotten soon.
const conflictsTold = 4

// calm is how long after a conflict there has to be none before it is over.
func (b *bot) calm() time.Duration { return 2 * b.s.cfg.Recheck }

// conflict counts one.
func (b *bot) conflict(r *retrying) {
	now := b.s.cfg.Now()
	if now.Sub(r.conflictAt) > b.calm() {
		r.conflicts = 0
	}
	r.conflicts++
	r.conflictAt = now
}

// poll asks for updates and stores them until that fails. The offset, by which Telegram forgets what comes before it, moves only over what is
// stored; after a start it is 0 and what is told again is known by its id.
func (b *bot) poll(ctx context.Context, r *retrying) error {
	offset := int64(0)
	for ctx.Err() == nil {
		updates, err := b.getUpdates(ctx, offset)
		if err != nil {
			return err
		}
		b.well(ctx, r)
		next, err := b.take(ctx, updates)
		if err != nil {
			return err
		}
		offset = max(offset, next)
	}
	return nil
}

func (b *bot) getUpdates(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, pollPatience)
	defer cancel()
	result, err := b.ask(ctx, "getUpdates", pollParams{Offset: offset, Limit: pollMax, Timeout: int(pollTime.Seconds()), Allowed: wanted})
	if err != nil {
		return nil, err
	}
	var updates []json.RawMessage
	if err := json.Unmarshal(result, &updates); err != nil {
		return nil, fmt.Errorf("getUpdates: %w", err)
	}
	return updates, nil
}

// errTaken tells that another program has the updates brought to it.
var errTaken = &apiError{code: http.StatusConflict, text: "the webhook was set to another address"}

// watch looks now and then whether updates are still brought to us, until they are not.
func (b *bot) watch(ctx context.Context, r *retrying) error {
	tick := time.NewTicker(b.s.cfg.Recheck)
	defer tick.Stop()
	for {
		hook, err := b.hookSet(ctx)
		switch {
		case err != nil:
			return err
		case hook.URL != b.hookURL():
			return errTaken
		}
		b.well(ctx, r)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// well forgets what failed before, and tells the administrators if they were told of it.
func (b *bot) well(ctx context.Context, r *retrying) {
	r.failed = 0
	if b.s.cfg.Now().Sub(r.conflictAt) < b.calm() {
		return
	}
	if r.told != 0 {
		b.tell(ctx, "channel.mended", "")
	}
	*r = retrying{}
}

// pause waits before the next try, and tells the administrators once of what only they can mend.
func (b *bot) pause(ctx context.Context, r *retrying, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	r.failed++
	wait := min(b.s.cfg.Retry<<min(r.failed-1, 10), retryMax)
	status := 0
	var refused *apiError
	if errors.As(err, &refused) {
		status = refused.code
		wait = max(wait, refused.retryAfter)
	}
	key := ""
	switch status {
	case http.StatusUnauthorized, http.StatusNotFound:
		key, wait = "channel.trouble.token", b.s.cfg.Recheck
	case http.StatusConflict:
		b.conflict(r)
		if r.conflicts >= conflictsTold || errors.Is(err, errTaken) {
			key = "channel.trouble.conflict"
		}
	}
	switch {
	case key != "" && r.told != status:
		r.told = status
		b.trouble(ctx, key, err)
	case key == "":
		b.s.log.Warn().Str("bot", b.cfg.Name).Str("error", b.clean(err)).Msg("Asking Telegram for updates failed")
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
