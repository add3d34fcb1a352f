package federation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/ap"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/testkit"
)

var update = flag.Bool("update", false, "write golden files anew")

const payloads = "../../../shared/payloads"

// sample is a real document, its addresses plain http as tests' servers speak.
type sample struct {
	file string
	body []byte
	doc  *ap.Object
}

// samples reads the documents of a software.
func samples(t *testing.T, software, alice string) (list []sample) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(payloads, software, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b = plain(b, alice)
		doc, err := ap.Parse(b)
		if err != nil {
			continue // for ap's own tests
		}
		list = append(list, sample{software + "/" + filepath.Base(f), b, doc})
	}
	return list
}

// plain makes addresses http, but for vocabularies and the public.
func plain(b []byte, alice string) []byte {
	b = bytes.ReplaceAll(b, []byte("https:\\/\\/"), []byte("https://"))
	b = bytes.ReplaceAll(b, []byte("https://"), []byte("http://"))
	// What was sent to the server under test is sent to alice here.
	for _, theirs := range []string{"localtesting.pleroma.lol/users/lain", "localhost:4001/users/alice", "localhost:4000/users/admin", "LOCAL/users/alice"} {
		b = bytes.ReplaceAll(b, []byte("http://"+theirs), []byte(alice))
	}
	for _, kept := range []string{"www.w3.org/ns", "w3id.org", "purl.archive.org"} {
		b = bytes.ReplaceAll(b, []byte("http://"+kept), []byte("https://"+kept))
	}
	return b
}

// web serves samples at their addresses, makes up the people who are missing, and answers WebFinger for all.
type web struct {
	docs map[string][]byte // by URL without fragment
}

// add makes a document and what it holds be found. What was found first stays.
func (w *web) add(body []byte, o *ap.Object) {
	id, part, _ := strings.Cut(o.ID, "#")
	known := w.docs[id] != nil || ap.Host(id) == ""
	switch {
	case known, part != "" && !o.IsActor(): // an activity without an address of its own
	case o.IsActor() && o.Inbox == "": // half a person: it is made up whole
	default:
		w.docs[id] = body
	}
	for _, r := range slices.Concat(o.Object, o.AttributedTo, o.Actor) {
		if r.Object != nil && r.Object.Type != "" && len(r.Object.Raw) > 2 {
			w.add(withContext(r.Object.Raw), r.Object)
		}
	}
}

// people makes up whoever wrote or did something and has no document.
func (w *web) people(o *ap.Object) {
	for _, r := range slices.Concat(o.AttributedTo, o.Actor) {
		id, _, _ := strings.Cut(r.ID, "#")
		if id == "" || ap.Host(id) == "" || w.docs[id] != nil {
			continue
		}
		name := strings.Trim(strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
				return c
			}
			return '_'
		}, id[strings.LastIndexAny(strings.TrimRight(id, "/"), "/=")+1:]), "_")
		b, err := json.Marshal(doc{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person", "preferredUsername": name,
			"inbox": id + "/inbox", "followers": id + "/followers"})
		if err != nil {
			panic(err)
		}
		w.docs[id] = b
	}
	for _, r := range o.Object {
		if r.Object != nil {
			w.people(r.Object)
		}
	}
}

func withContext(raw json.RawMessage) []byte {
	if bytes.Contains(raw, []byte(`"@context"`)) {
		return raw
	}
	return append([]byte(`{"@context":"https://www.w3.org/ns/activitystreams",`), bytes.TrimLeft(raw, "{ \n\t")...)
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		rw.WriteHeader(http.StatusAccepted)
		return
	}
	if r.URL.Path == "/.well-known/webfinger" {
		acct := strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:")
		name, _, _ := strings.Cut(acct, "@")
		var selves []doc
		for id, b := range w.docs {
			o, err := ap.Parse(b)
			if err == nil && ap.Host(id) == r.Host && o.IsActor() && strings.EqualFold(o.PreferredUsername, name) {
				selves = append(selves, doc{"rel": "self", "type": "application/activity+json", "href": o.ID})
			}
		}
		if selves == nil {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/jrd+json")
		json.NewEncoder(rw).Encode(doc{"subject": "acct:" + acct, "links": selves})
		return
	}
	b := w.docs["http://"+r.Host+r.URL.RequestURI()]
	if b == nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "application/activity+json")
	rw.Write(b)
}

