package oauth

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

type securityView struct {
	Form      string // which one was refused
	NewEmail  string
	TOTP      bool
	Codes     int // recovery codes left
	Passkeys  []*model.Passkey
	Sessions  []*model.Session
	Current   model.ID
	Apps      []*store.AuthorizedApp
	MayInvite bool
	Outbox    bool
}

func (v *visit) securityView() (out securityView, err error) {
	q := v.o.social.DB.Read(v.r.Context())
	out = securityView{
		TOTP: v.user.TOTPSecret != "", Codes: len(v.user.RecoveryCodes), Current: v.session.ID,
		MayInvite: v.user.MayAct() && v.user.Role.Can(model.PermInviteUsers), Outbox: v.mayReadOutbox(),
	}
	if out.Passkeys, err = q.Passkeys(v.user.ID); err != nil {
		return out, err
	}
	if out.Sessions, err = q.Sessions(v.user.ID); err != nil {
		return out, err
	}
	out.Apps, err = q.AuthorizedApps(v.user.ID)
	return out, err
}

// security is the page about what guards an account.
func (o *OAuth) security(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	data, err := v.securityView()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "security", data)
}

// change ends one change of the security page, asked for by one of its forms, and comes back to the page.
func (v *visit) change(form, done string, err error) error {
	if err == nil {
		return v.to("/auth/edit?done=" + done)
	}
	data, errData := v.securityView()
	if errData != nil {
		return errData
	}
	data.Form, data.NewEmail = form, v.form("email")
	return v.again("security", data, err)
}

func (o *OAuth) changePassword(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	return v.change("password", "password", o.social.ChangePassword(v.r.Context(), v.user, v.session.ID, v.form("current_password"), v.form("password")))
}

func (o *OAuth) changeEmail(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	return v.change("email", "email", o.social.ChangeEmail(v.r.Context(), v.user, v.form("current_password"), v.form("email")))
}

func (o *OAuth) disableAuthenticator(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	return v.change("totp", "totp-off", o.social.DisableTOTP(v.r.Context(), v.user, v.form("current_password")))
}

func (o *OAuth) endSession(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	if v.form("session") == "others" {
		return v.change("sessions", "session", o.social.EndSessions(v.r.Context(), v.user.ID, v.session.ID))
	}
	id, err := idOf(v.form("session"))
	if err != nil {
		return err
	}
	return v.change("sessions", "session", o.social.EndSession(v.r.Context(), v.user.ID, id))
}

func (o *OAuth) removePasskey(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	id, err := idOf(v.form("passkey"))
	if err != nil {
		return err
	}
	return v.change("passkeys", "passkey", o.social.RemovePasskey(v.r.Context(), v.user, v.form("current_password"), id))
}

type authenticatorView struct {
	Secret  string
	Grouped string       // for typing
	QR      template.URL // a picture of it
}

func (v *visit) authenticatorView(secret string) (authenticatorView, error) {
	a, err := v.o.social.DB.Read(v.r.Context()).Account(v.user.AccountID)
	if err != nil {
		return authenticatorView{}, err
	}
	out := authenticatorView{Secret: secret}
	for i := 0; i < len(secret); i += 4 {
		out.Grouped += secret[i:min(i+4, len(secret))] + " "
	}
	label := url.PathEscape(v.o.site.Domain + ":" + a.Username)
	key, err := otp.NewKeyFromURL("otpauth://totp/" + label + "?" + url.Values{"secret": {secret}, "issuer": {v.o.site.Domain}}.Encode())
	if err != nil {
		return out, err
	}
	const size = 240 // pixels; the code is about 50 squares wide
	picture, err := key.Image(size, size)
	if err != nil {
		return out, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return out, err
	}
	out.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
	return out, nil
}

// authenticatorForm shows a new secret. It counts for nothing until a code proves that the app has it.
func (o *OAuth) authenticatorForm(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	data, err := v.authenticatorView(social.NewTOTPSecret())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "authenticator", data)
}

