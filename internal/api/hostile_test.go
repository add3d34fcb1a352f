package api_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gomphothere/internal/testkit"
)

// TestWhateverIsSentIsRefusedWithASentenceOrUnderstood sends malformed paths, queries and bodies to every route there
// is, signed in: no answer is a 5xx, and every refusal says why.
func TestWhateverIsSentIsRefusedWithASentenceOrUnderstood(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		type sent struct{ kind, body string }
		names := []string{"status", "id", "q", "name", "title", "phrase", "comment", "domain", "choices", "account_ids", "keyword", "url", "client_name", "username", "token", "code", "scope", "acct"}
		all := func(v string) string {
			form := url.Values{}
			for _, n := range names {
				form.Set(n, v)
			}
			return form.Encode()
		}
		bodies := []sent{
			{"application/x-www-form-urlencoded", all("\x00")},
			{"application/x-www-form-urlencoded", all("\xff\xfe")},
			{"application/x-www-form-urlencoded", all(strings.Repeat("9", 400))},
			{"application/x-www-form-urlencoded", all("' or 1=1 --")},
			{"application/x-www-form-urlencoded", "status[]=1&id[a]=2&choices[x][y]=1&poll=1&keywords_attributes[0]=x&account_ids[a]=1"},
			{"application/json", `{"status":"a\u0000b","q":"\u0000","name":"\u0000","title":"\u0000","phrase":"\u0000","domain":"\u0000","client_name":"\u0000","redirect_uris":"\u0000"}`},
			{"application/json", `{"status":{"a":[1]},"id":[{}],"q":[],"name":{},"title":1e400,"choices":"x","poll":[1],"context":5,"keywords_attributes":7}`},
			{"application/json", strings.Repeat(`{"a":`, 5000)},
			{"application/json", `nonsense`},
			{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\n\xff\x00\r\n--b--\r\n"},
		}
		ids := []string{"0", "-1", "999999999999999999999999", "%00", "%ff", "a'b", "9223372036854775807", "..%2f..%2f", strings.Repeat("9", 300)}
		param := regexp.MustCompile(`:[a-z_]+`)
		for _, e := range endpoints(s) {
			for i := range max(len(ids), len(bodies)) {
				path := param.ReplaceAllString(e.Path, ids[i%len(ids)])
				b := bodies[i%len(bodies)]
				if e.Method == http.MethodGet || e.Method == http.MethodDelete {
					path += "?" + all([]string{"\x00", "\xff", strings.Repeat("1", 300), "-5", "'"}[i%5]) + "&limit=-1&max_id=x"[:10*(i%2)]
				}
				req, err := http.NewRequest(e.Method, s.URL+path, strings.NewReader(b.body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+alice.Token)
				req.Header.Set("Content-Type", b.kind)
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatalf("%s %s: %v", e.Method, path, err)
				}
				var answer []byte
				if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") { // that one never ends
					answer, err = io.ReadAll(res.Body)
				}
				res.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case res.StatusCode >= 500:
					t.Errorf("%s %s with %.60q (%s): %s %.200s", e.Method, path, b.body, b.kind, res.Status, answer)
				case res.StatusCode >= 400 && strings.HasPrefix(e.Path, "/api/") && !strings.Contains(string(answer), `"error":"`):
					t.Errorf("%s %s: %s says nothing: %.200s", e.Method, path, res.Status, answer)
				}
			}
		}
		findings, err := s.DB.Check(t.Context(), func(int, int, string) {})
		if err != nil || len(findings) > 0 {
			t.Errorf("check: %v %+v", err, findings)
		}
	})
}
