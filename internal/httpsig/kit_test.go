package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/model"
)

// at is when tests happen.
var at = time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)

var rsaKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func key(k crypto.Signer) Key {
	return Key{ID: "https://ours.example/users/alice#main-key", Private: k}
}

func keyOf(pem string) model.Key { return model.Key{Public: pem} }
