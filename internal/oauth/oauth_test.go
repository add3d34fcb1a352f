package oauth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

const callback = "https://app.example/callback?from=us"

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func authorizePath(client, redirect, scope string, more ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "scope": {scope}, "state": {"s t&"}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/oauth/authorize?" + q.Encode()
}

// code takes the app's address apart that the browser was sent to.
func (b *browser) code() url.Values {
	b.w.t.Helper()
	u, err := url.Parse(b.header.Get("Location"))
	if err != nil || !strings.HasPrefix(u.String(), "https://app.example/callback?from=us&") {
		b.w.t.Fatalf("got %d to %q, want the app's address\n%s", b.status, b.header.Get("Location"), b.body)
	}
	return u.Query()
}

func exchange(id, secret, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {id}, "client_secret": {secret}, "redirect_uri": {callback},
		"code": {code}, "code_verifier": {verifier},
	}
}

func TestAnAppSignsInWithPKCE(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, secret := w.app(callback, "read write push")
		b := w.browser()
		b.get(authorizePath(id, callback, "read write:statuses", "code_challenge", challenge(), "code_challenge_method", "S256")).shows(200, "Sign in")
		b.send("/auth/sign_in", "login", "ada", "password", password).shows(200, "Allow <span class=\"app\">Tusk</span>?")
		b.shows(200, "@ada@example.org").shows(200, "Publish and delete your posts")
		got := b.send("/oauth/authorize").code()
		if got.Get("state") != "s t&" || got.Get("code") == "" {
			t.Fatalf("got %v, want a code and our state", got)
		}

		wrong := exchange(id, secret, got.Get("code"))
		wrong.Set("code_verifier", verifier+"x")
		if e := w.api(400, "POST", "/oauth/token", "", wrong); e["error"] != "invalid_grant" || !strings.HasPrefix(e["error_description"].(string), "The provided authorization grant is invalid, expired, revoked, does not match") {
			t.Errorf("got %v for a wrong verifier", e)
		}
		wrong = exchange(id, secret, got.Get("code"))
		wrong.Set("redirect_uri", "https://app.example/other")
		w.api(400, "POST", "/oauth/token", "", wrong)

		token := w.api(200, "POST", "/oauth/token", "", exchange(id, secret, got.Get("code")))
		keys := slices.Sorted(func(yield func(string) bool) {
			for k := range token {
				if !yield(k) {
					return
				}
			}
		})
		if diff := cmp.Diff([]string{"access_token", "created_at", "scope", "token_type"}, keys); diff != "" {
			t.Error(diff)
		}
		if token["scope"] != "read write:statuses" || token["token_type"] != "Bearer" {
			t.Errorf("got %v", token)
		}
		who, err := w.OAuth.Who(t.Context(), token["access_token"].(string))
		if err != nil || who.Account.Username != "ada" || !who.Has("read:lists") || !who.Has("write:statuses") || who.Has("write:media") {
			t.Fatalf("got %+v, %v", who, err)
		}
		if a := w.api(200, "GET", "/api/v1/apps/verify_credentials", token["access_token"].(string), nil); a["name"] != "Tusk" || a["vapid_key"] != "key" || a["website"] != nil {
			t.Errorf("got %v", a)
		}

		// The code comes a second time: somebody else has it. What it gave is taken back.
		w.api(400, "POST", "/oauth/token", "", exchange(id, secret, got.Get("code")))
		if _, err := w.OAuth.Who(t.Context(), token["access_token"].(string)); model.KindOf(err) != model.KindUnauthorized || err.Error() != "The access token is invalid" {
			t.Errorf("after a replay the token gives %v, want that it is invalid", err)
		}
	})
}

func TestTheSecondTimeAnAppIsNotAskedAboutAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, secret := w.app(callback, "read")
		b := w.browser()
		b.signIn("ada")
		code := b.get(authorizePath(id, callback, "read")).send("/oauth/authorize").code().Get("code")
		f := exchange(id, secret, code)
		f.Del("code_verifier")
		w.api(200, "POST", "/oauth/token", "", f)
		if b.get(authorizePath(id, callback, "read")).code().Get("code") == "" {
			t.Error("no code at once")
		}
		b.get(authorizePath(id, callback, "read", "force_login", "true")).shows(200, "Sign in")
		b.send("/auth/sign_in", "login", "ada", "password", password).shows(200, "Allow")
	})
}

