package oauth_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
	"gomphothere/internal/social"
)

func registrations(mode string) func(*model.Site) {
	return func(s *model.Site) { s.Registrations = mode }
}

// fill sends the sign-up form.
func (b *browser) fill(name string, more ...string) *browser {
	b.w.t.Helper()
	return b.send("/auth/sign_up", append([]string{
		"username", name, "email", name + "@Example.com", "password", password, "agreement", "true",
	}, more...)...)
}

func TestSigningUpWhereAnybodyMay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.get("/auth/sign_up").fill("ada").shows(200, "Check your mail")
		link := w.link("ada@example.com")
		b.get(strings.TrimPrefix(link, w.URL)).shows(200, "Yes, this address is mine")
		u, err := w.Social.DB.Read(t.Context()).UserByEmail("ada@example.com")
		if err != nil || u.ConfirmedAt != 0 {
			t.Fatalf("opening the link alone confirmed the address: %+v, %v", u, err)
		}
		b.send("/auth/confirmation").shows(200, "Your address is confirmed.")
		b.get(strings.TrimPrefix(link, w.URL)).send("/auth/confirmation").shows(410, "This link works no more")
		w.browser().signIn("ada").shows(200, "Hello, ada")
		if got := w.lastMail("ada@example.com").Subject; got != "Welcome to Example" {
			t.Errorf("the last mail is %q", got)
		}
		a, err := w.Social.DB.Read(t.Context()).AccountByHandle("ADA", "")
		if err != nil || a.URI != w.URL+"/ap/users/"+a.ID.String() || a.URL != w.URL+"/@ada" || a.InboxURL != a.URI+"/inbox" {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}

func TestAConfirmationLinkExpiresAndAnotherOneCanBeSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.get("/auth/sign_up").fill("ada").shows(200, "Check your mail")
		link := w.link("ada@example.com")
		w.pass(49 * time.Hour)
		b.get(strings.TrimPrefix(link, w.URL)).send("/auth/confirmation").shows(410, "works no more")
		b.get("/auth/setup").send("/auth/confirmation/resend", "email", "ada@elsewhere.example").shows(200, "ada@elsewhere.example")
		b.get(strings.TrimPrefix(w.link("ada@elsewhere.example"), w.URL)).send("/auth/confirmation").shows(200, "Your address is confirmed.")
	})
}

func TestSigningUpByApproval(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff, err := w.Social.CreateAccount(t.Context(), social.NewAccount{Username: "mod", Email: "mod@example.com", Password: password, Role: "moderator", Confirmed: true})
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.get("/auth/sign_up").shows(200, "Why do you want to join?")
		b.fill("ada").shows(422, "can&#39;t be blank")
		b.fill("ada", "reason", "elephants").shows(200, "Check your mail")
		b.get(strings.TrimPrefix(w.link("ada@example.com"), w.URL)).send("/auth/confirmation").shows(200, "Waiting for approval")
		if m := w.lastMail(staff.Email); !strings.Contains(m.Text, "@ada") {
			t.Errorf("the moderator got %q", m.Text)
		}
		pending, err := w.Social.DB.Read(t.Context()).Users(model.Page{Limit: 10}, true)
		if err != nil || len(pending) != 1 || pending[0].Reason != "elephants" {
			t.Fatalf("got %v, %v", pending, err)
		}
		if _, err := w.Social.Approve(t.Context(), pending[0].ID); err != nil {
			t.Fatal(err)
		}
		b.get("/").shows(200, "Hello, ada")

		b2 := w.browser()
		b2.get("/auth/sign_up").fill("eve", "reason", "spam").shows(200, "Check your mail")
		u, err := w.Social.DB.Read(t.Context()).UserByLogin("eve")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Social.Reject(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		b2.get("/auth/setup").shows(200, "Sign in")
		if _, err := w.Social.DB.Read(t.Context()).AccountByHandle("eve", ""); !model.IsNotFound(err) {
			t.Errorf("the rejected account: %v", err)
		}
	}, func(s *model.Site) { s.Registrations, s.ReasonRequired = "approval", true })
}

