package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/text"
)

func jrd(subject, self string) string {
	return `{"subject":"acct:` + subject + `","aliases":["https://one.example/@alice"],"links":[
		{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://one.example/@alice"},
		{"rel":"self","type":"application/activity+json","href":"` + self + `"}]}`
}

// TestHandlesAreLookedUp asks hosts that answer in all the ways they do.
func TestHandlesAreLookedUp(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"one.example alice@one.example":                 jrd("alice@one.example", "https://one.example/users/alice"),
		"one.example case@one.example":                  jrd("Case@ONE.example", "https://one.example/users/case"),
		"split.example bob@split.example":               jrd("bob@split.example", "https://social.split.example/users/bob"),
		"social.split.example bob@social.split.example": jrd("bob@split.example", "https://social.split.example/users/bob"),
		"one.example liar@one.example":                  jrd("victim@two.example", "https://one.example/users/liar"),
		"two.example victim@two.example":                jrd("victim@two.example", "https://two.example/users/victim"),
		"one.example ring@one.example":                  jrd("ring@two.example", "https://one.example/users/ring"),
		"two.example ring@two.example":                  jrd("ring@one.example", "https://two.example/users/ring"),
		"one.example none@one.example":                  `{"subject":"acct:none@one.example","links":[]}`,
		"one.example html@one.example":                  `{"subject":"acct:html@one.example","links":[{"rel":"self","type":"text/html","href":"https://one.example/x"}]}`,
		"one.example odd@one.example":                   `{"subject":"https://one.example/odd","links":[]}`,
		"one.example broken@one.example":                `<html>`,
		"one.example huge@one.example":                  `{"subject":"` + strings.Repeat("x", 100000) + `"}`,
		"lemmy.example both@lemmy.example":              `{"subject":"acct:both@lemmy.example","links":[{"rel":"self","type":"application/activity+json","href":"https://lemmy.example/u/both","properties":{"https://www.w3.org/ns/activitystreams#type":"Person"}},{"rel":"self","type":"application/activity+json","href":"https://lemmy.example/c/both","properties":{"https://www.w3.org/ns/activitystreams#type":"Group"}}]}`,
		"xn--bcher-kva.example a@xn--bcher-kva.example": jrd("a@xn--bcher-kva.example", "https://xn--bcher-kva.example/a"),
	}
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resource := r.URL.Query().Get("resource")
		switch {
		case r.Host == "elsewhere.example" && r.URL.Path == "/.well-known/host-meta":
			fmt.Fprint(w, `<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="https://finger.example/find?who={uri}"/></XRD>`)
		case r.Host == "finger.example" && r.URL.Query().Get("who") == "acct:moved@elsewhere.example":
			fmt.Fprint(w, jrd("moved@elsewhere.example", "https://finger.example/moved"))
		case r.Host == "gone.example":
			w.WriteHeader(http.StatusGone)
		case r.Host == "evil.example" && r.URL.Path == "/.well-known/host-meta":
			fmt.Fprint(w, `<XRD><Link rel="lrdd" template="http://127.0.0.1/{uri}"/></XRD>`)
		case answers[r.Host+" "+strings.TrimPrefix(resource, "acct:")] != "" && r.URL.Path == "/.well-known/webfinger":
			w.Header().Set("Content-Type", "application/jrd+json")
			fmt.Fprint(w, answers[r.Host+" "+strings.TrimPrefix(resource, "acct:")])
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	for acct, want := range map[string]any{
		"alice@one.example":           "alice@one.example https://one.example/users/alice",
		"@alice@one.example":          "alice@one.example https://one.example/users/alice",
		"acct:alice@one.example":      "alice@one.example https://one.example/users/alice",
		"case@one.example":            "Case@one.example https://one.example/users/case",
		"bob@split.example":           "bob@split.example https://social.split.example/users/bob",
		"bob@social.split.example":    "bob@split.example https://social.split.example/users/bob",
		"liar@one.example":            "victim@two.example https://two.example/users/victim",
		"ring@one.example":            model.KindInvalid,
		"none@one.example":            model.KindInvalid,
		"html@one.example":            model.KindInvalid,
		"odd@one.example":             model.KindInvalid,
		"broken@one.example":          model.KindInvalid,
		"huge@one.example":            model.KindTooLarge,
		"nobody@one.example":          model.KindNotFound,
		"moved@elsewhere.example":     "moved@elsewhere.example https://finger.example/moved",
		"x@gone.example":              model.KindGone,
		"x@evil.example":              model.KindInvalid,
		"both@lemmy.example":          "both@lemmy.example https://lemmy.example/u/both",
		"a@Bücher.example":            "a@xn--bcher-kva.example https://xn--bcher-kva.example/a",
		"alice":                       model.KindInvalid,
		"":                            model.KindInvalid,
		"alice@":                      model.KindInvalid,
		"alice@one.example/x?y":       model.KindInvalid,
		"a b@one.example":             model.KindInvalid,
		"a&resource=x@one.example":    model.KindInvalid,
		"alice@one.example@two.a":     model.KindInvalid,
		"alice@one.example:22":        model.KindInvalid,
		"alice@user:pass@one.example": model.KindInvalid,
	} {
		f, err := c.WebFinger(t.Context(), acct)
		switch want := want.(type) {
		case string:
			if err != nil || f.Acct.String()+" "+f.Self != want {
				t.Errorf("%s: got %+v, %v; want %s", acct, f, err, want)
			}
		case model.Kind:
			if err == nil || model.KindOf(err) != want {
				t.Errorf("%s: got %+v, %v; want kind %d", acct, f, err, want)
			}
		}
	}
	f, err := c.WebFinger(t.Context(), "both@lemmy.example")
	if err != nil {
		t.Fatal(err)
	}
	want := &Finger{
		Acct: text.Acct{Username: "both", Domain: "lemmy.example"}, Self: "https://lemmy.example/u/both",
		Selves: []Self{{"https://lemmy.example/u/both", "Person"}, {"https://lemmy.example/c/both", "Group"}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("a name of two: %s", diff)
	}
}

func TestHostsDescribeThemselves(t *testing.T) {
	t.Parallel()
	const links = `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://%s/nodeinfo/2.0"}]}`
	docs := map[string]string{
		"mastodon.example": `{"version":"2.0","software":{"name":"mastodon","version":"4.6.5"},"protocols":["activitypub"],"services":{"outbound":[],"inbound":[]},"usage":{"users":{"total":3,"activeMonth":1,"activeHalfyear":2},"localPosts":77},"openRegistrations":true,"metadata":{"nodeName":"A place"}}`,
		"php.example":      `{"software":{"name":"WordPress","version":"6"},"usage":{"users":{"total":"many"},"localPosts":-4},"openRegistrations":"yes","metadata":[]}`,
		"huge.example":     `{"software":{"name":"` + strings.Repeat("é", 5000) + `","version":"1"},"usage":{"users":{"total":1e300}}}`,
		"nobody.example":   `{"software":{}}`,
		"broken.example":   `{"software":`,
	}
	c := internet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case docs[r.Host] == "":
			w.WriteHeader(404)
		case r.URL.Path == "/.well-known/nodeinfo":
			fmt.Fprintf(w, links, r.Host)
		default:
			fmt.Fprint(w, docs[r.Host])
		}
	}))
	for host, want := range map[string]*NodeInfo{
		"mastodon.example": {Software: "mastodon", Version: "4.6.5", Name: "A place", OpenRegistrations: true, Users: 3, Statuses: 77},
		"php.example":      {Software: "wordpress", Version: "6"},
		"huge.example":     {Software: strings.Repeat("é", 100), Version: "1"},
		"nobody.example":   nil,
		"broken.example":   nil,
		"none.example":     nil,
	} {
		got, err := c.NodeInfo(t.Context(), host)
		if (err != nil) != (want == nil) {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if diff := cmp.Diff(want, got); want != nil && diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", host, diff)
		}
	}
}

// FuzzFinger reads what strangers answer to WebFinger, host-meta and NodeInfo.
func FuzzFinger(f *testing.F) {
	f.Add([]byte(jrd("alice@one.example", "https://one.example/users/alice")))
	f.Add([]byte(`<?xml version="1.0"?><XRD><Link rel="lrdd" template="https://a.example/{uri}"/></XRD>`))
	f.Add([]byte(`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://a.example/n"}]}`))
	f.Add([]byte(`{"software":{"name":"x","version":"1"},"usage":{"users":{"total":1}},"metadata":{"nodeName":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := parseFinger(body); err == nil && (got.Self == "" || got.Acct.Domain == "" || len(got.Selves) > maxSelves || len(got.Aliases) > maxSelves) {
			t.Fatalf("%q gives %+v", body, got)
		}
		if template := parseHostMeta(body); template != "" && (len(template) > maxURL || !strings.Contains(template, "{uri}")) {
			t.Fatalf("%q gives %q", body, template)
		}
		parseNodeLinks(body)
		if n, err := parseNodeInfo(body); err == nil && (n.Users < 0 || n.Statuses < 0 || len(n.Name) > maxNodeText || n.Software == "") {
			t.Fatalf("%q gives %+v", body, n)
		}
	})
}