func TestACodeExpires(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, secret := w.app(callback, "read")
		b := w.browser()
		b.signIn("ada")
		code := b.get(authorizePath(id, callback, "read", "code_challenge", challenge(), "code_challenge_method", "S256")).send("/oauth/authorize").code().Get("code")
		w.pass(11 * time.Minute)
		w.api(400, "POST", "/oauth/token", "", exchange(id, secret, code))
	})
}

func TestACodeIsShownToCopy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, secret := w.app(social.OutOfBand, "read")
		b := w.browser()
		b.signIn("ada")
		b.get(authorizePath(id, social.OutOfBand, "")).send("/oauth/authorize").shows(200, "Copy this code")
		code := b.at.Query().Get("code")
		b.shows(200, code)
		got := w.api(200, "POST", "/oauth/token", "", map[string]any{
			"grant_type": "authorization_code", "client_id": id, "client_secret": secret, "redirect_uri": social.OutOfBand, "code": code,
		})
		if got["scope"] != "read" {
			t.Errorf("got %v", got)
		}
	})
}

func TestSayingNoTellsTheApp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, _ := w.app(callback, "read")
		b := w.browser()
		b.signIn("ada")
		got := b.get(authorizePath(id, callback, "read")).send("/oauth/authorize", "_method", "delete").code()
		if got.Get("error") != "access_denied" || got.Get("state") != "s t&" || got.Has("code") {
			t.Errorf("got %v", got)
		}
	})
}

func TestAnAuthorizationRequestThatIsWrongIsNotSentOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, _ := w.app(callback, "read write:statuses")
		b := w.browser()
		b.signIn("ada")
		for _, c := range []struct{ path, says string }{
			{authorizePath("nobody", callback, "read"), "Client authentication failed due to unknown client"},
			{authorizePath(id, "https://evil.example/", "read"), "The redirect uri included is not valid."},
			{authorizePath(id, callback+"&x=1", "read"), "The redirect uri included is not valid."},
			{authorizePath(id, callback, "write"), "The requested scope is invalid, unknown, or malformed."},
			{authorizePath(id, callback, "read nonsense"), "The requested scope is invalid, unknown, or malformed."},
			{authorizePath(id, callback, "push"), "The requested scope is invalid"},
			{authorizePath(id, callback, "read", "response_type", "token"), "The authorization server does not support this response type."},
			{authorizePath(id, callback, "read", "code_challenge", "x", "code_challenge_method", "plain"), "The code challenge method must be S256, plain is unsupported."},
		} {
			b.get(c.path).shows(400, c.says)
		}
		b.get(authorizePath(id, callback, "read:lists write:statuses")).shows(200, "See your lists")
	})
}

func TestAnAppOnTheSameMachineMayUseAnyPort(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		id, _ := w.app("http://127.0.0.1/cb", "read")
		b := w.browser()
		b.signIn("ada")
		b.get(authorizePath(id, "http://127.0.0.1:4711/cb", "read")).shows(200, "Allow")
		b.get(authorizePath(id, "http://127.0.0.1:4711/other", "read")).shows(400, "redirect uri")
		b.get(authorizePath(id, "http://127.0.0.1@evil.example/cb", "read")).shows(400, "redirect uri")
	})
}

func TestAnAppGetsATokenOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, secret := w.app(callback, "read write")
		ask := func(want int, more ...string) map[string]any {
			t.Helper()
			f := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
			for i := 0; i < len(more); i += 2 {
				f.Set(more[i], more[i+1])
			}
			return w.api(want, "POST", "/oauth/token", "", f)
		}
		if got := ask(200); got["scope"] != "read" {
			t.Errorf("got scope %v, want read by default", got["scope"])
		}
		if got := ask(200, "scope", "write read:accounts"); got["scope"] != "write read:accounts" {
			t.Errorf("got scope %v", got["scope"])
		}
		if got := ask(400, "scope", "admin:read"); got["error"] != "invalid_scope" {
			t.Errorf("got %v", got)
		}
		if got := ask(401, "client_secret", "wrong"); got["error"] != "invalid_client" {
			t.Errorf("got %v", got)
		}
		if got := ask(400, "grant_type", "password"); got["error"] != "unsupported_grant_type" {
			t.Errorf("got %v", got)
		}
		if got := ask(400, "grant_type", ""); got["error_description"] != "Missing required parameter: grant_type." {
			t.Errorf("got %v", got)
		}

		basic, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		basic.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		basic.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		w.raw(200, basic)

		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		for k, v := range map[string]string{"grant_type": "client_credentials", "client_id": id, "client_secret": secret} {
			if err := m.WriteField(k, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		multi, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/oauth/token", &body)
		if err != nil {
			t.Fatal(err)
		}
		multi.Header.Set("Content-Type", m.FormDataContentType())
		token := w.raw(200, multi)["access_token"].(string)

		if i := w.api(200, "GET", "/oauth/token/info", token, nil); i["resource_owner_id"] != nil || i["application"].(map[string]any)["uid"] != id {
			t.Errorf("got %v", i)
		}
		w.api(422, "GET", "/api/v1/emails/check_confirmation", token, nil)
		w.api(401, "GET", "/api/v1/apps/verify_credentials", token+"x", nil)
	})
}

func TestAnAppTakesItsTokenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		id, secret := w.app(callback, "read profile")
		otherID, otherSecret := w.app(callback, "read")
		app, err := w.Social.DB.Read(t.Context()).AppByClientID(id)
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := w.Social.GrantToken(t.Context(), app, u, []string{"read", "profile"})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.api(200, "GET", "/oauth/userinfo", token, nil); got["preferred_username"] != "ada" || got["profile"] != w.URL+"/@ada" ||
			got["sub"] != w.URL+"/ap/users/"+u.AccountID.String() {
			t.Errorf("got %v", got)
		}
		e := w.api(403, "POST", "/oauth/revoke", "", url.Values{"client_id": {otherID}, "client_secret": {otherSecret}, "token": {token}})
		if e["error"] != "unauthorized_client" || e["error_description"] != "You are not authorized to revoke this token" {
			t.Errorf("got %v", e)
		}
		w.api(403, "POST", "/oauth/revoke", "", url.Values{"client_id": {id}, "client_secret": {"x"}, "token": {token}})
		w.api(200, "GET", "/oauth/userinfo", token, nil)
		w.api(200, "POST", "/oauth/revoke", "", map[string]any{"client_id": id, "client_secret": secret, "token": token})
		w.api(401, "GET", "/oauth/userinfo", token, nil)
		w.api(200, "POST", "/oauth/revoke", "", url.Values{"client_id": {id}, "client_secret": {secret}, "token": {token}})
	})
}

func TestRegisteringAnApp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.from("127.0.0.1") // never limited
		a := w.api(200, "POST", "/api/v1/apps", "", map[string]any{
			"client_name": "Tusk", "redirect_uris": []string{"tusk://x", "https://tusk.example/"}, "scopes": "read follow", "website": "https://tusk.example",
		})
		secret, id := a["client_secret"], a["client_id"]
		for _, k := range []string{"client_secret", "client_id", "id"} {
			if s, ok := a[k].(string); !ok || s == "" {
				t.Errorf("%s is %v", k, a[k])
			}
			delete(a, k)
		}
		want := map[string]any{
			"name": "Tusk", "website": "https://tusk.example", "scopes": []any{"read", "follow"}, "vapid_key": "key",
			"redirect_uris": []any{"tusk://x", "https://tusk.example/"}, "redirect_uri": "tusk://x\nhttps://tusk.example/",
			"client_secret_expires_at": 0.0,
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Error(diff)
		}
		app, err := w.Social.DB.Read(t.Context()).AppByClientID(id.(string))
		if err != nil || app.SecretHash == secret || strings.Contains(app.SecretHash, secret.(string)) {
			t.Errorf("the secret is kept as %q, %v", app.SecretHash, err)
		}
		for _, c := range []struct {
			form url.Values
			says string
		}{
			{url.Values{"client_name": {""}, "redirect_uris": {"a://b"}}, "Validation failed: Application name can't be blank"},
			{url.Values{"client_name": {"x"}}, "Validation failed: Redirect URI can't be blank"},
			{url.Values{"client_name": {"x"}, "redirect_uris": {"hello"}}, "Validation failed: Redirect URI must be an absolute URI."},
			{url.Values{"client_name": {"x"}, "redirect_uris": {"javascript:alert(1)"}}, "Validation failed: Redirect URI is forbidden by the server."},
			{url.Values{"client_name": {"x"}, "redirect_uris": {"https://a.example/#b"}}, "Validation failed: Redirect URI cannot contain a fragment."},
			{url.Values{"client_name": {"x"}, "redirect_uris": {"a://b"}, "scopes": {"everything"}}, "Validation failed: Scopes doesn't match configured on the server."},
			{url.Values{"client_name": {"x"}, "redirect_uris": {"a://b"}, "website": {"ftp://a"}}, "Validation failed: Application website must be a valid URL"},
		} {
			if got := w.api(422, "POST", "/api/v1/apps", "", c.form); got["error"] != c.says {
				t.Errorf("got %q, want %q", got["error"], c.says)
			}
		}
		w.from("192.0.2.9")
		for range 5 {
			w.app(callback, "read")
		}
		w.api(429, "POST", "/api/v1/apps", "", url.Values{"client_name": {"x"}, "redirect_uris": {"a://b"}})
		w.pass(10 * time.Minute)
		w.app(callback, "read")
	})
}

func TestTheServerDescribesItsDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.api(200, "GET", "/.well-known/oauth-authorization-server", "", nil)
		if m["issuer"] != w.URL+"/" || m["token_endpoint"] != w.URL+"/oauth/token" || len(m["scopes_supported"].([]any)) != len(social.Scopes) {
			t.Errorf("got %v", m)
		}
		b := w.browser()
		b.get("/.well-known/change-password")
		if b.at.Path != "/auth/sign_in" || b.at.Query().Get("next") != "/auth/edit" {
			t.Errorf("got to %s, want by /auth/edit to the sign-in page", b.at)
		}
	})
}

func TestPeopleWhoAreNotReadyCannotUseTheirTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		token, _, err := w.Social.CommandToken(t.Context(), "ada", "read write")
		if err != nil {
			t.Fatal(err)
		}
		says := func(want string) {
			t.Helper()
			got := ""
			if _, err := w.OAuth.Who(t.Context(), token); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		change := func(f func(*model.User)) {
			t.Helper()
			if err := w.setUser(u.ID, f); err != nil {
				t.Fatal(err)
			}
		}
		says("")
		change(func(u *model.User) { u.Approved = false })
		says("Your login is currently pending approval")
		change(func(u *model.User) { u.ConfirmedAt = 0 })
		says("Your login is missing a confirmed e-mail address")
		change(func(u *model.User) { u.Disabled = true })
		says("Your login is currently disabled")
		change(func(u *model.User) { u.Disabled, u.Approved, u.ConfirmedAt = false, true, 1 })
		says("")
		if err := w.Social.DeleteAccount(t.Context(), u.AccountID); err != nil {
			t.Fatal(err)
		}
		says("The access token is invalid")
	})
}

func TestNoSecretIsKeptPlain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		token, row, err := w.Social.CommandToken(t.Context(), "@ada", "read")
		if err != nil {
			t.Fatal(err)
		}
		kept, err := w.Social.DB.Read(t.Context()).TokensOf(u.ID)
		if err != nil || len(kept) != 1 || kept[0].Hash == token || len(kept[0].Hash) != 64 || kept[0].ID != row.ID {
			t.Errorf("got %+v, %v", kept, err)
		}
		b := w.browser()
		b.signIn("ada")
		sessions, err := w.Social.DB.Read(t.Context()).Sessions(u.ID)
		if err != nil || len(sessions) != 1 {
			t.Fatalf("got %v, %v", sessions, err)
		}
		home, err := url.Parse(w.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.c.Jar.Cookies(home) {
			if c.Name == "session" && (c.Value == sessions[0].Hash || social.Hash(c.Value) != sessions[0].Hash) {
				t.Errorf("the session is kept as %q", sessions[0].Hash)
			}
		}
	})
}

func TestATokenThatIsUsedIsNotedOnceAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		token, _, err := w.Social.CommandToken(t.Context(), "ada", "read")
		if err != nil {
			t.Fatal(err)
		}
		go w.OAuth.Run(t.Context())
		used := func() model.Time {
			list, err := w.Social.DB.Read(t.Context()).TokensOf(u.ID)
			if err != nil {
				t.Error(err)
			}
			return list[0].LastUsedAt
		}
		for _, at := range []model.Time{model.At(w.clock()), model.At(w.clock().Add(2 * time.Hour))} {
			if at != model.At(w.clock()) {
				w.pass(2 * time.Hour)
			}
			if _, err := w.OAuth.WhoFrom(t.Context(), token, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			for used() != at { // written by another goroutine; the test's own limit ends a wait in vain
				runtime.Gosched()
			}
		}
	})
}

// BenchmarkWhoWithAKnownToken prints the distance to its limit of 2 µs.
func BenchmarkWhoWithAKnownToken(b *testing.B) {
	w := newWorld(b, "")
	w.person("ada")
	token, _, err := w.Social.CommandToken(b.Context(), "ada", "read")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.OAuth.Who(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
	const limit = 2000 // ns
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/limit, "of-limit")
}