func TestSigningUpByInvitation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		w.browser().get("/auth/sign_up").shows(200, "by invitation only")
		b := w.browser()
		b.signIn("ada").get("/invites").send("/invites", "max_uses", "1", "lasts", "1d")
		code := regexp.MustCompile(`/invite/([a-z0-9]+)<`).FindStringSubmatch(b.body)
		if code == nil {
			t.Fatalf("no invitation in %s", b.body)
		}
		bob := w.browser()
		bob.get("/invite/"+code[1]).shows(200, "You were invited").fill("bob").shows(200, "Check your mail")
		eve := w.browser()
		eve.get("/invite/"+code[1]).shows(200, "not valid any more").lacks(`name="password"`)
		eve.get("/auth/sign_in") // its form has what forms need
		eve.fill("eve", "invite_code", code[1]).shows(403, "by invitation only")
		eve.get("/auth/sign_in").fill("eve").shows(403, "by invitation only")
		b.send("/invites", "max_uses", "0", "lasts", "1d")
		fresh := regexp.MustCompile(`/invites/(\d+)/expire`).FindStringSubmatch(b.body)
		if fresh == nil {
			t.Fatalf("no second invitation in %s", b.body)
		}
		b.send(fresh[0]).shows(200, "The invitation works no more.").lacks(fresh[0])
	}, registrations("invite"))
}

func TestSigningUpWhereNobodyMay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.get("/auth/sign_up").shows(200, "by invitation only, or not at the moment").lacks("<form")
		b.get("/auth/sign_in").fill("ada").shows(403, "This action is not allowed").lacks("<form")
		id, secret := w.app(callback, "read write")
		token := w.api(200, "POST", "/oauth/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"write"}})
		got := w.api(403, "POST", "/api/v1/accounts", token["access_token"].(string), url.Values{"username": {"ada"}})
		if got["error"] != "This action is not allowed" {
			t.Errorf("got %v", got)
		}
	}, registrations("closed"))
}

func TestSigningUpThroughAnApp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("taken")
		id, secret := w.app(callback, "read write")
		app := w.api(200, "POST", "/oauth/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"read write"}})["access_token"].(string)
		w.api(401, "POST", "/api/v1/accounts", "", url.Values{"username": {"ada"}})

		got := w.api(422, "POST", "/api/v1/accounts", app, map[string]any{"username": "", "email": "no", "password": "short", "agreement": false})
		want := map[string]any{
			"error": "Validation failed: Service agreement must be accepted, Email is invalid, Password is too short (minimum is 8 characters), Username can't be blank, Username must contain only letters, numbers and underscores",
			"details": map[string]any{
				"agreement": []any{map[string]any{"error": "ERR_ACCEPTED", "description": "must be accepted"}},
				"email":     []any{map[string]any{"error": "ERR_INVALID", "description": "is invalid"}},
				"password":  []any{map[string]any{"error": "ERR_TOO_SHORT", "description": "is too short (minimum is 8 characters)"}},
				"username": []any{
					map[string]any{"error": "ERR_BLANK", "description": "can't be blank"},
					map[string]any{"error": "ERR_INVALID", "description": "must contain only letters, numbers and underscores"},
				},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		code := func(field, name, email string) string {
			t.Helper()
			w.from("198.51.100." + field[:1]) // Mastodon's limit is five in half an hour
			got := w.api(422, "POST", "/api/v1/accounts", app, map[string]any{"username": name, "email": email, "password": password, "agreement": true, "locale": "en"})
			list, _ := got["details"].(map[string]any)[field].([]any)
			if len(list) == 0 {
				t.Fatalf("got %v", got)
			}
			return list[0].(map[string]any)["error"].(string)
		}
		for _, c := range [][4]string{
			{"username", "TAKEN", "a@example.com", "ERR_TAKEN"},
			{"username", "Admin", "a@example.com", "ERR_RESERVED"},
			{"username", "a.b", "a@example.com", "ERR_INVALID"},
			{"username", strings.Repeat("a", 31), "a@example.com", "ERR_TOO_LONG"},
			{"email", "ada", "Taken@example.com", "ERR_TAKEN"},
			{"email", "ada", "", "ERR_BLANK"},
		} {
			if c[0] == "email" {
				w.pass(time.Hour)
			}
			if got := code(c[0], c[1], c[2]); got != c[3] {
				t.Errorf("%s %q %q: got %s, want %s", c[0], c[1], c[2], got, c[3])
			}
		}

		w.from("198.51.100.200")
		token := w.api(200, "POST", "/api/v1/accounts", app, map[string]any{"username": "ada", "email": "ada@example.com", "password": password, "agreement": "true", "locale": "en"})
		mine := token["access_token"].(string)
		if token["scope"] != "read write" {
			t.Errorf("got %v", token)
		}
		if _, err := w.OAuth.Who(t.Context(), mine); err == nil || err.Error() != "Your login is missing a confirmed e-mail address" {
			t.Errorf("got %v", err)
		}
		if got := w.api(200, "GET", "/api/v1/emails/check_confirmation", mine, nil); got[""] != "false" {
			t.Errorf("got %v", got)
		}
		if got := w.api(200, "POST", "/api/v1/emails/confirmations", mine, map[string]any{"email": "ada@other.example"}); len(got) != 0 {
			t.Errorf("got %v", got)
		}
		w.browser().get(strings.TrimPrefix(w.link("ada@other.example"), w.URL)).send("/auth/confirmation").shows(200, "Your address is confirmed.")
		if got := w.api(200, "GET", "/api/v1/emails/check_confirmation", mine, nil); got[""] != "true" {
			t.Errorf("got %v", got)
		}
		e := w.api(403, "POST", "/api/v1/emails/confirmations", mine, nil)
		if e["error"] != "This method is only available while the e-mail is awaiting confirmation" {
			t.Errorf("got %v", e)
		}
		if _, err := w.OAuth.Who(t.Context(), mine); err != nil {
			t.Errorf("got %v", err)
		}
		if got := w.api(403, "POST", "/api/v1/accounts", mine, nil); got["error"] != "This method requires an client credentials authentication" {
			t.Errorf("got %v", got)
		}
	})
}