// TestRealDocumentsHaveTheirEffect takes in documents as other software writes them and compares what is here then with
// golden files.
func TestRealDocumentsHaveTheirEffect(t *testing.T) {
	if _, err := os.Stat(payloads); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("no documents of other software here")
	}
	for _, software := range []string{
		"mastodon", "gotosocial", "misskey", "pleroma", "lemmy", "peertube", "pixelfed", "wordpress", "friendica", "threads",
		"akkoma", "bookwyrm", "hubzilla", "mobilizon", "mitra", "mbin", "smithereen", "nodebb", "plume", "funkwhale",
	} {
		t.Run(software, func(t *testing.T) {
			world(t, func(t *testing.T, s *testkit.Server, p *peer) {
				alice := s.Person("alice").Account
				list := samples(t, software, alice.URI)
				w := &web{docs: map[string][]byte{}}
				for _, l := range list {
					w.add(l.body, l.doc)
				}
				for _, l := range list {
					w.people(l.doc)
				}
				hosts := map[string]bool{}
				for id := range w.docs {
					hosts[ap.Host(id)] = true
				}
				for h := range hosts {
					p.net.Serve(h, w)
				}
				var out bytes.Buffer
				for _, l := range list {
					fmt.Fprintf(&out, "== %s: %s\n%s", strings.TrimPrefix(l.file, software+"/"), l.doc.Type, effect(t, s, alice, l))
				}
				golden(t, "effects/"+software+".txt", out.Bytes())
			})
		})
	}
}

// effect takes a document in and tells what came of it.
func effect(t *testing.T, s *testkit.Server, alice *model.Account, l sample) string {
	t.Helper()
	ctx := context.Background()
	id, _, _ := strings.Cut(l.doc.ID, "#")
	switch {
	case l.doc.IsActor():
		a, err := s.Federation.ResolveActor(ctx, id)
		return said(person(a), err)
	case l.doc.IsNote():
		st, err := s.Federation.ResolveStatus(ctx, id)
		return said(words(st), err)
	case len(l.doc.Actor) > 0 && len(l.doc.Object) > 0:
		who, err := s.Federation.ResolveActor(ctx, l.doc.Actor.ID())
		if err != nil {
			return said("", err)
		}
		if !who.Suspended() { // somebody here follows them, so that what they do concerns us
			_, err := s.Social.Follow(ctx, alice, who.ID, social.FollowOptions{})
			if err == nil {
				err = s.Social.FollowAccepted(ctx, alice, who, "")
			}
			if err != nil && model.KindOf(err) != model.KindForbidden { // blocked by a document before
				t.Fatal(err)
			}
		}
		before := s.Federation.Seen.All()
		err = s.Federation.Ingest(ctx, model.Ingest{Signer: who.ID, Body: string(l.body), From: ap.Host(who.URI), Aside: true})
		settle()
		became := ""
		for o, n := range s.Federation.Seen.All() {
			if n > before[o] {
				became = o.Activity + " " + o.Result
			}
		}
		if st, err := s.DB.Read(ctx).StatusByURI(l.doc.Object.ID()); err == nil {
			became += "\n  " + words(st)
		}
		return said(became, err)
	}
	return "  nothing to do\n"
}

func said(what string, err error) string {
	if err != nil {
		return "  refused: " + strings.SplitN(err.Error(), "\n", 2)[0] + "\n"
	}
	return "  " + what + "\n"
}

// person tells an account in words.
func person(a *model.Account) string {
	if a == nil {
		return ""
	}
	return fmt.Sprintf("%s %q (%s) page %s, %d fields, locked %v, picture %v", a.Acct(), a.DisplayName, a.ActorType, a.URL, len(a.Fields), a.Locked, a.AvatarRemoteURL != "")
}

// words tells a status in words.
func words(st *model.Status) string {
	if st == nil {
		return ""
	}
	parts := []string{fmt.Sprintf("%s by %s", st.Visibility, st.Account.Acct())}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if st.SpoilerText != "" {
		add("warning %q", st.SpoilerText)
	}
	add("%.40q…, %d bytes", st.Content, len(st.Content))
	if st.Language != "" {
		add("in %s", st.Language)
	}
	for _, m := range st.Media {
		add("%s %s %.40q", m.Type, path(m.RemoteURL), m.Description)
	}
	for _, m := range st.Mentions {
		add("names %s", m.Acct())
	}
	var tags []string
	for _, g := range st.Tags {
		tags = append(tags, g.Name)
	}
	sort.Strings(tags)
	if len(tags) > 0 {
		add("tags %s", strings.Join(tags, " "))
	}
	if st.Poll != nil {
		add("poll %q %v", st.Poll.Options, st.Poll.Tallies)
	}
	if st.Quote != nil {
		add("quotes %s (%s)", st.Quote.QuotedURI, st.Quote.State)
	}
	if st.InReplyToURI != "" {
		add("answers %s", st.InReplyToURI)
	}
	return strings.Join(parts, "\n    ")
}

func path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Path
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", file, d)
	}
}
