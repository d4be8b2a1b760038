package journal

import (
	"context"
	"fmt"

	"frontdesk/desk"
)

// answerLimit is how many answers are looked up at once: others need readers, too.
const answerLimit = 2

// made gives what the sink is to carry out for an effect: the effect itself or, of an answer, the post that the engine makes of what a
// reader sees now. Given again after a crash it may say something newer; under the same id the first that was sent stays.
func (d *dispatcher) made(ctx context.Context, e desk.Effect) (desk.Effect, error) {
	q, ok := e.(desk.Answer)
	if !ok {
		return e, nil
	}
	select {
	case d.answers <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-d.answers }()
	var post desk.Post
	err := d.j.db.Read(ctx, func(tx Tx) (err error) {
		post, err = d.j.engine.Answer(tx, d.j.now(), q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up an answer: %w", err)
	}
	return post, nil
}
