package federation_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gomphothere/internal/ap"
	"gomphothere/internal/federation"
	"gomphothere/internal/httpsig"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

const activityJSON = "application/activity+json"

// site is a server that other servers ask, without a network between.
type site struct {
	t      testing.TB
	db     *store.DB
	social *social.Social
	fed    *federation.Federation
	mux    *http.ServeMux
}

func serving(t testing.TB, db *store.DB, change func(*model.Site)) *site {
	t.Helper()
	at := testkit.Site()
	if change != nil {
		change(&at)
	}
	s := &site{t: t, db: db, social: social.New(db, at), mux: http.NewServeMux()}
	s.fed = federation.New(federation.Options{
		DB: db, Social: s.social, Site: at, Draw: ap.Drawer{Base: at.Base, Domain: at.Domain, MediaBase: at.Base + "/files/"},
	})
	for _, r := range s.fed.Routes() {
		s.mux.Handle(r.Method+" "+r.Pattern, r.Handler)
	}
	return s
}

func (s *site) ask(path string, header http.Header) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest("GET", "https://example.org"+strings.TrimPrefix(path, "https://example.org"), nil)
	for k, v := range header {
		r.Header[k] = v
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", activityJSON)
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w
}

// get asks for a document and reads it as another server would.
func (s *site) get(path string) *ap.Object {
	s.t.Helper()
	return s.read(path, s.ask(path, nil))
}

func (s *site) read(path string, w *httptest.ResponseRecorder) *ap.Object {
	s.t.Helper()
	if w.Code != 200 {
		s.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	o, err := ap.Parse(w.Body.Bytes())
	if err != nil {
		s.t.Fatalf("GET %s: %v\n%s", path, err, w.Body)
	}
	return o
}

func (s *site) refused(status int, path string, header http.Header) {
	s.t.Helper()
	if w := s.ask(path, header); w.Code != status {
		s.t.Errorf("GET %s: %d, want %d\n%s", path, w.Code, status, w.Body)
	}
}

func (s *site) post(author *model.Account, d social.Draft) *model.Status {
	s.t.Helper()
	p, err := s.social.Post(context.Background(), author, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Status
}

// signed are the headers with which an account of another server asks for a path, its key known here.
func (s *site) signed(a *model.Account, path string) http.Header {
	s.t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%032d", a.ID)))
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	s.must(der, err)
	id := a.URI + "#main-key"
	_, err = s.social.KnowAccount(context.Background(), social.RemoteAccount{Account: *a, Keys: []model.Key{{
		KeyID: id, Algorithm: model.Ed25519, Public: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
	}}})
	s.must(nil, err)
	r := httptest.NewRequest("GET", "https://example.org"+strings.TrimPrefix(path, "https://example.org"), nil)
	s.must(nil, httpsig.Sign(r, httpsig.RFC9421, httpsig.Key{ID: id, Private: private}, nil, s.db.Now().Std()))
	return r.Header
}

func (s *site) must(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestAStatusIsServedToWhoeverMayHaveIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := serving(t, db, nil)
		alice := testkit.Person(t, db, "alice")
		fan, stranger := testkit.Stranger(t, db, "fan", "b.example"), testkit.Stranger(t, db, "eve", "c.example")
		s.must(s.social.Follow(t.Context(), fan, alice.ID, social.FollowOptions{}))
		public := s.post(alice, social.Draft{Text: "hello #world", Visibility: model.Public, Language: "en"})
		private := s.post(alice, social.Draft{Text: "for friends", Visibility: model.Private})
		direct := s.post(alice, social.Draft{Text: "@eve@c.example a word", Visibility: model.Direct})

		n, err := s.get(public.URI).Note()
		if err != nil || n.ID != public.URI || n.URL != public.URL || n.Author != alice.URI || n.Visibility(alice.FollowersURL) != model.Public || n.Language != "en" || !slices.Equal(n.Hashtags, []string{"world"}) {
			t.Errorf("the note is %+v (%v)", n, err)
		}
		if o := s.get(public.URI + "/activity"); o.Type != "Create" || o.Object.ID() != public.URI || o.ActorID() != alice.URI {
			t.Errorf("its activity is a %s of %s", o.Type, o.Object.ID())
		}
		// The older scheme leads to the same document.
		if o := s.get("/users/Alice/statuses/" + public.ID.String()); o.ID != public.URI {
			t.Errorf("by name it is %s, want %s", o.ID, public.URI)
		}
		s.refused(404, "/users/alice/statuses/1", nil)
		s.refused(404, "/ap/users/"+stranger.ID.String()+"/statuses/"+public.ID.String(), nil)
		s.refused(404, private.URI, nil)
		s.refused(404, direct.URI, nil)
		if w := s.ask(private.URI, s.signed(fan, private.URI)); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
			t.Errorf("a follower gets %d with %v", w.Code, w.Header())
		}
		s.refused(404, private.URI, s.signed(stranger, private.URI))
		s.refused(404, private.URI, nil) // nothing was kept of it
		s.read(direct.URI, s.ask(direct.URI, s.signed(stranger, direct.URI)))
		s.refused(404, direct.URI, s.signed(fan, direct.URI))
		s.refused(404, private.URI+"/activity", nil)
		s.refused(404, private.URI+"/replies", nil)

		s.must(s.social.RemoveStatus(t.Context(), alice, public.ID, true))
		s.refused(410, public.URI, nil)
		s.refused(410, public.URI+"/activity", nil)
	})
}

