package widgetgw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"time"

	"frontdesk/desk"
)

// signer makes and checks expiring addresses. An address stays the same within urlStep, so that browsers' caches work, and
// lives at least urlLife.
type signer struct{ secret []byte }

const (
	urlStep = time.Hour
	urlLife = time.Hour
)

var (
	errBadSignature = errors.New("bad signature")
	errExpired      = errors.New("expired")
)

// What a signature is for; part of what is signed.
const (
	signedFile   = "file"
	signedThumb  = "thumb"
	signedAvatar = "avatar"
)

func (s signer) expiry(now time.Time) int64 {
	return now.Truncate(urlStep).Add(urlStep + urlLife).Unix()
}

func (s signer) sign(purpose, id string, exp int64) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(purpose + "\x00" + id + "\x00" + strconv.FormatInt(exp, 10)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// query gives the query string of a signed address.
func (s signer) query(purpose, id string, now time.Time) string {
	exp := s.expiry(now)
	q := "?exp=" + strconv.FormatInt(exp, 10) + "&sig=" + s.sign(purpose, id, exp)
	if purpose == signedThumb {
		q += "&thumb=1"
	}
	return q
}

// verify checks a query against purpose and id and gives the moment it expires. The signature is compared in constant time and
// before the expiry is looked at.
func (s signer) verify(purpose, id string, q url.Values, now time.Time) (time.Time, error) {
	exp, err := strconv.ParseInt(q.Get("exp"), 10, 64)
	if err != nil {
		return time.Time{}, errBadSignature
	}
	if !hmac.Equal([]byte(q.Get("sig")), []byte(s.sign(purpose, id, exp))) {
		return time.Time{}, errBadSignature
	}
	until := time.Unix(exp, 0)
	if !now.Before(until) {
		return time.Time{}, errExpired
	}
	return until, nil
}

// fileURL is the address of a file's bytes, relative to the gateway.
func (s signer) fileURL(id desk.FileID, name string, now time.Time) string {
	return mediaPath + string(id) + "/" + url.PathEscape(name) + s.query(signedFile, string(id), now)
}

func (s signer) thumbURL(id desk.FileID, name string, now time.Time) string {
	return mediaPath + string(id) + "/" + url.PathEscape(name) + s.query(signedThumb, string(id), now)
}

// avatarURL is the address of an operator's photo; "" for what is no mxc URI.
func (s signer) avatarURL(mxc string, now time.Time) string {
	path, ok := mxcPath(mxc)
	if !ok {
		return ""
	}
	return avatarPath + path + s.query(signedAvatar, mxc, now)
}
