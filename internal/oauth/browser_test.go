package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"gomphothere/internal/config"
	"gomphothere/internal/social"
	"gomphothere/internal/testkit"
)

// TestBrowser lives through what people do on the server's own pages, in a real browser. Every page on the way is
// judged on a phone and on a desktop, in light and in dark; BROWSER_SHOTS names a directory for their pictures.
func TestBrowser(t *testing.T) {
	t.Parallel()
	c := startChromium(t)
	for _, j := range []struct {
		name string
		live func(t *testing.T, c *chromium)
	}{
		{"the owner takes the server over and invites", ownerTakesOver},
		{"somebody signs up and confirms through the outbox", signsUp},
		{"an app is let in, sent away and shut out", consents},
		{"an authenticator app guards an account", guards},
		{"a passkey signs in, alone and as second step", signsInByPasskey},
		{"a forgotten password is reset", resets},
		{"a lost browser is signed out", losesBrowser},
		{"everything but passkeys works without scripts", worksWithoutScripts},
		{"a keyboard is enough to sign in", keyboardOnly},
		{"a server that asks or is closed says so", asksFirst},
		{"a path that leads nowhere is a page too", getsLost},
	} {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			j.live(t, c)
		})
	}
}

func ownerTakesOver(t *testing.T, c *chromium) {
	s := newMeadow(t)
	b := c.tab(t, s)
	b.open("/").sees("This server has no owner yet").looks("landing-no-owner")
	link, err := s.OwnerLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.open(link).looks("welcome")
	b.fill("", "Username", "ada lovelace").fill("", "E-mail address", "ada@example.com").fill("", "Password", password)
	b.presses(422, "Create the owner’s account").sees("Username must contain only letters").looks("welcome-wrong")
	b.fill("", "Username", "ada").fill("", "Password", password).press("Create the owner’s account")
	b.sees("The server is yours").looks("what-next")
	b.press("outbox").sees("Nothing yet").looks("outbox-empty")
	b.opens(410, link).sees("This link works no more").looks("error")

	b.open("/auth/edit").press("Invite people").looks("invites-empty")
	b.fill("", "A note for yourself", "The choir").press("Make an invitation").sees("The choir", "0 used of 1").looks("invites")
	invitation := value[string](b, `document.querySelector(".rows .host").textContent`)
	c.tab(t, s).open(invitation).sees("You were invited to Meadow").looks("sign-up-invited")
	b.press("End…").sees("works no more", "over")
	c.tab(t, s).open(invitation).sees("not valid any more").looks("sign-up-late")
}

func signsUp(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.open("/").looks("landing").press("Create an account").looks("sign-up")
	b.fill("", "Username", "ada").fill("", "E-mail address", "grace@example.com").fill("", "Password", "short").tick("I have read")
	b.presses(422, "Create account").sees("Username has already been taken", "Password is too short").looks("sign-up-wrong")
	b.fill("", "Username", "grace").fill("", "Password", password).tick("I have read").press("Create account")
	b.sees("Check your mail", "grace@example.com").looks("check-mail")
	b.press("Send it again").sees("We sent another mail.")

	owner := c.tab(t, s)
	owner.signIn("ada").open("/settings/outbox").looks("outbox").touch("Copy the link").waits(`document.querySelector("[data-copy]").textContent === "Copied"`)
	link := value[string](owner, `document.querySelector("pre").innerText.match(/https?:\S+confirmation_token\S+/)[0]`)

	b = c.tab(t, s)
	b.open(link).looks("confirm").press("Yes, this address is mine").sees("Your address is confirmed.").looks("sign-in-confirmed")
	b.fill("", "E-mail address or username", "grace").fill("", "Password", "something else")
	b.presses(401, "Sign in").sees("Invalid e-mail address or password.").looks("sign-in-wrong")
	b.fill("", "Password", password).press("Sign in").sees("Hello, grace").looks("home")
	b.press("Sign out").sees("You are signed out.")
	b.open(link+"x").presses(410, "Yes, this address is mine")
}