func TestADocumentIsNeverOlderThanWhatChangedIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := serving(t, db, nil)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		st := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
		if o := s.get(st.URI); *o.Likes.Object.TotalItems != 0 {
			t.Fatalf("it begins with %d likes", *o.Likes.Object.TotalItems)
		}
		s.must(s.social.Favourite(t.Context(), bob, st.ID, true))
		if o := s.get(st.URI); *o.Likes.Object.TotalItems != 1 {
			t.Errorf("after a like it says %d", *o.Likes.Object.TotalItems)
		}
		tag := s.ask(st.URI, nil).Header().Get("ETag")
		if w := s.ask(st.URI, http.Header{"If-None-Match": {`"x", ` + tag}}); w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("asked again with its tag: %d, %d bytes", w.Code, w.Body.Len())
		}
		s.must(s.social.Edit(t.Context(), alice, st.ID, social.Draft{Text: "two"}))
		w := s.ask(st.URI, http.Header{"If-None-Match": {tag}})
		if w.Code != 200 || !strings.Contains(w.Body.String(), "two") || w.Header().Get("ETag") == tag {
			t.Errorf("after an edit: %d %s", w.Code, w.Body)
		}
		own := s.post(alice, social.Draft{Text: "more", InReplyToID: st.ID, Visibility: model.Public})
		if o := s.get(st.URI); !slices.Contains(o.Replies.Object.First.Object.Items.IDs(), own.URI) {
			t.Errorf("a reply of one's own is missing: %v", o.Replies.Object.First.Object.Items.IDs())
		}
		if err := s.social.Suspend(t.Context(), alice.ID, true); err != nil {
			t.Fatal(err)
		}
		s.refused(403, st.URI, nil)
		if o := s.get(alice.URI); !o.Suspended || o.Name.Value != "" {
			t.Errorf("a suspended actor tells %+v", o)
		}
	})
}

