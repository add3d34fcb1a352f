package notify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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

// receiver is an app with its keys.
type receiver struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newReceiver(t *testing.T) receiver {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	rand.Read(auth)
	return receiver{key, auth}
}

// open decrypts as the standard tells receivers to, from the bytes alone.
func (r receiver) open(t *testing.T, body []byte) []byte {
	t.Helper()
	salt, public := body[:16], body[21:21+int(body[20])]
	shared := r.shared(t, public)
	ikm := derive(t, shared, r.auth, "WebPush: info\x00"+string(r.key.PublicKey().Bytes())+string(public), 32)
	plain := unsealed(t, ikm, salt, "Content-Encoding: aes128gcm\x00", "Content-Encoding: nonce\x00", body[21+len(public):])
	if plain[len(plain)-1] != 2 {
		t.Fatal("no delimiter")
	}
	return plain[:len(plain)-1]
}

func (r receiver) openDraft(t *testing.T, salt, public, body []byte) []byte {
	t.Helper()
	ikm := derive(t, r.shared(t, public), r.auth, "Content-Encoding: auth\x00", 32)
	context := "P-256\x00\x00\x41" + string(r.key.PublicKey().Bytes()) + "\x00\x41" + string(public)
	plain := unsealed(t, ikm, salt, "Content-Encoding: aesgcm\x00"+context, "Content-Encoding: nonce\x00"+context, body)
	return plain[2+int(binary.BigEndian.Uint16(plain)):]
}

func (r receiver) shared(t *testing.T, public []byte) []byte {
	t.Helper()
	key, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := r.key.ECDH(key)
	if err != nil {
		t.Fatal(err)
	}
	return shared
}

func derive(t *testing.T, secret, salt []byte, info string, n int) []byte {
	t.Helper()
	b, err := hkdf.Key(sha256.New, secret, salt, info, n)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unsealed(t *testing.T, ikm, salt []byte, keyInfo, nonceInfo string, body []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(derive(t, ikm, salt, keyInfo, 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, derive(t, ikm, salt, nonceInfo, 12), body, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
