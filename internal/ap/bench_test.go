package ap

import (
	"encoding/json"
	"testing"

	"gomphothere/internal/model"
)

// aNote is what Mastodon sends for a status with a mention, two hashtags and a picture: 3 KB.
func aNote() []byte {
	d := Drawer{Base: "https://a.example", Domain: "a.example", MediaBase: "https://a.example/files/"}
	s := aStatus()
	return d.Create(s, Around{Context: "https://a.example/contexts/1-2", Mentioned: []*model.Account{{ID: 9, Username: "bob", Domain: "b.example", URI: "https://b.example/users/bob"}}})
}

func BenchmarkParseCreate(b *testing.B) {
	doc := aNote()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndTidyCreate(b *testing.B) {
	doc := aNote()
	b.ReportAllocs()
	for b.Loop() {
		o, err := Parse(doc)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := o.Object.Object().Note(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPeekCreate(b *testing.B) {
	doc := aNote()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Peek(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStandardLibrary is what encoding/json takes for the same bytes without understanding any of it.
func BenchmarkStandardLibrary(b *testing.B) {
	doc := aNote()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var v map[string]any
		if err := json.Unmarshal(doc, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDrawCreate(b *testing.B) {
	d := Drawer{Base: "https://a.example", Domain: "a.example", MediaBase: "https://a.example/files/"}
	s := aStatus()
	b.ReportAllocs()
	for b.Loop() {
		d.Create(s, Around{})
	}
}
