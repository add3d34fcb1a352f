package api

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"gomphothere/internal/model"
	"gomphothere/internal/oauth"
)

// FuzzParams reads any body as any content type: it is understood or refused with a 4xx, and never panics.
func FuzzParams(f *testing.F) {
	for _, seed := range [][2]string{
		{"application/x-www-form-urlencoded", "status=a&media_ids[]=1&poll[options][]=x&poll[options][]=y&a[][b]=1&a[][b]=2"},
		{"application/json", `{"status":"a","poll":{"options":["x","y"],"expires_in":300},"media_ids":null}`},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhello\r\n--x--\r\n"},
		{"application/json", strings.Repeat("[", 100)},
		{"application/json", `{"a":1}{"b":2}`},
		{"text/xml", "<a/>"},
		{"", "a[b]=1&a=2"},
		{"application/x-www-form-urlencoded", "a=%ff&b=%00&[x]=1&a[[b]]=1&a[b=2"},
		{"multipart/form-data; boundary=", "--\r\n"},
	} {
		f.Add(seed[0], seed[1], "id[]=1&limit=-5&max_id=x")
	}
	f.Fuzz(func(t *testing.T, kind, body, query string) {
		r := httptest.NewRequest("POST", "/api/v1/statuses", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", kind)
		p, err := readParams(httptest.NewRecorder(), r)
		if err != nil {
			if s := oauth.StatusOf(err); s < 400 || s > 499 || err.Error() == "" {
				t.Fatalf("%q as %q: %d %v", body, kind, s, err)
			}
			return
		}
		req := &request{Request: r, params: p, header: map[string][]string{}}
		for name := range p {
			if s := p.str(name); !utf8.ValidString(s) {
				t.Fatalf("%s is not UTF-8: %q", name, s)
			}
			p.flag(name)
			p.strs(name)
			p.ids(name)
			p.list(name)
			p.sub(name)
			if _, err := p.time(name); err != nil && model.KindOf(err) != model.KindInvalid {
				t.Fatal(err)
			}
		}
		page, err := req.page(20, 40)
		if err == nil && (page.Limit < 1 || page.Limit > 40 || page.Offset < 0) {
			t.Fatalf("page %+v", page)
		}
		if _, err := req.draft(); err != nil && oauth.StatusOf(err) >= 500 {
			t.Fatal(err)
		}
	})
}