func (o *OAuth) enableAuthenticator(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	secret := v.form("secret")
	const shortest, longest = 16, 64 // ours has 32
	if len(secret) < shortest || len(secret) > longest {
		return model.BadRequestf("The request could not be read")
	}
	codes, err := o.social.EnableTOTP(v.r.Context(), v.user, v.form("current_password"), secret, v.form("code"))
	if err != nil {
		data, errData := v.authenticatorView(secret)
		if errData != nil {
			return errData
		}
		return v.again("authenticator", data, err)
	}
	return v.show(http.StatusOK, "codes", codes)
}

func (o *OAuth) newRecoveryCodes(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	codes, err := o.social.NewRecoveryCodes(v.r.Context(), v.user, v.form("current_password"))
	if err != nil {
		return v.change("codes", "", err)
	}
	return v.show(http.StatusOK, "codes", codes)
}

// listApps is Mastodon API: GET /oauth/authorized_applications
func (o *OAuth) listApps(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	apps, err := o.social.DB.Read(v.r.Context()).AuthorizedApps(v.user.ID)
	if err != nil {
		return err
	}
	type line struct {
		*store.AuthorizedApp
		Grants []grantLine
	}
	var lines []line
	for _, a := range apps {
		granted, _ := social.ParseScopes(a.Granted) // kept scopes were known when they were granted
		lines = append(lines, line{a, inWords(granted)})
	}
	return v.show(http.StatusOK, "apps", lines)
}

func (o *OAuth) revokeApp(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	id, err := idOf(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := o.social.RevokeApp(v.r.Context(), v.user, id); err != nil {
		return err
	}
	return v.to("/oauth/authorized_applications?done=app")
}

type invitesView struct {
	Base    string
	Invites []*model.Invite
	Now     model.Time
}

// Over tells whether an invitation can be used no more.
func (i invitesView) Over(x *model.Invite) bool {
	return x.MaxUses != 0 && x.Uses >= x.MaxUses || x.ExpiresAt != 0 && x.ExpiresAt <= i.Now
}

func (v *visit) invitesView() (invitesView, error) {
	q := v.o.social.DB.Read(v.r.Context())
	list, err := q.Invites(v.user.ID)
	return invitesView{v.o.site.Base, list, q.Now()}, err
}

func (o *OAuth) listInvites(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	if !v.user.MayAct() || !v.user.Role.Can(model.PermInviteUsers) {
		return model.ErrForbidden()
	}
	data, err := v.invitesView()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "invites", data)
}

func (o *OAuth) createInvite(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	lasts := map[string]time.Duration{"1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour}
	uses := map[string]int64{"1": 1, "5": 5, "25": 25, "100": 100}
	_, err := o.social.CreateInvite(v.r.Context(), v.user, uses[v.form("max_uses")], lasts[v.form("lasts")], strings.TrimSpace(v.form("comment")))
	if err != nil {
		data, errData := v.invitesView()
		if errData != nil {
			return errData
		}
		return v.again("invites", data, err)
	}
	return v.to("/invites")
}

func (o *OAuth) expireInvite(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	id, err := idOf(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := o.social.ExpireInvite(v.r.Context(), v.user, id); err != nil {
		return err
	}
	return v.to("/invites?done=invite")
}

// mayReadOutbox: mails carry links that sign people in, so only those who could do that anyway.
func (v *visit) mayReadOutbox() bool {
	return v.user.MayAct() && v.user.Role.Can(model.PermAdministrator)
}

type outboxView struct {
	NoMail bool
	Mails  []*model.Mail
	Older  model.ID
}

// outbox shows the owner what was and what was not sent.
func (o *OAuth) outbox(v *visit) error {
	if ok, err := v.signedIn(); !ok {
		return err
	}
	if !v.mayReadOutbox() {
		return model.ErrForbidden()
	}
	const most = 50
	p := model.Page{Limit: most}
	if asked := v.r.URL.Query().Get("max_id"); asked != "" {
		id, err := idOf(asked)
		if err != nil {
			return err
		}
		p.MaxID = id
	}
	mails, err := o.social.DB.Read(v.r.Context()).Outbox(p)
	if err != nil {
		return err
	}
	data := outboxView{NoMail: !o.mailSent, Mails: mails}
	if len(mails) == most {
		data.Older = mails[most-1].ID
	}
	return v.show(http.StatusOK, "outbox", data)
}
