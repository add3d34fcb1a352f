package social

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"gomphothere/internal/model"
)

// linkKey signs links that work without signing in. They never end: mails are kept for years.
func (s *Social) linkKey(ctx context.Context) ([]byte, error) {
	k, err := s.PushKeys(ctx)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, []byte(k.Private), nil, "gomphothere links", sha256.Size)
}

// linkToken names a row and proves that we wrote it, for one purpose.
func linkToken(key []byte, purpose string, id model.ID) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(purpose + " " + id.String()))
	const enough = 16 // bytes: 2^128 guesses
	return id.String() + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:enough])
}

// linkID finds what a token names.
func linkID(key []byte, purpose, token string) (model.ID, error) {
	name, _, _ := strings.Cut(token, ".")
	id, err := model.ParseID(name)
	if err != nil || !hmac.Equal([]byte(linkToken(key, purpose, id)), []byte(token)) {
		return 0, model.ErrNotFound()
	}
	return id, nil
}
