package widgetgw

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/desk"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

func TestSignedAddresses(t *testing.T) {
	s := signer{testSecret}
	const id = "01FILE0000000000000000000A"
	parse := func(address string) url.Values {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatalf("parse %q: %v", address, err)
		}
		return u.Query()
	}
	good := parse(s.fileURL(id, "a b.png", noon))
	thumb := parse(s.thumbURL(id, "a b.png", noon))
	with := func(key, value string) url.Values {
		q := url.Values{"exp": good["exp"], "sig": good["sig"]}
		q.Set(key, value)
		return q
	}
	for _, c := range []struct {
		name, purpose, id string
		q                 url.Values
		at                time.Time
		want              error
	}{
		{"right", signedFile, id, good, noon, nil},
		{"an hour later", signedFile, id, good, noon.Add(time.Hour), nil},
		{"expired", signedFile, id, good, noon.Add(2 * time.Hour), errExpired},
		{"another file", signedFile, "01FILE0000000000000000000B", good, noon, errBadSignature},
		{"as a thumbnail", signedThumb, id, good, noon, errBadSignature},
		{"a thumbnail", signedThumb, id, thumb, noon, nil},
		{"a thumbnail's for the file", signedFile, id, thumb, noon, errBadSignature},
		{"prolonged", signedFile, id, with("exp", "99999999999"), noon, errBadSignature},
		{"no expiry", signedFile, id, with("exp", ""), noon, errBadSignature},
		{"no signature", signedFile, id, with("sig", ""), noon, errBadSignature},
		{"cut", signedFile, id, with("sig", good.Get("sig")[:42]), noon, errBadSignature},
		{"expired and forged", signedFile, id, with("exp", "1"), noon, errBadSignature},
	} {
		if _, err := s.verify(c.purpose, c.id, c.q, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := (signer{[]byte("another secret, just as long as it")}).verify(signedFile, id, good, noon); !errors.Is(err, errBadSignature) {
		t.Errorf("another secret: %v", err)
	}
}

func TestSignedAddressesAreStableWithinTheHourAndLiveOne(t *testing.T) {
	s := signer{testSecret}
	first := s.fileURL("01FILE0000000000000000000A", "x", noon)
	if again := s.fileURL("01FILE0000000000000000000A", "x", noon.Add(59*time.Minute)); again != first {
		t.Error("the address changed within the hour")
	}
	for minutes := range 120 {
		now := noon.Add(time.Duration(minutes) * time.Minute)
		if life := time.Unix(s.expiry(now), 0).Sub(now); life < time.Hour || life > 2*time.Hour {
			t.Fatalf("an address made at %s lives %s", now, life)
		}
	}
}

func TestAvatarAddress(t *testing.T) {
	s := signer{testSecret}
	if got := s.avatarURL("mxc://example.org/abcDEF_1", noon); !strings.HasPrefix(got, avatarPath+"example.org/abcDEF_1?exp=") {
		t.Errorf("address %q", got)
	}
	for _, bad := range []string{"", "https://example.org/a", "mxc://example.org", "mxc:///a", "mxc://example.org/a/b", "mxc://example.org/a?b", "mxc://a%2f/b"} {
		if got := s.avatarURL(bad, noon); got != "" {
			t.Errorf("%q has the address %q", bad, got)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := signer{testSecret}
	exp := s.expiry(noon)
	f.Add("exp=1&sig=x")
	f.Add("sig=" + s.sign(signedFile, "01FILE0000000000000000000A", exp))
	f.Add("exp=1e9&sig=" + s.sign(signedThumb, "01FILE0000000000000000000A", exp))
	f.Add("exp=9999999999999999999999&sig=%zz")
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		if _, err := s.verify(signedFile, string(desk.FileID("01FILE0000000000000000000A")), q, noon); err == nil {
			if q.Get("sig") != s.sign(signedFile, "01FILE0000000000000000000A", exp) {
				t.Fatalf("verified %q", query)
			}
		}
	})
}
