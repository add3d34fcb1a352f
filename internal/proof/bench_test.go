package proof

import (
	"testing"

	"gomphothere/internal/httpsig"
)

func BenchmarkIntegrityMade(b *testing.B) {
	k := httpsig.Key{ID: "https://one.example/users/alice#ed25519-key", Private: vectorKey(b)}
	for b.Loop() {
		if _, err := Prove([]byte(note), k, at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIntegrityChecked(b *testing.B) {
	k := httpsig.Key{ID: "https://one.example/users/alice#ed25519-key", Private: vectorKey(b)}
	doc, err := Prove([]byte(note), k, at)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := check(string(doc), vectorKey(b).Public(), at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLDMade(b *testing.B) {
	var l LD
	k := httpsig.Key{ID: "https://one.example/users/alice#main-key", Private: rsaKey()}
	for b.Loop() {
		if _, err := l.SignLD(b.Context(), []byte(note), k, at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLDChecked(b *testing.B) {
	var l LD
	k := httpsig.Key{ID: "https://one.example/users/alice#main-key", Private: rsaKey()}
	doc, err := l.SignLD(b.Context(), []byte(note), k, at)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := ReadLD(doc)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Verify(b.Context(), s, rsaKey().Public(), at); err != nil {
			b.Fatal(err)
		}
	}
}