func consents(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><link rel=icon href=data:,><p>The app was told: " + r.URL.Query().Get("error") + r.URL.Query().Get("state")))
	}))
	t.Cleanup(app.Close)
	back := app.URL + "/back"
	made := s.Visitor().Do(200, "POST", "/api/v1/apps", testkit.P{
		"client_name": "Tusk", "redirect_uris": []string{social.OutOfBand, back}, "scopes": "read write push", "website": "https://tusk.example",
	})
	id, secret := made["client_id"].(string), made["client_secret"].(string)
	pkce := []string{"code_challenge", challenge(), "code_challenge_method", "S256"}

	b := c.tab(t, s)
	b.open(authorizePath(id, social.OutOfBand, "read write:statuses push", pkce...)).sees("Sign in").looks("sign-in")
	b.fill("", "E-mail address or username", "ada").fill("", "Password", password).press("Sign in")
	b.sees("Allow Tusk?", "@ada@meadow.example", "Publish and delete your posts").looks("consent")
	b.press("Allow").looks("code").touch("Copy")
	b.waits(`document.querySelector("[data-copy]").textContent === "Copied"`)
	form := exchange(id, secret, value[string](b, `document.getElementById("code").value`))
	form.Set("redirect_uri", social.OutOfBand)
	if token := s.Visitor().Do(200, "POST", "/oauth/token", form); token["scope"] != "read write:statuses push" {
		t.Errorf("got %v", token)
	}

	b.open("/oauth/authorized_applications").sees("Tusk").looks("apps")
	b.press("Revoke Tusk").sees("The app has lost its access.", "No app has access").looks("apps-empty")

	b.open(authorizePath(id, social.OutOfBand, "read")).presses(403, "Deny").sees("You said no").looks("denied")
	b.may(app.URL)
	b.open(authorizePath(id, back, "read")).looks("consent-elsewhere").press("Deny").sees("The app was told: access_denied", "s t&")
	b.opens(400, authorizePath("nobody", back, "read")).looks("consent-unknown-app")
}

