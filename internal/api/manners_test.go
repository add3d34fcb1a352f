package api_test

import (
	"net/http"
	"strings"
	"testing"

	"gomphothere/internal/config"
	"gomphothere/internal/testkit"
)

func TestAnAppInABrowserMaySpeakToTheAPI(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	for _, path := range []string{"/api/v1/statuses", "/api/v2/instance", "/oauth/token", "/api/v1/apps"} {
		req, err := http.NewRequest(http.MethodOptions, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "https://app.example")
		req.Header.Set("Access-Control-Request-Method", "POST")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		h := res.Header
		if res.StatusCode >= 300 || h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("preflight of %s: %s %v", path, res.Status, h)
		}
	}
	res, _ := s.Visitor().Raw("GET", "/api/v2/instance")
	if h := res.Header; h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Link") {
		t.Errorf("an answer carries %v", h)
	}
}

func TestTooManyRequestsAreToldAndCountedPerToken(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", func(c *config.Config) { c.Limits.Enabled, c.Limits.Requests = true, 10 })
	alice, bob := s.Person("alice"), s.Person("bob")
	for i := range 10 {
		res, _ := alice.Send(200, "GET", "/api/v1/preferences", nil, nil)
		if h := res.Header; i == 0 && (h.Get("X-RateLimit-Limit") != "10" || h.Get("X-RateLimit-Remaining") != "9" || h.Get("X-RateLimit-Reset") == "") {
			t.Errorf("the first answer carries %v", h)
		}
	}
	if doc := alice.Do(429, "GET", "/api/v1/preferences", nil); doc["error"] != "Too many requests" {
		t.Errorf("the eleventh: %v", doc)
	}
	bob.Do(200, "GET", "/api/v1/preferences", nil)
}
