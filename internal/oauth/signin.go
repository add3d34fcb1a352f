package oauth

import (
	"net/http"
	"net/url"
	"time"

	"gomphothere/internal/model"
)

const (
	// The cookie's life is renewed by nobody; the session in the database ends when idle for three months.
	sessionCookie = 365 * 24 * time.Hour
	waitingCookie = 10 * time.Minute // as long as the wait for a second factor
)

type signInView struct{ Login, Next string }

func (o *OAuth) signInForm(v *visit) error {
	to := next(v.r.URL.Query().Get("next"), "")
	v.flow = isFlow(to)
	if v.user != nil {
		return v.to(next(to, "/"))
	}
	return v.show(http.StatusOK, "sign_in", signInView{Next: to})
}

func (o *OAuth) signIn(v *visit) error {
	to := next(v.form("next"), "")
	v.flow = isFlow(to)
	u, err := o.social.SignIn(v.r.Context(), v.form("login"), v.form("password"), v.ip())
	if err != nil {
		return v.again("sign_in", signInView{v.form("login"), to}, err)
	}
	more, err := o.social.NeedsSecondFactor(v.r.Context(), u)
	if err != nil {
		return err
	}
	if !more {
		return v.enter(u, to)
	}
	secret, err := o.social.BeginSecondFactor(v.r.Context(), u)
	if err != nil {
		return err
	}
	v.setCookie("waiting", secret, waitingCookie)
	return v.to("/auth/second_factor?next=" + url.QueryEscape(to))
}

// enter signs the browser in and sends it on.
func (v *visit) enter(u *model.User, to string) error {
	if err := v.startSession(u); err != nil {
		return err
	}
	if !u.MayAct() {
		return v.to("/auth/setup")
	}
	return v.to(next(to, "/"))
}

func (v *visit) startSession(u *model.User) error {
	if v.session != nil { // the browser changes hands
		if err := v.o.social.EndSession(v.r.Context(), v.user.ID, v.session.ID); err != nil {
			return err
		}
	}
	secret, err := v.o.social.StartSession(v.r.Context(), u.ID, v.ip(), v.r.UserAgent())
	if err != nil {
		return err
	}
	v.dropCookie("waiting")
	v.dropCookie("csrf") // a new one comes with the next page
	v.setCookie("session", secret, sessionCookie)
	return nil
}

type secondFactorView struct {
	Next     string
	TOTP     bool
	Passkeys bool
}

// waiting finds who showed their password and now must show more.
func (v *visit) waiting() (*model.User, secondFactorView, error) {
	out := secondFactorView{Next: next(v.r.FormValue("next"), "")}
	v.flow = isFlow(out.Next)
	u, err := v.o.social.AwaitingSecondFactor(v.r.Context(), v.cookie("waiting"))
	if err != nil {
		return nil, out, err
	}
	keys, err := v.o.social.DB.Read(v.r.Context()).Passkeys(u.ID)
	out.TOTP, out.Passkeys = u.TOTPSecret != "", len(keys) > 0
	return u, out, err
}

func (o *OAuth) secondFactorForm(v *visit) error {
	_, data, err := v.waiting()
	if model.IsNotFound(err) {
		return v.to("/auth/sign_in?next=" + url.QueryEscape(data.Next))
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "second_factor", data)
}

func (o *OAuth) secondFactor(v *visit) error {
	_, data, err := v.waiting()
	if model.IsNotFound(err) {
		return v.to("/auth/sign_in?next=" + url.QueryEscape(data.Next))
	}
	if err != nil {
		return err
	}
	u, err := o.social.SecondFactor(v.r.Context(), v.cookie("waiting"), v.form("code"))
	if err != nil {
		return v.again("second_factor", data, err)
	}
	return v.enter(u, data.Next)
}

func (o *OAuth) signOut(v *visit) error {
	if v.user == nil {
		return v.to("/")
	}
	if err := o.leave(v); err != nil {
		return err
	}
	return v.to("/?done=signedout")
}

// leave ends the browser's session.
func (o *OAuth) leave(v *visit) error {
	v.dropCookie("session")
	v.dropCookie("csrf")
	return o.social.EndSession(v.r.Context(), v.user.ID, v.session.ID)
}