func TestPeopleSeePagesAndProgramsDocuments(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	s := serving(t, db, nil)
	alice := testkit.Person(t, db, "alice")
	st := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct{ accept, path, to string }{
		{browser, alice.URI, alice.URL},
		{browser, "/users/alice", alice.URL},
		{browser, st.URI, st.URL},
		{browser, st.URI + "/activity", st.URL},
		{"*/*", st.URI, st.URL},
		{activityJSON, st.URI, ""},
		{`application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json, text/html;q=0.1`, st.URI, ""},
		{"text/html, application/activity+json;q=0.5", st.URI, st.URL},
		{"application/json", alice.URI, ""},
		{browser, alice.FollowersURL, ""}, // there is no page of it: whoever asks is shown what there is
	} {
		w := s.ask(c.path, http.Header{"Accept": {c.accept}})
		if c.to == "" && w.Code != 200 || c.to != "" && (w.Code != 302 || w.Header().Get("Location") != c.to) {
			t.Errorf("%s for %s: %d to %s, want %s", c.path, c.accept, w.Code, w.Header().Get("Location"), c.to)
		}
		if !strings.Contains(w.Header().Get("Vary"), "Accept") {
			t.Errorf("%s does not vary", c.path)
		}
		if c.to == "" && !strings.HasPrefix(w.Header().Get("Content-Type"), activityJSON) {
			t.Errorf("%s is %s", c.path, w.Header().Get("Content-Type"))
		}
	}
}

func TestCollectionsAreServed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		s := serving(t, db, nil)
		alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
		fan, other := testkit.Stranger(t, db, "fan", "b.example"), testkit.Stranger(t, db, "other", "c.example")
		for _, a := range []*model.Account{fan, other, bob} {
			s.must(s.social.Follow(t.Context(), a, alice.ID, social.FollowOptions{}))
		}
		first := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
		reply := s.post(bob, social.Draft{Text: "two", InReplyToID: first.ID, Visibility: model.Public})
		s.post(alice, social.Draft{Text: "hidden", Visibility: model.Private})
		s.must(s.social.Reblog(t.Context(), alice, reply.ID, social.ReblogOptions{}))
		s.must(s.social.Pin(t.Context(), alice, first.ID))

		if o := s.get(alice.FollowersURL); *o.TotalItems != 3 || o.First == nil {
			t.Errorf("followers are %+v", o)
		} else if p, _ := s.get(o.First.ID).Page(); len(p.Items) != 3 || p.Next != "" {
			t.Errorf("their page is %+v", p)
		}
		if p, _ := s.get(bob.FollowingURL + "?page=1").Page(); len(p.Items) != 1 || p.Items[0].ID != alice.URI {
			t.Errorf("bob follows %+v", p)
		}
		var kinds []string
		page, _ := s.get(s.get(alice.OutboxURL).First.ID).Page()
		for _, item := range page.Items {
			kinds = append(kinds, item.Object.Type+" "+item.Object.Object.ID())
		}
		if want := []string{"Announce " + reply.URI, "Create " + first.URI}; !slices.Equal(kinds, want) {
			t.Errorf("the outbox has %v, want %v", kinds, want)
		}
		if p, _ := s.get(alice.OutboxURL + "?min_id=0&page=true").Page(); len(p.Items) != 2 {
			t.Errorf("from the beginning it has %d", len(p.Items))
		}
		if p, _ := s.get(alice.FeaturedURL).Page(); len(p.Items) != 1 || p.Items[0].ID != first.URI || p.Items[0].Object == nil {
			t.Errorf("pinned are %+v", p)
		}
		s.get(alice.URI + "/collections/tags")
		if p, _ := s.get(first.URI + "/replies?only_other_accounts=true&page=true").Page(); len(p.Items) != 1 || p.Items[0].ID != reply.URI {
			t.Errorf("replies of others are %+v", p)
		}
		if o := s.get(first.URI + "/likes"); *o.TotalItems != 0 {
			t.Errorf("likes are %+v", o)
		}
		s.refused(400, alice.OutboxURL+"?max_id=x&page=true", nil)

		// A conversation of ours has an address, and all of it that is public.
		thread := s.get(first.URI).Context
		if !strings.HasPrefix(thread, "https://example.org/contexts/"+alice.ID.String()+"-") {
			t.Fatalf("the context is %q", thread)
		}
		if p, _ := s.get(s.get(thread).First.ID).Page(); len(p.Items) != 2 || p.Items[0].ID != first.URI || p.Items[1].ID != reply.URI {
			t.Errorf("the context's items are %+v", p)
		}
		s.refused(404, "/contexts/1-2", nil)

		// FEP-8fcf: each server hears of its own people only.
		sync := alice.URI + "/followers_synchronization"
		s.refused(401, sync, nil)
		if p, _ := s.read(sync, s.ask(sync, s.signed(fan, sync))).Page(); len(p.Items) != 1 || p.Items[0].ID != fan.URI {
			t.Errorf("b.example is told of %+v", p)
		}

		s.must(s.social.EditProfile(t.Context(), alice, social.ProfileChange{HideCollections: new(true)}))
		if o := s.get(alice.FollowersURL); *o.TotalItems != 3 || o.First != nil {
			t.Errorf("hidden followers are %+v", o)
		}
		s.refused(403, alice.FollowersURL+"?page=1", nil)
	})
}

