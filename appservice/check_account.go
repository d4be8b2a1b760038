package appservice

import (
	"context"
	"net/http"

	"maunium.net/go/mautrix/synapseadmin"
)

// checkName can be no account's: Synapse looks at the secret first, at the name after it, and makes nothing.
const checkName = "Frontdesk check"

// registrationSecret looks whether accounts of new staff can be made.
func (c *checker) registrationSecret(ctx context.Context) error {
	ask := func(method string, body, out any) error {
		return c.doAs(ctx, c.nobody, "try to make an account", request{
			method: method, path: []any{"v1", "register"}, admin: true, body: body, out: out,
		})
	}
	account := synapseadmin.ReqSharedSecretRegister{Username: checkName, Password: "frontdesk-check", InhibitLogin: true}
	err := ask(http.MethodGet, nil, &account)
	if err == nil {
		account.SHA1Checksum = account.Sign(c.cfg.RegistrationSecret)
		err = ask(http.MethodPost, &account, nil)
	}
	r := refused(err)
	switch {
	case r == nil:
		return err
	case r.code == "M_INVALID_USERNAME":
		return nil
	case r.status == http.StatusForbidden && r.code != "":
		return &trouble{"it is not the homeserver's registration_shared_secret", "copy that from homeserver.yaml, or leave homeserver.registration_secret empty"}
	case r.status == http.StatusBadRequest:
		return &trouble{"the homeserver has no registration_shared_secret", "set one in homeserver.yaml, or leave homeserver.registration_secret empty"}
	}
	return &trouble{"accounts cannot be made at /_synapse/admin/v1/register: " + r.Error(),
		"let homeserver.address be an address that serves it, or leave homeserver.registration_secret empty"}
}