func TestTheOwnersLinkMakesTheOwnerOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.get("/").shows(200, "This server has no owner yet")
		old, err := w.Social.OwnerLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link, err := w.Social.OwnerLink(t.Context())
		if err != nil || link == old {
			t.Fatalf("got %q again, %v", link, err)
		}
		b.get(old).shows(410, "This link works no more")
		b.get(link).shows(200, "Choose the account that will own example.org")
		path := strings.TrimPrefix(link, w.URL)
		b.send(path, "username", "boss!", "email", "boss@example.com", "password", password).shows(422, "must contain only letters")
		b.send(path, "username", "admin", "email", "boss@example.com", "password", password).shows(200, "The server is yours")
		u, err := w.Social.DB.Read(t.Context()).UserByLogin("admin")
		if err != nil || u.RoleID != model.RoleOwner || !u.MayAct() {
			t.Errorf("got %+v, %v", u, err)
		}
		b.get(link).shows(410, "This link works no more")
		if again, err := w.Social.OwnerLink(t.Context()); again != "" || err != nil {
			t.Errorf("got %q, %v, want no link for a server that has an owner", again, err)
		}
		b.get("/settings/outbox").shows(200, "No mail server is set")
		w.browser().get("/").shows(200, "Sign in").lacks("no owner")
	}, registrations("closed"))
}

func TestOnlyTheStaffReadsTheOutbox(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		b := w.browser()
		b.get("/settings/outbox").shows(200, "Sign in")
		b.signIn("ada").get("/settings/outbox").shows(403, "This action is not allowed")
	})
}

func TestForgettingThePassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		token, _, err := w.Social.CommandToken(t.Context(), "ada", "read")
		if err != nil {
			t.Fatal(err)
		}
		old := w.browser()
		old.signIn("ada").shows(200, "Hello, ada")
		b := w.browser()
		nobody := b.get("/auth/password/new").send("/auth/password/new", "email", "nobody@example.com").shows(200, "a mail with a link is on its way").body
		somebody := b.get("/auth/password/new").send("/auth/password/new", "email", "ADA@example.com").shows(200, "a mail with a link is on its way").body
		if strings.ReplaceAll(nobody, "nobody@", "ADA@") != somebody {
			t.Errorf("the answers differ:\n%s\n%s", nobody, somebody)
		}
		link := strings.TrimPrefix(w.link("ada@example.com"), w.URL)
		b.get(link).send("/auth/password/edit", "password", "short").shows(422, "is too short")
		b.get(link).send("/auth/password/edit", "password", "another password").shows(200, "Your new password is set")
		b.get(link).send("/auth/password/edit", "password", "a third password").shows(410, "works no more")
		b.get("/auth/sign_in").send("/auth/sign_in", "login", "ada", "password", password).shows(401, "Invalid e-mail address or password.")
		b.send("/auth/sign_in", "login", "ada", "password", "another password").shows(200, "Hello, ada")
		old.get("/auth/edit").shows(200, "Sign in")
		if _, err := w.OAuth.Who(t.Context(), token); model.KindOf(err) != model.KindUnauthorized {
			t.Errorf("the app's token still works: %v", err)
		}
		if got := w.lastMail(u.Email).Subject; got != "Your password on Example was changed" {
			t.Errorf("the last mail is %q", got)
		}
		b.get("/auth/password/new").send("/auth/password/new", "email", "ada@example.com")
		link = strings.TrimPrefix(w.link("ada@example.com"), w.URL)
		w.pass(7 * time.Hour)
		b.get(link).send("/auth/password/edit", "password", "a third password").shows(410, "works no more")
	})
}

func TestChangingPasswordAndAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		w.person("eve")
		other, b := w.browser(), w.browser()
		other.signIn("ada")
		b.signIn("ada").get("/auth/edit").shows(200, "Signed-in browsers")
		b.send("/auth/edit/password", "current_password", "wrong", "password", "another password").shows(422, "The current password is not right")
		b.send("/auth/edit/password", "current_password", password, "password", "another password").shows(200, "Your password was changed")
		other.get("/auth/edit").shows(200, "Forgot your password?")
		b.send("/auth/edit/email", "current_password", "another password", "email", "eve@example.com").shows(422, "has already been taken")
		b.send("/auth/edit/email", "current_password", "another password", "email", "ada@new.example").shows(200, "We sent a mail to the new address")
		if got := w.lastMail("ada@example.com").Subject; got != "Your address on Example is being changed" {
			t.Errorf("the old address got %q", got)
		}
		if _, err := w.Social.SignIn(t.Context(), "ada@new.example", "another password", ""); err == nil {
			t.Error("the new address counts before it is confirmed")
		}
		b.get(strings.TrimPrefix(w.link("ada@new.example"), w.URL)).send("/auth/confirmation").shows(200, "Your address is confirmed.")
		if _, err := w.Social.SignIn(t.Context(), "ada@new.example", "another password", ""); err != nil {
			t.Error(err)
		}
	})
}

func TestACodeOfTheAuthenticatorAppWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		b := w.browser()
		b.signIn("ada").get("/auth/edit/authenticator").shows(200, `src="data:image/png;base64,`)
		secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(b.body)[1]
		code := func() string {
			t.Helper()
			c, err := totp.GenerateCode(secret, w.clock()) // not our code: another implementation
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		b.send("/auth/edit/authenticator", "current_password", password, "code", "000000").shows(422, "is not right")
		b.send("/auth/edit/authenticator", "current_password", password, "code", code()).shows(200, "Keep these recovery codes")
		recovery := regexp.MustCompile(`<li><code>([^<]+)</code>`).FindAllStringSubmatch(b.body, -1)
		if len(recovery) != 10 {
			t.Fatalf("got %d recovery codes, want 10", len(recovery))
		}

		next := w.browser()
		next.signIn("ada").shows(200, "One more step")
		next.get("/auth/edit").shows(200, "Forgot your password?") // the password alone is not enough
		next.get("/auth/second_factor").send("/auth/second_factor", "code", code()).shows(401, "used already")
		w.pass(time.Minute)
		next.get("/auth/second_factor").send("/auth/second_factor", "code", code()).shows(200, "Hello, ada")

		replay := w.browser()
		replay.signIn("ada").send("/auth/second_factor", "code", code()).shows(401, "used already")
		replay.send("/auth/second_factor", "code", strings.ToUpper(recovery[3][1])).shows(200, "Hello, ada")
		again := w.browser()
		again.signIn("ada").send("/auth/second_factor", "code", recovery[3][1]).shows(401, "used already")
		again.send("/auth/second_factor", "code", strings.ReplaceAll(recovery[4][1], "-", "")).shows(200, "Hello, ada")
		again.get("/auth/edit").shows(200, "8 left")
		again.send("/auth/edit/authenticator/off", "current_password", password).shows(200, "no more code")
		w.browser().signIn("ada").shows(200, "Hello, ada")
	})
}

