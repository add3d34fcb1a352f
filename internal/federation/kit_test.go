package federation_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
	"gomphothere/internal/testkit"
)

// doc is a JSON object.
type doc map[string]any

// keyring makes RSA keys once for all tests: each takes a tenth of a second.
var keyring = sync.OnceValue(func() (keys [3]*rsa.PrivateKey) {
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

// peer is another server, made of documents.
type peer struct {
	t    testing.TB
	net  *testkit.Network
	host string

	mu      sync.Mutex
	docs    map[string]doc // by path
	status  map[string]int // what a path answers instead
	fingers map[string]string
	asked   map[string]int // by path
	answer  http.Header    // of all answers
}

func newPeer(t testing.TB, n *testkit.Network, host string) *peer {
	p := &peer{t: t, net: n, host: host, docs: map[string]doc{}, status: map[string]int{}, fingers: map[string]string{}, asked: map[string]int{}, answer: http.Header{}}
	n.Serve(host, p)
	return p
}

func (p *peer) url(path string) string { return "http://" + p.host + path }

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	p.asked[r.URL.Path]++
	maps.Copy(w.Header(), p.answer)
	if r.URL.Path == "/.well-known/webfinger" {
		acct := strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:")
		self := p.fingers[acct]
		if self == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/jrd+json")
		json.NewEncoder(w).Encode(doc{"subject": "acct:" + acct, "links": []doc{{"rel": "self", "type": "application/activity+json", "href": self}}})
		return
	}
	if s := p.status[r.URL.Path]; s != 0 {
		w.WriteHeader(s)
		return
	}
	d, ok := p.docs[r.URL.RequestURI()]
	if !ok {
		d, ok = p.docs[r.URL.Path]
	}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/activity+json")
	json.NewEncoder(w).Encode(d)
}

// put makes a document be there; it is found by the path of its id.
func (p *peer) put(d doc) doc {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := d["@context"]; !ok {
		d["@context"] = "https://www.w3.org/ns/activitystreams"
	}
	p.docs[strings.TrimPrefix(d["id"].(string), "http://"+p.host)] = d
	return d
}

// fail lets a path answer with a status; 0: no longer.
func (p *peer) fail(path string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status[path] = status
}

// times says how often a path was asked for.
func (p *peer) times(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// total says how often anything was asked for.
func (p *peer) total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.asked {
		n += k
	}
	return n
}

// actor is somebody at a peer.
type actor struct {
	*peer
	name, id string
	key      httpsig.Key
	doc      doc
}

// person makes somebody with a document, a key and a handle.
func (p *peer) person(name string) *actor {
	p.t.Helper()
	a := &actor{peer: p, name: name, id: p.url("/users/" + name)}
	private := keyring()[len(name)%len(keyring())]
	a.key = httpsig.Key{ID: a.id + "#main-key", Private: private}
	pem, err := httpsig.PEM(private.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	a.doc = p.put(doc{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       a.id, "type": "Person", "preferredUsername": name, "name": name,
		"inbox": a.id + "/inbox", "outbox": a.id + "/outbox", "followers": a.id + "/followers", "following": a.id + "/following",
		"featured": a.id + "/featured", "endpoints": doc{"sharedInbox": p.url("/inbox")},
		"publicKey": doc{"id": a.key.ID, "owner": a.id, "publicKeyPem": pem},
	})
	p.mu.Lock()
	p.fingers[name+"@"+p.host] = a.id
	p.mu.Unlock()
	return a
}

// note is a public note of somebody's, at its address; with changes replaced or, where nil, taken out.
func (a *actor) note(name string, changes doc) doc {
	d := doc{
		"id": a.id + "/notes/" + name, "type": "Note", "attributedTo": a.id, "content": "<p>" + name + "</p>",
		"to": []string{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []string{a.id + "/followers"},
		"published": time.Now().UTC().Format(time.RFC3339),
	}
	for k, v := range changes {
		if v == nil {
			delete(d, k)
			continue
		}
		d[k] = v
	}
	return a.put(d)
}

// does makes an activity of somebody's.
func (a *actor) does(kind string, object any, more doc) doc {
	d := doc{
		"@context": "https://www.w3.org/ns/activitystreams", "id": a.id + "#" + strings.ToLower(kind) + "/" + rand.Text(),
		"type": kind, "actor": a.id, "object": object,
	}
	if o, ok := object.(doc); ok {
		for _, k := range []string{"to", "cc", "published"} {
			if o[k] != nil {
				d[k] = o[k]
			}
		}
	}
	maps.Copy(d, more)
	return d
}

// post sends something to an address, signed by somebody; change may spoil it.
func (a *actor) post(to string, what any, change func(r *http.Request, body []byte)) (int, string) {
	a.t.Helper()
	var body []byte
	switch what := what.(type) {
	case []byte:
		body = what
	case string:
		body = []byte(what)
	default:
		var err error
		if body, err = json.Marshal(what); err != nil {
			a.t.Fatal(err)
		}
	}
	r, err := http.NewRequest("POST", to, bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if err := httpsig.Sign(r, httpsig.Cavage, a.key, body, time.Now()); err != nil {
		a.t.Fatal(err)
	}
	if change != nil {
		change(r, body)
	}
	res, err := a.net.Client().Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return res.StatusCode, string(said)
}

// send posts an activity to a server's shared inbox and insists that it is taken.
func (a *actor) send(s *testkit.Server, what doc) {
	a.t.Helper()
	if status, said := a.post(s.URL+"/inbox", what, nil); status != http.StatusAccepted {
		a.t.Fatalf("%v of %s: got %d %s, want 202", what["type"], a.id, status, said)
	}
	settle()
}

// settle lets everything that is due be done: jobs, and their jobs.
func settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// world runs a test inside a bubble, with one server and a peer.
func world(t *testing.T, test func(t *testing.T, s *testkit.Server, p *peer)) {
	t.Helper()
	t.Parallel()
	keyring() // outside: a bubble waits for nothing that was begun elsewhere
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		test(t, n.NewServer("here.example", nil), newPeer(t, n, "peer.example"))
	})
}

// stored finds a status that the server has by its id, nil when it has not.
func stored(t *testing.T, s *testkit.Server, uri string) *model.Status {
	t.Helper()
	st, err := s.DB.Read(context.Background()).StatusByURI(uri)
	if model.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// follow lets one of ours follow somebody, who accepts.
func follow(t *testing.T, s *testkit.Server, me *testkit.User, who *actor) {
	t.Helper()
	found := me.Do(200, "GET", "/api/v2/search?type=accounts&resolve=true&q="+who.name+"@"+who.host, nil)
	list, _ := found["accounts"].([]any)
	if len(list) != 1 {
		t.Fatalf("looked for %s, got %v", who.name, found)
	}
	id := list[0].(map[string]any)["id"].(string)
	me.Do(200, "POST", "/api/v1/accounts/"+id+"/follow", nil)
	settle()
	who.send(s, who.does("Accept", doc{"type": "Follow", "actor": me.Account.URI, "object": who.id}, nil))
	rel := me.List(200, "GET", "/api/v1/accounts/relationships?id[]="+id, nil)
	if len(rel) != 1 || rel[0]["following"] != true {
		t.Fatalf("after the Accept: got %v, want following", rel)
	}
}
