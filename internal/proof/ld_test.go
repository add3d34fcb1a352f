package proof

import (
	"context"
	"crypto/ed25519"
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

// TestWhatIsNotSignedIsNotRead does to a signed document what somebody who hands it on might, so that its signature
// still fits and it says something else to whoever reads plain JSON.
func TestWhatIsNotSignedIsNotRead(t *testing.T) {
	t.Parallel()
	var l LD
	k := httpsig.Key{ID: "https://one.example/users/alice#main-key", Private: rsaKey()}
	const plain = `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"https://one.example/1/activity","type":"Create",
		"actor":"https://one.example/users/alice","object":{"id":"https://one.example/1","type":"Note","content":"good",
		"attributedTo":"https://one.example/users/alice"}}`
	signed, err := l.SignLD(t.Context(), []byte(plain), k, at)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		old, new string
		want     httpsig.Reason // "": it is believed, and clean
	}{
		"nothing":                     {``, ``, ""},
		"another order and white":     {`"type":"Create"`, "\n \"type\" : \"Create\"", ""},
		"another content":             {`good`, `evil`, httpsig.Forged},
		"another content, escaped":    {`good`, `g\u006fod`, ""},
		"an unknown member":           {`"content":"good"`, `"content":"good","contents":"evil"`, ""},
		"an unknown member of renown": {`"content":"good"`, `"content":"good","_misskey_quote":"https://evil.example/1"`, ""},
		"a term that hides another":   {`"https://www.w3.org/ns/activitystreams"`, `"https://www.w3.org/ns/activitystreams",{"nice":"as:content"}`, ""},
		"content by another name":     {`"https://www.w3.org/ns/activitystreams"`, `"https://www.w3.org/ns/activitystreams",{"nice":"as:content","content":"as:summary"}`, httpsig.Forged},
		"content swapped":             {`"content":"good"`, `"@context":{"nice":"as:content","content":null},"nice":"good","content":"evil"`, ""},
		"an actor who is another": {`"https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],"actor":"https://one.example/users/alice"`,
			`"https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1",{"who":{"@id":"as:actor","@type":"@id"},"actor":null}],"who":"https://one.example/users/alice","actor":"https://evil.example/"`, ""},
		"a language that is none":      {`"content":"good"`, `"content":"good","contentMap":{"not a language":"evil"}`, ""},
		"a relative address":           {`"content":"good"`, `"content":"good","url":"evil"`, ""},
		"a type that is none":          {`"type":"Note"`, `"type":["Note","evil"]`, httpsig.Forged},
		"a relative type of a text":    {`"content":"good"`, `"content":["good",{"@value":"evil","@type":"evil"}]`, httpsig.Malformed},
		"an index":                     {`"content":"good"`, `"content":{"@value":"good","@index":"evil"}`, ""},
		"another identifier":           {`"id":"https://one.example/1/activity"`, `"@id":"https://one.example/1/activity","id":"https://one.example/evil"`, httpsig.Malformed},
		"a graph":                      {`"content":"good"`, `"content":"good","@graph":[]`, httpsig.Weak},
		"a graph by another name":      {`"content":"good"`, `"@context":{"g":"@graph"},"content":"good","g":[]`, httpsig.Weak},
		"a graph, escaped":             {`"content":"good"`, `"content":"good","\u0040graph":[]`, httpsig.Weak},
		"something included":           {`"content":"good"`, `"content":"good","@included":[]`, httpsig.Weak},
		"something reversed":           {`"content":"good"`, `"content":"good","@reverse":{"as:object":{"id":"x:y"}}`, httpsig.Weak},
		"a context nobody has":         {`"https://www.w3.org/ns/activitystreams"`, `"https://www.w3.org/ns/activitystreams","https://evil.example/context"`, httpsig.Malformed},
		"another creator":              {`alice#main-key`, `mallory#main-key`, httpsig.Forged},
		"another date":                 {`23:36:38`, `23:36:39`, httpsig.Forged},
		"another type":                 {`RsaSignature2017`, `RsaSignature2018`, httpsig.Unsupported},
		"a signature of nothing":       {`"signatureValue":"`, `"signatureValue":"","x":"`, httpsig.Malformed},
		"a signature that is a list":   {`"signature":{`, `"signature":[],"x":{`, httpsig.Malformed},
		"an identifier with a blank":   {`"https://one.example/1"`, `"https://one.example/1 2"`, httpsig.Forged},
		"a value where none is":        {`"object":{`, `"object":{"@value":1,`, httpsig.Malformed},
		"a context within that is odd": {`"content":"good"`, `"@context":17,"content":"good"`, httpsig.Malformed},
		"an end of its own":            {`"created"`, `"expires":"2023-01-01T00:00:00Z","created"`, httpsig.Expired},
	} {
		changed := strings.Replace(string(signed), c.old, c.new, 1)
		if c.old != "" && changed == string(signed) {
			t.Fatalf("%s: nothing to change in %s", name, signed)
		}
		clean, err := func() ([]byte, error) {
			s, err := ReadLD([]byte(changed))
			if err != nil {
				return nil, err
			}
			return l.Verify(t.Context(), s, rsaKey().Public(), at.Add(time.Minute))
		}()
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got struct {
				Actor  string
				Object struct{ Content, Nice, Contents, Misskey string }
			}
			if err := json.Unmarshal(clean, &got); err != nil {
				t.Fatal(err)
			}
			if got.Object.Content != "good" || got.Actor != "https://one.example/users/alice" || strings.Contains(string(clean), "evil") {
				t.Errorf("%s: it is read as %s", name, clean)
			}
			continue
		}
		var refused *httpsig.Error
		if !errors.As(err, &refused) || refused.Reason != c.want {
			t.Errorf("%s: got %v, want it refused as %s", name, err, c.want)
		}
	}
}

