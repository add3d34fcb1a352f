package oauth

import (
	"net/http"
	"net/url"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

type signUpView struct {
	Username, Email, Reason string
	Invite                  string
	Closed                  bool   // nobody, or only with an invitation
	Why                     string // about the invitation
	AsksReason, MustReason  bool
	Approval                bool
}

func (v *visit) signUpView(code string) (signUpView, error) {
	o := v.o
	out := signUpView{Invite: code}
	if code != "" {
		if _, err := o.social.Invite(v.r.Context(), code); model.KindOf(err) == model.KindInvalid {
			out.Invite, out.Why = "", err.Error()
		} else if err != nil {
			return out, err
		}
	}
	switch o.site.Registrations {
	case "open", "approval":
	case "invite":
		out.Closed = out.Invite == ""
	default:
		out.Closed = true
	}
	out.Approval = o.site.Registrations == "approval" && out.Invite == ""
	out.AsksReason, out.MustReason = out.Approval, out.Approval && o.site.ReasonRequired
	return out, nil
}

func (o *OAuth) signUpForm(v *visit) error {
	if v.user != nil {
		return v.to("/")
	}
	code := v.r.PathValue("code")
	if code == "" {
		code = v.r.URL.Query().Get("invite_code")
	}
	data, err := v.signUpView(code)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "sign_up", data)
}

func (o *OAuth) signUp(v *visit) error {
	data, err := v.signUpView(v.form("invite_code"))
	if err != nil {
		return err
	}
	data.Username, data.Email, data.Reason = v.form("username"), v.form("email"), v.form("reason")
	u, err := o.social.SignUp(v.r.Context(), social.NewUser{
		Username: data.Username, Email: data.Email, Password: v.form("password"), Agreement: truthy(v.form("agreement")),
		Reason: data.Reason, Invite: data.Invite, IP: v.ip(),
	})
	if err != nil {
		return v.again("sign_up", data, err)
	}
	if err := v.startSession(u); err != nil {
		return err
	}
	return v.to("/auth/setup")
}

type setupView struct {
	Email     string
	Confirmed bool
	Pending   bool
	NoMail    bool
}

// setup is where somebody waits whose account is not ready.
func (o *OAuth) setup(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	if v.user.MayAct() {
		return v.to("/")
	}
	return v.show(http.StatusOK, "setup", v.setupView())
}

func (v *visit) setupView() setupView {
	return setupView{Email: v.user.Email, Confirmed: v.user.ConfirmedAt != 0, Pending: !v.user.Approved, NoMail: !v.o.mailSent}
}

func (o *OAuth) resend(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	if err := o.social.ResendConfirmation(v.r.Context(), v.user.ID, v.form("email"), v.ip()); err != nil {
		return v.again("setup", v.setupView(), err)
	}
	return v.to("/auth/setup?done=resent")
}

// confirmForm is one button, because mail scanners open links, and an address must not confirm itself.
func (o *OAuth) confirmForm(v *visit) error {
	return v.show(http.StatusOK, "confirm", v.r.URL.Query().Get("confirmation_token"))
}

func (o *OAuth) confirm(v *visit) error {
	u, err := o.social.ConfirmEmail(v.r.Context(), v.form("confirmation_token"), v.ip())
	if model.IsNotFound(err) {
		return gone("This link works no more. Sign in to have another one sent.")
	}
	if err != nil {
		return v.again("confirm", v.form("confirmation_token"), err)
	}
	switch {
	case v.user == nil || v.user.ID != u.ID:
		return v.to("/auth/sign_in?done=confirmed")
	case !u.Approved:
		return v.to("/auth/setup?done=confirmed")
	}
	return v.to("/?done=confirmed")
}

func (o *OAuth) forgotForm(v *visit) error { return v.show(http.StatusOK, "forgot", forgotView{}) }

type forgotView struct {
	Email string
	Sent  bool
}

func (o *OAuth) forgot(v *visit) error {
	data := forgotView{Email: v.form("email")}
	if err := o.social.RequestReset(v.r.Context(), data.Email, v.ip()); err != nil {
		return v.again("forgot", data, err)
	}
	data.Sent = true
	return v.show(http.StatusOK, "forgot", data)
}

