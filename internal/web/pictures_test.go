package web_test

import (
	"bytes"
	"image"
	_ "image/png"
	"net/http"
	"strings"
	"testing"

	"gomphothere/internal/testkit"
)

func TestWhoHasNoPictureGetsTheServers(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice := s.Person("alice")
	me := alice.Do(200, "GET", "/api/v1/accounts/verify_credentials", nil)
	site := alice.Do(200, "GET", "/api/v2/instance", nil)
	for what, want := range map[string]struct {
		address       string
		width, height int
	}{
		"avatar":    {me["avatar"].(string), 400, 400},
		"header":    {me["header"].(string), 1500, 500},
		"thumbnail": {site["thumbnail"].(map[string]any)["url"].(string), 1200, 630},
		"icon":      {s.Social.Site.Base + "/apple-touch-icon.png", 180, 180},
	} {
		path := strings.TrimPrefix(want.address, s.Social.Site.Base)
		resp, body := s.Visitor().Send(200, "GET", path, nil, nil)
		c, _, err := image.DecodeConfig(bytes.NewReader(body))
		if err != nil || c.Width != want.width || c.Height != want.height {
			t.Errorf("the %s at %s is %d by %d (%v), want %d by %d", what, want.address, c.Width, c.Height, err, want.width, want.height)
		}
		if got := resp.Header.Get("Content-Type") + " " + resp.Header.Get("Cache-Control"); got != "image/png public, max-age=86400" {
			t.Errorf("the %s comes as %q", what, got)
		}
	}
	resp, body := s.Visitor().Send(200, "GET", "/favicon.ico", nil, nil)
	if resp.Header.Get("Content-Type") != "image/x-icon" || !bytes.HasPrefix(body, []byte{0, 0, 1, 0}) {
		t.Errorf("got %s", resp.Header.Get("Content-Type"))
	}
}

func TestAPathThatNobodyKnowsIsAPageForBrowsersAndJSONForApps(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	const browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct{ method, path, accept, want string }{
		{"GET", "/nothing", browsers, "text/html; charset=utf-8"},
		{"POST", "/nothing", browsers, "text/html; charset=utf-8"},
		{"GET", "/auth/sign_out", browsers, "text/html; charset=utf-8"},
		{"GET", "/nothing", "", "application/json; charset=utf-8"},
		{"GET", "/nothing", "*/*", "application/json; charset=utf-8"},
		{"GET", "/nothing", "application/json, text/html", "application/json; charset=utf-8"},
		{"GET", "/nothing", "application/activity+json, text/html", "application/json; charset=utf-8"},
		{"GET", "/api/v1/nothing", browsers, "application/json; charset=utf-8"},
		{"GET", "/.well-known/nothing", browsers, "application/json; charset=utf-8"},
	} {
		resp, body := s.Visitor().Send(404, c.method, c.path, nil, http.Header{"Accept": {c.accept}})
		if got := resp.Header.Get("Content-Type"); got != c.want {
			t.Errorf("%s %s for %q: got %s, want %s: %s", c.method, c.path, c.accept, got, c.want, body)
		}
		if strings.HasPrefix(c.want, "text/html") && !bytes.Contains(body, []byte("Page not found")) {
			t.Errorf("got %s", body)
		}
	}
}