func guards(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.signIn("ada").press("Account and security").looks("security").press("Set up").looks("authenticator")
	secret := value[string](b, `document.querySelector("input[name=secret]").value`)
	code := func(at time.Time) string {
		t.Helper()
		code, err := totp.GenerateCode(secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	b.fill("", "Code", "000000").fill("", "Your password", password).presses(422, "Turn on").looks("authenticator-wrong")
	b.fill("", "Code", code(time.Now())).fill("", "Your password", password).press("Turn on").sees("recovery codes").looks("codes")
	b.press("I have kept them").sees("Signing in takes your password and a code.", "10 left").press("Sign out")

	b.signIn("ada").sees("One more step").looks("second-factor")
	b.fill("", "Code", "123").presses(401, "Continue").looks("second-factor-wrong")
	b.fill("", "Code", code(time.Now().Add(30*time.Second))) // the last one was used
	b.press("Continue").sees("Hello, ada")
	b.open("/auth/edit").touch("Turn off").fill("#totp", "Your password", "wrong")
	b.presses(422, "Turn off the authenticator app").sees("Your password is not right.").looks("security-wrong")
	b.fill("#totp", "Your password", password).press("Turn off the authenticator app").sees("takes no more code")
}

func signsInByPasskey(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	call(b, webauthn.Enable, webauthn.EnableParams{})
	call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	const form = "[data-passkey=register]"
	b.signIn("ada").open("/auth/edit").touch("Add a passkey")
	b.fill(form, "Name", "My phone").fill(form, "Your password", "wrong").touch("Make the passkey")
	b.do(chromedp.WaitVisible(chromedp.CSS(form + " .fail")))
	b.sees("not right").looks("passkey-wrong")
	b.fill(form, "Your password", password).touch("Make the passkey")
	b.do(chromedp.WaitVisible(chromedp.CSS("#new-codes li")))
	b.looks("passkey-codes")
	b.press("I have kept them").sees("My phone", "10 left").looks("security-full").press("Sign out")

	b.open("/auth/sign_in?next=/auth/edit").press("Sign in with a passkey").sees("Account and security").press("Sign out")
	b.signIn("ada").sees("One more step").looks("second-factor-passkey").press("Use your passkey").sees("Hello, ada")
}

func resets(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.open("/auth/sign_in").press("Forgot your password?").looks("forgot")
	b.fill("", "E-mail address", "ada@example.com").press("Send the link").sees("a mail with a link is on its way").looks("forgot-sent")
	owner := c.tab(t, s)
	owner.signIn("ada").open("/settings/outbox")
	link := value[string](owner, `document.querySelector("pre").innerText.match(/https?:\S+reset_password_token\S+/)[0]`)
	b.open(link).looks("reset").fill("", "New password", "short").presses(422, "Set password").looks("reset-wrong")
	b.fill("", "New password", "another long password").press("Set password").sees("Your new password is set")
	b.fill("", "E-mail address or username", "ada").fill("", "Password", "another long password").press("Sign in").sees("Hello, ada")
	owner.open("/auth/edit").sees("Forgot your password?") // signed out
}

func losesBrowser(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	lost, b := c.tab(t, s), c.tab(t, s)
	lost.signIn("ada")
	b.signIn("ada").open("/auth/edit").sees("This browser", "Chrome on Linux").looks("security-sessions")
	b.press("Sign out the browser…").sees("Signed out there.")
	lost.open("/auth/edit").sees("Forgot your password?").signIn("ada")
	b.open("/auth/edit").press("Sign out everywhere else").sees("Signed out there.")
	lost.open("/auth/edit").sees("Forgot your password?")
}

func worksWithoutScripts(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	app := s.Visitor().Do(200, "POST", "/api/v1/apps", testkit.P{"client_name": "Tusk", "redirect_uris": social.OutOfBand, "scopes": "read"})
	b := c.tab(t, s)
	b.withoutScripts()
	b.open("/").press("Create an account").fill("", "Username", "grace").fill("", "E-mail address", "grace@example.com").fill("", "Password", password)
	b.tick("I have read").press("Create account").sees("Check your mail").press("Sign out")

	b.open(authorizePath(app["client_id"].(string), social.OutOfBand, "read")).sees("Sign in")
	if strings.Contains(b.text(), "passkey") {
		t.Error("passkeys are offered where they cannot work")
	}
	b.fill("", "E-mail address or username", "ada").fill("", "Password", password).press("Sign in").press("Allow").sees("Your code")
	b.open("/auth/edit").sees("Adding a passkey needs JavaScript").looks("security-no-scripts")
	b.touch("Change password").fill("#password", "Current password", password).fill("#password", "New password", "another long password").press("Save")
	b.sees("Your password was changed").touch("Change address").fill("#email", "New address", "ada@new.example").fill("#email", "Your password", "another long password")
	b.press("Save").sees("We sent a mail to the new address")
	b.press("Set up").sees("Scan this picture")
	b.open("/oauth/authorized_applications").press("Sign out").sees("You are signed out.").press("Sign in").press("Forgot your password?")
	b.fill("", "E-mail address", "ada@example.com").press("Send the link").sees("on its way")
	b.open(b.mail("reset_password_token")).fill("", "New password", password).press("Set password").sees("Your new password is set")
}

func keyboardOnly(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.open("/auth/sign_in")
	b.tabs("Skip to content")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.tabs("E-mail address or username")
	b.do(chromedp.KeyEvent("ada"))
	b.tabs("Password")
	b.do(chromedp.KeyEvent(password))
	b.tabs("Sign in")
	b.goes(200, chromedp.KeyEvent(kb.Enter)).sees("Hello, ada")
	b.tabs("Skip to content").tabs("Meadow").tabs("@ada").tabs("Sign out").tabs("Account and security")
	b.goes(200, chromedp.KeyEvent(kb.Enter)).sees("Signed-in browsers")
}

func asksFirst(t *testing.T, c *chromium) {
	s := newMeadow(t, func(c *config.Config) { c.Accounts.Registrations, c.Accounts.ReasonRequired = "approval", true })
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.open("/auth/sign_up").sees("A person looks at every request").looks("sign-up-approval")
	b.fill("", "Username", "grace").fill("", "E-mail address", "grace@example.com").fill("", "Password", password)
	b.fill("", "Why do you want to join?", "I sing in the choir.").tick("I have read").press("Create account")
	b.open(b.mail("confirmation_token")).press("Yes, this address is mine").sees("Waiting for approval").looks("pending")

	closed := newMeadow(t, func(c *config.Config) { c.Accounts.Registrations = "closed" })
	claim(t, closed, "ada")
	b = c.tab(t, closed)
	if strings.Contains(b.open("/auth/sign_in").text(), "Create an account") {
		t.Error("accounts are offered where nobody can have one")
	}
	b.open("/auth/sign_up").sees("by invitation only").looks("sign-up-closed")
}

func getsLost(t *testing.T, c *chromium) {
	s := newMeadow(t)
	claim(t, s, "ada")
	b := c.tab(t, s)
	b.opens(404, "/nobody/about").sees("There is nothing here").looks("not-found")
	b.press("To the first page").signIn("ada").opens(404, "/deck").sees("@ada")
}

// claim makes the owner.
func claim(t *testing.T, s *testkit.Server, name string) {
	t.Helper()
	link, err := s.OwnerLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token := link[strings.LastIndex(link, "/")+1:]
	if _, err := s.Social.ClaimServer(t.Context(), token, social.NewUser{Username: name, Email: name + "@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
}

func (b *tab) signIn(name string) *tab {
	b.t.Helper()
	return b.open("/auth/sign_in").fill("", "E-mail address or username", name).fill("", "Password", password).press("Sign in")
}