// TestContextsOfOthersAreFetchedOnceAndFew holds a document to few of them.
func TestContextsOfOthersAreFetchedOnceAndFew(t *testing.T) {
	t.Parallel()
	var asked []string
	l := LD{Fetch: func(_ context.Context, url string) ([]byte, error) {
		asked = append(asked, url)
		switch url {
		case "https://self.example/":
			return []byte(`{"@context":"https://self.example/"}`), nil
		case "https://huge.example/":
			return []byte(`{"@context":{"a":"` + strings.Repeat("x", maxContext) + `"}}`), nil
		}
		return []byte(`{"@context":{"shiny":"https://other.example/ns#shiny"}}`), nil
	}}
	k := httpsig.Key{ID: "https://one.example/users/alice#main-key", Private: rsaKey()}
	sign := func(contexts ...string) error {
		raw, err := json.Marshal(contexts)
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.SignLD(t.Context(), []byte(`{"@context":`+string(raw)+`,"id":"https://one.example/1","shiny":"x"}`), k, at)
		return err
	}
	for range 3 {
		if err := sign("https://www.w3.org/ns/activitystreams", "https://other.example/c"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"https://other.example/c"}, asked); diff != "" {
		t.Errorf("asked: %s", diff)
	}
	for name, contexts := range map[string][]string{
		"a context of itself": {"https://self.example/"},
		"a huge one":          {"https://huge.example/"},
		"many":                {"https://a.example/", "https://b.example/", "https://c.example/", "https://d.example/", "https://e.example/"},
	} {
		if err := sign(contexts...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzProofs reads documents of strangers. Nothing may fall over or take long, and nothing is believed.
func FuzzProofs(f *testing.F) {
	f.Add([]byte(fepSigned))
	f.Add([]byte(note))
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/activitystreams",{"a":{"@id":"as:b","@container":"@list"}}],"a":[1,[2.5,{"b":null}]],"signature":{"type":"RsaSignature2017","creator":"k","created":"2023-02-24T23:36:38Z","signatureValue":"eA=="}}`))
	f.Add([]byte(`{"@context":{"@vocab":"x:","@language":"de","@base":null,"p":{"@type":"@json"}},"p":{"q":[]},"@id":"_:a","r":{"@id":"_:a"},"signature":{"type":"RsaSignature2017","creator":"k","signatureValue":"eA=="}}`))
	var l LD
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 4096 {
			return
		}
		if p, err := ReadIntegrity(doc); err == nil && p.Verify(ed25519.NewKeyFromSeed(make([]byte, 32)).Public(), at) == nil {
			t.Fatal("a proof was believed that nobody made")
		}
		if s, err := ReadLD(doc); err == nil {
			if _, err := l.Verify(t.Context(), s, rsaKey().Public(), at); err == nil {
				t.Fatal("a signature was believed that nobody made")
			}
		}
		if o, err := parse(doc); err == nil {
			if _, err := l.read(t.Context(), o); err != nil && !errors.As(err, new(*httpsig.Error)) {
				t.Fatalf("another kind of error: %v", err)
			}
		}
	})
}