func TestGuessingCodesIsSlow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		if err := w.setUser(u.ID, func(u *model.User) { u.TOTPSecret = social.NewTOTPSecret() }); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn("ada")
		for range 10 {
			b.send("/auth/second_factor", "code", "abcdef").shows(401, "not right")
		}
		b.send("/auth/second_factor", "code", "abcdef").shows(429, "Too many attempts")
	})
}

func TestAnImportedPasswordIsAcceptedAndUpgraded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.setUser(u.ID, func(u *model.User) { u.PasswordHash = string(hash) }); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Social.SignIn(t.Context(), "ada", "wrong", ""); model.KindOf(err) != model.KindUnauthorized {
			t.Errorf("got %v", err)
		}
		for range 2 {
			got, err := w.Social.SignIn(t.Context(), "ada", password, "")
			if err != nil || !strings.HasPrefix(got.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
	})
}

func TestBrowsersAreListedAndSignedOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		phone, laptop := w.browser(), w.browser()
		phone.signIn("ada")
		laptop.signIn("ada").get("/auth/edit").shows(200, "This browser").shows(200, "192.0.2.7")
		sessions, err := w.Social.DB.Read(t.Context()).Sessions(u.ID)
		if err != nil || len(sessions) != 2 {
			t.Fatalf("got %v, %v", sessions, err)
		}
		laptop.send("/auth/edit/sessions", "session", sessions[1].ID.String()).shows(200, "Signed out there.")
		phone.get("/auth/edit").shows(200, "Forgot your password?")
		laptop.send("/auth/sign_out").shows(200, "You are signed out.")
		laptop.get("/auth/edit").shows(200, "Forgot your password?")

		eve := w.person("eve")
		other := w.browser()
		other.signIn("eve")
		theirs, err := w.Social.DB.Read(t.Context()).Sessions(eve.ID)
		if err != nil {
			t.Fatal(err)
		}
		phone.signIn("ada").get("/auth/edit").send("/auth/edit/sessions", "session", theirs[0].ID.String())
		other.get("/auth/edit").shows(200, "@eve@example.org") // nobody signs others out
		w.pass(91 * 24 * time.Hour)
		other.get("/auth/edit").shows(200, "Forgot your password?")
	})
}

func TestAppsAreListedAndRevoked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		token, _, err := w.Social.CommandToken(t.Context(), "ada", "read write:statuses")
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn("ada").get("/oauth/authorized_applications").shows(200, "Command line").shows(200, "Publish and delete your posts")
		path := regexp.MustCompile(`/oauth/authorized_applications/\d+`).FindString(b.body)
		if _, err := w.OAuth.Who(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		b.send(path).shows(200, "The app has lost its access.").shows(200, "No app has access")
		if _, err := w.OAuth.Who(t.Context(), token); model.KindOf(err) != model.KindUnauthorized {
			t.Errorf("got %v", err)
		}
	})
}

func TestGuessingPasswordsIsSlow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		try := func(login, ip string) model.Kind {
			_, err := w.Social.SignIn(context.WithoutCancel(t.Context()), login, "wrong", ip)
			return model.KindOf(err)
		}
		for i := range 25 {
			if got := try("ada", "2001:db8::1"); got != model.KindUnauthorized {
				t.Fatalf("try %d: %d", i, got)
			}
		}
		for _, c := range []struct {
			login, ip, why string
			want           model.Kind
		}{
			{"eve", "2001:db8::ffff", "the same network", model.KindTooMany},
			{"ADA", "198.51.100.1", "the same login", model.KindTooMany},
			{"eve", "198.51.100.1", "somebody else", model.KindUnauthorized},
			{"eve", "127.0.0.1", "this machine", model.KindUnauthorized},
		} {
			if got := try(c.login, c.ip); got != c.want {
				t.Errorf("%s: got %d, want %d", c.why, got, c.want)
			}
		}
		b := w.browser()
		w.from("2001:db8::1")
		b.signIn("ada").shows(429, "Too many attempts")
		w.pass(time.Hour)
		b.signIn("ada").shows(200, "Hello, ada")
	})
}