func TestAReblogLeadsToWhatItShares(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	s := serving(t, db, nil)
	alice, bob := testkit.Person(t, db, "alice"), testkit.Person(t, db, "bob")
	st := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
	r, err := s.social.Reblog(t.Context(), bob, st.ID, social.ReblogOptions{})
	s.must(r, err)
	if o := s.get(r.URI); o.Type != "Announce" || o.Object.ID() != st.URI {
		t.Errorf("%s is %s of %s", r.URI, o.Type, o.Object.ID())
	}
	at := bob.URI + "/statuses/" + r.ID.String()
	if w := s.ask(at, nil); w.Code != 302 || w.Header().Get("Location") != st.URI {
		t.Errorf("%s: %d to %s", at, w.Code, w.Header().Get("Location"))
	}
}

func TestWhereSignaturesAreRequiredNothingIsShownWithout(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	s := serving(t, db, func(m *model.Site) { m.AuthorizedFetch = true })
	alice := testkit.Person(t, db, "alice")
	fan := testkit.Stranger(t, db, "fan", "b.example")
	st := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
	for _, path := range []string{alice.URI, st.URI, st.URI + "/replies", alice.OutboxURL, alice.FollowersURL, "/users/alice"} {
		s.refused(401, path, nil)
		w := s.ask(path, s.signed(fan, path))
		if w.Code != 200 || !strings.Contains(w.Header().Get("Vary"), "Signature") {
			t.Errorf("signed %s: %d %v", path, w.Code, w.Header())
		}
		s.refused(401, path, nil)
	}
	s.get("/actor")
}

