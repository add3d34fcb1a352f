package notify

import (
	"crypto/ecdh"
	"encoding/base64"
	"strings"
	"testing"
)

func raw(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 8291, appendix A: the example with all its keys.
func TestTheExampleOfTheStandardIsEncryptedAsItSays(t *testing.T) {
	t.Parallel()
	one, err := ecdh.P256().NewPrivateKey(raw(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := encrypt(one, raw(t, "DGv6ra1nlYgDCS1FRnbzlw"),
		raw(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
		raw(t, "BTBZMqHH6r4Tts7J_aSIgg"), []byte("When I grow up, I want to be a watermelon"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN`
	if got := base64.RawURLEncoding.EncodeToString(e.body); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// draft-ietf-webpush-encryption-04, section 5: the example with its keys.
func TestTheExampleOfTheDraftIsEncryptedAsItSays(t *testing.T) {
	t.Parallel()
	one, err := ecdh.P256().NewPrivateKey(raw(t, "nCScek-QpEjmOOlT-rQ38nZzvdPlqa00Zy0i6m2OJvY"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := encryptDraft(one, raw(t, "lngarbyKfMoi9Z75xYXmkg"),
		raw(t, "BCEkBjzL8Z3C-oi2Q7oE5t2Np-p7osjGLg93qUP0wvqRT21EEWyf0cQDQcakQMqz4hQKYOQ3il2nNZct4HgAUQU"),
		raw(t, "R29vIGdvbyBnJyBqb29iIQ"), []byte("I am the walrus"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := base64.RawURLEncoding.EncodeToString(e.body), "6nqAQUME8hNqw5J3kl8cpVVJylXKYqZOeseZG8UueKpA"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