func (o *OAuth) resetForm(v *visit) error {
	data, err := v.resetView(v.r.URL.Query().Get("reset_password_token"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "reset", data)
}

type resetView struct {
	Token string
	Email string // for password managers, which keep the new one under it
}

func (v *visit) resetView(token string) (resetView, error) {
	q := v.o.social.DB.Read(v.r.Context())
	t, err := q.MailToken(model.TokenReset, social.Hash(token))
	if model.IsNotFound(err) {
		return resetView{Token: token}, nil // sending the form says so
	}
	if err != nil {
		return resetView{}, err
	}
	u, err := q.User(t.UserID)
	if err != nil {
		return resetView{}, err
	}
	return resetView{Token: token, Email: u.Email}, nil
}

func (o *OAuth) reset(v *visit) error {
	_, err := o.social.ResetPassword(v.r.Context(), v.form("reset_password_token"), v.form("password"), v.ip())
	if model.IsNotFound(err) {
		return gone("This link works no more. Ask for another one.")
	}
	if err != nil {
		data, errData := v.resetView(v.form("reset_password_token"))
		if errData != nil {
			return errData
		}
		return v.again("reset", data, err)
	}
	return v.to("/auth/sign_in?done=reset")
}

type welcomeView struct{ Token, Username, Email string }

// welcomeForm is behind the link on the console: the first owner chooses a name.
func (o *OAuth) welcomeForm(v *visit) error {
	data := welcomeView{Token: v.r.PathValue("token")}
	if _, err := o.social.DB.Read(v.r.Context()).MailToken(model.TokenOwner, social.Hash(data.Token)); err != nil {
		return welcomeGone(err)
	}
	return v.show(http.StatusOK, "welcome", data)
}

func welcomeGone(err error) error {
	if model.IsNotFound(err) {
		return gone("This link works no more. If the server has no owner yet, start it again and use the new link that it prints.")
	}
	return err
}

func (o *OAuth) welcome(v *visit) error {
	data := welcomeView{v.r.PathValue("token"), v.form("username"), v.form("email")}
	u, err := o.social.ClaimServer(v.r.Context(), data.Token, social.NewUser{
		Username: data.Username, Email: data.Email, Password: v.form("password"), IP: v.ip(),
	})
	if model.IsNotFound(err) {
		return welcomeGone(err)
	}
	if err != nil {
		return v.again("welcome", data, err)
	}
	if err := v.startSession(u); err != nil {
		return err
	}
	return v.to("/welcome")
}

func (o *OAuth) whatNext(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	return v.show(http.StatusOK, "what_next", o.landingView(v))
}

type landingView struct {
	Description string
	Base        string
	Host        string // what people type into an app
	NoOwner     bool
	MaySignUp   bool
	Owner       bool
	NoMail      bool
}

func (o *OAuth) landingView(v *visit) landingView {
	base, err := url.Parse(o.site.Base)
	host := o.site.Domain
	if err == nil && base.Host != "" {
		host = base.Host
	}
	return landingView{
		Description: o.front(v.r.Context()).Description, Base: o.site.Base, Host: host,
		MaySignUp: o.mayJoin(),
		Owner:     v.user != nil && v.user.RoleID == model.RoleOwner, NoMail: !o.mailSent,
	}
}

// mayJoin tells whether people may sign up without an invitation.
func (o *OAuth) mayJoin() bool {
	return o.site.Registrations == "open" || o.site.Registrations == "approval"
}

// landing is the first page.
func (o *OAuth) landing(v *visit) error {
	data := o.landingView(v)
	if v.user == nil {
		owned, err := o.social.DB.Read(v.r.Context()).HasOwner()
		if err != nil {
			return err
		}
		data.NoOwner = !owned
	}
	return v.show(http.StatusOK, "landing", data)
}

// gone is for links that were good once.
func gone(text string) error { return &model.Error{Kind: model.KindGone, Text: text} }
