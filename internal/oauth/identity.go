// Package oauth is the door people sign in by: apps, tokens, authorisation, sign-up, second factors.
package oauth

import "gomphothere/internal/model"

// Identity is who a bearer token speaks for.
type Identity struct {
	Token   *model.Token
	User    *model.User    // nil: the app itself
	Account *model.Account // nil: the app itself
	App     *model.App
}
