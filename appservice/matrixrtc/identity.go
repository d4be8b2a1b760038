package matrixrtc

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"frontdesk/desk"
)

// Identities gives what the SFU may call a member of a session: the token services for memberships as state events call them user:device, the
// others by a hash. Both prove who somebody is, so either counts.
func (s *Sessions) Identities(m desk.CallMember) []string {
	plain := string(m.User) + ":" + m.Device
	member, err := json.Marshal([]string{string(m.User), m.Device, m.Key})
	if err != nil {
		return []string{plain}
	}
	sum := sha256.Sum256(member)
	return []string{plain, base64.RawStdEncoding.EncodeToString(sum[:])}
}
