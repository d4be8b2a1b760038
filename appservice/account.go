package appservice

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix/synapseadmin"

	"frontdesk/desk"
)

// applyAccount looks for an account that an order wants among the staff, and makes it where it is not there and we are let.
func (s *Service) applyAccount(ctx context.Context, d desk.Desire, user desk.UserID) error {
	var wish desk.AccountWish
	if err := readValue(d, &wish); err != nil || wish.Order == "" {
		return err
	}
	seen, err := s.lookFor(ctx, user)
	if err != nil {
		return err
	}
	if !seen.Exists && s.cfg.RegistrationSecret != "" {
		// A crash between here and the decision loses the password, not the account: the order then finds it.
		if err := s.register(ctx, seen); err != nil {
			return err
		}
	}
	seen.Order = wish.Order
	if _, err := s.journal.Decide(ctx, *seen); err != nil {
		return fmt.Errorf("tell of account %s: %w", user, err)
	}
	return nil
}

// lookFor asks for the profile of a user, which everybody has who has an account. A homeserver that keeps profiles to itself refuses instead: its
// users are taken to be there.
func (s *Service) lookFor(ctx context.Context, user desk.UserID) (*desk.AccountSeen, error) {
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return nil, err
	}
	seen := &desk.AccountSeen{User: user, Exists: true}
	var profile struct {
		Name   string `json:"displayname"`
		Avatar string `json:"avatar_url"`
	}
	err = s.do(ctx, bot, "look for account "+string(user), request{method: http.MethodGet, path: []any{"v3", "profile", user}, out: &profile})
	r := refused(err)
	switch {
	case r != nil && r.status == http.StatusNotFound: // Synapse has two codes for it
		seen.Exists = false
	case err != nil && !hasCode(err, codeForbidden):
		return nil, err
	}
	seen.Name, seen.Avatar = words(profile.Name), profile.Avatar
	return seen, nil
}

// register makes an account by Synapse's admin API, with a password that is told once.
func (s *Service) register(ctx context.Context, seen *desk.AccountSeen) error {
	ask := func(method string, body, out any) error {
		return s.doAs(ctx, s.nobody, "make account "+string(seen.User), request{
			method: method, path: []any{"v1", "register"}, admin: true, body: body, out: out,
		})
	}
	account := synapseadmin.ReqSharedSecretRegister{
		Username: seen.User.Localpart(), Password: strings.ToLower(rand.Text())[:20], InhibitLogin: true,
	}
	err := ask(http.MethodGet, nil, &account)
	if err == nil {
		account.SHA1Checksum = account.Sign(s.cfg.RegistrationSecret)
		err = ask(http.MethodPost, &account, nil)
	}
	r := refused(err)
	switch {
	case err == nil:
		seen.Exists, seen.Password = true, account.Password
	case r != nil && r.code == codeInUse:
		seen.Exists = true
	case r != nil && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests:
		seen.Refusal = r.Error()
	default:
		return err
	}
	return nil
}
