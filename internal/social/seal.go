package social

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"gomphothere/internal/model"
)

// Push messages carry the app's access token, as Mastodon's do, so it must be kept where tokens are otherwise kept as
// hashes only. It is sealed with a key derived from the server's push key: one table that leaks gives nobody a token.
// Whoever has the whole database can open it.

// sealing makes the cipher.
func sealing(k *model.PushKeys) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(k.Private), nil, "gomphothere push token", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func seal(k *model.PushKeys, secret string) (string, error) {
	c, err := sealing(k)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, c.NonceSize())
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(c.Seal(nonce, nonce, []byte(secret), nil)), nil
}

// unseal gives "" for what was sealed with other keys.
func unseal(k *model.PushKeys, sealed string) string {
	c, err := sealing(k)
	if err != nil {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < c.NonceSize() {
		return ""
	}
	plain, err := c.Open(nil, b[:c.NonceSize()], b[c.NonceSize():], nil)
	if err != nil {
		return ""
	}
	return string(plain)
}
