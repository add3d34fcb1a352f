package oauth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gomphothere/internal/model"
)

// holder is a person as the WebAuthn library wants to see one.
type holder struct {
	id          []byte
	name        string
	display     string
	credentials []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return h.id }
func (h *holder) WebAuthnName() string                       { return h.name }
func (h *holder) WebAuthnDisplayName() string                { return h.display }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func (v *visit) holder(u *model.User) (*holder, error) {
	q := v.o.social.DB.Read(v.r.Context())
	a, err := q.Account(u.AccountID)
	if err != nil {
		return nil, err
	}
	keys, err := q.Passkeys(u.ID)
	if err != nil {
		return nil, err
	}
	h := &holder{name: a.Username + "@" + v.o.site.Domain, display: a.DisplayName}
	if h.display == "" {
		h.display = a.Username
	}
	if h.id, err = base64.RawURLEncoding.DecodeString(u.WebauthnID); err != nil {
		return nil, err
	}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &c); err != nil {
			return nil, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

// keep puts what the answer will be checked against into the database, and its secret into a cookie.
func (v *visit) keep(user model.ID, session *webauthn.SessionData) error {
	data, err := json.Marshal(session)
	if err != nil {
		return err
	}
	secret, err := v.o.social.KeepChallenge(v.r.Context(), user, string(data), v.ip())
	if err != nil {
		return err
	}
	v.setCookie("passkey", secret, waitingCookie)
	return nil
}

func (v *visit) take(user model.ID) (session webauthn.SessionData, err error) {
	data, err := v.o.social.TakeChallenge(v.r.Context(), user, v.cookie("passkey"))
	if model.IsNotFound(err) {
		return session, model.Invalidf("That took too long. Please try again.")
	}
	if err != nil {
		return session, err
	}
	v.dropCookie("passkey")
	return session, json.Unmarshal([]byte(data), &session)
}

// errPasskey hides what exactly was wrong: it helps nobody but an attacker.
func errPasskey(cause error) error {
	return &model.Error{Kind: model.KindUnauthorized, Text: "The passkey was not accepted.", Cause: cause}
}

// script answers the pages' own script.
func (v *visit) script(data any) error {
	secureHeaders(v.w.Header(), false)
	answer(v.w, http.StatusOK, data)
	return nil
}

// beginPasskey asks the browser to make a passkey. Who is signed in must show their password again.
func (o *OAuth) beginPasskey(v *visit) error {
	if v.user == nil {
		return model.Unauthorized("Please sign in.")
	}
	if err := o.social.ConfirmPassword(v.r.Context(), v.user, v.form("current_password")); err != nil {
		return err
	}
	u, err := o.social.WebauthnID(v.r.Context(), v.user.ID)
	if err != nil {
		return err
	}
	h, err := v.holder(u)
	if err != nil {
		return err
	}
	options, session, err := o.webauthn.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		}))
	if err != nil {
		return err
	}
	if err := v.keep(u.ID, session); err != nil {
		return err
	}
	return v.script(options)
}

// finishPasskey keeps the passkey that the browser made.
func (o *OAuth) finishPasskey(v *visit) error {
	if v.user == nil {
		return model.Unauthorized("Please sign in.")
	}
	session, err := v.take(v.user.ID)
	if err != nil {
		return err
	}
	h, err := v.holder(v.user)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(v.r.Body)
	if err != nil {
		return errPasskey(err)
	}
	credential, err := o.webauthn.CreateCredential(h, session, parsed)
	if err != nil {
		return errPasskey(err)
	}
	data, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	codes, err := o.social.AddPasskey(v.r.Context(), v.user.ID, v.r.URL.Query().Get("name"),
		base64.RawURLEncoding.EncodeToString(credential.ID), string(data))
	if err != nil {
		return err
	}
	return v.script(map[string]any{"recovery_codes": codes, "next": "/auth/edit"})
}

// beginPasskeySignIn asks the browser for a passkey: of the person whose password was right, or of anybody.
func (o *OAuth) beginPasskeySignIn(v *visit) error {
	u, _, err := v.waiting()
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	var options *protocol.CredentialAssertion
	var session *webauthn.SessionData
	owner := model.ID(0)
	if err == nil {
		owner = u.ID
		h, err := v.holder(u)
		if err != nil {
			return err
		}
		options, session, err = o.webauthn.BeginLogin(h)
		if err != nil {
			return errPasskey(err)
		}
	} else {
		// Alone, a passkey stands for two factors, so it must have checked who holds it.
		options, session, err = o.webauthn.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return err
		}
	}
	if err := v.keep(owner, session); err != nil {
		return err
	}
	return v.script(options)
}

// finishPasskeySignIn signs in whoever the passkey belongs to.
func (o *OAuth) finishPasskeySignIn(v *visit) error {
	u, data, err := v.waiting()
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	second := err == nil
	owner := model.ID(0)
	if second {
		owner = u.ID
	}
	session, err := v.take(owner)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(v.r.Body)
	if err != nil {
		return errPasskey(err)
	}
	var credential *webauthn.Credential
	if second {
		h, err := v.holder(u)
		if err != nil {
			return err
		}
		if credential, err = o.webauthn.ValidateLogin(h, session, parsed); err != nil {
			return errPasskey(err)
		}
	} else {
		find := func(_, handle []byte) (webauthn.User, error) {
			var err error
			u, err = o.social.DB.Read(v.r.Context()).UserByWebauthn(base64.RawURLEncoding.EncodeToString(handle))
			if err != nil {
				return nil, err
			}
			return v.holder(u)
		}
		if _, credential, err = o.webauthn.ValidatePasskeyLogin(find, session, parsed); err != nil {
			return errPasskey(err)
		}
	}
	if credential.Authenticator.CloneWarning {
		return errPasskey(nil)
	}
	kept, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	waiting := ""
	if second {
		waiting = v.cookie("waiting")
	}
	if err := o.social.UsePasskey(v.r.Context(), u.ID, base64.RawURLEncoding.EncodeToString(credential.ID), string(kept), waiting); err != nil {
		return err
	}
	if err := v.startSession(u); err != nil {
		return err
	}
	to := next(data.Next, "/")
	if asked := v.r.URL.Query().Get("next"); asked != "" {
		to = next(asked, "/")
	}
	if !u.MayAct() {
		to = "/auth/setup"
	}
	return v.script(map[string]string{"next": strings.TrimSpace(to)})
}