func TestWebFingerFindsPeopleByEveryName(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	s := serving(t, db, func(m *model.Site) { m.Domain, m.Base = "example.com", "https://example.org" })
	alice := testkit.Person(t, db, "alice")
	for resource, want := range map[string]string{
		"acct:alice@example.com":          "acct:alice@example.com",
		"acct:Alice@EXAMPLE.com":          "acct:alice@example.com",
		"acct:alice@example.org":          "acct:alice@example.com", // the domain of the web leads to that of handles
		"alice@example.com":               "acct:alice@example.com",
		alice.URI:                         "acct:alice@example.com",
		alice.URL:                         "acct:alice@example.com",
		"https://example.org/users/alice": "acct:alice@example.com",
		"https://example.org/actor":       "acct:example.com@example.com",
		"acct:example.com@example.com":    "acct:example.com@example.com",
	} {
		w := s.ask("/.well-known/webfinger?resource="+strings.NewReplacer(":", "%3A", "/", "%2F", "@", "%40").Replace(resource), nil)
		var doc struct {
			Subject string
			Aliases []string
			Links   []struct{ Rel, Type, Href, Template string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.Subject != want {
			t.Errorf("%s: %d %s, want %s", resource, w.Code, w.Body, want)
			continue
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/jrd+json") || !strings.Contains(w.Header().Get("Cache-Control"), "259200") {
			t.Errorf("headers are %v", w.Header())
		}
		self := slices.IndexFunc(doc.Links, func(l struct{ Rel, Type, Href, Template string }) bool { return l.Rel == "self" })
		if self < 0 || doc.Links[self].Type != activityJSON || strings.Contains(want, "alice") && doc.Links[self].Href != alice.URI {
			t.Errorf("%s leads to %+v", resource, doc.Links)
		}
	}
	for resource, status := range map[string]int{
		"": 400, "alice": 400, "acct:bob@example.com": 404, "acct:alice@other.example": 404, "https://other.example/users/alice": 404,
		"https://example.org/@nobody": 404, "https://example.org/x/y": 404, "acct:@example.com": 400, strings.Repeat("a", 3000) + "@example.com": 400,
	} {
		w := s.ask("/.well-known/webfinger?resource="+strings.NewReplacer(":", "%3A", "/", "%2F").Replace(resource), nil)
		if w.Code != status || w.Body.Len() != 0 {
			t.Errorf("%.40q: %d %q, want %d", resource, w.Code, w.Body, status)
		}
	}
	for path, part := range map[string]string{
		"/.well-known/host-meta":      `template="https://example.org/.well-known/webfinger?resource={uri}"`,
		"/.well-known/host-meta.json": `"template":"https://example.org/.well-known/webfinger?resource={uri}"`,
		"/.well-known/nodeinfo":       `"href":"https://example.org/nodeinfo/2.1"`,
		"/nodeinfo/2.0":               `"version":"2.0"`,
		"/nodeinfo/2.1":               `"users":{"total":1`,
	} {
		if w := s.ask(path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestEveryRouteAnswers walks the table: each row, with ids that are nobody's and ids that are none, answers without
// failing, and says what it varies with.
func TestEveryRouteAnswers(t *testing.T) {
	t.Parallel()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	s := serving(t, db, nil)
	alice := testkit.Person(t, db, "alice")
	st := s.post(alice, social.Draft{Text: "one", Visibility: model.Public})
	seen := map[string]bool{}
	for _, r := range s.fed.Routes() {
		if seen[r.Method+" "+r.Pattern] {
			t.Errorf("%s %s stands twice", r.Method, r.Pattern)
		}
		seen[r.Method+" "+r.Pattern] = true
		if r.Method != "GET" {
			continue
		}
		for _, fill := range []map[string]string{
			{"id": alice.ID.String(), "name": "alice", "status": st.ID.String(), "context": alice.ID.String() + "-" + st.ConversationID.String(), "quote": "1", "emoji": "1"},
			{"id": "1", "name": "nobody", "status": "1", "context": "1-1", "quote": "1", "emoji": "1"},
			{"id": "x", "name": "%00", "status": "-1", "context": "-", "quote": "9999999999999999999999", "emoji": ""},
		} {
			path := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(r.Pattern, func(p string) string { return fill[strings.Trim(p, "{}")] })
			if w := s.ask(path, nil); w.Code >= 500 {
				t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
			}
		}
	}
	if len(seen) < 30 {
		t.Errorf("there are only %d rows", len(seen))
	}
}

func BenchmarkViralNote(b *testing.B) {
	db := testkit.Open(b, store.Options{Dir: b.TempDir()})
	s := serving(b, db, nil)
	alice := testkit.Person(b, db, "alice")
	st := s.post(alice, social.Draft{Text: "the one that everybody shares #today", Visibility: model.Public, Language: "en"})
	for _, c := range []struct{ name, path string }{{"ByNumber", st.URI}, {"ByName", "/users/alice/statuses/" + st.ID.String()}, {"Actor", alice.URI}} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "https://example.org"+strings.TrimPrefix(c.path, "https://example.org"), nil)
			r.Header.Set("Accept", activityJSON)
			b.ReportAllocs()
			for b.Loop() {
				w := &nowhere{header: http.Header{}}
				s.mux.ServeHTTP(w, r)
				if w.status != 0 && w.status != 200 {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// nowhere takes an answer and forgets it.
type nowhere struct {
	header http.Header
	status int
}

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(status int)      { w.status = status }
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }
