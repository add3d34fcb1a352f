package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"gomphothere/internal/ap"
	"gomphothere/internal/entity"
	"gomphothere/internal/federation"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
	"gomphothere/internal/web"
)

type pages struct {
	t      *testing.T
	db     *store.DB
	social *social.Social
	door   http.Handler
}

func served(t *testing.T) *pages {
	t.Helper()
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	site := testkit.Site()
	s := &pages{t: t, db: db, social: social.New(db, site)}
	p := &web.Pages{
		DB: db, Site: site, Draw: entity.Drawer{Base: site.Base, Domain: site.Domain, MediaBase: site.Base + "/files/"},
		Documents: federation.New(federation.Options{DB: db, Social: s.social, Site: site, Draw: ap.Drawer{Base: site.Base, Domain: site.Domain}}),
	}
	if err := p.Ready(); err != nil {
		t.Fatal(err)
	}
	s.door = p.Handler(http.NotFoundHandler())
	return s
}

func (s *pages) get(path, accept string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest("GET", "https://example.org"+strings.TrimPrefix(path, "https://example.org"), nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w
}

func (s *pages) post(author *model.Account, d social.Draft) *model.Status {
	s.t.Helper()
	p, err := s.social.Post(s.t.Context(), author, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Status
}

func TestWhoeverFollowsALinkSeesWhatWasShared(t *testing.T) {
	t.Parallel()
	s := served(t)
	alice := testkit.Person(t, s.db, "alice")
	st := s.post(alice, social.Draft{Text: "Hello <world> & https://example.com/x", Visibility: model.Public, Language: "en"})
	hidden := s.post(alice, social.Draft{Text: "the murderer is the gardener", SpoilerText: "the end of the film", Visibility: model.Public})
	s.post(alice, social.Draft{Text: "only for friends", Visibility: model.Private})
	for _, c := range []struct {
		path   string
		has    []string
		hasNot []string
	}{
		{st.URL, []string{
			`<meta property="og:type" content="article">`, `<meta property="og:url" content="` + st.URL + `">`, `<html lang="en">`,
			`<meta property="og:description" content="Hello &lt;world&gt; &amp; https://example.com/x">`,
			`<link rel="alternate" type="application/activity+json" href="` + st.URI + `">`, `Hello &lt;world&gt; &amp;`, `<link rel="canonical"`,
		}, []string{"<script", "noindex"}},
		{hidden.URL, []string{`<meta property="og:description" content="the end of the film">`, "<details", "the murderer"}, []string{`content="the murderer`}},
		{alice.URL, []string{`content="profile"`, `<link rel="alternate" type="application/activity+json" href="` + alice.URI + `">`, "@alice@example.org", "Hello"}, []string{"only for friends", "<script"}},
	} {
		w := s.get(c.path, "text/html")
		body := w.Body.String()
		if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") || !strings.Contains(strings.Join(w.Header().Values("Link"), ","), `rel="alternate"; type="application/activity+json"`) {
			t.Errorf("%s: %d %v", c.path, w.Code, w.Header())
		}
		for _, part := range c.has {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %s\n%s", c.path, part, body)
			}
		}
		for _, part := range c.hasNot {
			if strings.Contains(body, part) {
				t.Errorf("%s has %s", c.path, part)
			}
		}
		tidy(t, body)
	}
}

// tidy checks that a page has one heading of the first rank, and that each picture says what it shows or that it need not.
func tidy(t *testing.T, body string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	headings := 0
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "h1":
			headings++
		case n.Type == html.ElementNode && n.Data == "img":
			has := false
			for _, a := range n.Attr {
				has = has || a.Key == "alt"
			}
			if !has {
				t.Errorf("a picture without alt: %v", n.Attr)
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d headings of the first rank", headings)
	}
}

func TestProgramsFindDocumentsAtTheAddressesOfPages(t *testing.T) {
	t.Parallel()
	s := served(t)
	alice := testkit.Person(t, s.db, "alice")
	st := s.post(alice, social.Draft{Text: "Hello", Visibility: model.Public})
	for path, id := range map[string]string{alice.URL: alice.URI, st.URL: st.URI} {
		w := s.get(path, "application/activity+json")
		o, err := ap.Parse(w.Body.Bytes())
		if err != nil || o.ID != id {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, err)
		}
	}
}

func TestWhatIsNotForEverybodyIsNotShown(t *testing.T) {
	t.Parallel()
	s := served(t)
	alice, bob := testkit.Person(t, s.db, "alice"), testkit.Person(t, s.db, "bob")
	private := s.post(alice, social.Draft{Text: "only for friends", Visibility: model.Private})
	public := s.post(alice, social.Draft{Text: "for all", Visibility: model.Public})
	gone := s.post(bob, social.Draft{Text: "before", Visibility: model.Public})
	if err := s.social.Suspend(t.Context(), bob.ID, true); err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{
		private.URL: 404, "/@nobody": 404, "/@alice/x": 404, "/@bob/" + public.ID.String(): 410, "/@bob": 410, gone.URL: 410,
		"/@alice/" + gone.ID.String(): 404, "/@": 404, "/@alice/1/2": 404, "/@ALICE/" + public.ID.String(): 200,
	} {
		w := s.get(path, "text/html")
		if w.Code != status || strings.Contains(w.Body.String(), "only for friends") {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
}
