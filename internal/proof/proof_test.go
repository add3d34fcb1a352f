package proof

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/httpsig"
)

// at is when the vectors were made.
var at = time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC)

// vectorKey is the key of the vectors of W3C's Data Integrity EdDSA Cryptosuites and FEP-8b32.
func vectorKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	raw, ok := httpsig.ParseBase58("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
	if !ok || len(raw) != 34 {
		t.Fatal("the vector's key cannot be read")
	}
	return ed25519.NewKeyFromSeed(raw[2:])
}

const fepSigned = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v1"],
	"type":"Create","actor":"https://server.example/users/alice","object":{"type":"Note","content":"Hello world"},
	"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022",
	"verificationMethod":"https://server.example/users/alice#ed25519-key","proofPurpose":"assertionMethod",
	"proofValue":"z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
	"created":"2023-02-24T23:36:38Z"}}`

const w3cSigned = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
	"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],
	"name":"Alumni Credential","description":"A minimum viable example of an Alumni Credential.",
	"issuer":"https://vc.example/issuers/5678","validFrom":"2023-01-01T00:00:00Z",
	"credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"},
	"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2023-02-24T23:36:38Z",
	"verificationMethod":"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
	"proofPurpose":"assertionMethod",
	"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
	"proofValue":"z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"}}`

func TestTheVectorsOfIntegrityProofsAreBelieved(t *testing.T) {
	t.Parallel()
	pub := vectorKey(t).Public().(ed25519.PublicKey)
	if got := httpsig.Multikey(pub); got != "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2" {
		t.Fatalf("the vector's multikey is %s", got)
	}
	for name, doc := range map[string]string{"FEP-8b32": fepSigned, "W3C": w3cSigned} {
		p, err := ReadIntegrity([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := p.Verify(pub, at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOurProofsAreThoseOfTheVector(t *testing.T) {
	t.Parallel()
	const unsigned = `{"@context":"https://www.w3.org/ns/activitystreams","type":"Create",
		"actor":"https://server.example/users/alice","object":{"type":"Note","content":"Hello world"}}`
	got, err := Prove([]byte(unsigned), httpsig.Key{ID: "https://server.example/users/alice#ed25519-key", Private: vectorKey(t)}, at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value(t, fepSigned), value(t, string(got))); diff != "" {
		t.Errorf("the proof of FEP-8b32 is (-), ours is (+):\n%s", diff)
	}
}

func value(t testing.TB, doc string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

func TestWhatAProofDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	pub := vectorKey(t).Public()
	for name, c := range map[string]struct {
		old, new string
		at       time.Time
		want     httpsig.Reason
	}{
		"another content":           {`Hello world`, `Hello World`, at, httpsig.Forged},
		"another date":              {`23:36:38`, `23:36:39`, at, httpsig.Forged},
		"a member more":             {`"type":"Create"`, `"type":"Create","to":[]`, at, httpsig.Forged},
		"a name twice":              {`"type":"Create"`, `"type":"Create","type":"Delete"`, at, httpsig.Malformed},
		"a name twice, deep":        {`"type":"Note"`, `"type":"Note","type":"Note"`, at, httpsig.Malformed},
		"another kind":              {`eddsa-jcs-2022`, `eddsa-rdfc-2022`, at, httpsig.Unsupported},
		"another purpose":           {`assertionMethod`, `authentication`, at, httpsig.Weak},
		"no key":                    {`"https://server.example/users/alice#ed25519-key"`, `null`, at, httpsig.Malformed},
		"a short value":             {`z3sXaxjKs4M3BRicwWA9`, `z3sXaxjKs`, at, httpsig.Malformed},
		"no base58":                 {`z3sXaxj`, `z0OIl`, at, httpsig.Malformed},
		"a list of proofs":          {`"proof":{`, `"proof":[{}],"x":{`, at, httpsig.Malformed},
		"the day before":            {``, ``, at.Add(-24 * time.Hour), httpsig.Expired},
		"an end in the past":        {`"created"`, `"expires":"2023-02-24T23:40:00Z","created"`, at.Add(24 * time.Hour), httpsig.Expired},
		"a context of its own":      {`"proof":{`, `"proof":{"@context":["https://evil.example"],`, at, httpsig.WrongDigest},
		"a date that is none":       {`2023-02-24T23:36:38Z`, `yesterday`, at, httpsig.Malformed},
		"no proof":                  {`"proof"`, `"prove"`, at, httpsig.Missing},
		"too deep":                  {`"Hello world"`, strings.Repeat("[", 40) + strings.Repeat("]", 40), at, httpsig.Malformed},
		"too long":                  {`Hello world`, strings.Repeat("x", maxDocument), at, httpsig.Malformed},
		"no object":                 {`{"@context"`, `[{"@context"`, at, httpsig.Malformed},
		"an unpaired surrogate":     {`Hello world`, `Hello \ud800`, at, httpsig.Malformed},
		"a number none can express": {`"Hello world"`, `1e400`, at, httpsig.Malformed},
	} {
		err := check(strings.Replace(fepSigned, c.old, c.new, 1), pub, c.at)
		var refused *httpsig.Error
		if !errors.As(err, &refused) || refused.Reason != c.want {
			t.Errorf("%s: got %v, want it refused as %s", name, err, c.want)
		}
	}
	other := ed25519.NewKeyFromSeed(make([]byte, 32)).Public()
	if err := check(fepSigned, other, at); err == nil {
		t.Error("another key is believed")
	}
	if err := check(fepSigned, "no key", at); err == nil {
		t.Error("what is no key is believed")
	}
}

func check(doc string, pub any, now time.Time) error {
	p, err := ReadIntegrity([]byte(doc))
	if err != nil {
		return err
	}
	return p.Verify(pub, now)
}
