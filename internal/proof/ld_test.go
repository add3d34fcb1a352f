package proof

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/piprate/json-gold/ld"

	"gomphothere/internal/httpsig"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

const note = `{"@context":["https://www.w3.org/ns/activitystreams",{"ostatus":"http://ostatus.org#","atomUri":"ostatus:atomUri",
	"inReplyToAtomUri":"ostatus:inReplyToAtomUri","conversation":"ostatus:conversation","sensitive":"as:sensitive",
	"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount","Emoji":"toot:Emoji",
	"focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"blurhash":"toot:blurhash"}],
	"id":"https://one.example/users/alice/statuses/1/activity","type":"Create","actor":"https://one.example/users/alice",
	"published":"2023-02-24T23:36:38Z","to":["https://www.w3.org/ns/activitystreams#Public"],
	"cc":["https://one.example/users/alice/followers","https://two.example/users/bob"],
	"object":{"id":"https://one.example/users/alice/statuses/1","type":"Question","summary":null,"inReplyTo":null,
	"published":"2023-02-24T23:36:38Z","url":"https://one.example/@alice/1","attributedTo":"https://one.example/users/alice",
	"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://one.example/users/alice/followers"],"sensitive":false,
	"conversation":"tag:one.example,2023:objectId=1","content":"<p>Which \"one\"?\n</p>","contentMap":{"en":"<p>Which \"one\"?\n</p>"},
	"attachment":[{"type":"Document","mediaType":"image/png","url":"https://one.example/a.png","name":null,"blurhash":"abc",
	"focalPoint":[0.5,-0.25],"width":100,"height":50}],
	"tag":[{"type":"Mention","href":"https://two.example/users/bob","name":"@bob@two.example"}],
	"votersCount":0,"endTime":"2023-02-25T23:36:38Z",
	"oneOf":[{"type":"Note","name":"A","replies":{"type":"Collection","totalItems":0}},
	{"type":"Note","name":"B","replies":{"type":"Collection","totalItems":0}},
	{"type":"Note","name":"C","replies":{"type":"Collection","totalItems":0}}]}}`

func TestWhatWeSignOthersCanReadForTheirsToo(t *testing.T) {
	t.Parallel()
	var l LD
	k := httpsig.Key{ID: "https://one.example/users/alice#main-key", Private: rsaKey()}
	signed, err := l.SignLD(t.Context(), []byte(note), k, at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadLD(signed)
	if err != nil {
		t.Fatal(err)
	}
	if s.KeyID != k.ID {
		t.Errorf("the creator is %s", s.KeyID)
	}
	clean, err := l.Verify(t.Context(), s, rsaKey().Public(), at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type, Actor, To string
		Object          struct {
			Content, Conversation string
			OneOf                 []struct{ Name string }
			Attachment            struct {
				FocalPoint []float64
				Blurhash   string
			}
		}
	}
	if err := json.Unmarshal(clean, &got); err != nil {
		t.Fatal(err)
	}
	o := got.Object
	if got.Type != "Create" || got.Actor != "https://one.example/users/alice" || got.To != "as:Public" || len(o.OneOf) != 3 ||
		o.Content != "<p>Which \"one\"?\n</p>" || o.Conversation == "" || len(o.Attachment.FocalPoint) != 2 || o.Attachment.Blurhash != "abc" {
		t.Errorf("the document was read as %s", clean)
	}
}

// payloads are documents of other software.
func payloads(t testing.TB) map[string][]byte {
	t.Helper()
	const dir = "../../../shared/payloads"
	found, err := filepath.Glob(dir + "/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("the folder shared is missing")
		}
		t.Skip("the folder shared is not there")
	}
	out := map[string][]byte{}
	for _, f := range found {
		if out[strings.TrimPrefix(f, dir)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestGraphsAreWrittenAsTheLibraryWritesThem compares our canonicalization, which has a budget, with one that has none.
func TestGraphsAreWrittenAsTheLibraryWritesThem(t *testing.T) {
	t.Parallel()
	docs := map[string][]byte{"note": []byte(note)}
	for name, doc := range payloads(t) {
		docs[name] = doc
	}
	for name, doc := range symmetric() {
		docs[name] = []byte(doc)
	}
	compared := 0
	for name, doc := range docs {
		o, err := parse(doc)
		if err != nil {
			continue
		}
		var l LD
		got, err := l.normal(t.Context(), o)
		if err != nil {
			continue // contexts that would have to be fetched
		}
		v, err := o.value()
		if err != nil {
			t.Fatal(err)
		}
		options := l.options(context.Background())
		options.Algorithm, options.Format = ld.AlgorithmURDNA2015, "application/n-quads"
		want, err := ld.NewJsonLdProcessor().Normalize(v, options)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the library's is (-), ours is (+):\n%s", name, diff)
		}
		compared++
	}
	t.Logf("%d documents compared", compared)
	if compared < 5 {
		t.Errorf("only %d documents were compared", compared)
	}
}

// symmetric are documents whose nodes only their neighbours tell apart.
func symmetric() map[string]string {
	const head = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://one.example/1","type":"Note",`
	return map[string]string{
		"twins":      head + `"tag":[{"type":"Mention"},{"type":"Mention"}]}`,
		"triplets":   head + `"tag":[{"type":"Mention","icon":{}},{"type":"Mention","icon":{}},{"type":"Mention","icon":{"name":"a"}}]}`,
		"a circle":   head + `"tag":{"id":"_:a","tag":{"id":"_:b","tag":{"id":"_:c","tag":{"id":"_:a"}}}}}`,
		"two rings":  head + `"tag":[{"id":"_:a","tag":{"id":"_:b","tag":{"id":"_:a"}}},{"id":"_:c","tag":{"id":"_:d","tag":{"id":"_:c"}}}]}`,
		"a chain":    head + `"tag":{"id":"_:a","tag":{"tag":{"tag":{"tag":{}}}},"icon":{"icon":{"icon":{"icon":{}}}}}}`,
		"everybody":  head + `"tag":[{"id":"_:a","to":["_:b","_:c"]},{"id":"_:b","to":["_:a","_:c"]},{"id":"_:c","to":["_:a","_:b"]}]}`,
		"with words": head + `"tag":[{"name":"tab\there"},{"name":"back\\slash \"quoted\"\r\n"},{"nameMap":{"de":"ä"}}]}`,
	}
}

func TestGraphsMadeToTakeForeverAreGivenUp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://evil.example/1","type":"Note","tag":[`)
	const n = 14 // each knows each: 14! orders
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"id":"_:n` + string(rune('a'+i)) + `","to":[`)
		first := true
		for j := range n {
			if i == j {
				continue
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(`"_:n` + string(rune('a'+j)) + `"`)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`]}`)
	var l LD
	_, err := l.SignLD(t.Context(), []byte(b.String()), httpsig.Key{ID: "x", Private: rsaKey()}, at)
	var refused *httpsig.Error
	if !errors.As(err, &refused) || refused.Reason != httpsig.Malformed {
		t.Errorf("got %v, want it given up", err)
	}
}
