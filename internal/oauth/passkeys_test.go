package oauth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"gomphothere/internal/model"
)

// authenticator is a security key in software: one ES256 credential (WebAuthn §6).
type authenticator struct {
	t      *testing.T
	origin string
	key    *ecdsa.PrivateKey
	id     []byte
	handle string // the user's, base64url
	count  uint32
	unseen bool // does not check who holds it
}

func newAuthenticator(t *testing.T, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &authenticator{t: t, origin: origin, key: key, id: []byte(rand.Text())}
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// data is the authenticator data of WebAuthn §6.1.
func (a *authenticator) data(attested []byte) []byte {
	const present, verified, hasAttested = 1, 4, 0x40
	party := sha256.Sum256([]byte("localhost"))
	flags := byte(present | verified)
	if a.unseen {
		flags = present
	}
	if attested != nil {
		flags |= hasAttested
	}
	a.count++
	out := append(party[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.count)
	return append(out, attested...)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// options is what the server sends for both ceremonies, as far as it is needed here.
type options struct {
	PublicKey struct {
		Challenge        string
		User             struct{ ID string }
		UserVerification string
		AllowCredentials []struct{ ID string }
	}
}

func (a *authenticator) make(o options) map[string]any {
	public, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	if err != nil {
		a.t.Fatal(err)
	}
	attested := make([]byte, 16) // no model
	attested = binary.BigEndian.AppendUint16(attested, uint16(len(a.id)))
	attested = append(append(attested, a.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(attested)})
	if err != nil {
		a.t.Fatal(err)
	}
	a.handle = o.PublicKey.User.ID
	return map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": map[string]any{
		"attestationObject": b64(object), "clientDataJSON": b64(a.clientData("webauthn.create", o.PublicKey.Challenge)),
	}}
}

func (a *authenticator) sign(o options) map[string]any {
	client, data := a.clientData("webauthn.get", o.PublicKey.Challenge), a.data(nil)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": map[string]any{
		"authenticatorData": b64(data), "clientDataJSON": b64(client), "signature": b64(signature), "userHandle": a.handle,
	}}
}

// script posts as the page's script does.
func (b *browser) script(path, csrf, kind string, body []byte) *browser {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), "POST", b.w.URL+path, bytes.NewReader(body))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("X-CSRF-Token", csrf)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", kind)
	return b.do(r)
}

func (b *browser) json(path, csrf string, doc any) *browser {
	b.w.t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.script(path, csrf, "application/json", body)
}

func (b *browser) options() (o options) {
	b.w.t.Helper()
	if err := json.Unmarshal([]byte(b.body), &o); err != nil || o.PublicKey.Challenge == "" {
		b.w.t.Fatalf("got %v in %s", err, b.body)
	}
	return o
}

func (b *browser) csrf() string {
	b.w.t.Helper()
	m := csrfField.FindStringSubmatch(b.body)
	if m == nil {
		b.w.t.Fatalf("no form in %s", b.body)
	}
	return m[1]
}

// enrol adds a passkey to the account that is signed in.
func (b *browser) enrol(a *authenticator) *browser {
	b.w.t.Helper()
	csrf := b.get("/auth/edit").csrf()
	form := url.Values{"current_password": {password}}.Encode()
	b.script("/auth/edit/passkeys/begin", csrf, "application/x-www-form-urlencoded", []byte(form)).shows(200, `"publicKey"`)
	return b.json("/auth/edit/passkeys/finish?name=My+key", csrf, a.make(b.options()))
}

func TestAPasskeySignsInWithoutPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		key := newAuthenticator(t, w.URL)
		b := w.browser()
		b.signIn("ada")
		b.script("/auth/edit/passkeys/begin", b.csrf(), "application/x-www-form-urlencoded", []byte("current_password=wrong")).shows(422, "not right")
		b.enrol(key).shows(200, `"recovery_codes":["`)
		b.get("/auth/edit").shows(200, "My key").shows(200, "10 left")
		if got := w.lastMail(u.Email).Subject; got != "A passkey was added on Example" {
			t.Errorf("the last mail is %q", got)
		}

		fresh := w.browser()
		csrf := fresh.get("/auth/sign_in").csrf()
		fresh.script("/auth/passkey/begin", csrf, "text/plain", nil).shows(200, `"publicKey"`)
		o := fresh.options()
		if len(o.PublicKey.AllowCredentials) != 0 || o.PublicKey.UserVerification != "required" {
			t.Errorf("nobody is known, and yet the server sends %+v", o)
		}
		answer := key.sign(o)
		fresh.json("/auth/passkey/finish?next=/auth/edit", csrf, answer).shows(200, `"next":"/auth/edit"`)
		fresh.get("/").shows(200, "Hello, ada")

		// The same answer once more: its challenge is spent.
		thief := w.browser()
		csrf = thief.get("/auth/sign_in").csrf()
		thief.script("/auth/passkey/begin", csrf, "text/plain", nil).shows(200, `"publicKey"`)
		thief.json("/auth/passkey/finish", csrf, answer).shows(401, "The passkey was not accepted.")
		thief.json("/auth/passkey/finish", csrf, answer).shows(422, "That took too long")
		thief.get("/").lacks("Hello")

		// A key that did not check who holds it is half of what a password and a code are.
		key.unseen = true
		csrf = thief.get("/auth/sign_in").csrf()
		thief.script("/auth/passkey/begin", csrf, "text/plain", nil)
		thief.json("/auth/passkey/finish", csrf, key.sign(thief.options())).shows(401, "not accepted")
	})
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		key := newAuthenticator(t, w.URL)
		b := w.browser()
		b.signIn("ada").enrol(key).shows(200, "recovery_codes")

		fresh := w.browser()
		fresh.signIn("ada").shows(200, "Use your passkey").shows(200, "Recovery code")
		csrf := fresh.csrf()
		fresh.script("/auth/passkey/begin", csrf, "text/plain", nil).shows(200, b64(key.id))
		key.unseen = true // the password was shown, so holding it is enough
		fresh.json("/auth/passkey/finish", csrf, key.sign(fresh.options())).shows(200, `"next":"/"`)
		fresh.get("/").shows(200, "Hello, ada")
		key.unseen = false

		// A stranger's key, and a copy whose counter stands still.
		for name, bad := range map[string]*authenticator{
			"stranger":  newAuthenticator(t, w.URL),
			"copy":      {t: t, origin: w.URL, key: key.key, id: key.id, handle: key.handle, count: 0},
			"elsewhere": {t: t, origin: "https://evil.example", key: key.key, id: key.id, handle: key.handle, count: 100},
		} {
			f := w.browser()
			csrf := f.signIn("ada").csrf()
			f.script("/auth/passkey/begin", csrf, "text/plain", nil)
			f.json("/auth/passkey/finish", csrf, bad.sign(f.options()))
			if f.status != 401 {
				t.Errorf("%s: got %d: %s", name, f.status, f.body)
			}
		}

		keys, err := w.Social.DB.Read(t.Context()).Passkeys(u.ID)
		if err != nil || len(keys) != 1 || keys[0].LastUsedAt == 0 {
			t.Fatalf("got %v, %v", keys, err)
		}
		b.get("/auth/edit").send("/auth/edit/passkeys/remove", "passkey", keys[0].ID.String(), "current_password", password).shows(200, "The passkey was removed.")
		after, err := w.Social.DB.Read(t.Context()).User(u.ID)
		if err != nil || len(after.RecoveryCodes) != 0 {
			t.Errorf("got %+v, %v", after, err)
		}
		w.browser().signIn("ada").shows(200, "Hello, ada")
	})
}

func TestAPasskeyBelongsToOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ada")
		eve := w.person("eve")
		key := newAuthenticator(t, w.URL)
		w.browser().signIn("ada").enrol(key).shows(200, "recovery_codes")
		w.browser().signIn("eve").enrol(key).shows(422, "in use already")
		if keys, err := w.Social.DB.Read(t.Context()).Passkeys(eve.ID); err != nil || len(keys) != 0 {
			t.Errorf("got %v, %v", keys, err)
		}
		w.browser().get("/auth/sign_in").script("/auth/edit/passkeys/begin", "", "text/plain", nil).shows(403, "expired")
		if _, err := w.Social.TakeChallenge(t.Context(), eve.ID, "nonsense"); !model.IsNotFound(err) {
			t.Errorf("got %v", err)
		}
	})
}
