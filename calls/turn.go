package calls

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the protocol of TURN servers says SHA-1
	"encoding/base64"
	"strconv"
	"time"

	"frontdesk/desk"
)

// servers gives the relays a page may use, with a password that ends by itself: coturn's use-auth-secret, also known as TURN REST API.
func (t TURN) servers(call desk.CallID, now time.Time) []desk.ICEServer {
	if len(t.URLs) == 0 {
		return nil
	}
	username := strconv.FormatInt(now.Add(t.TTL).Unix(), 10) + ":" + string(call)
	mac := hmac.New(sha1.New, []byte(t.Secret))
	mac.Write([]byte(username))
	return []desk.ICEServer{{URLs: t.URLs, Username: username, Credential: base64.StdEncoding.EncodeToString(mac.Sum(nil))}}
}
