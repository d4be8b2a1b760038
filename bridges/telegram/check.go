package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrToken tells that Telegram does not know a bot's token.
var ErrToken = errors.New("telegram does not take the token")

// checkTime bounds the question.
const checkTime = 15 * time.Second

// Check asks Telegram who a bot is and gives its user name.
func Check(ctx context.Context, c BotConfig) (username string, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	b := &bot{cfg: c, http: &http.Client{Transport: newTransport()}}
	defer b.http.CloseIdleConnections()
	result, err := b.ask(ctx, "getMe", struct{}{})
	var refused *apiError
	if errors.As(err, &refused) && (refused.code == http.StatusUnauthorized || refused.code == http.StatusNotFound) {
		return "", ErrToken
	} else if err != nil {
		return "", err
	}
	var me struct {
		Username string `json:"username"`
	}
	if err := json.Unmarshal(result, &me); err != nil {
		return "", fmt.Errorf("getMe: %w", err)
	}
	return me.Username, nil
}