func TestAskingForResetsIsSlow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 5 {
			if err := w.Social.RequestReset(t.Context(), "nobody@example.com", ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Social.RequestReset(t.Context(), "Nobody@example.com", ""); model.KindOf(err) != model.KindTooMany {
			t.Errorf("got %v", err)
		}
		w.pass(6 * time.Minute)
		if err := w.Social.RequestReset(t.Context(), "nobody@example.com", ""); err != nil {
			t.Error(err)
		}
	})
}

func TestAFormOfSomebodyElseIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		b := w.browser()
		b.signIn("ada")
		for _, route := range w.OAuth.Routes() {
			if route.Method != "POST" || strings.HasPrefix(route.Pattern, "/api/") || route.Pattern == "/oauth/token" ||
				route.Pattern == "/oauth/revoke" || route.Pattern == "/oauth/userinfo" ||
				route.Pattern == "/unsubscribe" { // its link is the proof: mail programs post it without a session
				continue
			}
			path := strings.NewReplacer("{id}", "1", "{token}", "x").Replace(route.Pattern)
			b.post(path, url.Values{"current_password": {password}}).shows(403, "This form has expired")
			b.post(path, url.Values{"csrf": {strings.Repeat("0", 64)}}).shows(403, "This form has expired")
		}
		b.get("/auth/edit").shows(200, "Signed-in browsers")
		token := csrfField.FindStringSubmatch(b.body)[1]
		r, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/auth/sign_out", strings.NewReader(url.Values{"csrf": {token}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		b.do(r).shows(403, "This form has expired")
	})
}

func TestPagesKeepToThemselves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		for _, path := range []string{"/", "/auth/sign_in", "/auth/sign_up", "/auth/password/new", "/nothing-like-that/", "/auth/password/edit?reset_password_token=x"} {
			b.get(path)
			if strings.HasPrefix(path, "/nothing") {
				continue // not ours to answer
			}
			if csp := b.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self'") {
				t.Errorf("%s: policy %q", path, csp)
			}
			if b.header.Get("Referrer-Policy") != "no-referrer" || b.header.Get("X-Frame-Options") != "DENY" || b.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", path, b.header)
			}
			b.shows(200, `<html lang="en">`).shows(200, `<main id="main"`).lacks("style=").lacks("onclick")
		}
		b.get("/oauth/assets/style.css").shows(200, ":focus-visible")
		b.get("/oauth/assets/passkey.js").shows(200, "use strict")
		b.get("/oauth/assets/nothing.css").shows(404, "not found")
	})
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, "javascript:alert(1)", "evil"} {
			b := w.browser()
			b.get("/auth/sign_in").send("/auth/sign_in", "login", "ada", "password", password, "next", to).shows(200, "Hello, ada")
		}
		b := w.browser()
		b.get("/auth/sign_in").send("/auth/sign_in", "login", "ada", "password", password, "next", "/auth/edit").shows(200, "Signed-in browsers")
	})
}

func TestSomebodyWhoIsDisabledIsSignedOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		b := w.browser()
		b.signIn("ada").shows(200, "Hello, ada")
		if _, err := w.Social.ModifyUser(t.Context(), u.ID, social.UserChange{Disable: true}); err != nil {
			t.Fatal(err)
		}
		b.get("/auth/edit").shows(200, "Forgot your password?")
		b.signIn("ada").shows(403, "Your login is currently disabled")
	})
}

func TestWhatHasExpiredIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		b := w.browser()
		b.signIn("ada")
		w.browser().get("/auth/sign_up").fill("late").shows(200, "Check your mail")
		id, _ := w.app(callback, "read")
		w.pass(100 * 24 * time.Hour)
		if err := w.Social.PruneSecrets(t.Context(), model.PruneSecrets{}); err != nil {
			t.Fatal(err)
		}
		q := w.Social.DB.Read(t.Context())
		if _, err := q.AppByClientID(id); !model.IsNotFound(err) {
			t.Errorf("the app nobody used: %v", err)
		}
		if _, err := q.UserByLogin("late"); !model.IsNotFound(err) {
			t.Errorf("the account never confirmed: %v", err)
		}
		u, err := q.UserByLogin("ada")
		if err != nil {
			t.Fatal(err)
		}
		if left, err := q.Sessions(u.ID); err != nil || len(left) != 0 {
			t.Errorf("got %v, %v", left, err)
		}
		if mails, err := q.Outbox(model.Page{Limit: 10}); err != nil || len(mails) != 0 {
			t.Errorf("got %v, %v", mails, err)
		}
	})
}

func TestOneNameIsTakenByOneOfManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const many = 8
		results := make(chan error, many)
		for i := range many {
			go func() {
				_, err := w.Social.CreateAccount(context.WithoutCancel(t.Context()), social.NewAccount{
					Username: "Ada", Email: "ada" + string(rune('a'+i)) + "@example.com", Password: password, Confirmed: true,
				})
				results <- err
			}()
		}
		made := 0
		for range many {
			err := <-results
			if err == nil {
				made++
			} else if model.KindOf(err) != model.KindInvalid || !strings.Contains(err.Error(), "Username has already been taken") {
				t.Errorf("got %v", err)
			}
		}
		if made != 1 {
			t.Errorf("%d accounts were made, want 1", made)
		}
	})
}

func TestOneCodeLetsOneOfManyIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		secret := social.NewTOTPSecret()
		if err := w.setUser(u.ID, func(u *model.User) { u.TOTPSecret = secret }); err != nil {
			t.Fatal(err)
		}
		code, err := totp.GenerateCode(secret, w.clock())
		if err != nil {
			t.Fatal(err)
		}
		const many = 6
		results := make(chan error, many)
		for range many {
			waiting, err := w.Social.BeginSecondFactor(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				_, err := w.Social.SecondFactor(context.WithoutCancel(t.Context()), waiting, code)
				results <- err
			}()
		}
		in := 0
		for range many {
			if err := <-results; err == nil {
				in++
			} else if model.KindOf(err) != model.KindUnauthorized {
				t.Errorf("got %v", err)
			}
		}
		if in != 1 {
			t.Errorf("the code let %d in, want 1", in)
		}
	})
}

func TestWhatBreaksOnOurSideIsAPageToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o, err := oauth.New(oauth.Options{
			Social: w.Social, Log: slog.New(slog.DiscardHandler), ClientIP: func(*http.Request) string { panic("broken on purpose") },
		})
		if err != nil {
			t.Fatal(err)
		}
		for accept, want := range map[string]string{"text/html": "<h1>Something went wrong</h1>", "application/json": `"error":"The fault is on our side.`} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/auth/sign_in", nil)
			r.Header.Set("Accept", accept)
			r.AddCookie(&http.Cookie{Name: "session", Value: "some"})
			got := httptest.NewRecorder()
			o.Handler().ServeHTTP(got, r)
			if got.Code != 500 || !strings.Contains(got.Body.String(), want) {
				t.Errorf("got %d %s, want %s", got.Code, got.Body, want)
			}
		}
	})
}

func TestBrowserNamesAreWhatPeopleCallThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		for agent, want := range map[string]string{
			"Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0":                                                                    "Firefox on Android",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0":     "Opera on Mac",
			"curl/8.5.0":                             "curl",
			"<b>bold</b> " + strings.Repeat("x", 60): "A browser",
		} {
			u, err := w.Social.DB.Read(t.Context()).UserByLogin("ada")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Social.StartSession(t.Context(), u.ID, "192.0.2.9", agent); err != nil {
				t.Fatal(err)
			}
			b := w.browser()
			b.signIn("ada").get("/auth/edit").shows(200, "<strong>"+want+"</strong>")
		}
	})
}
